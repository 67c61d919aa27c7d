// Starting threads, changing them, putting them away, and writing to somebody directly.
import { expect, Person, test } from "../support/people";

const sidebar = (person: Person) => person.page.getByRole("navigation", { name: "Threads" });
const title = (person: Person) => person.page.getByRole("heading", { level: 1 });

test("a private thread is started with somebody in it, renamed, archived and brought back, as both watch", async ({
  meet,
  server,
}) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await expect(john.page).toHaveURL(`${server.url}/new`);
  await expect(john.page.getByLabel("Name", { exact: true })).toBeFocused();
  await john.page.getByLabel("Name", { exact: true }).fill("Garden");
  await john.page.getByLabel("What it is about").fill("Beds and paths");
  await john.page.getByLabel("Only people you invite").check();
  await john.page.getByLabel("People to add").pressSequentially("bi");
  await john.page.getByRole("button", { name: "Bill @bill" }).click();
  await expect(john.page.getByLabel("People to add")).toHaveValue("bill, ");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(title(john)).toHaveText("Garden");

  // He sees it as it happens.
  await sidebar(bill).getByRole("link", { name: "Private: Garden" }).click();
  await expect(title(bill)).toHaveText("Garden");
  await expect(bill.page.getByText("Beds and paths")).toBeVisible();
  await john.write("Shall we dig?");
  await bill.sees("Shall we dig?");

  await john.page.getByRole("link", { name: "Thread settings" }).click();
  const settings = john.page.getByRole("complementary", { name: "Settings" });
  await settings.getByLabel("Name", { exact: true }).fill("Orchard");
  await settings.getByLabel("What it is about").fill("Trees");
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings.getByText("Saved.")).toBeVisible();
  for (const person of [john, bill]) {
    await expect(title(person)).toHaveText("Orchard");
    await expect(sidebar(person).getByRole("link", { name: "Private: Orchard" })).toBeVisible();
    await expect(person.page).toHaveTitle("Orchard · Hubbub");
  }
  await expect(bill.page.locator(".thread-about")).toHaveText("Trees");

  // It asks first, and nothing has happened yet.
  await settings.locator("summary", { hasText: "Archive" }).click();
  await expect(settings.getByText("Nobody can write here any more")).toBeVisible();
  await expect(john.composer).toBeVisible();
  await settings.getByRole("button", { name: "Archive" }).click();
  for (const person of [john, bill]) {
    await expect(person.page.getByText("This thread is archived.")).toBeVisible();
    await expect(person.composer).toHaveCount(0);
    await expect(sidebar(person).getByRole("link", { name: "Private: Orchard" })).toBeHidden();
  }
  await sidebar(bill).getByText("Archived").click();
  await expect(sidebar(bill).getByRole("link", { name: "Private: Orchard" })).toBeVisible();
  await bill.sees("Shall we dig?");
  await settings.getByRole("button", { name: "Bring back" }).click();
  await bill.write("I have found the spade.");
  await john.sees("I have found the spade.");
});

test("two people have one direct thread, whoever opens it, and nobody else knows", async ({ meet, server }) => {
  server.command("seed", "--users", "1");
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.page.getByRole("link", { name: "People" }).click();
  await john.page.getByRole("button", { name: "Message Bill" }).click();
  await expect(title(john)).toHaveText("Bill");
  const address = john.page.url();
  // Nothing was said: it is no news to him, also when he has heard of what came later.
  await sidebar(bill).getByRole("link", { name: "First thread" }).click();
  await sidebar(john).getByRole("link", { name: "First thread" }).click();
  await john.write("Something that came later");
  await bill.sees("Something that came later");
  await expect(sidebar(bill).getByRole("link", { name: "John" })).toHaveCount(0);
  await john.page.goto(address);
  await john.isLive();
  await john.write("A word between us");
  const theirs = sidebar(bill).getByRole("link", { name: /John.*1 unread/ });
  await theirs.click();
  await bill.sees("A word between us");
  expect(bill.page.url()).toBe(address);
  await expect(bill.page).toHaveTitle("John · Hubbub");
  await expect(bill.page.getByRole("link", { name: "Thread settings" })).toHaveCount(0);

  await sidebar(bill).getByRole("link", { name: "Write to somebody" }).click();
  await expect(bill.page.getByLabel("To", { exact: true })).toBeFocused();
  await bill.page.getByLabel("To", { exact: true }).fill("john");
  await bill.page.getByRole("button", { name: "Open" }).click();
  await expect(bill.page).toHaveURL(address);
  await bill.write("Heard");
  await john.sees("Heard");

  const grace = await meet({ networkMayFail: true });
  await grace.page.goto(`${server.url}/register`);
  await grace.page.getByLabel("Username").fill("grace");
  await grace.page.getByLabel("Password").fill("compiler");
  await grace.page.getByRole("button", { name: "Create account" }).click();
  await grace.isLive();
  await expect(sidebar(grace).getByRole("link", { name: "First thread" })).toBeVisible();
  await john.write("Still between us");
  await bill.sees("Still between us");
  await grace.page.goto(address);
  await expect(grace.page.getByRole("heading", { name: "No such thread" })).toBeVisible();
  await expect(grace.page.getByText("between us")).toHaveCount(0);
});

