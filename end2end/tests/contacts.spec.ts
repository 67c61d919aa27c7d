// Contacts, as two people come to be each other's, and cease to be.
import { expect, Person, test } from "../support/people";

const everybody = (person: Person) => person.page.getByRole("link", { name: "Everybody" });
const row = (person: Person, name: string) => person.page.locator(".everybody .person").filter({ hasText: name }).first();

test("a request waits on every device, is accepted, and both have a contact", async ({ meet }) => {
  const [john, bill, phone] = [await meet(), await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await phone.signIn("bill");
  await everybody(john).click();
  await row(john, "@bill").getByRole("link", { name: /@bill/ }).click();
  const card = john.page.getByRole("dialog", { name: "Profile" });
  await card.getByRole("button", { name: "Add to contacts Bill" }).click();
  await expect(card.getByRole("button", { name: "Withdraw Bill" })).toBeVisible();
  await john.page.keyboard.press("Escape");
  await expect(john.page.getByRole("heading", { name: "You have asked" })).toBeVisible();

  for (const device of [bill, phone]) await expect(everybody(device)).toContainText("1 waiting");
  await everybody(bill).click();
  await expect(bill.page.getByRole("heading", { name: "They ask to be your contact" })).toBeVisible();
  await bill.page.getByRole("button", { name: "Accept John" }).click();
  for (const [person, name] of [[john, "@bill"], [bill, "@john"]] as const) {
    await expect(person.page.getByRole("heading", { name: "Contacts" })).toBeVisible();
    await expect(row(person, name).getByRole("img", { name: "Online" })).toBeVisible();
  }
  for (const device of [bill, phone]) await expect(everybody(device)).not.toContainText("waiting");

  await row(bill, "@john").getByRole("button", { name: "Remove John" }).click();
  await expect(bill.page.getByRole("heading", { name: "Contacts" })).toHaveCount(0);
  await expect(john.page.getByRole("heading", { name: "Contacts" })).toHaveCount(0);
});

test("a request is taken back, another one declined, and nothing is left", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await everybody(john).click();
  await everybody(bill).click();
  const ask = async () => {
    await row(john, "@bill").getByRole("link", { name: /@bill/ }).click();
    await john.page.getByRole("button", { name: "Add to contacts Bill" }).click();
    await john.page.keyboard.press("Escape");
    await expect(bill.page.getByRole("button", { name: "Accept John" })).toBeVisible();
  };
  await ask();
  await john.page.getByRole("button", { name: "Withdraw Bill" }).click();
  await expect(bill.page.getByRole("button", { name: "Accept John" })).toHaveCount(0);
  await ask();
  await bill.page.getByRole("button", { name: "Decline John" }).click();
  await expect(john.page.getByRole("button", { name: "Withdraw Bill" })).toHaveCount(0);
});

test("an answer that comes when the card is closed, or the page left, is nobody's", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await everybody(john).click();
  const answered: Promise<unknown>[] = [];
  let release = () => {};
  let held = new Promise<void>((resolve) => (release = resolve));
  await john.page.route("**/api/change*", async (route) => {
    await held;
    await route.continue();
  });
  const press = async (name: string) => {
    answered.push(john.page.waitForResponse(/\/api\/change/));
    await john.page.getByRole("button", { name }).click();
  };
  const answer = async () => {
    release();
    await Promise.all(answered);
    held = new Promise<void>((resolve) => (release = resolve));
  };
  await row(john, "@bill").getByRole("link", { name: /@bill/ }).click();
  await press("Add to contacts Bill");
  await john.page.keyboard.press("Escape");
  await expect(john.page.getByRole("dialog")).toHaveCount(0);
  await answer();
  await expect(john.page.getByRole("heading", { name: "You have asked" })).toBeVisible();
  await press("Withdraw Bill");
  await john.page.locator(".threads").getByRole("link", { name: "First thread" }).click();
  await john.isLive();
  await answer();
  await john.write("still alive");
  await john.hasDelivered("still alive");
});

test("without JavaScript contacts are plain forms", async ({ meet, server }) => {
  const sign = async (name: string) => {
    const person = await meet({ javaScriptEnabled: false });
    await person.page.goto(`${server.url}/login?next=/people`);
    await person.page.getByLabel("Username").fill(name);
    await person.page.getByLabel("Password").fill("secret");
    await person.page.getByRole("button", { name: "Sign in" }).click();
    return person;
  };
  const [john, bill] = [await sign("john"), await sign("bill")];
  await row(john, "@bill").getByRole("link", { name: /@bill/ }).click();
  await john.page.getByRole("button", { name: "Add to contacts Bill" }).click();
  await expect(john.page).toHaveURL(`${server.url}/people`);
  await expect(john.page.getByRole("button", { name: "Withdraw Bill" })).toBeVisible();
  await bill.page.reload();
  await bill.page.getByRole("button", { name: "Accept John" }).click();
  await expect(bill.page.getByRole("heading", { name: "Contacts" })).toBeVisible();
  await bill.page.getByRole("button", { name: "Remove John" }).click();
  await expect(bill.page.getByRole("heading", { name: "Contacts" })).toHaveCount(0);
});
