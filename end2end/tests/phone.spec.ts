import { expect, Person, test } from "../support/people";

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A finger on a message: put there, moved to the left by so much, and let go after so long. */
async function touch(person: Person, text: string, left: number, ms: number): Promise<void> {
  const box = (await person.messages.filter({ hasText: text }).last().locator(".bubble").boundingBox())!;
  const [x, y] = [box.x + box.width - 8, box.y + box.height / 2];
  const devtools = await person.page.context().newCDPSession(person.page);
  const send = (type: string, points: { x: number; y: number }[]) =>
    devtools.send("Input.dispatchTouchEvent", { type: type as "touchStart", touchPoints: points });
  await send("touchStart", [{ x, y }]);
  for (let step = 1; left > 0 && step <= 8; step++) await send("touchMove", [{ x: x - (left * step) / 8, y }]);
  await person.page.waitForTimeout(ms);
  await send("touchEnd", []);
  await devtools.detach();
}

test("a message that is held has its menu, and one that is pulled to the left is answered", async ({ meet, server }) => {
  const john = await meet(phone);
  const page = john.page;
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "First thread" }).tap();
  await john.isLive();
  await john.composer.fill("hold me");
  await page.getByRole("button", { name: "Send" }).tap();
  await john.hasDelivered("hold me");

  await touch(john, "hold me", 0, 700);
  const menu = page.getByRole("menu");
  await expect(menu.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  // A short touch, and a pull that is taken back, do nothing.
  await touch(john, "hold me", 0, 50);
  await touch(john, "hold me", 30, 50);
  await expect(menu).toHaveCount(0);
  await expect(page.getByText("Reply to")).toHaveCount(0);
  await touch(john, "hold me", 90, 50);
  await expect(john.composer).toBeFocused();
  await john.composer.fill("I do");
  // To Chromium, a tap right after a pull ends that and is none.
  await expect(async () => {
    await page.getByRole("button", { name: "Send" }).tap();
    await expect(john.composer).toHaveValue("", { timeout: 500 });
  }).toPass();
  await expect(john.messages.last().locator(".answered")).toContainText("hold me");
  await expect(john.messages.first()).not.toHaveAttribute("style", /translate/);
});

test("on a phone the list and the thread are two screens", async ({ meet, server }) => {
  const john = await meet(phone);
  const page = john.page;
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(john.composer).toBeHidden();
  await page.getByRole("link", { name: "First thread" }).tap();
  await expect(john.composer).toBeVisible();
  await expect(page.getByRole("link", { name: "First thread" })).toBeHidden();
  await john.composer.fill("with my thumbs");
  const send = page.getByRole("button", { name: "Send" });
  expect((await send.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await send.tap();
  await john.sees("with my thumbs");
  await page.getByRole("link", { name: "My threads" }).tap();
  await expect(page.getByRole("link", { name: "First thread" })).toBeVisible();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
});
