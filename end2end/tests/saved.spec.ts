// Messages of one's own: what is saved, what one is reminded of, and what has happened that is for oneself.
import { expect, Locator, Person, test } from "../support/people";

/** Opens the menu of a message and takes something from it. */
async function choose(person: Person, text: string, item: string): Promise<void> {
  const message = person.messages.filter({ hasText: text }).last();
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await person.page.getByRole("menuitem", { name: item, exact: true }).click();
}

/** The way to one of the lists, and what waits there. */
const way = (person: Person, name: string): Locator =>
  person.page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name });
const entries = (person: Person, section: string): Locator =>
  person.page.getByRole("region", { name: section }).getByRole("listitem");

async function goTo(person: Person, name: string): Promise<void> {
  await way(person, name).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
}

test("what one saves stands in a list of one's own on all devices, and leads back", async ({ meet, server }) => {
  const [here, there, bill] = [await meet(), await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await bill.signIn("bill");
  await goTo(there, "Saved");
  await expect(there.page.getByText("Nothing is saved.")).toBeVisible();
  await bill.write("the **recipe** is here");
  await here.sees("the recipe is here");
  await choose(here, "the recipe is here", "Save for later");
  await expect(here.page.getByText("Saved for you alone.")).toBeVisible();
  // Without a reload, with its form, and where it was said.
  const kept = entries(there, "Saved messages");
  await expect(kept).toHaveCount(1);
  await expect(kept).toContainText("Bill");
  await expect(kept).toContainText("First thread");
  await expect(kept.locator(".kept-text strong")).toHaveText("recipe");
  await kept.getByRole("link").first().click();
  await expect(there.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await there.page.goBack();
  await expect(kept).toHaveCount(1);
  await there.page.reload();
  await expect(kept.locator(".kept-text strong")).toHaveText("recipe");
  // The menu knows that it is saved.
  await choose(here, "the recipe is here", "Remove from saved");
  await expect(there.page.getByText("Nothing is saved.")).toBeVisible();
  await choose(here, "the recipe is here", "Save for later");
  await there.isTakenOver();
  await kept.getByRole("button", { name: "Remove" }).click();
  await expect(there.page.getByText("Nothing is saved.")).toBeVisible();
  // Nobody else has it.
  await bill.page.goto(`${server.url}/saved`);
  await expect(bill.page.getByText("Nothing is saved.")).toBeVisible();
});

test("one is reminded of a message when one wants to be, and until one is done with it", async ({ meet }) => {
  test.setTimeout(150_000);
  const [here, there] = [await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await here.write("water the plants");
  await here.hasDelivered("water the plants");
  await choose(here, "water the plants", "Remind me");
  const sheet = here.page.getByRole("complementary", { name: "Remind me" });
  await expect(sheet).toBeFocused();
  for (const name of ["In 20 minutes", "In an hour", "In 3 hours", "Tomorrow at 9:00", "Next Monday at 9:00"]) {
    await expect(sheet.getByRole("button", { name })).toBeVisible();
  }
  await sheet.getByRole("button", { name: "Tomorrow at 9:00" }).click();
  await expect(here.page.getByText(/You will be reminded tomorrow, /)).toBeVisible();
  await expect(sheet).toHaveCount(0);
  await goTo(there, "Saved");
  const reminders = entries(there, "Reminders");
  await expect(reminders).toHaveCount(1);
  await expect(reminders).toContainText("Due tomorrow, ");

  // A time of one's own: the next minute that begins.
  await choose(here, "water the plants", "Remind me");
  const soon = await here.page.evaluate(() => {
    const at = new Date(Date.now() + 65_000);
    const two = (n: number) => String(n).padStart(2, "0");
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
  });
  await sheet.getByLabel("At a time of your own").fill(soon);
  await sheet.getByRole("button", { name: "Remind me then" }).click();
  await expect(reminders).toContainText("Due today, ");
  await expect(reminders.locator(".due")).toHaveCount(0);
  for (const device of [here, there]) {
    await expect(way(device, "Saved").locator(".badge")).toHaveText("1", { timeout: 90_000 });
  }
  await expect(reminders.locator(".due")).toHaveCount(1);
  await here.page.reload();
  await expect(way(here, "Saved").locator(".badge")).toHaveText("1");
  await reminders.getByRole("button", { name: "Done" }).click();
  await expect(there.page.getByText("Nothing is saved.")).toBeVisible();
  for (const device of [here, there]) await expect(way(device, "Saved").locator(".badge")).toHaveCount(0);
});

test("what has happened that is for oneself stands in one list, with what of it is new", async ({ meet }) => {
  const [here, there, bill] = [await meet(), await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await bill.signIn("bill");
  await here.write("who is there?");
  await here.hasDelivered("who is there?");
  for (const device of [here, there]) await expect(way(device, "Activity").locator(".badge")).toHaveCount(0);
  await bill.sees("who is there?");
  await bill.messages.filter({ hasText: "who is there?" }).focus();
  await bill.messages.filter({ hasText: "who is there?" }).getByRole("button", { name: "More" }).click();
  await bill.page.getByRole("menuitemcheckbox").first().click();
  for (const device of [here, there]) await expect(way(device, "Activity").locator(".badge")).toHaveText("new");
  await goTo(here, "Activity");
  const all = here.page.getByRole("list", { name: "What is for you" }).getByRole("listitem");
  await expect(all).toHaveCount(1);
  await expect(all.first()).toContainText("Bill reacted with");
  await expect(all.first().locator(".kept-new")).toBeVisible();
  for (const device of [here, there]) await expect(way(device, "Activity").locator(".badge")).toHaveCount(0);
  // As it happens, for who looks.
  await choose(bill, "who is there?", "Reply");
  await bill.write("I am");
  await expect(all).toHaveCount(2);
  await expect(all.first()).toContainText("Bill answered you");
  await bill.write("and where is @john?");
  await expect(all).toHaveCount(3);
  await expect(all.first()).toContainText("Bill mentioned you");
  await expect(all.locator(".kept-new")).toHaveCount(3);
  await all.first().getByRole("link").first().click();
  await expect(here.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await here.sees("and where is @john?");
});

test("all of it works without the script", async ({ meet, server }) => {
  const john = await meet({ javaScriptEnabled: false, networkMayFail: true });
  const page = john.page;
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(`${server.url}/t/1?m=1&panel=message`);
  await page.getByRole("button", { name: "Save for later" }).click();
  await way(john, "Saved").click();
  await expect(entries(john, "Saved messages")).toHaveCount(1);
  await page.goto(`${server.url}/t/1?m=1&panel=message`);
  await page.getByRole("link", { name: "Remind me" }).click();
  await page.getByRole("button", { name: "In 20 minutes" }).click();
  await way(john, "Saved").click();
  await expect(entries(john, "Reminders")).toHaveCount(1);
  await entries(john, "Reminders").getByRole("link", { name: "Later" }).click();
  await page.getByRole("button", { name: "Never mind" }).click();
  await way(john, "Saved").click();
  await expect(entries(john, "Reminders")).toHaveCount(0);
  await entries(john, "Saved messages").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Nothing is saved.")).toBeVisible();
  await way(john, "Activity").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Activity");
});
