// When somebody is left in peace: they pause what they are told, on all their devices at once, choose hours
// and words, and are shown nothing as long as it is quiet.
import { expect, Person, test } from "../support/people";

// Notices are shown by the system, which has none here: what would be shown is kept in the page.
async function keepsNotices(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const shown: string[] = [];
    class Kept {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title: string, options?: { body?: string }) {
        shown.push(`${title}: ${options?.body ?? ""}`);
      }
      close() {}
    }
    Object.assign(window, { Notification: Kept, shown });
  });
}

function notices(person: Person): Promise<string[]> {
  return person.page.evaluate(() => (window as unknown as { shown: string[] }).shown);
}

/** Somewhere else than in the thread: what comes there is not seen. */
async function looksAway(person: Person): Promise<void> {
  await person.page.getByRole("link", { name: "Settings", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText("Profile");
  await person.page.getByRole("link", { name: "Notifications", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText("Notifications");
}

test("who pauses is shown nothing on any device until they end it, and others see that", async ({ meet }) => {
  const [here, there, bill] = [await meet(), await meet(), await meet()];
  await keepsNotices(here);
  for (const device of [here, there]) await device.signIn("john");
  await bill.signIn("bill");
  for (const device of [here, there]) await looksAway(device);

  await here.page.getByLabel("For how long").selectOption("Until I turn them on again");
  await here.page.getByRole("button", { name: "Pause notifications" }).click();
  await expect(here.page.getByText("Paused until you turn them on again.")).toBeVisible();
  for (const device of [here, there]) {
    await expect(device.page.getByRole("link", { name: "Notifications paused" })).toBeVisible();
  }
  await bill.page.goto(`${bill.server.url}/people/john`);
  await expect(bill.page.getByText("Notifications paused")).toBeVisible();

  // It is counted as ever, and nothing is shown.
  await bill.page.goBack();
  await bill.isLive();
  await bill.write("hello @john, are you there?");
  const badge = here.page.locator(".threads .badge").first();
  await expect(badge).toContainText("something for you");
  await here.page.waitForTimeout(3000);
  expect(await notices(here)).toEqual([]);

  // One device ends it, and the other one knows.
  await there.page.getByRole("button", { name: "Turn on", exact: true }).click();
  for (const device of [here, there]) {
    await expect(device.page.getByText("Notifications paused")).toHaveCount(0);
  }
  await expect(here.page.getByRole("button", { name: "Pause notifications" })).toBeVisible();
  await bill.write("and now, @john?");
  await expect.poll(() => notices(here)).toHaveLength(1);
  expect((await notices(here))[0]).toContain("and now, @john?");
});

test("a pause is heard of by a device that was away", async ({ meet }) => {
  const [here, there] = [await meet(), await meet({ networkMayFail: true })];
  for (const device of [here, there]) await device.signIn("john");
  await there.page.context().setOffline(true);
  await looksAway(here);
  await here.page.getByLabel("For how long").selectOption("1 hour");
  await here.page.getByRole("button", { name: "Pause notifications" }).click();
  await expect(here.page.getByText(/^Paused until (today|tomorrow), /)).toBeVisible();
  await expect(there.page.getByText("Notifications paused")).toHaveCount(0);
  await there.page.context().setOffline(false);
  await expect(there.page.getByRole("link", { name: "Notifications paused" })).toBeVisible();
});

test("quiet hours are kept by the days that are chosen", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await keepsNotices(john);
  await john.signIn("john");
  await bill.signIn("bill");
  await looksAway(john);
  await john.page.getByLabel("From").fill("00:00");
  await john.page.getByLabel("To", { exact: true }).fill("00:00");
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  for (const day of days) await john.page.getByLabel(day).check();
  await john.page.getByRole("button", { name: "Save the hours" }).click();
  await expect(john.page.getByRole("status").filter({ hasText: "Saved." })).toBeFocused();
  await bill.write("hello @john");
  await expect(john.page.locator(".threads .badge").first()).toContainText("something for you");
  await john.page.waitForTimeout(3000);
  expect(await notices(john)).toEqual([]);

  for (const day of days) await john.page.getByLabel(day).uncheck();
  await john.page.getByRole("button", { name: "Save the hours" }).click();
  await expect(john.page.getByLabel("Monday")).not.toBeChecked();
  await john.page.reload();
  await expect(john.page.getByLabel("Monday")).not.toBeChecked();
  await expect(john.page.getByLabel("From")).toHaveValue("22:00");
  // Only what comes as it happens is told: until the page is connected again, it is not.
  await expect(async () => {
    await bill.write("and now, @john?");
    await expect.poll(() => notices(john), { timeout: 3000 }).not.toEqual([]);
  }).toPass();
});

test("a message with a word of one's own is for one, as if it mentioned one", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await keepsNotices(john);
  await john.signIn("john");
  await bill.signIn("bill");
  // Only what is for him.
  await john.page.getByRole("link", { name: "Notifications" }).click();
  await john.page.getByRole("button", { name: /^Mentions/ }).click();
  await expect(john.page.getByRole("button", { name: /^Mentions/ })).toHaveAttribute("aria-pressed", "true");
  await john.page.getByRole("link", { name: "Pause, quiet hours, keywords" }).click();

  const words = john.page.getByLabel("Words");
  await words.fill("c++");
  await john.page.getByRole("button", { name: "Save the words" }).click();
  await expect(john.page.getByText("Only words of letters and digits")).toBeVisible();
  await expect(words).toBeFocused();
  await words.fill("Tea, biscuits");
  await john.page.getByRole("button", { name: "Save the words" }).click();
  await expect(words).toHaveValue("biscuits, tea");

  await bill.write("the team is here");
  const badge = john.page.locator(".threads .badge").first();
  await expect(badge).toContainText("1 unread");
  await expect(badge).not.toContainText("something for you");
  await bill.write("is there any TEA?");
  await expect(badge).toContainText("2 unread, something for you");
  await expect.poll(() => notices(john)).toHaveLength(1);
  expect((await notices(john))[0]).toContain("is there any TEA?");
  // The server counts the same.
  await john.page.reload();
  await expect(badge).toContainText("2 unread, something for you");
});

test.describe("without a script", () => {
  test("the same is done by plain forms", async ({ meet }) => {
    const john = await meet({ javaScriptEnabled: false });
    await john.page.goto(`${john.server.url}/login`);
    await john.page.getByLabel("Username").fill("john");
    await john.page.getByLabel("Password").fill("secret");
    await john.page.getByRole("button", { name: "Sign in" }).click();
    await john.page.goto(`${john.server.url}/settings/notifications`);
    await john.page.getByRole("button", { name: "Pause notifications" }).click();
    await expect(john.page.getByText(/^Paused until /)).toBeVisible();
    await john.page.goto(john.server.url);
    await john.page.getByRole("button", { name: "Turn on", exact: true }).click();
    await expect(john.page.getByRole("button", { name: "Pause notifications" })).toBeVisible();
    await john.page.getByLabel("Wednesday").check();
    await john.page.getByRole("button", { name: "Save the hours" }).click();
    await expect(john.page.getByLabel("Wednesday")).toBeChecked();
    await john.page.getByLabel("Words").fill("tea");
    await john.page.getByRole("button", { name: "Save the words" }).click();
    await expect(john.page.getByLabel("Words")).toHaveValue("tea");
  });
});
