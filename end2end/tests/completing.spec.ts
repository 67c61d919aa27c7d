// People and emoji are offered while one types, and a mention leads to somebody's card.
import { expect, test } from "../support/people";

test("a person is chosen by keys, and their name in a message leads to them", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.composer.pressSequentially("hello @bi");
  const offers = john.page.getByRole("listbox", { name: "Suggestions" });
  await expect(offers.getByRole("option", { name: /@bill/ })).toHaveAttribute("aria-selected", "true");
  await john.composer.press("Enter");
  await expect(john.composer).toHaveValue("hello @bill ");
  await expect(offers).toHaveCount(0);
  await john.composer.pressSequentially("how are you?");
  await john.composer.press("Enter");
  const mention = bill.messages.last().getByRole("link", { name: "@bill" });
  await expect(mention).toBeVisible();
  await mention.click();
  await expect(bill.page.getByRole("dialog").getByText("@bill")).toBeVisible();
});

test("an emoji is found by its name, and a name with its colons becomes one", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.composer.pressSequentially("well :tad");
  const offers = john.page.getByRole("listbox", { name: "Suggestions" });
  await expect(offers.getByRole("option").first()).toContainText(":tada:");
  // Escape leaves it as it was typed; what is not wanted stands in nobody's way.
  await john.composer.press("Escape");
  await expect(offers).toHaveCount(0);
  await expect(john.composer).toHaveValue("well :tad");
  await john.composer.pressSequentially("a:");
  await expect(john.composer).toHaveValue("well 🎉");
  await john.composer.pressSequentially(" :tea");
  await offers.getByRole("option", { name: /:tea:/ }).click();
  await expect(john.composer).toHaveValue("well 🎉 🍵 ");
  await expect(john.composer).toBeFocused();
  await john.composer.fill("at 10:30 in http://x");
  await expect(offers).toHaveCount(0);
  await john.composer.press("Enter");
  await john.hasDelivered("at 10:30");
});

test("a thread is chosen by its name, and what is written leads there whatever it is called later", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.composer.pressSequentially("see #fir");
  const offers = john.page.getByRole("listbox", { name: "Suggestions" });
  await offers.getByRole("option", { name: /#First thread/ }).click();
  await expect(john.composer).toHaveValue("see [#First thread](/t/1) ");
  await john.composer.pressSequentially("for that");
  await john.composer.press("Enter");
  const link = bill.messages.last().getByRole("link", { name: "#First thread" });
  await expect(link).toHaveClass("mention");
  await bill.page.goto(`${bill.server.url}/browse`);
  await bill.isTakenOver();
  await bill.page.goBack();
  await link.click();
  await expect(bill.page).toHaveURL(/\/t\/1$/);
});

test("who is in charge calls on everybody, and for others the words are words", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.composer.pressSequentially("@al");
  const offers = (person: typeof john) => person.page.getByRole("listbox", { name: "Suggestions" });
  // Nothing is offered to him, so Enter sends.
  await bill.composer.pressSequentially("l, hello");
  await expect(offers(bill)).toHaveCount(0);
  await bill.composer.press("Enter");
  await john.sees("@all, hello");
  await expect(john.messages.last()).not.toHaveClass(/calls/);
  await bill.page.goto(`${bill.server.url}/saved`);
  await bill.isTakenOver();
  await john.composer.pressSequentially("@al");
  await offers(john).getByRole("option", { name: /@all/ }).click();
  await john.composer.pressSequentially("tea is ready");
  await john.composer.press("Enter");
  await john.hasDelivered("tea is ready");
  await expect(john.messages.last()).toHaveClass(/calls/);
  // It is for him: marked in the list, and in his activity.
  const way = bill.page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name: "Activity" });
  await expect(way.locator(".badge")).toHaveText("new");
  await way.click();
  await expect(bill.page.getByRole("list", { name: "What is for you" })).toContainText("John mentioned you");
});
