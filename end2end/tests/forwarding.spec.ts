// Passing a message on to another thread, and going to a day of one.
import { expect, Person, test } from "../support/people";

async function choose(person: Person, text: string, item: string): Promise<void> {
  const message = person.messages.filter({ hasText: text }).last();
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await person.page.getByRole("menuitem", { name: item, exact: true }).click();
}

async function start(person: Person, name: string, isPrivate: boolean): Promise<void> {
  await person.page.getByRole("link", { name: "Start a thread" }).click();
  await person.page.getByLabel("Name", { exact: true }).fill(name);
  if (isPrivate) await person.page.getByText("Only people you invite").click();
  await person.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
  await person.isLive();
}

const sheet = (person: Person) => person.page.getByRole("complementary", { name: "Forward" });

test("a message is passed on to a thread with a word, and whoever may not read its thread learns nothing of that", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.page.goto(`${bill.server.url}/t/1`);
  await bill.isLive();
  await start(john, "Hideaway", true);
  await john.write("meet at **noon**");
  await john.hasDelivered("meet at noon");
  await choose(john, "meet at noon", "Forward");
  await expect(sheet(john)).toBeFocused();
  await expect(sheet(john)).toContainText("meet at noon");
  // Threads are found by what is typed.
  await sheet(john).getByLabel("Find a thread").fill("first");
  await expect(sheet(john).getByRole("radio", { name: "Hideaway" })).toBeHidden();
  await sheet(john).getByRole("radio", { name: "First thread" }).check();
  await sheet(john).getByLabel("Add a message").fill("does this suit you?");
  await sheet(john).getByRole("button", { name: "Forward" }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("First thread");
  for (const person of [john, bill]) {
    const passed = person.messages.filter({ hasText: "does this suit you?" });
    await expect(passed.locator(".forwarded")).toContainText("Forwarded from John");
    await expect(passed.locator(".forwarded strong")).toHaveText("noon");
  }
  // It leads John back, and Bill learns nothing of where it comes from.
  await choose(john, "does this suit you?", "Details");
  const details = (person: Person) => person.page.getByRole("complementary", { name: "Message" });
  await details(john).getByRole("link", { name: "Where it was said first" }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Hideaway");
  await choose(bill, "does this suit you?", "Details");
  await expect(details(bill)).toContainText("meet at");
  await expect(details(bill).getByRole("link", { name: "Where it was said first" })).toHaveCount(0);
  expect(await bill.page.content()).not.toContain("Hideaway");
});

test("a message is passed on to somebody, and a file of it comes along", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await start(john, "Papers", true);
  await john.page.locator("input[type=file]").setInputFiles({ name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("cake") });
  await expect(john.page.getByRole("button", { name: "Send" })).toBeEnabled();
  await john.write("the plan");
  await john.hasDelivered("the plan");
  await choose(john, "the plan", "Forward");
  // Nowhere is nowhere.
  await sheet(john).getByRole("button", { name: "Forward" }).click();
  await expect(sheet(john).getByRole("alert").first()).toBeVisible();
  await sheet(john).getByLabel("Or to people").fill("bill");
  await sheet(john).getByRole("button", { name: "Forward" }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toContainText("Bill");
  await bill.page.getByRole("link", { name: /John/ }).first().click();
  await expect(bill.messages.last().locator(".forwarded")).toContainText("the plan");
  const address = await bill.messages.last().getByRole("link", { name: /plan\.txt/ }).first().getAttribute("href");
  const file = await bill.page.request.get(`${bill.server.url}${address}`);
  expect(await file.text()).toBe("cake");
});

test("one goes to a day of a thread, with the script and without", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.goto(`${server.url}/t/1`);
  await john.isLive();
  await john.page.getByRole("link", { name: "Jump to a date" }).click();
  const day = john.page.getByRole("complementary", { name: "Jump to a date" });
  await expect(day).toBeFocused();
  await day.getByLabel("The first message of a day, or after it").fill("1999-12-31");
  await day.getByRole("button", { name: "Go there" }).click();
  await expect(john.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await expect(john.messages.first()).toBeInViewport();
  const first = await john.messages.first().getAttribute("data-seq");
  expect(john.page.url()).toContain(`m=${first}`);

  const plain = await meet({ javaScriptEnabled: false, networkMayFail: true });
  await plain.page.goto(`${server.url}/login`);
  await plain.page.getByLabel("Username").fill("john");
  await plain.page.getByLabel("Password").fill("secret");
  await plain.page.getByRole("button", { name: "Sign in" }).click();
  await plain.page.goto(`${server.url}/t/1?panel=date`);
  await plain.page.getByLabel("The first message of a day, or after it").fill("1999-12-31");
  await plain.page.getByRole("button", { name: "Go there" }).click();
  await expect(plain.page).toHaveURL(new RegExp(`/t/1\\?m=${first}$`));
});
