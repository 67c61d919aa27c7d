// What is done with a message after it was posted: two people, and one of them on two devices.
import { expect, Locator, Person, test } from "../support/people";

const row = (person: Person, text: string): Locator =>
  person.messages.filter({ has: person.page.locator(".text", { hasText: text }) }).last();

/** Opens the menu of a message, as the mouse does. */
async function open(person: Person, text: string): Promise<Locator> {
  await row(person, text).hover();
  await row(person, text).getByRole("button", { name: "More" }).click();
  const menu = person.page.getByRole("menu");
  await expect(menu).toBeVisible();
  return menu;
}

async function choose(person: Person, text: string, item: string): Promise<void> {
  await (await open(person, text)).getByRole("menuitem", { name: item, exact: true }).click();
  await expect(person.page.getByRole("menu")).toHaveCount(0);
}

test("a message is edited, in the place where one writes, and the draft comes back", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write("helo");
  await bill.sees("helo");
  const count = await bill.messages.count();
  await john.composer.fill("a draft");
  await choose(john, "helo", "Edit");
  await expect(john.composer).toHaveValue("helo");
  await expect(john.composer).toBeFocused();
  await john.composer.fill("hello");
  await john.composer.press("Enter");
  for (const person of [john, bill]) {
    await expect(row(person, "hello")).toContainText("edited");
    await expect(person.messages.filter({ hasText: "helo" })).toHaveCount(0);
  }
  expect(await bill.messages.count()).toBe(count);
  await expect(john.composer).toHaveValue("a draft");
  // What others wrote is not offered to be edited.
  const menu = await open(bill, "hello");
  await expect(menu.getByRole("menuitem", { name: "Edit" })).toHaveCount(0);
  await expect(menu.getByRole("menuitem", { name: "Delete" })).toHaveCount(0);
  await bill.page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await expect(row(bill, "hello").getByRole("button", { name: "More" })).toBeFocused();
});

test("the menu is gone through by keys, and grows within the window", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write("by keys");
  await john.hasDelivered("by keys");
  // (It is hidden while the focus is in the menu.)
  const more = row(john, "by keys").locator(".message-more");
  await row(john, "by keys").focus();
  await more.focus();
  await john.page.keyboard.press("Space");
  const menu = john.page.getByRole("menu");
  await expect(menu).toBeVisible();
  await expect(more).toHaveAttribute("aria-expanded", "true");
  const [box, window] = [(await menu.boundingBox())!, john.page.viewportSize()!];
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.y + box.height).toBeLessThanOrEqual(window.height);
  await expect(menu.getByRole("menuitem", { name: "Delete" })).toBeInViewport();
  await john.page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await expect(more).toBeFocused();
  await expect(more).not.toHaveAttribute("aria-expanded", /./);
  await john.page.keyboard.press("Enter");
  await menu.getByRole("menuitem", { name: "More emoji" }).focus();
  await john.page.keyboard.press("Enter");
  const picker = john.page.getByRole("dialog", { name: "Emoji" });
  await expect(picker.getByRole("searchbox")).toBeFocused();
  const inside = (await picker.boundingBox())!;
  expect(inside.y).toBeGreaterThanOrEqual(0);
  expect(inside.y + inside.height).toBeLessThanOrEqual(window.height);
  await john.page.keyboard.press("Escape");
  await expect(picker).toHaveCount(0);
  await expect(more).toBeFocused();
  await john.page.keyboard.press("Enter");
  await menu.getByRole("menuitem", { name: "More emoji" }).focus();
  await john.page.keyboard.press("Enter");
  await john.page.keyboard.press("ArrowDown");
  await john.page.keyboard.press("Enter");
  await expect(row(john, "by keys").getByRole("button", { name: "😀 1" })).toBeVisible();
});

test("the last message is edited with the arrow up, and escape leaves it as it was", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write("one");
  await john.hasDelivered("one");
  await john.composer.press("ArrowUp");
  await expect(john.page.getByText("Edit message")).toBeVisible();
  await expect(john.composer).toHaveValue("one");
  await john.composer.fill("never");
  await john.composer.press("Escape");
  await expect(john.composer).toHaveValue("");
  await expect(john.page.getByText("Edit message")).toHaveCount(0);
  await john.composer.press("ArrowUp");
  await john.composer.fill("two");
  await john.composer.press("Enter");
  await expect(row(john, "two")).toContainText("edited");
  await expect(john.messages.filter({ hasText: "never" })).toHaveCount(0);
  await john.page.reload();
  await expect(row(john, "two")).toContainText("edited");
});

test("a message is deleted, which leaves a trace, and that is taken back", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("rash words");
  await john.sees("rash words");
  await choose(bill, "rash words", "Delete");
  const gone = "This message was deleted.";
  for (const person of [john, bill]) {
    await expect(row(person, gone)).toBeVisible();
    await expect(person.messages.filter({ hasText: "rash words" })).toHaveCount(0);
  }
  const said = bill.page.getByRole("status").filter({ hasText: "Message deleted." });
  await said.getByRole("button", { name: "Undo" }).click();
  for (const person of [john, bill]) {
    await expect(row(person, "rash words")).toBeVisible();
    await expect(person.messages.filter({ hasText: gone })).toHaveCount(0);
  }
});

