// Who of those one writes to directly is there, beside their names in one's list.
import { expect, Person, test } from "../support/people";

/** Opens the direct thread with somebody, and says something there. */
async function writesTo(person: Person, username: string, text: string): Promise<void> {
  await person.page.goto(`${person.server.url}/people/${username}`);
  await person.isTakenOver();
  await person.page.getByRole("button", { name: /^Message/ }).first().click();
  await expect(person.page).toHaveURL(/\/t\/\d+$/);
  await person.write(text);
  await person.hasDelivered(text);
}

function row(person: Person, name: string) {
  return person.page.locator(".threads").getByRole("link", { name: new RegExp(name) });
}

test("a dot beside a direct thread follows the other one, live, after a reload and after a killed server", async ({
  meet,
  server,
}) => {
  const john = await meet({ networkMayFail: true });
  await john.signIn("john");
  await writesTo(john, "bill", "are you there?");
  const dot = row(john, "Bill").locator(".presence");
  await expect(row(john, "Bill")).toBeVisible();
  await expect(dot).toHaveCount(0);

  const bill = await meet({ networkMayFail: true });
  await bill.signIn("bill");
  await expect(dot).toHaveClass("presence online");
  await expect(john.page.getByRole("link", { name: /^Bill\s*, online/ })).toBeVisible();
  // Bill's own list says it of John.
  await expect(row(bill, "John").locator(".presence")).toHaveClass("presence online");
  // It is there before any script has run.
  const answer = await john.page.request.get(john.server.url);
  expect(await answer.text()).toContain('presence online');
  await john.page.reload();
  await expect(dot).toHaveClass("presence online");

  await server.kill();
  await server.run();
  await expect(dot).toHaveClass("presence online", { timeout: 30_000 });
  await bill.page.close();
  await expect(dot).toHaveCount(0, { timeout: 15_000 });
});

test("who comes while one is away is there when one is back, and somebody new at once", async ({ meet }) => {
  const [john, bill] = [await meet({ networkMayFail: true }), await meet()];
  await john.signIn("john");
  await writesTo(john, "bill", "hello");
  await expect(row(john, "Bill").locator(".presence")).toHaveCount(0);
  await john.page.context().setOffline(true);
  await bill.signIn("bill");
  await john.page.context().setOffline(false);
  await expect(row(john, "Bill").locator(".presence")).toHaveClass("presence online");

  // The first word of somebody makes the thread, and their dot with it.
  const other = await meet();
  await other.page.goto(`${other.server.url}/register`);
  await other.page.getByLabel("Username").fill("alice");
  await other.page.getByLabel("Display name").fill("Alice");
  await other.page.getByLabel("Password").fill("looking-glass");
  await other.page.getByRole("button", { name: "Create account" }).click();
  await other.isLive();
  await writesTo(other, "john", "hello John");
  await expect(row(john, "Alice").locator(".presence")).toHaveClass("presence online");
});
