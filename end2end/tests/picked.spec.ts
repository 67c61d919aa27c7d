// What is picked out of a thread: pinning, files, who has reacted, what a message said before.
import { expect, Person, test } from "../support/people";

/** Opens the menu of a message and takes something from it. */
async function choose(person: Person, text: string, item: string): Promise<void> {
  const message = person.messages.filter({ hasText: text }).last();
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await person.page.getByRole("menuitem", { name: item, exact: true }).click();
}

const panel = (person: Person, name: string) => person.page.getByRole("complementary", { name });

test("a message is pinned, stands in the panel of all, and leads back to its place", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.page.getByRole("link", { name: "Pinned messages" }).click();
  await expect(panel(bill, "Pinned messages")).toContainText("Nothing is pinned here.");
  await john.write("the **plan** is here");
  await john.hasDelivered("the plan is here");
  await choose(john, "the plan is here", "Pin");
  const mine = john.messages.filter({ hasText: "the plan is here" });
  await expect(mine).toContainText("pinned");
  await bill.page.mouse.move(0, 0);
  await expect(bill.messages.filter({ hasText: "the plan is here" }).locator("time")).toHaveCSS("opacity", "1");
  // Without a reload, for whoever has the panel open.
  const picked = panel(bill, "Pinned messages").getByRole("listitem");
  await expect(picked).toHaveCount(1);
  await expect(picked.locator("strong").last()).toHaveText("plan");
  await picked.getByRole("link").first().click();
  await expect(bill.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await bill.page.goBack();
  await expect(panel(bill, "Pinned messages")).toBeVisible();
  await choose(bill, "the plan is here", "Unpin");
  await expect(picked).toHaveCount(0);
  await expect(mine).not.toContainText("pinned");
  await bill.page.goto(`${server.url}/t/1?panel=pins`);
  await expect(panel(bill, "Pinned messages")).toContainText("Nothing is pinned here.");
});

test("the files of a thread stand in a panel, the newest first, and come as they are posted", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.page.getByRole("link", { name: "Files", exact: true }).click();
  const all = panel(bill, "Files");
  await expect(all).toContainText("Nobody has posted a file here yet.");
  for (const name of ["one.txt", "two.txt"]) {
    await john.page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(name) });
    await expect(john.page.getByRole("button", { name: "Send" })).toBeEnabled();
    await john.page.getByRole("button", { name: "Send" }).click();
    await expect(all.getByRole("listitem").first()).toContainText(name);
  }
  await expect(all.getByRole("listitem")).toHaveCount(2);
});

test("who has reacted and what a message said before is told beside it", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write("helo");
  await john.hasDelivered("helo");
  await john.composer.press("ArrowUp");
  await john.composer.fill("hello");
  await john.composer.press("Enter");
  await expect(john.messages.last()).toContainText("edited");
  await choose(john, "hello", "Details");
  const details = panel(john, "Message");
  await expect(details).toBeFocused();
  await expect(details.getByRole("list")).toContainText("helo");
  await bill.sees("hello");
  await bill.messages.last().focus();
  await bill.messages.last().getByRole("button", { name: "More" }).click();
  await bill.page.getByRole("menuitemcheckbox").first().click();
  // As it happens.
  await expect(details.locator(".reacted-by")).toContainText("Bill");
  await expect(details.getByRole("button", { name: "Delete" })).toBeHidden();
  await john.page.keyboard.press("Escape");
  await expect(details).toHaveCount(0);
  // What was said before is nobody else's.
  await choose(bill, "hello", "Details");
  await expect(panel(bill, "Message").locator(".reacted-by")).toContainText("Bill");
  await expect(panel(bill, "Message")).not.toContainText("helo\n");
  await expect(panel(bill, "Message").getByText("Earlier versions")).toHaveCount(0);
});