test("one answers a message, and the line above leads to it", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("Shall we have tea?");
  await john.sees("Shall we have tea?");
  await choose(john, "Shall we have tea?", "Reply");
  await expect(john.page.getByText("Reply to Bill")).toBeVisible();
  await expect(john.composer).toBeFocused();
  await john.write("Gladly.");
  await expect(john.page.getByText("Reply to Bill")).toHaveCount(0);
  for (const person of [john, bill]) {
    await expect(row(person, "Gladly.").getByRole("link", { name: "Bill Shall we have tea?" })).toBeVisible();
  }
  // The answer shows what it answers as it is now.
  await choose(bill, "Shall we have tea?", "Edit");
  await bill.composer.fill("Shall we have cake?");
  await bill.composer.press("Enter");
  const line = row(john, "Gladly.").getByRole("link", { name: "Bill Shall we have cake?" });
  await expect(line).toBeVisible();
  await line.click();
  await expect(john.page).toHaveURL(/\?m=\d+$/);
  await expect(row(john, "Shall we have cake?").first()).toBeVisible();
});

test("reactions come and go with one tap, on all devices", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const phone = await john.page.context().newPage();
  await phone.setViewportSize({ width: 390, height: 844 });
  await phone.goto(john.page.url());
  await john.write("We have won!");
  await bill.sees("We have won!");
  await (await open(bill, "We have won!")).getByRole("menuitemcheckbox", { name: "🎉" }).click();
  const chip = (person: Person) => row(person, "We have won!").getByRole("button", { name: "🎉" });
  await expect(chip(bill)).toHaveAttribute("aria-pressed", "true");
  await expect(chip(john)).toHaveAttribute("aria-pressed", "false");
  await chip(john).click();
  await expect(chip(john)).toHaveText("🎉 2");
  await expect(chip(john)).toHaveAttribute("aria-pressed", "true");
  const onPhone = phone.getByRole("article").filter({ hasText: "We have won!" }).getByRole("button", { name: "🎉" });
  await expect(onPhone).toHaveText("🎉 2");
  await expect(onPhone).toHaveAttribute("aria-pressed", "true");
  await chip(bill).click();
  await expect(chip(john)).toHaveText("🎉 1");
  await onPhone.click();
  await expect(chip(john)).toHaveCount(0);
  await bill.page.reload();
  await expect(chip(bill)).toHaveCount(0);
});

test("what was changed while one was away is as it is now when one is back", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  for (const text of ["stays", "changes", "goes"]) await john.write(text);
  await bill.sees("goes");
  await bill.page.context().setOffline(true);
  await choose(john, "changes", "Edit");
  await john.composer.fill("has been changed");
  await john.composer.press("Enter");
  await choose(john, "goes", "Delete");
  await (await open(john, "stays")).getByRole("menuitemcheckbox", { name: "👍" }).click();
  await bill.page.context().setOffline(false);
  await expect(row(bill, "has been changed")).toBeVisible();
  await expect(row(bill, "This message was deleted.")).toBeVisible();
  await expect(row(bill, "stays").getByRole("button", { name: "👍" })).toHaveText("👍 1");
  await expect(bill.messages.filter({ hasText: "goes" })).toHaveCount(0);
});

test("the menu works with keys alone", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write("by keys");
  await john.hasDelivered("by keys");
  await john.page.getByRole("log", { name: "Messages" }).focus();
  await john.page.keyboard.press("ArrowUp");
  await expect(row(john, "by keys")).toBeFocused();
  await john.page.keyboard.press("Tab");
  await expect(row(john, "by keys").getByRole("button", { name: "More" })).toBeFocused();
  await john.page.keyboard.press("Enter");
  await expect(john.page.getByRole("menuitemcheckbox", { name: "👍" })).toBeFocused();
  await john.page.keyboard.press("ArrowRight");
  await john.page.keyboard.press("Enter");
  await expect(row(john, "by keys").getByRole("button", { name: "❤️" })).toHaveText("❤️ 1");
});

test.describe("without JavaScript", () => {
  test("all of it is plain forms", async ({ meet, server }) => {
    const john = await meet({ javaScriptEnabled: false });
    await john.page.goto(`${server.url}/login`);
    await john.page.getByLabel("Username").fill("john");
    await john.page.getByLabel("Password").fill("secret");
    await john.page.getByRole("button", { name: "Sign in" }).click();
    await john.page.goto(`${server.url}/t/1`);
    await john.composer.fill("plain");
    await john.page.getByRole("button", { name: "Send" }).click();
    const last = () => john.messages.last();
    await last().hover();
    await last().getByRole("button", { name: "More" }).click();
    const panel = john.page.getByRole("complementary", { name: "Message" });
    await panel.getByLabel("Edit").fill("plainer");
    await panel.getByRole("button", { name: "Save", exact: true }).click();
    await expect(last()).toContainText("plainer");
    await last().hover();
    await last().getByRole("button", { name: "More" }).click();
    await panel.getByRole("button", { name: "🎉" }).click();
    const chip = last().getByRole("button", { name: "🎉" });
    await expect(chip).toHaveAttribute("aria-pressed", "true");
    await chip.click();
    await expect(chip).toHaveCount(0);
    await last().hover();
    await last().getByRole("button", { name: "More" }).click();
    await panel.getByLabel("Reply").fill("to myself");
    await panel.getByRole("button", { name: "Send" }).click();
    await expect(last()).toContainText("to myself");
    await expect(last().getByRole("link", { name: "John plainer" })).toBeVisible();
    await last().hover();
    await last().getByRole("button", { name: "More" }).click();
    await panel.getByRole("button", { name: "Delete" }).click();
    await expect(last()).toContainText("This message was deleted.");
  });
});
