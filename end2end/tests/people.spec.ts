// Everybody in a list, and somebody's card, as a person finds and uses them.
import { expect, test } from "../support/people";

test("somebody is found among all people, looked at and written to", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.page.getByRole("link", { name: "Settings", exact: true }).click();
  await bill.page.getByLabel("Name of the zone").fill("Moon/Crater");
  await bill.page.getByRole("button", { name: "Set the time zone" }).click();
  await expect(bill.page.getByText("There is no such time zone")).toBeVisible();
  const zone = await bill.page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  await bill.page.getByRole("button", { name: `Use ${zone}` }).click();
  await bill.page.getByRole("button", { name: "Set the time zone" }).click();
  await expect(bill.page.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();

  await john.page.getByRole("link", { name: "Everybody" }).click();
  await expect(john.page).toHaveURL(`${server.url}/people`);
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Everybody");
  const listed = john.page.locator(".everybody .person");
  await expect(listed.filter({ hasText: "@bill" }).getByRole("img", { name: "Online" })).toBeVisible();
  await john.page.getByRole("searchbox", { name: "Search people" }).fill("BIL");
  await expect(listed).toHaveCount(1);
  await expect(john.page).toHaveURL(`${server.url}/people?search=BIL`);
  await john.page.getByRole("searchbox", { name: "Search people" }).fill("zzzz");
  await expect(john.page.getByText("Nobody is called that.")).toBeVisible();
  await john.page.getByRole("searchbox", { name: "Search people" }).fill("bil");

  // The card opens over the list, holds the focus, and gives it back.
  const link = listed.getByRole("link", { name: /@bill/ });
  await link.focus();
  await john.page.keyboard.press("Enter");
  const card = john.page.getByRole("dialog", { name: "Profile" });
  await expect(card.getByRole("heading", { level: 2 })).toHaveText("Bill");
  await expect(card).toContainText("@bill · Online");
  await expect(card).toContainText(/Here since \d+ \w+ \d{4}/);
  await expect(card).toContainText(`for them · ${zone}`);
  await expect(card.getByRole("link", { name: "First thread" })).toBeVisible();
  for (let press = 0; press < 6; press++) {
    await john.page.keyboard.press("Tab");
    const isBehind = await john.page.evaluate(() => {
      const at = document.activeElement;
      return at !== document.body && !at?.closest("dialog");
    });
    expect(isBehind).toBe(false);
  }
  await john.page.keyboard.press("Escape");
  await expect(card).toHaveCount(0);
  await expect(link).toBeFocused();
  await expect(john.page).toHaveURL(`${server.url}/people?search=bil`);

  await link.click();
  await card.getByRole("button", { name: "Message Bill" }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Bill");
  await expect(card).toHaveCount(0);
});

test("a name and a picture beside a message lead to the card, and it stays true", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("look at me");
  await john.sees("look at me");
  const message = john.messages.filter({ hasText: "look at me" });
  await message.getByRole("link", { name: "Bill" }).click();
  const card = john.page.getByRole("dialog", { name: "Profile" });
  await expect(card).toContainText("@bill · Online");
  await expect(john.page).toHaveURL(`${server.url}/t/1`);
  await card.getByRole("button", { name: "Close" }).click();
  await expect(card).toHaveCount(0);
  const picture = (await message.locator(".avatar").boundingBox())!;
  await john.page.mouse.click(picture.x + picture.width / 2, picture.y + picture.height / 2);
  await expect(card).toBeVisible();

  // What they say of themselves meanwhile is there without being asked for.
  await bill.page.getByRole("link", { name: "Settings", exact: true }).click();
  await bill.page.getByLabel("What you are doing").fill("Baking");
  await bill.page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(card).toContainText("Baking", { timeout: 10_000 });
  // Beside it is outside.
  await john.page.mouse.click(5, 5);
  await expect(card).toHaveCount(0);

  await john.page.getByRole("link", { name: "People" }).click();
  const panel = john.page.getByRole("complementary", { name: "People" });
  await panel.getByRole("link", { name: /@john/ }).click();
  await card.getByRole("link", { name: "Change my profile" }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Profile");
  await expect(card).toHaveCount(0);
});

test("without JavaScript the list and the card are pages", async ({ meet, server }) => {
  const john = await meet({ javaScriptEnabled: false, networkMayFail: true });
  const page = john.page;
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Everybody" }).click();
  await page.getByRole("searchbox", { name: "Search people" }).fill("bil");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page.locator(".everybody .person")).toHaveCount(1);
  await page.getByRole("link", { name: /@bill/ }).click();
  await expect(page).toHaveURL(`${server.url}/people/bill`);
  await expect(page.getByRole("heading", { level: 2, name: "Bill" })).toBeVisible();
  await page.getByRole("button", { name: "Message Bill" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bill");
  await page.goto(`${server.url}/people/nobody-of-that-name`);
  await expect(page.getByRole("heading", { name: "Nobody of that name" })).toBeVisible();
});

test("somebody is blocked on every device, folded, and let back in", async ({ meet, server }) => {
  const [john, phone, bill] = [await meet(), await meet(), await meet()];
  await john.signIn("john");
  await phone.signIn("john");
  await bill.signIn("bill");
  await bill.write("can you see me?");
  await john.sees("can you see me?");
  await phone.sees("can you see me?");
  await bill.page.getByRole("link", { name: "People" }).click();
  await bill.page.getByRole("button", { name: "Message John" }).click();
  await bill.write("psst");
  await bill.hasDelivered("psst");
  await john.page.getByRole("link", { name: /^Bill/ }).first().click();
  await john.sees("psst");
  await john.page.getByRole("link", { name: "First thread" }).click();

  const message = (person: typeof john) => person.messages.filter({ hasText: "can you see me?" });
  const folded = (person: typeof john) => message(person).getByText("A message of somebody you have blocked");
  await message(john).getByRole("link", { name: "Bill" }).click();
  const card = john.page.getByRole("dialog", { name: "Profile" });
  await card.getByRole("button", { name: "Block Bill" }).click();
  await expect(card).toContainText("You have blocked them.");
  await expect(card.getByRole("button", { name: "Message Bill" })).toHaveCount(0);
  await john.page.keyboard.press("Escape");
  for (const device of [john, phone]) {
    await expect(folded(device)).toBeVisible();
    await expect(message(device).locator(".text", { hasText: "can you see me?" })).toBeHidden();
  }
  await folded(john).click();
  await expect(message(john).locator(".text", { hasText: "can you see me?" })).toBeVisible();

  // He is told by what is refused to him, and by nothing else.
  await bill.write("are you there?");
  await expect(bill.messages.filter({ hasText: "are you there?" })).toContainText("Not sent:");
  await bill.page.getByRole("link", { name: "First thread" }).click();
  await john.page.getByRole("link", { name: "Settings", exact: true }).click();
  await bill.write("@john now?");
  await bill.hasDelivered("@john now?");
  await expect(john.page).toHaveTitle(/^Settings/);

  await john.page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Blocked" }).click();
  await john.page.getByRole("button", { name: "Unblock Bill" }).click();
  await expect(john.page.getByText("You have blocked nobody.")).toBeVisible();
  await expect(folded(phone)).toHaveCount(0);
  await expect(message(phone).locator(".text", { hasText: "can you see me?" })).toBeVisible();
  await expect(john.page).toHaveURL(`${server.url}/settings/blocked`);
});
