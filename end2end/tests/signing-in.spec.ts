import { expect, test } from "../support/people";

test("a stranger is sent to the form, told what is wrong, and let in", async ({ meet, server }) => {
  const john = await meet();
  const page = john.page;
  await page.goto(`${server.url}/`);
  await expect(page).toHaveURL(`${server.url}/login`);
  await expect(page).toHaveTitle("Sign in · Hubbub");
  await john.isTakenOver();

  await expect(page.getByLabel("Username")).toBeFocused();
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Please fill this in.")).toHaveCount(2);

  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Invalid username or password!");
  await expect(page.getByLabel("Username")).toHaveValue("john");

  await page.getByLabel("Password").fill("secret");
  await page.getByLabel("Password").press("Enter");
  await expect(page).toHaveURL(`${server.url}/t/1`);
  await john.isLive();
  await expect(page).toHaveTitle("First thread · Hubbub");

  await page.goto(`${server.url}/login`);
  await expect(page).toHaveURL(`${server.url}/t/1`);
  await john.isLive();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${server.url}/login`);
  await page.goto(`${server.url}/t/1`);
  await expect(page).toHaveURL(`${server.url}/login?next=/t/1`);
  await john.isTakenOver();
  await expect(page.getByText("You have been signed out.")).toHaveCount(0);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/t/1`);
});

test("somebody new makes an account and is at home", async ({ meet, server }) => {
  const ada = await meet();
  const page = ada.page;
  await page.goto(`${server.url}/login`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page).toHaveURL(`${server.url}/register`);
  await ada.isTakenOver();
  await page.getByLabel("Username").fill("John");
  await page.getByLabel("Display name").fill('Ada </title><b>"Lovelace"');
  await page.getByLabel("Password").fill("analytical");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("That name is taken.")).toBeVisible();
  await page.getByLabel("Username").fill(`ada${Date.now()}`);
  await page.getByRole("button", { name: "Create account" }).click();
  // They belong to the thread for everybody from the start.
  await expect(page).toHaveURL(`${server.url}/t/1`);
  await expect(page.getByText('Ada </title><b>"Lovelace"')).toBeVisible();
});

test.describe("where only three attempts a minute are allowed", () => {
  test.use({ settings: { HUBBUB_LOGIN_PER_ACCOUNT_PER_MINUTE: "3" } });

  test("one is asked to wait after the third", async ({ meet, server }) => {
    const guest = await meet();
    const { page } = guest;
    await page.goto(`${server.url}/login`);
    await guest.isTakenOver();
    await page.getByLabel("Username").fill("john");
    const alert = page.getByRole("alert");
    for (let attempt = 1; attempt <= 3; attempt++) {
      await page.getByLabel("Password").fill(`guess ${attempt}`);
      const answered = page.waitForResponse(/api\/login/);
      await page.getByRole("button", { name: "Sign in" }).click();
      await answered;
      await expect(alert).toHaveText("Invalid username or password!");
    }
    await page.getByLabel("Password").fill("secret");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(alert).toContainText("Too many attempts. Please try again in");
  });
});

test("signing out in one tab ends the other one too", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const other = await john.page.context().newPage();
  await other.goto(`${server.url}/`);
  await expect(other.getByRole("button", { name: "Send" })).toBeDisabled();
  await john.page.getByRole("button", { name: "Sign out" }).click();
  // It says why, and the way leads back to the same place.
  await expect(other).toHaveURL(`${server.url}/login?next=/t/1&ended=1`);
  await expect(other.getByRole("status").first()).toContainText("You have been signed out.");
});
