import { expect, test } from "../support/people";

test("everything essential works with plain forms", async ({ meet, server }) => {
  const john = await meet({ javaScriptEnabled: false, networkMayFail: true });
  const page = john.page;
  await page.goto(`${server.url}/`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Invalid username or password!")).toBeVisible();
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await page.getByRole("link", { name: "First thread" }).click();
  await john.sees("Loud and clear, John.");

  await john.composer.fill("no script at all");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(`${server.url}/t/1`);
  await john.sees("no script at all");

  await john.composer.fill(`${"x".repeat(10_000)} and the end`);
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText("At most 10000 characters, please")).toBeVisible();
  await expect(john.composer).toHaveValue(/and the end$/);
  await page.goto(`${server.url}/t/1`);

  await page.getByRole("link", { name: "Start a thread" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Plain");
  await page.getByLabel("People to add").fill("bill, nobody");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByText("Please check the usernames.")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Plain");
  await page.getByLabel("People to add").fill("bill");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Plain");
  await page.getByRole("link", { name: "Thread settings" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Plainer");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Plainer");
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("button", { name: "Message Bill" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bill");
  await page.getByRole("link", { name: "First thread" }).click();
  await john.sees("no script at all");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${server.url}/login`);

  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill("grace");
  await page.getByLabel("Password").fill("compiler");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.getByText("@grace")).toBeVisible();
});

test("the page is readable and usable before the WebAssembly arrives", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  // The download never ends.
  await john.page.route(/\.wasm$/, () => {});
  await john.page.goto(`${server.url}/t/1`, { waitUntil: "commit" });
  await john.sees("Loud and clear, John.");
  await john.composer.fill("before the download");
  await john.page.getByRole("button", { name: "Send" }).click();
  await john.sees("before the download");
  await john.page.unroute(/\.wasm$/);
});
