// What is unread and where one left off, what one is told of, who is typing and who is there: two
// people, and one person on two devices.
import { expect, Person, test } from "../support/people";

const line = (person: Person) => person.page.getByRole("heading", { name: "New messages" });
const inList = (person: Person, name: string) =>
  person.page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name });

/** Leaves the thread for the directory. */
async function goAway(person: Person) {
  await person.page.getByRole("link", { name: "Browse threads" }).click();
  await expect(person.page).toHaveURL(/\/browse$/);
  // Until the other place is there, one is still in this one.
  await expect(person.page).toHaveTitle(/Browse threads/);
}

async function comeBack(person: Person) {
  await inList(person, "First thread").click();
  await expect(person.page).toHaveURL(/\/t\/1$/);
}

test("a line says where one left off, stays while one is there, and is gone when one comes again", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("before");
  await john.sees("before");
  await goAway(john);
  await comeBack(john);
  await expect(line(john)).toHaveCount(0);
  await goAway(john);
  await bill.write("first of the new");
  await bill.write("second of the new");
  await expect(inList(john, "First thread")).toContainText("2 unread");
  await expect(john.page).toHaveTitle("(2) Browse threads · Hubbub");
  await expect(john.page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon-unread.svg");

  await comeBack(john);
  await expect(line(john)).toBeVisible();
  const next = line(john).locator("xpath=following-sibling::article[1]");
  await expect(next).toContainText("first of the new");
  await expect(john.page).toHaveTitle("First thread · Hubbub");
  await expect(john.page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon.svg");
  await bill.write("third of the new");
  await john.sees("third of the new");
  await expect(next).toContainText("first of the new");
  await expect(line(john)).toHaveCount(1);

  await goAway(john);
  await comeBack(john);
  await john.sees("third of the new");
  await expect(line(john)).toHaveCount(0);
});

test("one's own messages are not new", async ({ meet }) => {
  const [desk, phone] = [await meet(), await meet()];
  await desk.signIn("john");
  await phone.signIn("john");
  await goAway(desk);
  await phone.write("from the phone");
  await phone.hasDelivered("from the phone");
  await comeBack(desk);
  await desk.sees("from the phone");
  await expect(line(desk)).toHaveCount(0);
});

test("a thread with much unread opens at the first of it, and a way leads down", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await john.write("so far");
  await john.hasDelivered("so far");
  await goAway(john);
  await bill.signIn("bill");
  const token = server.command("token", "create", "--user", "bill", "--name", "test");
  for (let n = 1; n <= 80; n++) {
    await fetch(`${server.url}/api/v1/threads/1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ message: `new ${n}` }),
    });
  }
  for (const load of ["by a link", "by a full load"]) {
    if (load === "by a link") await comeBack(john);
    else await john.page.goto(`${server.url}/t/1`);
    await expect(line(john), load).toBeInViewport();
    await expect(john.messages.getByText("new 1", { exact: true }), load).toBeInViewport();
    await expect(john.page.getByRole("button", { name: "80 new messages" }), load).toBeVisible();
    await expect(john.page, load).toHaveTitle("(80) First thread · Hubbub");
  }
  await john.page.getByRole("button", { name: "80 new messages" }).click();
  await expect(john.messages.getByText("new 80", { exact: true })).toBeInViewport();
  await expect(john.page).toHaveTitle("First thread · Hubbub");
});

test("a thread with one new message at its end opens with the line and the message in sight, and it is read", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await bill.signIn("bill");
  const token = server.command("token", "create", "--user", "bill", "--name", "test");
  const say = (message: string) =>
    fetch(`${server.url}/api/v1/threads/1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ message }),
    });
  for (let n = 1; n <= 30; n++) await say(`old ${n}`);
  await john.signIn("john");
  await john.page.getByRole("button", { name: /new messages/ }).click();
  await expect(john.messages.getByText("old 30", { exact: true })).toBeInViewport();
  await expect(john.page).toHaveTitle("First thread · Hubbub");
  for (const load of ["by a link", "by a full load"]) {
    await goAway(john);
    await say(`new ${load}`);
    await expect(john.page).toHaveTitle("(1) Browse threads · Hubbub");
    if (load === "by a link") await comeBack(john);
    else await john.page.goto(`${server.url}/t/1`);
    await expect(line(john), load).toBeInViewport();
    await expect(john.messages.getByText(`new ${load}`), load).toBeInViewport();
    await expect(john.page, load).toHaveTitle("First thread · Hubbub");
  }
});

