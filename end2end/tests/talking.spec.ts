import { expect, test } from "../support/people";

test("two people talk, and each sees the other at once", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write("Can you hear me?");
  await bill.sees("Can you hear me?");
  await bill.write("Yes, at once.");
  await john.sees("Yes, at once.");
  await john.hasDelivered("Can you hear me?");

  const mine = john.messages.filter({ hasText: "Can you hear me?" }).last();
  const theirs = bill.messages.filter({ hasText: "Can you hear me?" }).last();
  await expect(mine).toHaveClass(/mine/);
  await expect(theirs).not.toHaveClass(/mine/);
  const box = async (message: typeof mine) => (await message.locator(".bubble").boundingBox())!;
  const [right, left] = [await box(mine), await box(theirs)];
  expect(right.x).toBeGreaterThan(left.x);

  await john.page.reload();
  await bill.page.reload();
  await john.sees("Yes, at once.");
  expect(await john.texts()).toEqual(await bill.texts());
});

test("the history is in the page before any script runs", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write("written down");
  await john.hasDelivered("written down");
  const html = await (await john.page.request.get(`${server.url}/t/1`)).text();
  expect(html).toContain("written down");
});

test("enter sends, shift and enter begins a line, and the focus stays", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  const send = john.page.getByRole("button", { name: "Send" });
  await expect(john.composer).toBeFocused();
  await john.composer.pressSequentially("   ");
  await expect(send).toBeDisabled();
  await john.composer.fill("");
  await john.composer.pressSequentially("first line");
  await john.composer.press("Shift+Enter");
  await john.composer.pressSequentially("second line");
  await expect(send).toBeEnabled();
  await john.composer.press("Enter");
  await john.sees("first line\nsecond line");
  await expect(john.composer).toHaveValue("");
  await expect(john.composer).toBeFocused();
  await john.composer.fill("by the button");
  await send.click();
  await john.sees("by the button");
  await expect(john.composer).toBeFocused();
  await john.composer.fill("pressed twice");
  const box = (await send.boundingBox())!;
  await john.page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
  await john.sees("pressed twice");
  await expect(john.composer).toBeFocused();
  expect((await john.texts()).filter((text) => text === "pressed twice")).toHaveLength(1);
});

test("a thread that one starts appears for the other, with an address of its own", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const name = `Plans </title><script>alert(1)</script> ${Date.now()}`;
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await john.page.getByLabel("Name", { exact: true }).fill(name);
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(john.page).toHaveURL(/\/t\/\d+$/);
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(john.page.getByText("Nobody has said anything here yet.")).toBeVisible();

  await bill.page.getByRole("link", { name: "Browse threads" }).click();
  await bill.page.getByRole("link", { name }).click();
  await expect(bill.page).toHaveURL(john.page.url());
  await john.write("the first word");
  await bill.sees("the first word");
  await bill.write("the second word");
  await john.sees("the second word");

  await bill.page.goBack();
  await expect(bill.page).toHaveURL(`${server.url}/browse`);
  await bill.page.goForward();
  await bill.sees("the first word");
  await expect(bill.page).toHaveTitle(`${name} · Hubbub`);
  await bill.page.reload();
  await bill.sees("the second word");
});

test("back and forward lead through the threads", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const start = async (name: string) => {
    await john.page.getByRole("link", { name: "Start a thread" }).click();
    await john.page.getByLabel("Name", { exact: true }).fill(name);
    await john.page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(john.page.getByRole("heading", { level: 1 })).toHaveText(name);
  };
  await start("One");
  await start("Two");
  await john.page.getByRole("link", { name: "First thread" }).click();
  const title = john.page.getByRole("heading", { level: 1 });
  await expect(title).toHaveText("First thread");
  await john.page.goBack();
  await expect(title).toHaveText("Two");
  // The form it was started with has made way for it.
  await john.page.goBack();
  await expect(title).toHaveText("One");
  await john.page.goForward();
  await expect(title).toHaveText("Two");
  await expect(john.page.getByRole("link", { name: "Two" })).toHaveAttribute("aria-current", "page");
});

