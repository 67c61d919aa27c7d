// Who posts in a thread, and who does not for now.
import { expect, Person, test } from "../support/people";

const settings = (person: Person) => person.page.getByRole("complementary", { name: "Settings" });
const line = (person: Person) => person.page.getByText("Only owners and administrators post here.").first();

/** Somebody starts a public thread, and others come to it. */
async function thread(owner: Person, others: Person[], name: string): Promise<void> {
  await owner.page.getByRole("link", { name: "Start a thread" }).click();
  await owner.page.getByLabel("Name", { exact: true }).fill(name);
  await owner.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(owner.page.getByRole("heading", { level: 1 })).toHaveText(name);
  for (const other of others) {
    await other.page.goto(owner.page.url());
    await other.isLive();
    await other.page.getByRole("button", { name: "Join" }).click();
    await expect(other.page.getByRole("button", { name: "Join" })).toHaveCount(0);
  }
}

test("a thread becomes one for announcements and back, as somebody writes in it", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await thread(john, [bill], "Announcements");
  await bill.composer.fill("I was about to say");

  await john.page.getByRole("link", { name: "Thread settings" }).click();
  await settings(john).getByLabel("Announcements only").check();
  await settings(john).getByRole("button", { name: "Save" }).click();
  await expect(settings(john).getByText("Saved.")).toBeVisible();
  await expect(settings(john).getByLabel("Announcements only")).toBeChecked();
  await expect(line(bill)).toBeVisible();
  await expect(bill.composer).toBeHidden();
  await john.write("The office is closed on Monday.");
  await bill.sees("The office is closed on Monday.");

  // He reacts, and neither replies nor pins.
  await bill.messages.last().hover();
  await bill.messages.last().getByRole("button", { name: "More" }).click();
  const menu = bill.page.getByRole("menu");
  await expect(menu.getByRole("menuitemcheckbox", { name: "👍" })).toBeVisible();
  for (const name of ["Reply", "Pin"]) await expect(menu.getByRole("menuitem", { name })).toHaveCount(0);
  await menu.getByRole("menuitemcheckbox", { name: "👍" }).click();
  await expect(john.messages.last()).toContainText("👍");

  await settings(john).getByLabel("Announcements only").uncheck();
  await settings(john).getByRole("button", { name: "Save" }).click();
  await expect(line(bill)).toBeHidden();
  await expect(bill.composer).toHaveValue("I was about to say");
  await bill.composer.press("Enter");
  await john.sees("I was about to say");
});

test("in slow mode what is written too soon waits for its turn, and one sees when that is", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await thread(john, [bill], "Questions");
  await john.page.getByRole("link", { name: "Thread settings" }).click();
  await settings(john).getByLabel("Slow mode").selectOption("Every 10 seconds");
  await settings(john).getByRole("button", { name: "Save" }).click();
  await expect(settings(john).getByText("Saved.")).toBeVisible();
  await expect(settings(john).getByLabel("Slow mode")).toHaveValue("10");
  await expect(bill.page.getByText("Slow mode: one message every 10 seconds.")).toBeVisible();

  await bill.write("Good morning");
  await john.sees("Good morning");
  await expect(bill.page.getByText(/Slow mode: next message in \d+ seconds\./)).toBeVisible();
  await bill.write("Is it raining?");
  await bill.sees("Is it raining?");
  await expect(john.page.getByText("Is it raining?")).toHaveCount(0);
  // Those in charge do not wait.
  await john.write("an answer");
  await john.write("and another one");
  await bill.sees("and another one");
  await expect(john.page.getByText("Slow mode: ")).toHaveCount(0);
  // It is sent by itself, and not marked as failed.
  await expect(john.messages.filter({ hasText: "Is it raining?" })).toBeVisible({ timeout: 15_000 });
  await expect(bill.page.getByText("Not sent")).toHaveCount(0);
});

test("an owner mutes somebody, who sees until when, and lets them speak again", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await thread(john, [bill], "Quiet please");
  await bill.composer.fill("And another thing");

  await john.page.getByRole("link", { name: "Thread settings" }).click();
  const row = settings(john).getByRole("listitem").filter({ hasText: "@bill" });
  await row.locator("summary", { hasText: "Mute" }).click();
  await row.getByRole("combobox").selectOption("10 minutes");
  await row.getByRole("button", { name: "Mute", exact: true }).click();
  await expect(row).toContainText(/Muted until (today|tomorrow), /);
  const note = bill.page.getByText(/You are muted here until .+\. You can read\./);
  await expect(note).toBeVisible();
  await expect(bill.composer).toBeHidden();
  await john.write("Let us hear the others.");
  await bill.sees("Let us hear the others.");
  await bill.messages.last().hover();
  await bill.messages.last().getByRole("button", { name: "More" }).click();
  await expect(bill.page.getByRole("menuitem", { name: "Copy link" })).toBeVisible();
  await expect(bill.page.getByRole("menuitemcheckbox")).toHaveCount(0);
  await bill.page.keyboard.press("Escape");
  await bill.page.reload();
  await bill.isTakenOver();
  await expect(note).toBeVisible();

  await row.getByRole("button", { name: "Unmute" }).click();
  await expect(note).toBeHidden();
  await expect(bill.composer).toHaveValue("And another thing");
  await expect(row).not.toContainText("Muted");
  await bill.composer.press("Enter");
  await john.sees("And another thing");
});

test("somebody reports a message, and an administrator sees that and deletes it", async ({ meet, server }) => {
  const [john, bill, office] = [await meet(), await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await office.signIn("john");
  await thread(bill, [john], "Bargains");
  await bill.write("Buy my watches");
  await john.sees("Buy my watches");
  await john.messages.last().hover();
  await john.messages.last().getByRole("button", { name: "More" }).click();
  await john.page.getByRole("menuitem", { name: "Report…" }).click();
  const details = john.page.getByRole("complementary", { name: "Message" });
  await details.getByText("Report to the administrators").click();
  await details.getByLabel("What is wrong with it").fill("He does this everywhere");
  await details.getByRole("button", { name: "Report", exact: true }).click();
  await expect(details.getByText("Thank you.")).toBeVisible();

  // As it happens, for whoever governs.
  await office.page.getByRole("link", { name: "1 report waits" }).click();
  const report = office.page.getByRole("listitem").filter({ hasText: "Buy my watches" });
  await expect(report).toContainText("He does this everywhere");
  await report.locator("summary", { hasText: "Delete message" }).click();
  await report.getByRole("button", { name: "Delete the message of" }).click();
  await expect(office.page.getByText("Nothing waits.")).toBeVisible();
  await expect(office.page.getByRole("link", { name: "report waits" })).toHaveCount(0);
  await expect(bill.page.getByText("This message was deleted.").first()).toBeVisible();
  await office.page.goto(`${server.url}/settings/audit`);
  await expect(office.page.getByText(/deleted a message of .* in “Bargains”/)).toBeVisible();
});