test("what is marked as unread on one device is unread on the other, until one comes again", async ({ meet }) => {
  const [desk, phone, bill] = [await meet(), await meet(), await meet()];
  await desk.signIn("john");
  await phone.signIn("john");
  await bill.signIn("bill");
  for (const text of ["one", "two", "three"]) {
    await bill.write(`this is ${text}`);
    await bill.hasDelivered(`this is ${text}`);
  }
  await desk.sees("this is three");
  await expect(desk.page).toHaveTitle("First thread · Hubbub");
  await goAway(phone);
  await expect(phone.page).toHaveTitle("Browse threads · Hubbub");

  const two = desk.messages.filter({ hasText: "this is two" });
  await two.hover();
  await two.getByRole("button", { name: "More" }).click();
  await desk.page.getByRole("menuitem", { name: "Mark as unread" }).click();
  await expect(desk.page).toHaveTitle("(2) First thread · Hubbub");
  await expect(line(desk).locator("xpath=following-sibling::article[1]")).toContainText("this is two");
  await expect(phone.page).toHaveTitle("(2) Browse threads · Hubbub");
  await expect(inList(phone, "First thread")).toContainText("2 unread");

  // What is on the screen does not undo it, nor what comes.
  await bill.write("this is four");
  await desk.sees("this is four");
  await expect(desk.page).toHaveTitle("(3) First thread · Hubbub");
  await desk.page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await desk.page.waitForTimeout(500);
  await expect(desk.page).toHaveTitle("(3) First thread · Hubbub");
  await goAway(desk);
  await comeBack(desk);
  await expect(desk.page).toHaveTitle("First thread · Hubbub");
  await expect(phone.page).toHaveTitle("Browse threads · Hubbub");

  // By the keyboard.
  await desk.messages.filter({ hasText: "this is three" }).focus();
  await desk.page.keyboard.press("u");
  await expect(phone.page).toHaveTitle("(2) Browse threads · Hubbub");
});

test("what was marked while a device was offline is so when it comes back", async ({ meet }) => {
  const [desk, phone, bill] = [await meet(), await meet({ networkMayFail: true }), await meet()];
  await desk.signIn("john");
  await bill.signIn("bill");
  await bill.write("hello there");
  await desk.sees("hello there");
  await phone.signIn("john");
  await goAway(phone);
  await phone.page.context().setOffline(true);
  await desk.messages.filter({ hasText: "hello there" }).focus();
  await desk.page.keyboard.press("u");
  await expect(desk.page).toHaveTitle("(1) First thread · Hubbub");
  await phone.page.context().setOffline(false);
  await expect(phone.page).toHaveTitle("(1) Browse threads · Hubbub", { timeout: 20_000 });
});

test("all is marked as read at once, and that can be taken back", async ({ meet }) => {
  const [desk, phone, bill] = [await meet(), await meet(), await meet()];
  await desk.signIn("john");
  await phone.signIn("john");
  await bill.signIn("bill");
  const all = desk.page.getByRole("button", { name: "Mark all as read" });
  await expect(all).toBeHidden();
  await goAway(desk);
  await goAway(phone);
  await bill.write("unread");
  await expect(phone.page).toHaveTitle("(1) Browse threads · Hubbub");
  await all.click();
  await expect(desk.page).toHaveTitle("Browse threads · Hubbub");
  await expect(phone.page).toHaveTitle("Browse threads · Hubbub");
  await desk.page.getByRole("button", { name: "Undo" }).click();
  await expect(desk.page).toHaveTitle("(1) Browse threads · Hubbub");
  await expect(phone.page).toHaveTitle("(1) Browse threads · Hubbub");
  await all.click();
  await expect(phone.page).toHaveTitle("Browse threads · Hubbub");
  await expect(desk.page.getByRole("button", { name: "Undo" })).toHaveCount(0, { timeout: 12_000 });
  await desk.page.reload();
  await expect(desk.page).toHaveTitle("Browse threads · Hubbub");
});

test("a muted thread is quiet, on every device", async ({ meet }) => {
  const [desk, phone, bill] = [await meet(), await meet(), await meet()];
  await desk.signIn("john");
  await phone.signIn("john");
  await bill.signIn("bill");
  await goAway(phone);
  await desk.page.getByRole("link", { name: "Notifications" }).click();
  const sheet = desk.page.getByRole("complementary", { name: "Notifications" });
  await expect(sheet.getByRole("button", { name: "Everything" })).toHaveAttribute("aria-pressed", "true");
  await sheet.getByRole("button", { name: "Nothing" }).click();
  await expect(sheet.getByRole("button", { name: "Nothing" })).toHaveAttribute("aria-pressed", "true");
  await desk.page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await expect(desk.page.getByRole("link", { name: "Notifications" })).toBeFocused();
  await expect(inList(phone, "First thread")).toHaveClass(/muted/);
  // What is on one screen is read on all.
  await goAway(desk);
  await bill.write("psst");
  await expect(inList(phone, "First thread")).toContainText("1 unread");
  await expect(phone.page).toHaveTitle("Browse threads · Hubbub");
  await phone.page.reload();
  await expect(inList(phone, "First thread")).toHaveClass(/muted/);
});

