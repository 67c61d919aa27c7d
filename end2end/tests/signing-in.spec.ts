import { expect, test } from "../support/people";

test("a stranger is sent to the form, told what is wrong, and let in", async ({ meet, server }) => {
  const john = await meet();
  const page = john.page;
  await page.goto(`${server.url}/`);
  await expect(page).toHaveURL(`${server.url}/login`);
  await expect(page).toHaveTitle("Sign in · Hubbub");

  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Please fill this in.")).toHaveCount(2);

  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Invalid username or password!");
  await expect(page.getByLabel("Username")).toHaveValue("john");

  await page.getByLabel("Password").fill("secret");
  await page.getByLabel("Password").press("Enter");
  await expect(page).toHaveURL(`${server.url}/`);
  await john.isLive();
  await expect(page).toHaveTitle("First thread · Hubbub");

  await page.goto(`${server.url}/login`);
  await expect(page).toHaveURL(`${server.url}/`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${server.url}/login`);
  await page.goto(`${server.url}/t/1`);
  await expect(page).toHaveURL(`${server.url}/login`);
});

test("somebody new makes an account and is at home", async ({ meet, server }) => {
  const ada = await meet();
  const page = ada.page;
  await page.goto(`${server.url}/login`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill("John");
  await page.getByLabel("Display name").fill('Ada </title><b>"Lovelace"');
  await page.getByLabel("Password").fill("analytical");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("That name is taken.")).toBeVisible();
  await page.getByLabel("Username").fill(`ada${Date.now()}`);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.getByText('Ada </title><b>"Lovelace"')).toBeVisible();
});

test("after too many attempts one is asked to wait", async ({ meet, server }) => {
  const eve = await meet();
  const page = eve.page;
  const attempts = Array.from({ length: 310 }, () =>
    fetch(`${server.url}/api/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "eve", password: "guess" }),
    }),
  );
  await Promise.all(attempts);
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Username").fill("eve");
  await page.getByLabel("Password").fill("guess");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("Too many attempts. Please try again in");
});

test("signing out in one tab ends the other one too", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const other = await john.page.context().newPage();
  await other.goto(`${server.url}/`);
  await expect(other.getByRole("button", { name: "Send" })).toBeDisabled();
  await john.page.getByRole("button", { name: "Sign out" }).click();
  await expect(other).toHaveURL(`${server.url}/login`);
});
