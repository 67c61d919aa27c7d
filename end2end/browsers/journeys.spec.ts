// What two people go through, in the browsers that Playwright does not drive as the distribution has
// them. The details are tested in Chromium; here it is what browsers differ in.
import { Key } from "selenium-webdriver";
import { CHATHAM, expect, Person, ST_JOHNS, test } from "./people";

/** How a moment is to be shown to somebody. */
function shown(at: string, zone: string, hour12: boolean): string {
  const hour = hour12 ? "numeric" : "2-digit";
  const format = new Intl.DateTimeFormat(hour12 ? "en-US" : "en-GB", { timeZone: zone, hour, minute: "2-digit", hour12 });
  return format.format(new Date(at)).replace(/\s/, " ");
}

test("two people talk, and each sees the other at once, by a clock of their own", async ({ meet }) => {
  const [john, bill] = await Promise.all([meet(ST_JOHNS), meet(CHATHAM)]);
  for (const person of [john, bill]) {
    const own = await person.run(() => [navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]);
    expect(own).toEqual([person.reader.language, person.reader.zone]);
  }

  await john.open("/t/1");
  await john.isAt("/login?next=/t/1");
  await john.fillIn("john", "wrong");
  await john.reads("[role=alert]", "Invalid username or password!");
  await john.fill("[name=password]", `secret${Key.ENTER}`);
  await john.isAt("/t/1");
  await john.isLive();
  // What is largest is downloaded once.
  const wasm = () => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/hubbub.wasm")).length;
  expect(await john.run(wasm)).toBe(1);
  await bill.signIn("bill");
  const mark = () => void Object.assign(window, { isSame: true });
  const isSame = () => "isSame" in window;
  await john.run(mark);
  await bill.run(mark);

  const before = await john.texts();
  await john.write("Can you hear me?");
  await bill.sees("Can you hear me?");
  await bill.write("Yes, at once.");
  await john.sees("Can you hear me?", "Yes, at once.");
  await bill.write("سمعتك");
  await john.sees("Can you hear me?", "Yes, at once.", "سمعتك");
  await bill.sees("Can you hear me?", "Yes, at once.", "سمعتك");
  expect([await john.run(isSame), await bill.run(isSame)]).toEqual([true, true]);
  const after = [...before, "Can you hear me?", "Yes, at once.", "سمعتك"];

  // Each message is there once, and those of one person in a row are one group.
  for (const [person, mine] of [[john, [true, false, false]], [bill, [false, true, true]]] as const) {
    for (const reload of [false, true]) {
      if (reload) await person.driver.navigate().refresh();
      await person.isLive();
      expect(await person.texts()).toEqual(after);
      const last = (await person.rows()).slice(-3);
      expect(last.map((row) => row.is.includes("mine"))).toEqual(mine);
      expect(last.map((row) => row.is.includes("first"))).toEqual([true, true, false]);
    }
  }

  // Half an hour from everybody, and from each other.
  const clock = async (person: Person) => (await person.rows()).slice(-3).map((row) => row.time);
  const moments = (await john.rows()).slice(-3).map((row) => row.at);
  const clocks = [
    [john, moments.map((at) => shown(at, ST_JOHNS.zone, false))],
    [bill, moments.map((at) => shown(at, CHATHAM.zone, true))],
  ] as const;
  for (const [person, times] of clocks) {
    expect(await clock(person)).toEqual(times);
    // So has the server drawn the page: nothing jumps when the script takes it over.
    const drawn: string = await person.driver.executeAsyncScript(
      "const done = arguments[0]; fetch(location.href).then((answer) => answer.text()).then(done)",
    );
    const inPage = [...drawn.matchAll(/<time[^>]*>([^<]*)/g)].map((match) => match[1]);
    expect(inPage.slice(-3)).toEqual(times);
  }
});

test("the server is killed in the middle, both come back, and nothing is lost or doubled", async ({ meet, server }) => {
  const [john, bill] = await Promise.all([meet({ networkMayFail: true }), meet({ networkMayFail: true })]);
  await Promise.all([john.signIn("john"), bill.signIn("bill")]);
  await john.write("before");
  await bill.sees("before");
  await server.kill();
  for (const person of [john, bill]) await person.reads(".connection", /^Reconnecting…/);
  await john.write("meanwhile, by john");
  await bill.write("meanwhile, by bill");
  for (const person of [john, bill]) {
    await expect.poll(async () => (await person.rows()).at(-1)!.is).toContain("pending");
  }
  await server.run();
  const meanwhile = async (person: Person) => {
    const rows = (await person.rows()).filter((row) => row.text.startsWith("meanwhile"));
    return rows.map((row) => (row.is.includes("pending") ? "…" : row.text)).sort();
  };
  for (const person of [john, bill]) {
    await expect.poll(() => meanwhile(person), { timeout: 30_000 }).toEqual(["meanwhile, by bill", "meanwhile, by john"]);
    await person.reads(".connection", /^$/);
  }
  await john.write("after");
  await bill.sees("after");
  await john.sees("after");
  const stored = (await server.stored(1)).map((message) => message.text);
  expect(stored.filter((text) => text.startsWith("meanwhile"))).toHaveLength(2);
  expect(await john.texts()).toEqual(stored);
  expect(await bill.texts()).toEqual(stored);
});

