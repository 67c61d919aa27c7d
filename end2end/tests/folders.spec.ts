// Sections of one's own in one's list: made, filled, folded up and ordered, on all one's devices.
import { expect, Person, test } from "../support/people";

async function start(person: Person, name: string): Promise<void> {
  await person.page.getByRole("link", { name: "Start a thread" }).click();
  await person.page.getByLabel("Name", { exact: true }).fill(name);
  await person.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(name);
  await person.isLive();
}

async function make(person: Person, name: string): Promise<void> {
  await person.page.getByLabel("Name", { exact: true }).fill(name);
  await person.page.getByRole("button", { name: "Make a folder" }).click();
  await expect(person.page.getByRole("button", { name: `Remove: ${name}` })).toBeVisible();
  await expect(person.page.getByLabel("Name", { exact: true })).toHaveValue("");
}

async function put(person: Person, thread: string, folder: string): Promise<void> {
  await person.page.locator(".threads").getByRole("link", { name: thread }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(thread);
  await person.page.getByRole("link", { name: "Favourite", exact: true }).click();
  const choice = person.page.getByRole("complementary", { name: "Favourite" }).getByRole("button", { name: folder });
  await choice.click();
  await expect(choice).toHaveAttribute("aria-pressed", "true");
}

const folder = (person: Person, name: string) => person.page.locator("details.folder").filter({ hasText: name });
const threads = (person: Person, name: string) => folder(person, name).locator("li .thread-name");
const names = (person: Person) => person.page.locator("details.folder summary .thread-name");

test("threads stand in folders of one's own, on all one's devices", async ({ meet }) => {
  const [here, there] = [await meet(), await meet({ networkMayFail: true })];
  await here.signIn("john");
  await there.signIn("john");
  for (const name of ["Garden", "Kitchen"]) await start(here, name);

  await here.page.goto(`${here.server.url}/settings/folders`);
  await here.isTakenOver();
  for (const name of ["House", "Work"]) await make(here, name);
  for (const device of [here, there]) await expect(names(device)).toHaveText(["House", "Work"]);
  await here.page.getByLabel("Name", { exact: true }).fill("Work");
  await here.page.getByRole("button", { name: "Make a folder" }).click();
  await expect(here.page.getByText("You have a folder of that name.")).toBeVisible();

  await put(here, "Garden", "House");
  await put(here, "Kitchen", "House");
  for (const device of [here, there]) await expect(threads(device, "House")).toHaveText(["Kitchen", "Garden"]);
  // Each stands in one place only.
  await expect(there.page.locator(".threads").getByRole("link", { name: "Garden" })).toHaveCount(1);

  // By keys through the list as it stands: House is on top.
  await here.page.keyboard.press("Escape");
  await here.page.locator(".threads").getByRole("link", { name: "Kitchen" }).click();
  await here.page.keyboard.press("Alt+ArrowDown");
  await expect(here.page.getByRole("heading", { level: 1 })).toHaveText("Garden");

  // In another order, under another name, and away: what was in it stands where it stood.
  await here.page.goto(`${here.server.url}/settings/folders`);
  await here.isTakenOver();
  await here.page.getByRole("button", { name: "Down: House" }).click();
  for (const device of [here, there]) await expect(names(device)).toHaveText(["Work", "House"]);
  await there.page.context().setOffline(true);
  await here.page.getByLabel("New name of House").fill("Home");
  await here.page.getByRole("button", { name: "Rename: House" }).click();
  await expect(names(here)).toHaveText(["Work", "Home"]);
  await there.page.context().setOffline(false);
  await expect(names(there)).toHaveText(["Work", "Home"]);
  await expect(threads(there, "Home")).toHaveText(["Kitchen", "Garden"]);
  await here.page.getByRole("button", { name: "Remove: Home" }).click();
  for (const device of [here, there]) {
    await expect(names(device)).toHaveText(["Work"]);
    await expect(device.page.locator(".threads > ul").getByRole("link", { name: "Garden" })).toBeVisible();
  }
});

test("a folder that is folded up says what is unread in it, and stays so", async ({ meet }) => {
  const [here, there, bill] = [await meet(), await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await bill.signIn("bill");
  await here.page.goto(`${here.server.url}/settings/folders`);
  await here.isTakenOver();
  await make(here, "Work");
  await put(here, "First thread", "Work");
  // Nobody looks at it.
  for (const device of [here, there]) {
    await device.page.goto(`${device.server.url}/settings`);
    await device.isTakenOver();
  }
  const summary = folder(here, "Work").locator("summary");
  await summary.focus();
  await here.page.keyboard.press("Enter");
  await expect(folder(here, "Work")).not.toHaveAttribute("open");
  await expect(folder(there, "Work")).not.toHaveAttribute("open");
  await expect(summary).toBeFocused();
  await bill.write("good morning");
  for (const device of [here, there]) await expect(folder(device, "Work").locator("summary")).toContainText("1 unread");
  await bill.write("@john, are you there?");
  await expect(summary).toContainText("2 unread, something for you");

  // The server draws it so.
  await here.page.reload();
  await here.isTakenOver();
  await expect(folder(here, "Work")).not.toHaveAttribute("open");
  await expect(summary).toContainText("2 unread, something for you");
  await summary.click();
  for (const device of [here, there]) {
    await expect(folder(device, "Work")).toHaveAttribute("open");
    await expect(folder(device, "Work").getByRole("link", { name: /First thread/ })).toBeVisible();
    await expect(folder(device, "Work").locator("summary .badge")).toBeHidden();
  }
});

test("what was chosen without a connection is told with the next", async ({ meet }) => {
  const [here, there] = [await meet({ networkMayFail: true }), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await there.page.goto(`${there.server.url}/settings/folders`);
  await there.isTakenOver();
  await make(there, "Work");
  await put(there, "First thread", "Work");
  await there.page.keyboard.press("Escape");
  await expect(threads(here, "Work")).toHaveText(["First thread"]);
  // What of it is to be told of, too.
  await here.page.getByRole("link", { name: "Notifications", exact: true }).click();
  const nothing = here.page.getByRole("complementary").getByRole("button", { name: /^Nothing/ });
  await expect(nothing).toBeVisible();
  await here.page.context().setOffline(true);
  await expect(here.page.getByText(/Reconnecting|No connection|offline/i).first()).toBeVisible();
  await nothing.click();
  const summary = folder(here, "Work").locator("summary");
  for (let time = 0; time < 3; time++) await summary.click();
  await expect(folder(here, "Work")).not.toHaveAttribute("open");
  await here.page.context().setOffline(false);
  await expect(folder(there, "Work")).not.toHaveAttribute("open");
  await expect(folder(here, "Work")).not.toHaveAttribute("open");
  await folder(there, "Work").locator("summary").click();
  for (const device of [here, there]) await expect(folder(device, "Work")).toHaveAttribute("open");
  await expect(folder(there, "Work").getByRole("link", { name: /First thread/ })).toHaveClass(/muted/);
});