test("what cannot be started is said beside its field, and a thread that becomes private is gone for who only looks", async ({
  meet,
}) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  const name = john.page.getByLabel("Name", { exact: true });
  await name.fill("First Thread");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(john.page.getByText("There is a thread of that name")).toBeVisible();
  await expect(name).toBeFocused();
  await name.fill("Open house");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(title(john)).toHaveText("Open house");

  await bill.page.getByRole("link", { name: "Browse threads" }).click();
  await bill.page.getByRole("link", { name: /Open house/ }).click();
  await bill.page.getByRole("button", { name: "Join" }).click();
  await expect(sidebar(bill).getByRole("link", { name: "Open house" })).toBeVisible();
  await expect(bill.page.getByRole("button", { name: "Join" })).toHaveCount(0);
  await bill.page.getByRole("link", { name: "Thread settings" }).click();
  await bill.page.getByRole("button", { name: "Leave" }).click();
  await expect(sidebar(bill).getByRole("link", { name: "Open house" })).toHaveCount(0);
  await bill.page.goto(john.page.url());
  await expect(bill.page.getByRole("button", { name: "Join" })).toBeVisible();

  await john.page.getByRole("link", { name: "Thread settings" }).click();
  await john.page.getByLabel("Only people you invite").check();
  await john.page.getByRole("button", { name: "Save" }).click();
  await expect(bill.page.getByRole("heading", { name: "No such thread" })).toBeVisible();
  await john.write("Only for us");
  const house = john.page.url();
  await sidebar(john).getByRole("link", { name: "First thread" }).click();
  await john.write("For everybody");
  await expect(sidebar(bill).getByRole("link", { name: /First thread.*unread/ })).toBeVisible();
  await expect(bill.page.getByText("Only for us")).toHaveCount(0);
  await john.page.goto(house.split("?")[0]);
  await john.isLive();
  await john.page.getByRole("link", { name: "People" }).click();
  await john.page.getByLabel("Add people").fill("bill");
  await john.page.getByRole("button", { name: "Add" }).click();
  await sidebar(bill).getByRole("link", { name: "Private: Open house" }).click();
  await bill.sees("Only for us");

  // He is put in charge, and takes out whoever has done so.
  await john.page.getByRole("link", { name: "Thread settings" }).click();
  await john.page.getByRole("button", { name: "Make owner Bill" }).click();
  await bill.page.getByRole("link", { name: "Thread settings" }).click();
  await expect(bill.page.getByRole("button", { name: "Remove John" })).toBeHidden();
  await bill.page.locator("summary", { hasText: "Remove" }).click();
  await bill.page.getByRole("button", { name: "Remove John" }).click();
  await expect(john.page.getByRole("heading", { name: "No such thread" })).toBeVisible();
});

test("settings that are open follow what is changed elsewhere, and save only what was changed here", async ({ meet }) => {
  const [here, there] = [await meet(), await meet()];
  await here.signIn("john");
  await here.page.getByRole("link", { name: "Start a thread" }).click();
  await here.page.getByLabel("Name", { exact: true }).fill("Two desks");
  await here.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(title(here)).toHaveText("Two desks");
  await there.signIn("john");
  await sidebar(there).getByRole("link", { name: "Two desks" }).click();
  for (const person of [here, there]) {
    await person.page.getByRole("link", { name: "Thread settings" }).click();
    await expect(person.page.getByRole("radio", { name: /^Everybody/ })).toBeChecked();
  }
  // Nothing was touched here: the form follows.
  await there.page.getByLabel("Only people you invite").check();
  await there.page.getByRole("button", { name: "Save" }).click();
  await expect(here.page.getByLabel("Only people you invite")).toBeChecked();
  // Something was: what is changed elsewhere meanwhile stays as it is there.
  await here.page.getByLabel("What it is about").fill("One thread");
  await there.page.getByLabel("Name", { exact: true }).fill("Three desks");
  await there.page.getByRole("button", { name: "Save" }).click();
  await expect(title(here)).toHaveText("Three desks");
  await here.page.getByRole("button", { name: "Save" }).click();
  for (const person of [here, there]) {
    await expect(person.page.locator(".thread-about")).toHaveText("One thread");
    await expect(title(person)).toHaveText("Three desks");
    await expect(person.page.getByLabel("Name", { exact: true })).toHaveValue("Three desks");
    await expect(person.page.getByLabel("What it is about")).toHaveValue("One thread");
    await expect(person.page.getByLabel("Only people you invite")).toBeChecked();
  }
});

test("joining that does not come about says so, and comes about the next time", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await john.page.getByLabel("Name", { exact: true }).fill("Open door");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(title(john)).toHaveText("Open door");
  await bill.page.getByRole("link", { name: "Browse threads" }).click();
  await bill.page.getByRole("link", { name: /Open door/ }).click();
  await bill.page.route("**/api/manage_thread", (route) => route.abort());
  await bill.page.getByRole("button", { name: "Join" }).click();
  await expect(bill.page.locator(".join").getByRole("alert")).not.toBeEmpty();
  await bill.page.unroute("**/api/manage_thread");
  await bill.page.getByRole("button", { name: "Join" }).click();
  await expect(sidebar(bill).getByRole("link", { name: "Open door" })).toBeVisible();
  await expect(bill.page.getByRole("button", { name: "Join" })).toHaveCount(0);
});
