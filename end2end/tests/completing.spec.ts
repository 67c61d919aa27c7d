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
