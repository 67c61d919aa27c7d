// Takes a picture of every page and state, on desktop and phone, light and dark.
// Usage: node screenshots.mjs URL FOLDER, against a freshly seeded server.
import { readFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";

const [url, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

const talk = [
  ["bill", "Morning! Did the release go out?"],
  ["john", "Half an hour ago. All green so far."],
  ["bill", "Nice. I killed the server twice during the demo, just to see."],
  ["bill", "Nobody noticed 🙂"],
  ["john", "That is the idea.\nNext: a long weekend."],
  ["bill", "ועכשיו משהו מימין לשמאל, with some English inside"],
  ["john", "And a very long word: " + "Donaudampfschifffahrtsgesellschaft".repeat(4)],
];

async function person(name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((at) => at.pathname !== "/login");
  await page.waitForTimeout(400);
  return page;
}

const say = async (page, text) => {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
  await page.waitForTimeout(120);
};

const people = { john: await person("john", {}), bill: await person("bill", {}) };
for (const [name, text] of talk) await say(people[name], text);
for (const name of ["Design", "Operations & on-call", "Lunch", "A thread whose name is much too long for any sidebar there is"]) {
  await people.john.getByRole("link", { name: "Start a thread" }).click();
  await people.john.getByLabel("Name", { exact: true }).fill(name);
  await people.john.getByRole("button", { name: "Start", exact: true }).click();
  await people.john.waitForTimeout(200);
}
await say(people.bill, [
  "# The **plan**",
  "Read https://example.com/plan or [the notes](https://example.com/notes), and *not* ~~the draft~~.",
  "> Who brings the cake?",
  "- `cargo test` is green",
  "- left to do",
  "  1. write it down",
  "  2. ||it is chocolate||",
  "",
  "| what | when |",
  "|:-----|-----:|",
  "| cake | 12:00 |",
].join("\n"));
await say(people.john, "```rust\nfn main() {\n    println!(\"It is long, and goes on to the right until it cannot be seen any more, so it scrolls.\");\n}\n```");
await say(people.bill, "🎂🎉");
await say(people.john, "It is ||chocolate||, as `always`. See [here](https://example.com).");
await say(people.bill, "See you at lunch.");

// What is done with messages: an answer, reactions, an edit, one that is gone.
const menuOf = async (page, text) => {
  const row = page.getByRole("article").filter({ has: page.locator(".text", { hasText: text }) }).last();
  await row.focus();
  await row.getByRole("button", { name: "More" }).click();
  await page.getByRole("menu").waitFor();
};
const choose = async (page, text, item) => {
  await menuOf(page, text);
  await page.getByRole("menu").getByText(item, { exact: true }).click();
  await page.waitForTimeout(200);
};
for (const name of ["john", "bill"]) await people[name].goto(`${url}/t/1`);
await choose(people.bill, "That is the idea.", "Reply");
await say(people.bill, "Where to?");
await choose(people.john, "Nobody noticed", "🎉");
await choose(people.bill, "Nobody noticed", "🎉");
await choose(people.john, "Nobody noticed", "👍");
await choose(people.john, "Half an hour ago", "Edit");
await say(people.john, "An hour ago. All green so far.");
await say(people.bill, "Wrong window.");
await choose(people.bill, "Wrong window.", "Delete");

for (const text of ["Nobody noticed", "Where to?"]) await choose(people.john, text, "Pin");
const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("What we said.") };
await people.bill.locator("#attach").setInputFiles([notes, { name: "harbour.png", mimeType: "image/png", buffer: readFileSync("docs/screenshot.png") }]);
await people.bill.locator(".send:enabled").waitFor();
await say(people.bill, "What we said, and how it looks.");

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
for (const [device, size] of Object.entries({ desktop, phone })) {
  for (const colorScheme of ["light", "dark"]) {
    const shot = (page, name) => page.screenshot({ path: `${folder}/${device}-${colorScheme}-${name}.png` });
    const options = { ...size, colorScheme };
    const stranger = await (await browser.newContext(options)).newPage();
    await stranger.goto(`${url}/login`);
    await stranger.waitForTimeout(300);
    await shot(stranger, "login");
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.waitForTimeout(300);
    await shot(stranger, "login-empty-fields");
    await stranger.goto(`${url}/register`);
    await shot(stranger, "register");
    await stranger.goto(`${url}/nowhere`);
    await shot(stranger, "not-found");

    const page = await person("john", options);
    await shot(page, "home");
    await page.goto(`${url}/t/1`);
    await page.waitForTimeout(400);
    await shot(page, "thread");
    await menuOf(page, "Where to?");
    await page.waitForTimeout(300);
    await shot(page, "menu");
    await page.getByRole("menuitem", { name: "Reply" }).click();
    await page.waitForTimeout(300);
    await shot(page, "replying");
    await page.goto(`${url}/t/1`);
    await page.getByRole("button", { name: "Emoji" }).click();
    await page.waitForTimeout(600);
    await shot(page, "emoji");
    for (const panel of ["pins", "files", "settings", "notify", "favourite", "date"]) {
      await page.goto(`${url}/t/1?panel=${panel}`);
      await page.waitForTimeout(400);
      await shot(page, panel);
    }
    await page.goto(`${url}/t/1`);
    await choose(page, "An hour ago", "Details");
    await page.waitForTimeout(400);
    await shot(page, "details");
    for (const [item, name] of [["Remind me", "remind"], ["Forward", "forward"]]) {
      await page.goto(`${url}/t/1`);
      await choose(page, "An hour ago", item);
      await page.waitForTimeout(400);
      await shot(page, name);
    }
    for (const place of ["saved", "activity"]) {
      await page.goto(`${url}/${place}`);
      await page.waitForTimeout(300);
      await shot(page, `${place}-nothing`);
    }
    await page.goto(`${url}/t/1`);
    await choose(page, "An hour ago", "Save for later");
    await page.goto(`${url}/saved`);
    await page.waitForTimeout(300);
    await shot(page, "saved");
    await page.getByRole("button", { name: "Remove" }).first().click();
    await page.waitForTimeout(300);
    await page.goto(`${url}/search`);
    await page.waitForTimeout(300);
    await shot(page, "search");
    await page.getByRole("searchbox").fill("so");
    await page.waitForTimeout(900);
    await shot(page, "found");
    await page.getByRole("searchbox").fill("nothing like it");
    await page.waitForTimeout(900);
    await shot(page, "found-nothing");
    await page.goto(`${url}/t/3`);
    await page.waitForTimeout(400);
    await shot(page, "empty-thread");
    await page.goto(`${url}/t/1?panel=people`);
    await page.waitForTimeout(400);
    await shot(page, "people");
    await page.goto(`${url}/browse`);
    await page.waitForTimeout(300);
    await shot(page, "browse");
    await page.goto(`${url}/people`);
    await page.waitForTimeout(400);
    await shot(page, "everybody");
    await page.getByRole("link", { name: /@bill/ }).click();
    await page.waitForTimeout(600);
    await shot(page, "card");
    await page.goto(`${url}/people/bill`);
    await page.waitForTimeout(400);
    await shot(page, "person");
    for (const form of ["new", "new/direct"]) {
      await page.goto(`${url}/${form}`);
      await page.waitForTimeout(300);
      await shot(page, form.replace("/", "-"));
    }
    const sections = ["", "preferences", "notifications", "folders", "password", "sessions", "blocked", "account"];
    for (const section of [...sections, "invitations", "people", "reports", "audit"]) {
      await page.goto(`${url}/settings/${section}`);
      await page.waitForTimeout(300);
      await shot(page, `settings-${section || "profile"}`);
    }
    await page.goto(`${url}/t/1`);
    await page.waitForTimeout(400);
    await page.keyboard.press("Control+k");
    await page.waitForTimeout(400);
    await shot(page, "jump");
    await page.keyboard.press("Escape");
    await page.getByRole("log").focus();
    await page.keyboard.press("?");
    await page.waitForTimeout(400);
    await shot(page, "keys");
    await page.goto(`${url}/t/4711`);
    await page.waitForTimeout(300);
    await shot(page, "no-such-thread");
    await page.goto(`${url}/t/1`);
    await page.waitForTimeout(400);
    await page.context().setOffline(true);
    await say(page, "Written in a tunnel.");
    await page.getByRole("textbox", { name: "Message" }).fill(Array.from({ length: 12 }, (_, n) => `line ${n + 1}`).join("\n"));
    await page.waitForTimeout(1200);
    await shot(page, "offline");
    await page.context().close();
    await stranger.context().close();
  }
}
// What else people look through: few colours of their own, a narrow window, large letters.
const odd = {
  forced: { viewport: { width: 1280, height: 800 }, forcedColors: "active" },
  narrow: { viewport: { width: 320, height: 640 } },
  large: { viewport: { width: 1280, height: 800 } },
};
for (const [name, options] of Object.entries(odd)) {
  const page = await person("john", options);
  for (const [path, what] of [["/t/1", "thread"], ["/", "home"], ["/settings", "settings"], ["/people", "people"]]) {
    await page.goto(`${url}${path}`);
    if (name === "large") await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
    await page.waitForTimeout(700);
    await page.screenshot({ path: `${folder}/${name}-${what}.png` });
  }
  await page.context().close();
}
await browser.close();