/** Notices of the system, as the page would have shown them. */
async function withNotices(person: Person) {
  await person.page.context().addInitScript(() => {
    const shown: { title: string; body: string; onclick: (() => void) | null }[] = [];
    class Fake {
      static permission = sessionStorage.getItem("asked") ?? "default";
      static requestPermission() {
        sessionStorage.setItem("asked", "granted");
        Fake.permission = "granted";
        return Promise.resolve("granted");
      }
      onclick: (() => void) | null = null;
      body: string;
      constructor(
        readonly title: string,
        options: { body: string },
      ) {
        this.body = options.body;
        shown.push(this);
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake, shown });
  });
}

test("a notice is shown for a thread that is not on the screen, and leads to the message", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await withNotices(john);
  await john.signIn("john");
  await bill.signIn("bill");
  const shown = () =>
    john.page.evaluate(() => (window as any).shown.map((one: any) => `${one.title}: ${one.body}`));
  await john.page.getByRole("link", { name: "Notifications" }).click();
  await john.page.getByRole("button", { name: "Show notifications on this device" }).click();
  await expect(john.page.getByText("This device shows them while Hubbub is open.")).toBeVisible();
  await john.page.keyboard.press("Escape");

  await bill.write("seen at once");
  await john.sees("seen at once");
  await goAway(john);
  await bill.write("not seen");
  await expect.poll(shown).toEqual(["Bill in First thread: not seen"]);
  await john.page.evaluate(() => (window as any).shown[0].onclick());
  await expect(john.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await expect(john.messages.filter({ hasText: "not seen" })).toBeInViewport();

  // Only what is for me; and nothing at all.
  await john.page.getByRole("link", { name: "Notifications" }).click();
  await john.page.getByRole("button", { name: "Mentions" }).click();
  await goAway(john);
  await bill.write("for nobody");
  await bill.write("for @john alone");
  await expect.poll(shown).toEqual(["Bill in First thread: not seen", "Bill in First thread: for @john alone"]);
});

test("one sees who is typing, until they have said it or fall silent", async ({ meet }) => {
  const [john, bill, billsPhone] = [await meet(), await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await billsPhone.signIn("bill");
  const typing = (person: Person) => person.page.locator(".typing");
  const height = async () => (await typing(john).boundingBox())!.height;
  const before = await height();
  await bill.composer.pressSequentially("hel");
  await expect(typing(john)).toHaveText("Bill is typing…");
  expect(await height()).toBe(before);
  await bill.composer.pressSequentially("lo");
  await bill.composer.press("Enter");
  await john.sees("hello");
  await expect(typing(john)).toHaveText("", { timeout: 1_000 });
  await bill.composer.pressSequentially("never sent");
  await expect(typing(john)).toHaveText("Bill is typing…");
  await expect(typing(billsPhone)).toHaveText("");
  await expect(typing(john)).toHaveText("", { timeout: 9_000 });
});

test("the dots of those who are there follow their tabs", async ({ meet, server }) => {
  const [john, bill, billsPhone] = [await meet({ networkMayFail: true }), await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await billsPhone.signIn("bill");
  await bill.write("so that I belong to it");
  await john.sees("so that I belong to it");
  await john.page.getByRole("link", { name: "People" }).click();
  const panel = john.page.getByRole("complementary", { name: "People" });
  const dot = panel.getByRole("listitem").filter({ hasText: "@bill" }).getByRole("img");
  await expect(dot).toHaveAttribute("aria-label", "Online");
  await expect(panel.getByRole("heading")).toHaveText(/^2 of \d+ online$/);
  await bill.page.close();
  await john.page.waitForTimeout(2_000);
  await expect(dot).toHaveAttribute("aria-label", "Online");
  await billsPhone.page.close();
  await expect(dot).toHaveAttribute("aria-label", "Offline", { timeout: 15_000 });
  await expect(panel.getByRole("heading")).toHaveText(/^1 of \d+ online$/);
  const again = await meet({ networkMayFail: true });
  await again.signIn("bill");
  await expect(dot).toHaveAttribute("aria-label", "Online");
  // A server that is killed comes back with nobody, and everybody comes back to it.
  await server.kill();
  await server.run();
  await expect(dot).toHaveAttribute("aria-label", "Online", { timeout: 30_000 });
  // Loading a page anew is not going.
  await again.page.reload();
  await john.page.waitForTimeout(2_000);
  await expect(dot).toHaveAttribute("aria-label", "Online");
  await again.page.close();
  await expect(dot).toHaveAttribute("aria-label", "Offline", { timeout: 15_000 });
});