test("whatever people write is shown as they wrote it", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const texts = [
    "<script>document.title='hacked'</script><img src=x onerror=alert(1)>",
    "👩‍👩‍👧‍👦 🦀 ✍🏽",
    "שלום עולם, this is mixed العربية",
    "& &amp; &lt; \" ' ` ${x} {{y}} \\n",
    "w".repeat(500),
    Array.from({ length: 1000 }, (_, n) => `line ${n}`.padEnd(9)).join("\n").slice(0, 9_990),
  ];
  for (const text of texts) {
    await john.write(text);
    await john.hasDelivered(text.slice(0, 40));
  }
  await expect.poll(async () => (await bill.texts()).slice(-texts.length)).toEqual(texts.map((t) => t.trimEnd()));
  const overflow = await bill.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  await expect(bill.page).toHaveTitle("First thread · Hubbub");

  await john.composer.fill("x".repeat(10_001));
  await expect(john.page.getByText("At most 10000 characters, please")).toBeVisible();
  await expect(john.page.getByRole("button", { name: "Send" })).toBeDisabled();
});

test("older messages come while scrolling up, and the view stays where it is", async ({ meet, server }) => {
  server.command("seed", "--threads", "1", "--messages", "400", "--users", "3");
  const john = await meet();
  await john.signIn("john");
  await john.page.goto(`${server.url}/t/2`);
  await john.isLive();
  // It begins at what is unread, which is everything.
  await john.page.getByRole("button", { name: "400 new messages" }).click();
  await expect.poll(async () => john.messages.count()).toBeGreaterThanOrEqual(50);
  const log = john.page.getByRole("log");
  const seen = new Set<string>();
  for (let tries = 0; tries < 400 && !(await john.page.getByText("This is where it began.").isVisible()); tries++) {
    for (const id of await john.messages.evaluateAll((all) => all.map((one) => one.id))) seen.add(id);
    expect(await john.messages.count()).toBeLessThanOrEqual(200);
    await log.evaluate((box) => (box.scrollTop -= 1500));
    await john.page.waitForTimeout(20);
  }
  await expect(john.page.getByText("This is where it began.")).toBeVisible();
  for (const id of await john.messages.evaluateAll((all) => all.map((one) => one.id))) seen.add(id);
  expect(seen.size).toBe(400);
  await john.page.getByRole("button", { name: "To the newest" }).click();
  await expect(john.page.getByRole("button", { name: "To the newest" })).toBeHidden();

  // Somebody writes while we read further up: nothing moves, but we are told.
  const bill = await meet();
  await bill.signIn("bill");
  await bill.page.goto(john.page.url());
  await bill.isLive();
  await log.evaluate((box) => (box.scrollTop = -2000));
  await john.page.waitForTimeout(300);
  const reading = await log.evaluate((box) => {
    const top = box.getBoundingClientRect().top;
    const rows = [...box.querySelectorAll(".message")];
    return rows.find((row) => row.getBoundingClientRect().top > top + 50)!.id;
  });
  const place = async () => (await john.page.locator(`[id="${reading}"]`).boundingBox())!.y;
  const before = await place();
  for (let n = 1; n <= 30; n++) await bill.write(`news ${n} from below`);
  await bill.hasDelivered("news 30 from below");
  const news = john.page.getByRole("button", { name: /new message|To the newest/ });
  await expect(news).toBeVisible();
  await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThan(3);
  await news.click();
  await john.sees("news 30 from below");
  await expect(log).toBeFocused();
});

