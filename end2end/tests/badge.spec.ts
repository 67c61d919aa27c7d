// The number on the icon of the installed app: what the tab's title says.
import { expect, Person, test } from "../support/people";

type Badge = number | "none";

/** Keeps what the page asks of the icon; the browser refuses it, as it does where the app is not installed. */
async function keepsBadges(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const badges: (number | "none")[] = [];
    const refused = (badge: number | "none") => {
      badges.push(badge);
      return Promise.reject(new DOMException("not installed", "NotAllowedError"));
    };
    Object.assign(navigator, { setAppBadge: refused, clearAppBadge: () => refused("none") });
    Object.assign(window, { badges });
  });
}

const badges = (person: Person): Promise<Badge[]> =>
  person.page.evaluate(() => (window as unknown as { badges: Badge[] }).badges);

test("the icon of the installed app says how much is unread, and a refusal is nobody's business", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await keepsBadges(john);
  await john.signIn("john");
  await bill.signIn("bill");
  await expect.poll(async () => (await badges(john)).at(-1)).toBe("none");
  await john.page.getByRole("link", { name: "Settings", exact: true }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Profile");
  await bill.write("one");
  await expect.poll(async () => (await badges(john)).at(-1)).toBe(1);
  await bill.write("two");
  await expect.poll(async () => (await badges(john)).at(-1)).toBe(2);
  await expect(john.page).toHaveTitle(/^\(2\) /);
  await john.page.locator(".threads").getByRole("link", { name: /First thread/ }).click();
  await john.sees("two");
  await expect.poll(async () => (await badges(john)).at(-1)).toBe("none");
  // It is asked for once, however much else happens.
  const count = (await badges(john)).length;
  await john.write("three");
  await john.hasDelivered("three");
  expect((await badges(john)).length).toBe(count);
});

test("whoever signs out takes the number with them", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await keepsBadges(john);
  await john.signIn("john");
  await bill.signIn("bill");
  await john.page.getByRole("link", { name: "Settings", exact: true }).click();
  await bill.write("one");
  await expect.poll(async () => (await badges(john)).at(-1)).toBe(1);
  await john.page.getByRole("button", { name: "Sign out" }).click();
  await expect(john.page).toHaveURL(/\/login/);
  await expect.poll(async () => (await badges(john)).at(-1)).toBe("none");
});

test("a browser without such icons is not asked", async ({ meet }) => {
  const john = await meet();
  await john.page.addInitScript(() => {
    for (const name of ["setAppBadge", "clearAppBadge"]) {
      Object.defineProperty(navigator, name, { value: undefined });
    }
  });
  await john.signIn("john");
  await expect(john.page).toHaveTitle(/First thread/);
});
