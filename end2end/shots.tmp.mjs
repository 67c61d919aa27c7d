import { chromium } from "@playwright/test";
const [url, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
async function person(name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((at) => at.pathname !== "/login");
  await page.waitForTimeout(1500);
  return page;
}
const say = async (page, text) => {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
  await page.waitForTimeout(400);
};
const john = await person("john", { viewport: { width: 1280, height: 800 } });
const bill = await person("bill", { viewport: { width: 1280, height: 800 } });
for (const name of ["Design", "Operations & on-call", "Lunch"]) {
  await john.goto(`${url}/new`); await john.waitForTimeout(800);
  await john.getByLabel("Name", { exact: true }).fill(name);
  await john.getByRole("button", { name: "Start", exact: true }).click();
  await john.waitForTimeout(1000);
  await say(john, "Welcome");
  if (name !== "Lunch") { await john.getByRole("button", { name: "Favourite", exact: true }).click(); await john.waitForTimeout(300); }
}
for (const p of [john, bill]) { await p.goto(`${url}/t/1`); await p.waitForTimeout(1200); }
const talk = [[bill, "Morning! Did the release go out?"], [john, "Half an hour ago. All green so far."], [bill, "Nice. I killed the server twice during the demo, just to see."], [bill, "Nobody noticed 🙂"], [john, "That is the idea.\nNext: a long weekend."], [bill, "```rust\nfn main() {}\n```\n> a quote"], [bill, "ועכשיו משהו מימין לשמאל"], [john, "See you at lunch."]];
for (const [p, t] of talk) await say(p, t);
await bill.goto(`${url}/browse`); await bill.waitForTimeout(800);
await bill.getByRole("link", { name: /Lunch/ }).first().click(); await bill.waitForTimeout(1000);
await say(bill, "hm"); await say(bill, "what about @john?");
await john.waitForTimeout(500);
for (const colorScheme of ["light", "dark"]) {
  await john.emulateMedia({ colorScheme });
  await john.screenshot({ path: `${folder}/bubbles-${colorScheme}.png` });
}
await john.keyboard.press("Control+/"); await john.waitForTimeout(800);
for (const colorScheme of ["light", "dark"]) { await john.emulateMedia({ colorScheme }); await john.screenshot({ path: `${folder}/keys-${colorScheme}.png` }); }
await john.keyboard.press("Escape");
await john.goto(`${url}/settings/preferences`); await john.waitForTimeout(1200);
await john.emulateMedia({ colorScheme: "light" });
await john.screenshot({ path: `${folder}/preferences.png` });
await john.getByLabel("Messages", { exact: true }).selectOption({ value: "compact" });
await john.getByLabel("Times").selectOption({ value: "hours-12" });
await john.getByRole("button", { name: "Save" }).click(); await john.waitForTimeout(1000);
await john.screenshot({ path: `${folder}/preferences-saved.png` });
await john.goto(`${url}/t/1`); await john.waitForTimeout(1200);
await john.locator(".message").nth(3).hover();
for (const colorScheme of ["light", "dark"]) { await john.emulateMedia({ colorScheme }); await john.screenshot({ path: `${folder}/compact-${colorScheme}.png` }); }
await john.getByRole("link", { name: "Design" }).first().hover(); await john.waitForTimeout(300);
await john.screenshot({ path: `${folder}/order.png`, clip: { x: 0, y: 0, width: 400, height: 400 } });
const phone = await person("john", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
await phone.screenshot({ path: `${folder}/phone-list.png` });
await phone.goto(`${url}/t/1`); await phone.waitForTimeout(1200);
await phone.screenshot({ path: `${folder}/phone-compact.png` });
await phone.goto(`${url}/settings/preferences`); await phone.waitForTimeout(1200);
await phone.screenshot({ path: `${folder}/phone-preferences.png` });
await browser.close();