test("a long message is folded, and unfolded by keyboard without losing the focus", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write(Array.from({ length: 60 }, (_, n) => `line ${n}`).join("\n"));
  await john.hasDelivered("line 59");
  const text = john.messages.last().locator(".text");
  const height = async () => (await text.boundingBox())!.height;
  const folded = await height();
  const fold = john.page.getByRole("checkbox", { name: "Show all" });
  // Between the two is the button for files.
  await john.page.keyboard.press("Shift+Tab");
  await john.page.keyboard.press("Shift+Tab");
  await expect(fold).toBeFocused();
  await john.page.keyboard.press("Space");
  expect(await height()).toBeGreaterThan(folded * 2);
  const unfold = john.page.getByRole("checkbox", { name: "Show less" });
  await expect(unfold).toBeFocused();
  await john.page.keyboard.press("Space");
  expect(await height()).toBe(folded);
});

test("starting a thread puts the focus where the name goes, and escape takes it back", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  const link = john.page.getByRole("link", { name: "Start a thread" });
  await link.focus();
  await john.page.keyboard.press("Enter");
  const name = john.page.getByLabel("Name", { exact: true });
  await expect(name).toBeFocused();
  await john.page.keyboard.press("Enter");
  await expect(john.page.getByText("Please fill this in.")).toBeVisible();
  await expect(name).toBeFocused();
  await john.page.keyboard.press("Escape");
  await expect(name).toHaveCount(0);
  await expect(john.composer).toBeVisible();

  // What was typed is not lost to one key.
  await link.click();
  await name.fill("Half a");
  await john.page.keyboard.press("Escape");
  await name.press("End");
  await name.pressSequentially(" name");
  await expect(name).toHaveValue("Half a name");
});

test("addresses that lead nowhere say so", async ({ meet, server }) => {
  const john = await meet({ networkMayFail: true });
  await john.signIn("john");
  await john.page.goto(`${server.url}/nowhere`);
  await expect(john.page.getByRole("heading", { name: "Nothing here" })).toBeVisible();
  await john.page.goto(`${server.url}/t/4711`);
  await expect(john.page.getByRole("heading", { name: "No such thread" })).toBeVisible();
  await john.page.getByRole("link", { name: "My threads" }).click();
  await expect(john.page).toHaveURL(`${server.url}/`);
  await john.page.getByRole("link", { name: "First thread" }).click();
  await john.isLive();
});

test("the files of the site are compressed, kept for ever, and of one version", async ({ meet, server }) => {
  const { page } = await meet();
  const html = await (await page.request.get(`${server.url}/login`)).text();
  const files = new Set([...html.matchAll(/"(\/pkg\/[^"]+\.(?:js|wasm|css))"/g)].map((match) => match[1]));
  expect(files.size).toBe(5);
  for (const file of files) {
    expect(file).toMatch(/^\/pkg\/[0-9a-f]{16}\//);
    const answer = await page.request.get(server.url + file, { headers: { "accept-encoding": "br" } });
    expect(answer.status()).toBe(200);
    expect(answer.headers()["content-encoding"]).toBe("br");
    expect(answer.headers()["cache-control"]).toBe("public, max-age=31536000, immutable");
    const other = await page.request.get(server.url + file.replace(/[0-9a-f]{16}/, "0".repeat(16)));
    expect(other.status()).toBe(404);
  }
});

test("a server that asks for patience is not hammered", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  let asked = 0;
  await john.page.routeWebSocket(/connection\/websocket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const command = JSON.parse(String(frame).split("\n")[0]);
      if (command.rpc?.method === "thread:publish" && ++asked <= 3) {
        const error = { code: 100, message: "internal server error", temporary: true };
        socket.send(JSON.stringify({ id: command.id, error }));
      } else {
        server.send(frame);
      }
    });
  });
  await john.page.reload();
  await john.isLive();
  const begun = Date.now();
  await john.write("in a while");
  await john.hasDelivered("in a while");
  expect(asked).toBe(4);
  expect(Date.now() - begun).toBeGreaterThan(3 * 200);
});
