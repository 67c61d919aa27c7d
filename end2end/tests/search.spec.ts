// Finding messages: as one types, on the way there and back, and without the script.
import { expect, Person, test } from "../support/people";

const found = (person: Person) => person.page.getByRole("list", { name: "Messages that were found" }).getByRole("listitem");

async function ready(person: Person): Promise<void> {
  await person.signIn("john");
  for (const text of ["The kettle is on", "A cup of tea, please", "Where is the teapot?"]) {
    await person.write(text);
    await person.hasDelivered(text);
  }
}

test("what is typed is looked for as one types, and leads to the message and back", async ({ meet, server }) => {
  const john = await meet();
  await ready(john);
  await john.page.getByRole("link", { name: "Search" }).click();
  const field = john.page.getByRole("searchbox", { name: "Search messages" });
  await expect(field).toBeFocused();
  await expect(john.page.getByText("from:ada")).toBeVisible();
  await field.pressSequentially("TEA");
  await expect(found(john)).toHaveCount(2);
  await expect(found(john).first().locator("mark")).toHaveText("tea");
  await expect(john.page).toHaveURL(`${server.url}/search?q=TEA`);
  await expect(field).toBeFocused();
  await field.press("Backspace");
  await field.fill("tea cup");
  await expect(found(john)).toHaveCount(1);
  await found(john).getByRole("link").click();
  await expect(john.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await john.sees("A cup of tea, please");
  await john.page.goBack();
  await expect(john.page).toHaveURL(`${server.url}/search?q=tea%20cup`);
  await expect(field).toHaveValue("tea cup");
  await expect(found(john)).toHaveCount(1);
  await field.fill("coffee");
  await expect(john.page.getByText("Nothing was found.")).toBeVisible();
});

test("what somebody blocked has said is found, and not shown", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("a rude kettle");
  await bill.hasDelivered("a rude kettle");
  await john.page.goto(`${server.url}/search?q=kettle`);
  await john.isTakenOver();
  await expect(found(john)).toContainText("a rude kettle");
  await john.page.goto(`${server.url}/people/bill`);
  await john.isTakenOver();
  await john.page.getByRole("button", { name: "Block Bill" }).click();
  await expect(john.page.getByText("You have blocked them.")).toBeVisible();
  await john.page.goto(`${server.url}/search?q=kettle`);
  await expect(found(john)).toContainText("A message of somebody you have blocked");
  await expect(found(john)).not.toContainText("rude");
});

test("no letter is lost, nothing calls back whoever goes on, and what was found is said", async ({ meet, server }) => {
  const john = await meet();
  await ready(john);
  const link = john.page.getByRole("link", { name: "Search" });
  const part = john.page.waitForResponse(/part_places\.bin/);
  await link.hover();
  await part;
  await john.page.waitForLoadState("networkidle");
  await link.click();
  await john.page.keyboard.type("kett");
  const field = john.page.getByRole("searchbox");
  await expect(field).toHaveValue("kett");
  await expect(found(john)).toHaveCount(1);
  await expect(john.page.getByRole("status").filter({ hasText: "1 message found" })).toBeAttached();
  // One more letter, and on at once.
  await field.press("l");
  await found(john).getByRole("link").click();
  await expect(john.page).toHaveURL(/\/t\/1\?m=\d+$/);
  await john.page.waitForTimeout(400);
  await expect(john.page).toHaveURL(/\/t\/1\?m=\d+$/);
  // Enter looks once.
  await john.page.goto(`${server.url}/search`);
  await john.isTakenOver();
  let looked = 0;
  john.page.on("request", (request) => { if (request.url().includes("/api/content")) looked += 1; });
  // Both at once: whoever is slower has looked by typing already.
  await field.evaluate((field: HTMLInputElement) => {
    field.value = "teapot";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.form!.requestSubmit();
  });
  await expect(found(john)).toHaveCount(1);
  await john.page.waitForTimeout(400);
  expect(looked).toBe(1);
  await field.fill("from:nobody");
  await expect(john.page.getByRole("status").filter({ hasText: "Nothing was found that fits all of this." })).toBeVisible();
});

test("nobody finds what was said where they are not", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await john.page.getByLabel("Name", { exact: true }).fill("Garden");
  await john.page.getByLabel("Only people you invite").check();
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await john.write("the surprise is on Friday");
  await john.hasDelivered("the surprise is on Friday");
  for (const [person, count] of [[john, 1], [bill, 0]] as const) {
    if (person === bill) await bill.signIn("bill");
    await person.page.getByRole("link", { name: "Search" }).click();
    await person.page.getByRole("searchbox").fill("surprise");
    await expect(person.page).toHaveURL(/q=surprise/);
    if (count === 0) await expect(person.page.getByText("Nothing was found.")).toBeVisible();
    await expect(found(person)).toHaveCount(count);
    if (count === 1) await expect(found(person)).toContainText("Private: Garden");
  }
});

test.describe("without JavaScript", () => {
  test("a form finds the same", async ({ meet, server }) => {
    const writer = await meet();
    await ready(writer);
    const john = await meet({ javaScriptEnabled: false });
    await john.page.goto(`${server.url}/login`);
    await john.page.getByLabel("Username").fill("john");
    await john.page.getByLabel("Password").fill("secret");
    await john.page.getByRole("button", { name: "Sign in" }).click();
    await john.page.goto(`${server.url}/search`);
    await john.page.getByRole("searchbox").fill("teapot");
    await john.page.getByRole("button", { name: "Search" }).click();
    await expect(found(john)).toHaveCount(1);
    await found(john).getByRole("link").click();
    await expect(john.messages.filter({ hasText: "Where is the teapot?" })).toBeVisible();
  });
});
