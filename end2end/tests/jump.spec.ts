// Jumping to threads, people and pages by a few letters.
import { expect, test } from "../support/people";

test("a few letters lead to a thread, a person or a page, and escape to where one was", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await john.page.getByLabel("Name", { exact: true }).fill("Garden");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Garden");
  await john.isLive();

  const field = john.page.getByRole("combobox", { name: "Jump to" });
  const chosen = john.page.getByRole("option", { selected: true });
  await john.page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await expect(chosen).toContainText("Garden");
  await field.fill("fst");
  await expect(chosen).toContainText("First thread");
  await field.press("Enter");
  await expect(john.page).toHaveURL(`${server.url}/t/1`);
  await expect(field).toHaveCount(0);

  await john.page.keyboard.press("Control+k");
  await field.fill("sett");
  await expect(chosen).toContainText("Settings");
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(john.composer).toBeFocused();
  await expect(john.page).toHaveURL(`${server.url}/t/1`);

  // The focus goes back to where it was.
  const first = john.page.getByRole("link", { name: "Browse threads" });
  await first.focus();
  await john.page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await field.fill("zzzz");
  await expect(field).not.toHaveAttribute("aria-activedescendant", /./);
  await john.page.keyboard.press("Control+k");
  await expect(field).toHaveValue("zzzz");
  await field.press("Escape");
  await expect(first).toBeFocused();

  // By the mouse, and by the arrow keys to somebody.
  await john.page.getByRole("button", { name: "Jump to…" }).click();
  await field.fill("bil");
  const bill = john.page.getByRole("option", { name: /@bill/ });
  await expect(bill).toBeVisible();
  while ((await bill.getAttribute("aria-selected")) !== "true") await field.press("ArrowDown");
  await field.press("Enter");
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Bill");
  await john.write("just us");
  await john.hasDelivered("just us");

  await john.page.keyboard.press("Control+k");
  await expect(john.page.getByRole("option", { name: /Bill/ })).toContainText("Direct thread");
  await field.fill("zzzz");
  await expect(john.page.getByText("Nothing is called that.")).toBeVisible();
  await field.press("Enter");
  await expect(field).toBeVisible();
  await john.page.locator(".menu-backdrop").click({ position: { x: 5, y: 5 } });
  await expect(field).toHaveCount(0);
});
