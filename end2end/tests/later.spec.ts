// What is to be posted later: chosen beside the composer, listed, changed one's mind about, and posted.
import { expect, Locator, Person, test } from "../support/people";

const sheet = (person: Person): Locator => person.page.getByRole("complementary", { name: "Send later" });

async function open(person: Person): Promise<Locator> {
  await person.page.getByRole("link", { name: "Send later" }).click();
  await expect(sheet(person)).toBeFocused();
  return sheet(person);
}

/** A minute that begins soon, as its field wants it. */
async function soon(person: Person): Promise<string> {
  return person.page.evaluate(() => {
    const at = new Date(Date.now() + 62_000);
    const two = (n: number) => String(n).padStart(2, "0");
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
  });
}

test("what was being written is sent later, from any device, once", async ({ meet }) => {
  test.setTimeout(150_000);
  const [here, there, bill] = [await meet(), await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await bill.signIn("bill");
  await here.composer.fill("happy **birthday**");
  const form = await open(here);
  await expect(form.getByLabel("What to send")).toHaveValue("happy **birthday**");
  await form.getByRole("button", { name: "Tomorrow at 9:00" }).click();
  await expect(here.page.getByText(/It will be sent tomorrow, 0?9:00/)).toBeVisible();
  await expect(sheet(here)).toHaveCount(0);
  await expect(here.composer).toHaveValue("");
  await expect(here.composer).toBeFocused();
  // It stands in the list of one's own on all devices, with its form.
  await there.page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name: "Saved" }).click();
  const waiting = there.page.getByRole("region", { name: "To be sent later" }).getByRole("listitem");
  await expect(waiting).toHaveCount(1);
  await expect(waiting).toContainText(/To be sent tomorrow, 0?9:00/);
  await expect(waiting).toContainText("First thread");
  await expect(waiting.locator("strong")).toHaveText("birthday");
  // A time of one's own, and a change of mind.
  await here.composer.fill("see you in a minute");
  await open(here);
  // Enter in the field means that time, and not the first that is offered.
  await form.getByLabel("At a time of your own").fill(await soon(here));
  await form.getByLabel("At a time of your own").press("Enter");
  await expect(waiting).toHaveCount(2);
  await expect(waiting.first()).toContainText("see you in a minute");
  await waiting.last().getByRole("button", { name: "Delete" }).click();
  await expect(waiting).toHaveCount(1);
  await expect(bill.messages.filter({ hasText: "see you in a minute" })).toBeVisible({ timeout: 90_000 });
  await expect(waiting).toHaveCount(0);
  await expect(here.messages.filter({ hasText: "see you in a minute" })).toHaveCount(1);
  await expect(bill.messages.filter({ hasText: "birthday" })).toHaveCount(0);
});

test("nothing is lost that cannot be sent later, and Escape leaves all as it was", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.composer.fill("not yet");
  const form = await open(john);
  await form.getByRole("button", { name: "Send then" }).click();
  await expect(form.getByRole("alert")).toContainText("Please choose a time to come");
  await expect(form.getByLabel("What to send")).toHaveValue("not yet");
  await form.getByLabel("What to send").press("Escape");
  await expect(form).toHaveCount(0);
  await expect(john.composer).toHaveValue("not yet");
  await expect(john.composer).toBeFocused();
  // What waits can be sent after all, from the sheet.
  await open(john);
  await form.getByRole("button", { name: "In 3 hours" }).click();
  await expect(john.composer).toHaveValue("");
  await open(john);
  await form.getByRole("button", { name: "Send now" }).click();
  await john.sees("not yet");
  await expect(form.getByRole("listitem")).toHaveCount(0);
});
