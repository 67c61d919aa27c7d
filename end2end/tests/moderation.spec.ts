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

test("a thread becomes one for announcements and back, as others write in it", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await thread(bill, [], "Announcements");
  const at = bill.page.url();
  // John governs the server, so it takes somebody else to see what others see.
  const ann = await meet();
  await ann.signIn("ann");
  await ann.page.goto(at);
  await ann.isLive();
  await ann.page.getByRole("button", { name: "Join" }).click();
  await ann.composer.fill("I was about to say");

  await bill.page.getByRole("link", { name: "Thread settings" }).click();
  await settings(bill).getByLabel("Announcements only").check();
  await settings(bill).getByRole("button", { name: "Save" }).click();
  await expect(settings(bill).getByText("Saved.")).toBeVisible();
  await expect(line(ann)).toBeVisible();
  await expect(ann.composer).toBeHidden();
  await bill.write("The office is closed on Monday.");
  await ann.sees("The office is closed on Monday.");
  await john.page.goto(at);
  await john.write("And on Tuesday.");
  await ann.sees("And on Tuesday.");

  // She reacts, and neither replies nor edits.
  await ann.messages.last().hover();
  await ann.page.getByRole("button", { name: "More" }).last().click();
  const menu = ann.page.getByRole("menu");
  await expect(menu.getByRole("menuitem", { name: "Reply" })).toHaveCount(0);
  await menu.getByRole("menuitemcheckbox").first().click();
  await expect(bill.page.getByRole("button", { name: /👍/ })).toBeVisible();

  await settings(bill).getByLabel("Announcements only").uncheck();
  await settings(bill).getByRole("button", { name: "Save" }).click();
  await expect(line(ann)).toBeHidden();
  await expect(ann.composer).toHaveValue("I was about to say");
  await ann.composer.press("Enter");
  await bill.sees("I was about to say");
});

test("in slow mode what is written too soon waits for its turn, and one sees when that is", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await thread(john, [bill], "Questions");
  await john.page.getByRole("link", { name: "Thread settings" }).click();
  await settings(john).getByLabel("Slow mode").selectOption("One message every 10 seconds");
  await settings(john).getByRole("button", { name: "Save" }).click();
  await expect(settings(john).getByText("Saved.")).toBeVisible();
  await expect(settings(john).getByLabel("Slow mode")).toHaveValue("10");
  await expect(bill.page.getByText("Slow mode: one message every 10 seconds.")).toBeVisible();

  await bill.write("first");
  await john.sees("first");
  await expect(bill.page.getByText(/Slow mode: your next message can be sent in \d+ seconds\./)).toBeVisible();
  await bill.write("second");
  await bill.sees("second");
  await expect(john.page.getByText("second")).toHaveCount(0);
  // Those in charge do not wait.
  await john.write("an answer");
  await john.write("and another one");
  await bill.sees("and another one");
  await expect(john.page.getByText("Slow mode: ")).toHaveCount(0);
  // It is sent by itself, and not marked as failed.
  await expect(john.page.getByText("second")).toBeVisible({ timeout: 15_000 });
  await expect(bill.page.getByText("Not sent")).toHaveCount(0);
});
