import { expect, test } from "../support/people";

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

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
