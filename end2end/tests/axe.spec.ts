// No page and no panel has anything that axe finds fault with, in either theme.
import { createRequire } from "node:module";
import { expect, Person, test } from "../support/people";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

type Violation = { id: string; nodes: { html: string; failureSummary?: string }[] };

/** What axe finds, a line each; it is in the page before the page is, so no policy is in its way. */
async function faults(person: Person, rules?: string[]): Promise<string[]> {
  // What appears does so within moments: half of a colour is no colour. In what is folded away nothing
  // moves on, so nobody waits for that.
  await person.page.waitForFunction(() =>
    document.getAnimations().every((it) => !(it.effect as KeyframeEffect).target?.checkVisibility()));
  const violations: Violation[] = await person.page.evaluate(async (rules) => {
    const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
    const { violations } = await (globalThis as any).axe.run(document, options);
    return violations;
  }, rules);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** The same person, whose pages can be inspected. */
async function inspected(person: Promise<Person>): Promise<Person> {
  await (await person).page.addInitScript({ path: axe });
  return person;
}

const found: string[] = [];

async function check(person: Person, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await person.page.emulateMedia({ colorScheme });
    // In the dark only colours are different.
    const rules = colorScheme === "dark" ? ["color-contrast"] : undefined;
    found.push(...(await faults(person, rules)).map((fault) => `${what}, ${colorScheme}: ${fault}`));
  }
}

const rich = [
  "# A plan",
  "See https://example.com and *this*, ~~not that~~, `code`, ||secret||.",
  "> Who brings the cake?",
  "- one",
  "- two",
  "",
  "| what | when |",
  "|:-----|-----:|",
  "| cake | 12:00 |",
  "",
  "```rust",
  "fn main() { let a: Option<u8> = f(\"b\", 1); } // Why",
  "```",
  "```diff",
  "-old",
  "+new",
  "```",
].join("\n");

test.afterEach(() => {
  expect(found.splice(0)).toEqual([]);
});

test("no page of the chat, no panel and no dialog has a fault", async ({ meet, server }) => {
  test.setTimeout(240_000);
  const [john, bill] = [await inspected(meet({ networkMayFail: true })), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write(rich);
  await john.sees("Who brings the cake?");
  await bill.write("hello @john");
  await john.write("hi");
  await john.hasDelivered("hi");
  await check(john, "a thread");

  const message = john.messages.filter({ hasText: "Who brings" });
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await expect(john.page.getByRole("menu")).toBeVisible();
  await check(john, "the menu of a message");
  await john.page.getByRole("menuitemcheckbox").first().click();
  await expect(message.locator(".chip")).toBeVisible();
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await john.page.getByRole("menuitem", { name: "Pin" }).click();
  await message.focus();
  await message.getByRole("button", { name: "More" }).click();
  await john.page.getByRole("menuitem", { name: "Reply" }).click();
  await check(john, "an answer");
  await john.page.keyboard.press("Escape");

  for (const panel of ["people", "pins", "files", "notify", "favourite", "settings", "message", "remind", "forward", "date"]) {
    const at = ["message", "remind", "forward"].includes(panel) ? `m=2&panel=${panel}` : `panel=${panel}`;
    await john.page.goto(`${server.url}/t/1?${at}`);
    await john.isTakenOver();
    await expect(john.page.getByRole("complementary").first()).toBeVisible();
    await check(john, `the panel ${panel}`);
  }
  await john.page.goto(`${server.url}/t/1`);
  await john.isLive();
  await john.page.getByRole("button", { name: "Emoji" }).click();
  await expect(john.page.getByRole("heading", { name: "Smileys" })).toBeVisible();
  await check(john, "all emoji");
  await john.page.keyboard.press("Escape");
  await john.page.keyboard.press("Control+k");
  await john.page.getByRole("combobox", { name: "Jump to" }).fill("se");
  await check(john, "the jump dialog");
  await john.page.keyboard.press("Escape");
  await john.page.keyboard.press("Control+/");
  await expect(john.page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await check(john, "the list of keys");

  const places = [
    "/", "/browse", "/search", "/search?q=cake", "/search?q=nothingatall", "/saved", "/activity", "/new", "/new/direct", "/t/999", "/nowhere",
    "/settings", "/settings/preferences", "/settings/notifications", "/settings/folders", "/settings/password", "/settings/sessions", "/settings/invitations",
    "/settings/people", "/settings/reports", "/settings/audit", "/settings/account",
  ];
  for (const place of places) {
    await john.page.goto(`${server.url}${place}`);
    await john.isTakenOver();
    await expect(john.page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    await check(john, place);
  }
  await john.page.goto(`${server.url}/settings`);
  await john.isTakenOver();
  const buffer = await john.page.locator(".account .avatar").screenshot();
  await john.page.getByLabel("Choose a picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer });
  await expect(john.page.getByLabel("Size")).toBeVisible();
  await check(john, "cutting a picture");
  await john.page.getByRole("button", { name: "Use this picture" }).click();
  await expect(john.page.locator(".portrait .avatar img")).toBeVisible();
  await check(john, "/settings with a picture");
});

test("compact rows have no fault, nor what another person's theme makes of the page", async ({ meet, server }) => {
  const john = await inspected(meet());
  await john.signIn("john");
  await john.write(rich);
  for (const theme of ["Light", "Dark"]) {
    await john.page.goto(`${server.url}/settings/preferences`);
    await john.isTakenOver();
    await john.page.getByLabel("Colours").selectOption(theme);
    await john.page.getByLabel("Messages", { exact: true }).selectOption({ value: "compact" });
    await john.page.getByRole("button", { name: "Save" }).click();
    await expect(john.page.locator("html")).toHaveClass(`${theme.toLowerCase()} compact`);
    await check(john, `settings, ${theme}`);
    await john.page.goto(`${server.url}/t/1`);
    await john.isLive();
    await check(john, `compact, ${theme}`);
  }
});

test("no page for strangers has a fault", async ({ meet, server }) => {
  const stranger = await inspected(meet({ networkMayFail: true }));
  for (const place of ["/login", "/login?ended=1", "/register", "/register?invite=nonsense", "/nowhere"]) {
    await stranger.page.goto(`${server.url}${place}`);
    await stranger.isTakenOver();
    await check(stranger, place);
  }
});

test("on a phone nothing has a fault either", async ({ meet, server }) => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const john = await inspected(meet(phone));
  await john.page.goto(`${server.url}/login`);
  await john.isTakenOver();
  await john.page.getByLabel("Username").fill("john");
  await john.page.getByLabel("Password").fill("secret");
  await john.page.getByRole("button", { name: "Sign in" }).click();
  await john.page.waitForURL(/\/$/);
  await check(john, "the list");
  for (const place of ["/t/1", "/t/1?panel=people", "/browse", "/settings/preferences"]) {
    await john.page.goto(`${server.url}${place}`);
    await john.isTakenOver();
    await check(john, place);
  }
});
