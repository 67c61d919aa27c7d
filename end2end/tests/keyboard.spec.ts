// Everything by keys: through the list, to where one writes, and out of whatever is open.
import { expect, Person, test } from "../support/people";

async function start(person: Person, name: string): Promise<void> {
  await person.page.getByRole("link", { name: "Start a thread" }).click();
  await person.page.getByLabel("Name", { exact: true }).fill(name);
  await person.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
  await person.isLive();
}

const title = (person: Person) => person.page.getByRole("heading", { level: 1 });
const dialog = (person: Person) => person.page.getByRole("dialog", { name: "Keyboard shortcuts" });

test("keys lead through the list as it stands, and to what is unread", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  for (const name of ["Garden", "Lunch"]) await start(john, name);
  const names = await john.page.getByRole("navigation", { name: "Threads" }).locator("li .thread-name").allTextContents();
  expect(names.slice(0, 2)).toEqual(["Lunch", "Garden"]);
  await john.page.keyboard.press("Alt+ArrowDown");
  await expect(title(john)).toHaveText("Garden");
  await john.page.keyboard.press("Alt+ArrowDown");
  await expect(title(john)).toHaveText(names[2]);
  await john.page.keyboard.press("Alt+ArrowUp");
  await expect(title(john)).toHaveText("Garden");
  // Wherever one comes to, one can write.
  await expect(john.composer).toBeFocused();

  await start(john, "Kitchen");
  await bill.page.goto(`${bill.server.url}/t/1`);
  await bill.isLive();
  await bill.write("look here");
  await expect(john.page.getByRole("link", { name: /First thread.*unread/ })).toBeVisible();
  await john.page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(title(john)).toHaveText("First thread");
  await john.sees("look here");
  await expect(john.page.getByRole("link", { name: /unread/ })).toHaveCount(0);
  await john.page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(title(john)).toHaveText("First thread");
});

test("what is typed anywhere goes where one writes", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.getByRole("link", { name: "People", exact: true }).focus();
  await john.page.keyboard.type("hello there");
  await expect(john.composer).toBeFocused();
  await expect(john.composer).toHaveValue("hello there");
  await john.composer.fill("");
  // In a field it stays, and space presses what has the focus.
  const people = john.page.getByRole("link", { name: "People", exact: true });
  await people.focus();
  await john.page.keyboard.press("Space");
  await expect(people).toBeFocused();
  await expect(john.composer).toHaveValue("");
});

test("the keys are listed, by key, from the jump dialog and from the settings", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  const people = john.page.getByRole("link", { name: "People", exact: true });
  await people.focus();
  await john.page.keyboard.press("Shift+?");
  await expect(dialog(john)).toBeVisible();
  await expect(dialog(john).getByRole("button", { name: "Close" })).toBeFocused();
  await expect(dialog(john)).toContainText("Jump to a thread");
  // Behind it nothing happens, and the focus does not get out.
  await john.page.keyboard.press("Tab");
  await expect(dialog(john).getByRole("button", { name: "Close" })).toBeFocused();
  await john.page.keyboard.press("x");
  await expect(john.composer).toHaveValue("");
  await john.page.keyboard.press("Escape");
  await expect(dialog(john)).toHaveCount(0);
  await expect(people).toBeFocused();

  // While one writes, a question mark is one.
  await john.composer.focus();
  await john.page.keyboard.press("Shift+?");
  await expect(john.composer).toHaveValue("?");
  await john.page.keyboard.press("Control+/");
  await expect(dialog(john)).toBeVisible();
  await john.page.keyboard.press("Escape");
  await expect(john.composer).toBeFocused();
  await john.composer.fill("");

  await john.page.keyboard.press("Control+k");
  await john.page.getByRole("combobox", { name: "Jump to" }).fill("short");
  await john.page.keyboard.press("Enter");
  await expect(dialog(john)).toBeVisible();
  await dialog(john).getByRole("button", { name: "Close" }).click();
  await expect(dialog(john)).toHaveCount(0);
  await john.page.getByRole("link", { name: "Settings", exact: true }).click();
  await john.page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(dialog(john)).toBeVisible();
});

test("Escape closes what lies on top, one after the other, and the focus is never lost", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("a question");
  await john.sees("a question");
  const people = john.page.getByRole("link", { name: "People", exact: true });
  const panel = john.page.getByRole("complementary", { name: "People" });
  await people.click();
  await expect(panel).toBeVisible();

  // An answer, and the dialog above it.
  const message = john.messages.filter({ hasText: "a question" });
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await john.page.getByRole("menuitem", { name: "Reply" }).click();
  await expect(john.page.locator(".writing")).toBeVisible();
  await john.page.keyboard.press("Control+/");
  await expect(dialog(john)).toBeVisible();

  await john.page.keyboard.press("Escape");
  await expect(dialog(john)).toHaveCount(0);
  await expect(john.page.locator(".writing")).toBeVisible();
  await john.page.keyboard.press("Escape");
  await expect(john.page.locator(".writing")).toHaveCount(0);
  await expect(panel).toBeVisible();
  await john.page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(john.page).toHaveURL(/\/t\/1$/);
  await expect(john.composer).toBeFocused();

  // What had the focus is gone: it is where that came from.
  await people.click();
  await panel.getByRole("link", { name: "Close" }).click();
  await expect(panel).toHaveCount(0);
  await expect(people).toBeFocused();
  await people.press("Enter");
  await panel.getByRole("link", { name: "Close" }).focus();
  await john.page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(people).toBeFocused();
});
