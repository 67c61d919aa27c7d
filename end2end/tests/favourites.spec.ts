// What is on top of one's list, and what in it is for oneself.
import { expect, Person, test } from "../support/people";

async function start(person: Person, name: string): Promise<void> {
  await person.page.getByRole("link", { name: "Start a thread" }).click();
  await person.page.getByLabel("Name", { exact: true }).fill(name);
  await person.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
  await person.isLive();
}

/** The names in the list, from the top. */
const list = (person: Person) => person.page.getByRole("navigation", { name: "Threads" }).locator("li .thread-name");
const sheet = (person: Person) => person.page.getByRole("complementary", { name: "Favourite" });

async function goTo(person: Person, name: string): Promise<void> {
  await person.page.getByRole("link", { name }).first().click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
}

async function favour(person: Person): Promise<void> {
  await person.page.getByRole("link", { name: "Favourite", exact: true }).click();
  const keep = sheet(person).getByRole("button", { name: "On top of my list" });
  const before = await keep.getAttribute("aria-pressed");
  await keep.click();
  await expect(keep).not.toHaveAttribute("aria-pressed", before!);
}

test("favourites are on top in an order of one's own, on all one's devices", async ({ meet }) => {
  const [here, there] = [await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  const heading = here.page.getByRole("heading", { name: "Favourites" });
  await expect(heading).toBeHidden();
  for (const name of ["Garden", "Lunch", "Kitchen"]) await start(here, name);
  await expect(list(there).first()).toHaveText("Kitchen");
  await goTo(here, "Garden");
  await favour(here);
  await expect(heading).toBeVisible();
  await goTo(here, "Lunch");
  await favour(here);
  for (const device of [here, there]) {
    await expect(list(device).nth(0)).toHaveText("Garden");
    await expect(list(device).nth(1)).toHaveText("Lunch");
  }

  // By the mouse, and by keys; the focus stays where it is.
  const up = sheet(here).getByRole("button", { name: "Move up" });
  const down = sheet(here).getByRole("button", { name: "Move down" });
  await up.click();
  for (const device of [here, there]) await expect(list(device).first()).toHaveText("Lunch");
  await expect(up).toHaveAttribute("aria-disabled", "true");
  await down.focus();
  await here.page.keyboard.press("Enter");
  for (const device of [here, there]) await expect(list(device).first()).toHaveText("Garden");
  await here.page.keyboard.press("Escape");
  await expect(sheet(here)).toHaveCount(0);

  // Whatever happens in the others, they stay; and they are there after a reload.
  await goTo(there, "Kitchen");
  await there.write("what is new?");
  await there.hasDelivered("what is new?");
  await expect(list(here).first()).toHaveText("Garden");
  await there.page.reload();
  await expect(list(there).nth(1)).toHaveText("Lunch");
  await goTo(here, "Garden");
  await favour(here);
  for (const device of [here, there]) await expect(list(device).first()).toHaveText("Lunch");
});

test("what is for oneself is told apart from what is only unread", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await start(john, "Garden");
  await bill.page.goto(`${bill.server.url}/t/1`);
  await bill.isLive();
  await bill.write("good morning");
  const link = john.page.getByRole("link", { name: /First thread/ });
  const badge = link.locator(".badge");
  await expect(badge).toBeVisible();
  await expect(badge).not.toHaveClass(/for-me/);
  await bill.write("is @john here?");
  await expect(badge).toHaveClass(/for-me/);
  await expect(link).toHaveAccessibleName(/unread, something for you/);
  const text = await badge.textContent();
  expect(text).toMatch(/^@\d+/);
  // It is so after a reload, and over once it is read.
  await john.page.reload();
  await john.isLive();
  await expect(badge).toHaveClass(/for-me/);
  await link.click();
  await john.sees("is @john here?");
  await expect(badge).toHaveCount(0);
});
