// Picking an emoji: for what is being written, and for a message.
import { expect, Person, test } from "../support/people";

const picker = (person: Person) => person.page.getByRole("dialog", { name: "Emoji" });

test("an emoji is found by name and put where the cursor is, in the tone that was chosen", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.composer.fill("so  then");
  await john.composer.press("Home");
  for (let n = 0; n < 3; n++) await john.composer.press("ArrowRight");
  await john.page.getByRole("button", { name: "Emoji" }).click();
  const search = picker(john).getByRole("searchbox", { name: "Search emoji" });
  await expect(search).toBeFocused();
  await expect(picker(john).getByRole("heading", { name: "Smileys" })).toBeVisible();
  await search.fill("party popp");
  await expect(picker(john).getByRole("button")).toHaveCount(1);
  await search.press("Enter");
  await expect(picker(john)).toHaveCount(0);
  await expect(john.composer).toHaveValue("so 🎉 then");
  await expect(john.composer).toBeFocused();

  await john.page.getByRole("button", { name: "Emoji" }).click();
  await expect(picker(john).getByRole("region", { name: "Picked last" }).getByRole("button")).toHaveText(["🎉"]);
  await picker(john).getByLabel("Tone of skin").selectOption("🏽");
  await search.fill("waving");
  await picker(john).getByRole("button", { name: "waving hand" }).click();
  await expect(john.composer).toHaveValue("so 🎉👋🏽 then");
  // The tone stays, and Escape leaves all as it was.
  await john.page.getByRole("button", { name: "Emoji" }).click();
  await expect(picker(john).getByLabel("Tone of skin")).toHaveValue("🏽");
  await search.fill("nothing is called so");
  await expect(picker(john).getByRole("heading", { name: "Nothing is called that" })).toBeVisible();
  await john.page.keyboard.press("Escape");
  await expect(picker(john)).toHaveCount(0);
  await expect(john.composer).toBeFocused();
});

test("any emoji is given to a message, by keys alone", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write("cake?");
  await bill.sees("cake?");
  const message = bill.messages.filter({ hasText: "cake?" });
  await message.focus();
  await message.getByRole("button", { name: "More" }).press("Enter");
  await bill.page.getByRole("menuitem", { name: "More emoji" }).press("Enter");
  await expect(picker(bill).getByRole("searchbox")).toBeFocused();
  await expect(picker(bill).getByRole("heading", { name: "Smileys" })).toBeVisible();
  await bill.page.keyboard.press("ArrowDown");
  await bill.page.keyboard.press("ArrowRight");
  await expect(picker(bill).getByRole("button").nth(1)).toBeFocused();
  await bill.page.keyboard.press("ArrowLeft");
  await bill.page.keyboard.press("ArrowLeft");
  await expect(picker(bill).getByRole("searchbox")).toBeFocused();
  await bill.page.keyboard.type("birthday");
  await bill.page.keyboard.press("Enter");
  await expect(message.locator(".chip")).toHaveText(/🎂\s*1/);
  await expect(john.messages.filter({ hasText: "cake?" }).locator(".chip")).toHaveText(/🎂\s*1/);
});