test("the end stays in sight, older messages come, and what one reads stays where it is", async ({ meet, server }) => {
  server.command("seed", "--threads", "1", "--messages", "250", "--users", "3");
  const [john, bill] = await Promise.all([meet(), meet()]);
  await Promise.all([john.signIn("john"), bill.signIn("bill")]);
  for (const person of [john, bill]) {
    await person.open("/t/2");
    await person.isLive();
    // For who belongs to it so much is unread that it opens at the first of it.
    await person.run(() => (document.querySelector(".to-end") as HTMLElement | null)?.click());
  }
  // How far the end of the last message is from the end of the box, in pixels.
  const distance = () =>
    john.run(() => {
      const end = document.querySelector("[role=log]")!.getBoundingClientRect().bottom;
      return end - [...document.querySelectorAll("article")].at(-1)!.getBoundingClientRect().bottom;
    });
  const isAtEnd = () => expect.poll(async () => ((at) => at >= 0 && at < 100)(await distance())).toBe(true);
  await isAtEnd();
  for (const text of ["one", "two", "three"]) await bill.write(text);
  await john.sees("one", "two", "three");
  await isAtEnd();

  // Up to the beginning, and every message is seen on the way.
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        const rows = await john.rows();
        for (const row of rows) seen.add(row.id);
        expect(rows.length).toBeLessThanOrEqual(200);
        await john.run(() => (document.querySelector("[role=log]")!.scrollTop -= 1500));
        return john.textOf(".beginning");
      },
      { intervals: [20], timeout: 40_000 },
    )
    .toBe("This is where it began.");
  for (const row of await john.rows()) seen.add(row.id);
  expect(seen.size).toBe(253);
  await john.click(".to-end");
  await isAtEnd();

  await john.reads(".to-end", /^$/);

  // Somebody writes while we read further up: nothing moves, but we are told.
  // (Scrolled again if that came before the box had settled at the end, which can be a moment later.)
  await expect
    .poll(async () => {
      await john.run(() => (document.querySelector("[role=log]")!.scrollTop = -600));
      await new Promise((resolve) => setTimeout(resolve, 500));
      return john.textOf(".to-end");
    })
    .toBe("To the newest");
  const reading = await john.run(() => {
    const top = document.querySelector("[role=log]")!.getBoundingClientRect().top;
    return [...document.querySelectorAll("article")].find((row) => row.getBoundingClientRect().top > top + 50)!.id;
  });
  const place = () => john.run((id) => document.getElementById(id)!.getBoundingClientRect().top, reading);
  const before = await place();
  for (let n = 1; n <= 5; n++) await bill.write(`news ${n} from below`);
  await john.reads(".to-end", "5 new messages");
  await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThan(3);
  await john.click(".to-end");
  await john.sees("news 5 from below");
  await isAtEnd();
});

test("enter that ends a composition does not send", async ({ meet }) => {
  const john = await meet(CHATHAM);
  await john.signIn("john");
  const before = await john.texts();
  const field = await john.find("#composer-field");
  await field.sendKeys("に");
  // After the composition has ended, as Safari does it: only the old code tells.
  const [code, isTaken] = await john.run(() => {
    const press = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
    const event = new KeyboardEvent("keydown", press);
    return [event.keyCode, !document.querySelector("#composer-field")!.dispatchEvent(event)];
  });
  expect([code, isTaken]).toEqual([229, false]);
  await field.sendKeys("ほん", Key.ENTER);
  await john.sees("にほん");
  expect(await john.texts()).toEqual([...before, "にほん"]);
});

test("somebody new makes an account, and signing out ends every tab and is not undone by going back", async ({ meet, server }) => {
  const ada = await meet();
  await ada.open("/login");
  await ada.click("a[href='/register']");
  await ada.fill("[name=name]", "Ada");
  await ada.fillIn("john", "analytical");
  await ada.reads("form", "That name is taken.");
  await ada.fill("[name=username]", "ada");
  await ada.click("button[type=submit]");
  // Where there is room, the newest thread opens beside the list.
  await ada.isAt("/t/1");
  await ada.isLive();
  await ada.write("for members only");
  await ada.sees("for members only");

  const first = await ada.driver.getWindowHandle();
  await ada.driver.switchTo().newWindow("tab");
  await ada.open("/t/1");
  await ada.isLive();
  await ada.sees("for members only");
  const second = await ada.driver.getWindowHandle();
  await ada.driver.switchTo().window(first);
  await ada.click("button[title='Sign out']");
  await ada.isAt("/login");
  await ada.driver.switchTo().window(second);
  await ada.isAt("/login?next=/t/1&ended=1");
  await ada.reads("[role=status]", "You have been signed out.");

  await ada.driver.switchTo().window(first);
  await ada.driver.navigate().back();
  await ada.isAt("/login?next=/t/1");
  expect(await ada.texts()).toEqual([]);
});

test("without the script, one signs in and writes by plain forms", async ({ meet }) => {
  const [john, bill] = await Promise.all([meet({ scripts: false }), meet(CHATHAM)]);
  await bill.signIn("bill");
  await john.open("/t/1");
  await john.isAt("/login?next=/t/1");
  await john.fillIn("john", "wrong");
  await john.reads("[role=alert]", "Invalid username or password!");
  await john.fillIn("john", "secret");
  await john.isAt("/t/1");
  await john.fill("#composer-field", "no script at all");
  await john.click(".send");
  await john.sees("no script at all");
  await bill.sees("no script at all");
  await bill.write("with one");
  await bill.sees("with one");
  await john.open("/t/1");
  await john.sees("no script at all", "with one");
  await john.click("button[title='Sign out']");
  await john.isAt("/login");
});
