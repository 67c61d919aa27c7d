// How everything looks: chosen once, on all devices, from the first drawing on.
import { expect, Person, test } from "../support/people";

const classes = (person: Person) => person.page.locator("html");

async function preferences(person: Person): Promise<void> {
  await person.page.getByRole("link", { name: "Settings", exact: true }).click();
  const tabs = person.page.getByRole("navigation", { name: "Settings" });
  await tabs.getByRole("link", { name: "Preferences" }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText("Preferences");
}

test("what one prefers holds on all one's devices at once, and stays", async ({ meet }) => {
  const networkMayFail = true;
  const [here, there, bill] = [await meet(), await meet({ networkMayFail }), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await bill.signIn("bill");
  await here.write("good morning");
  await there.sees("good morning");
  const background = () => there.page.evaluate(() => getComputedStyle(document.body.querySelector(".pane")!).backgroundColor);
  const light = await background();
  const bubble = there.messages.filter({ hasText: "good morning" }).last().locator(".bubble");
  const atTheRight = await bubble.evaluate((element) => element.getBoundingClientRect().left);
  const time = there.messages.last().locator("time");
  await expect(time).toHaveText(/^\d\d?:\d\d( [AP]M)?$/);

  await preferences(here);
  await here.page.getByLabel("Colours").selectOption("Dark");
  await here.page.getByLabel("Messages", { exact: true }).selectOption({ value: "compact" });
  await here.page.getByLabel("Times").selectOption({ value: "hours-12" });
  await here.page.getByLabel("Motion").selectOption("Nothing moves");
  await here.page.getByRole("button", { name: "Save" }).click();
  await expect(here.page.getByRole("status").filter({ hasText: "Saved." })).toBeFocused();
  await expect(here.page.getByLabel("Colours")).toHaveValue("dark");

  // On the other device too, without a reload.
  for (const device of [here, there]) await expect(classes(device)).toHaveClass("dark compact hours-12 still");
  await expect.poll(background).not.toBe(light);
  expect(await bubble.evaluate((element) => element.getBoundingClientRect().left)).toBeLessThan(atTheRight);
  await expect(time).toHaveText(/^\d\d?:\d\d [AP]M$/);
  // Nobody else's page is any different.
  await expect(classes(bill)).not.toHaveClass(/dark/);

  // The server draws it so: nothing flashes.
  const answer = await there.page.request.get(there.server.url);
  expect(await answer.text()).toContain('class="dark compact hours-12 still"');
  await there.page.reload();
  await there.isLive();
  await expect(there.page.locator("meta[name=theme-color]").first()).toHaveAttribute("content", "#17181b");
  await expect(time).toHaveText(/^\d\d?:\d\d [AP]M$/);

  // While one device is away, the other changes its mind; it hears of it when it is back.
  await there.page.context().setOffline(true);
  await here.page.getByLabel("Colours").selectOption("Light");
  await here.page.getByRole("button", { name: "Save" }).click();
  await expect(classes(here)).toHaveClass("light compact hours-12 still");
  await there.page.context().setOffline(false);
  await expect(classes(there)).toHaveClass("light compact hours-12 still");
  await expect.poll(background).toBe(light);
});

test("the choice of one device is shown in the form of the other", async ({ meet }) => {
  const [here, there] = [await meet(), await meet()];
  await here.signIn("john");
  await there.signIn("john");
  await preferences(here);
  await preferences(there);
  await here.page.getByLabel("Motion").selectOption("Nothing moves");
  await here.page.getByRole("button", { name: "Save" }).click();
  await expect(there.page.getByLabel("Motion")).toHaveValue("still");
});
