import { expect, Person, test } from "../support/people";

const device = (person: Person) => person.page.getByRole("listitem").filter({ hasText: "Last used" });

async function settings(person: Person, tab: string): Promise<void> {
  await person.page.getByRole("link", { name: "Settings", exact: true }).click();
  const tabs = person.page.getByRole("navigation", { name: "Settings" });
  await tabs.getByRole("link", { name: tab, exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(tab);
}

test("a new name and a status show to the others at once", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write("who am I?");
  await bill.sees("who am I?");
  await bill.page.getByRole("link", { name: "People" }).click();

  await john.page.getByRole("link", { name: "Settings", exact: true }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Profile");
  await john.page.getByLabel("Display name").fill("Bill");
  await john.page.getByRole("button", { name: "Save" }).click();
  await expect(john.page.getByText("Somebody else is called that")).toBeVisible();
  await expect(john.page.getByLabel("Display name")).toBeFocused();
  await john.page.getByLabel("Display name").fill("Sir John");
  await john.page.getByLabel("Emoji").fill("🌴");
  await john.page.getByLabel("What you are doing").fill("On holiday");
  await john.page.getByLabel("Shown").selectOption("For an hour");
  await john.page.getByRole("button", { name: "Save" }).click();
  await expect(john.page.getByRole("status").filter({ hasText: "Saved." })).toBeFocused();
  await expect(john.page.getByLabel("Shown").locator("option:checked")).toContainText("Until");
  await expect(john.page.locator(".account")).toContainText("🌴 On holiday");

  const panel = bill.page.getByRole("complementary", { name: "People" });
  await expect(panel).toContainText("Sir John");
  await expect(panel).toContainText("🌴 On holiday");
  await expect(bill.messages.filter({ hasText: "who am I?" })).toContainText("Sir John");
  // It stays so, and can be taken back.
  await john.page.reload();
  await expect(john.page.getByLabel("What you are doing")).toHaveValue("On holiday");
  await expect(john.page.getByLabel("Shown")).toContainText("Until today");
  await john.page.getByLabel("Emoji").fill("");
  await john.page.getByLabel("What you are doing").fill("");
  await john.page.getByRole("button", { name: "Save" }).click();
  await expect(panel).not.toContainText("On holiday");
});

test("a new password puts the other device out, and a session can be ended", async ({ meet, server }) => {
  const networkMayFail = true;
  const [here, there] = [await meet({ networkMayFail }), await meet({ networkMayFail })];
  await here.signIn("john");
  await there.signIn("john");
  await settings(here, "Sessions");
  await expect(device(here)).toHaveCount(2);
  await expect(device(here).filter({ hasText: "This one" })).toContainText("Chrome on Linux");
  await here.page.getByRole("button", { name: "End the session of Chrome on Linux" }).click();
  await expect(device(here)).toHaveCount(1);
  await expect(there.page).toHaveURL(`${server.url}/login?next=/t/1&ended=1`);

  await there.signIn("john");
  await settings(here, "Password");
  await here.page.getByLabel("Old password").fill("guess");
  await here.page.getByLabel("New password").fill("much better");
  await here.page.getByRole("button", { name: "Change password" }).click();
  await expect(here.page.getByText("That is not your password.")).toBeVisible();
  await here.page.getByLabel("Old password").fill("secret");
  await here.page.getByRole("button", { name: "Change password" }).click();
  await expect(here.page.getByText("Saved.")).toBeVisible();
  await expect(here.page.getByLabel("Old password")).toHaveValue("");
  await expect(there.page).toHaveURL(/\/login\?/);
  await there.page.getByLabel("Username").fill("john");
  await there.page.getByLabel("Password").fill("secret");
  await there.page.getByRole("button", { name: "Sign in" }).click();
  await expect(there.page.getByText("Invalid username or password!")).toBeVisible();
  await there.page.getByLabel("Password").fill("much better");
  await there.page.getByRole("button", { name: "Sign in" }).click();
  await there.isLive();
  await here.page.getByRole("link", { name: "First thread" }).click();
  await here.sees("Loud and clear, John.");
});

test.describe("where one comes by invitation", () => {
  test.use({ settings: { HUBBUB_REGISTRATION: "invite" } });

  test("a link is made, used in another browser, and taken back", async ({ meet }) => {
    const [john, ada] = [await meet(), await meet()];
    await john.signIn("john");
    await settings(john, "Invitations");
    await expect(john.page.getByText("Nobody has been invited yet.")).toBeVisible();
    await john.page.getByLabel("For how many").selectOption("Ten");
    await john.page.getByRole("button", { name: "Make a link" }).click();
    const link = await john.page.getByLabel("Invitation link").inputValue();
    await john.page.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(john.page.getByRole("button", { name: "Copied" })).toBeVisible();
    await expect(john.page.getByText("for 10 more people")).toBeVisible();

    await ada.page.goto(link);
    await expect(ada.page.getByText("John invites you to Hubbub.")).toBeVisible();
    await ada.page.getByLabel("Username").fill("ada");
    await ada.page.getByLabel("Display name").fill("Ada");
    await ada.page.getByLabel("Password").fill("lovelace");
    await ada.page.getByRole("button", { name: "Create account" }).click();
    // She belongs to the thread that is for everybody.
    const threads = ada.page.getByRole("navigation", { name: "Threads" });
    await expect(threads.getByRole("link", { name: "First thread" })).toBeVisible();
    // A member has no such pages.
    await ada.page.getByRole("link", { name: "Settings", exact: true }).click();
    await expect(ada.page.getByRole("link", { name: "Sessions" })).toBeVisible();
    await expect(ada.page.getByRole("link", { name: "Invitations" })).toHaveCount(0);
    await expect(ada.page.getByRole("link", { name: "People" })).toHaveCount(0);

    await john.page.reload();
    await expect(john.page.getByText("Came by it: Ada")).toBeVisible();
    await expect(john.page.getByText("for 9 more people")).toBeVisible();
    await expect(john.page.getByLabel("Invitation link")).toHaveCount(0);
    await john.page.getByRole("button", { name: "Take back the invitation by John" }).click();
    await expect(john.page.getByText("taken back")).toBeVisible();
    const eve = await meet();
    await eve.page.goto(link);
    await expect(eve.page.getByText("This invitation has been taken back.")).toBeVisible();
    await expect(eve.page.getByLabel("Username")).toHaveCount(0);
  });
});

test("a link that was made stays, though the page cannot be had once more", async ({ meet }) => {
  const john = await meet({ networkMayFail: true });
  await john.page.addInitScript(() => {
    // As on a page that did not come by https, in a browser that lets it copy nothing.
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = () => false;
  });
  await john.signIn("john");
  await settings(john, "Invitations");
  await john.page.route("**/api/content**", (route) => route.abort());
  await john.page.getByRole("button", { name: "Make a link" }).click();
  const link = john.page.getByLabel("Invitation link");
  await expect(link).toHaveValue(/\/register\?invite=hbi_/);
  await john.page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(john.page.getByRole("button", { name: "Please copy what is marked" })).toBeVisible();
  await expect(john.page.getByRole("button", { name: "Copied" })).toHaveCount(0);
  await expect(link).toHaveValue(await john.page.evaluate(() => getSelection()!.toString()));
});

test("a session that begins or ends elsewhere comes and goes in the list", async ({ meet }) => {
  const [here, there] = [await meet(), await meet({ networkMayFail: true })];
  await here.signIn("john");
  await settings(here, "Sessions");
  const end = here.page.getByRole("button", { name: /^End the session/ });
  await expect(end).toHaveCount(0);
  await there.signIn("john");
  await expect(end).toHaveCount(1);
  await there.page.getByRole("button", { name: "Sign out" }).click();
  await expect(end).toHaveCount(0);
});

test("an administrator bans and appoints, and it is on record", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await settings(john, "People");
  const row = john.page.getByRole("listitem").filter({ hasText: "@bill" });
  await expect(row.getByRole("button", { name: "Ban: Bill" })).toBeHidden();
  await row.locator("summary", { hasText: "Ban" }).click();
  await row.getByRole("button", { name: "Ban: Bill" }).click();
  await expect(row).toContainText("Banned");
  await expect(bill.page).toHaveURL(`${server.url}/login?next=/t/1&ended=1`);
  await row.getByRole("button", { name: "Lift ban: Bill" }).click();
  await row.getByRole("button", { name: "Make administrator: Bill" }).click();
  await expect(row).toContainText("Administrator");
  await bill.signIn("bill");
  await settings(bill, "People");
  await bill.page.getByRole("textbox", { name: "Search" }).fill("JOH");
  await bill.page.getByRole("button", { name: "Search" }).click();
  await expect(bill.page.getByRole("listitem").filter({ hasText: "@bill" })).toHaveCount(0);
  await bill.page.getByRole("button", { name: "Make member: John" }).click();
  await expect(bill.page.getByRole("listitem").filter({ hasText: "@john" })).not.toContainText("Administrator");
  await bill.page.getByRole("textbox", { name: "Search" }).fill("");
  await bill.page.getByRole("button", { name: "Search" }).click();
  // It is offered, and refused: nobody would be left to govern.
  await bill.page.locator("summary", { hasText: "Make member" }).click();
  await expect(bill.page.getByText("Only another administrator can make you one again.")).toBeVisible();
  await bill.page.getByRole("button", { name: "Make member: Bill" }).click();
  await expect(bill.page.getByText("You are the only administrator here.")).toBeVisible();
  await bill.page.getByLabel("Name of this place").fill("The Harbour");
  await bill.page.getByRole("button", { name: "Rename" }).click();
  // Without a reload, here and elsewhere.
  await expect(bill.page).toHaveTitle("Settings · The Harbour");
  await expect(bill.page.getByRole("navigation", { name: "Threads" })).toContainText("The Harbour");
  await expect(john.page.getByRole("navigation", { name: "Threads" })).toContainText("The Harbour");
  await settings(bill, "Audit log");
  for (const deed of ["John banned Bill", "Bill made John a member", "called this place “The Harbour”"]) {
    await expect(bill.page.getByText(deed)).toBeVisible();
  }
});

test("whoever deletes their account is gone, and what they wrote is not", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await bill.write("so long");
  await john.sees("so long");
  await settings(bill, "Delete my account");
  await bill.page.getByLabel("Your password").fill("secret");
  await bill.page.getByRole("button", { name: "Delete my account" }).click();
  await expect(bill.page).toHaveURL(`${server.url}/login`);
  await expect(john.messages.filter({ hasText: "so long" })).toContainText("Someone who left");
  await bill.page.getByLabel("Username").fill("bill");
  await bill.page.getByLabel("Password").fill("secret");
  await bill.page.getByRole("button", { name: "Sign in" }).click();
  await expect(bill.page.getByText("Invalid username or password!")).toBeVisible();
});

test("settings are plain forms without JavaScript, and fit a phone", async ({ meet, server }) => {
  const plain = { javaScriptEnabled: false, networkMayFail: true };
  const john = await meet({ ...plain, viewport: { width: 390, height: 844 } });
  const page = john.page;
  await page.goto(`${server.url}/login?next=/settings/invitations`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(page.getByLabel("Invitation link")).toHaveValue(/\/register\?invite=hbi_/);
  await page.getByRole("button", { name: "Take back the invitation by John" }).click();
  await expect(page).toHaveURL(`${server.url}/settings/invitations?saved=1`);
  await expect(page.getByText("taken back")).toBeVisible();
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByLabel("Display name").fill("Plain John");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByRole("link", { name: "Password" }).click();
  await page.getByLabel("Old password").fill("guess");
  await page.getByLabel("New password").fill("much better");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("That is not your password.")).toBeVisible();
  for (const name of ["Profile", "Sessions", "People"]) {
    const link = page.getByRole("link", { name, exact: true });
    expect((await link.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    await link.click();
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    // Until its style is there, a page is as wide as it likes.
    await expect.poll(overflow, { message: name }).toBeLessThanOrEqual(0);
  }
  await page.getByRole("link", { name: "My threads" }).click();
  await expect(page.getByRole("link", { name: "Settings", exact: true })).toBeVisible();
});

test.describe("on a server without anybody", () => {
  test.use({ isNew: true });

  test("only the printed link makes the administrator, who then invites", async ({ meet, server }) => {
    const [ada, eve] = [await meet(), await meet({ networkMayFail: true })];
    await eve.page.goto(server.url);
    await expect(eve.page.getByRole("heading", { level: 1 })).toHaveText("Not set up yet");
    await eve.page.goto(`${server.url}/register`);
    await expect(eve.page.getByText("finds a link in what it printed")).toBeVisible();

    const link = /http:\S+/.exec(server.printed)![0];
    await ada.page.goto(link);
    await ada.isTakenOver();
    await ada.page.getByRole("button", { name: "Begin" }).click();
    await expect(ada.page.getByText("Please fill this in.").first()).toBeVisible();
    await expect(ada.page.getByLabel("Name of this place")).toBeFocused();
    await expect(ada.page.getByLabel("First thread, for everybody")).toHaveValue("General");
    await ada.page.getByLabel("Name of this place").fill("The Harbour");
    await ada.page.getByLabel("Your username").fill("ada");
    await ada.page.getByLabel("Your display name").fill("Ada");
    await ada.page.getByLabel("Password").fill("lovelace");
    await ada.page.getByRole("button", { name: "Begin" }).click();
    await expect(ada.page).toHaveURL(`${server.url}/settings/invitations`);
    await expect(ada.page.getByRole("navigation", { name: "Threads" })).toContainText("The Harbour");
    await expect(ada.page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name: "General" })).toBeVisible();
    await ada.page.getByRole("button", { name: "Make a link" }).click();
    const invitation = await ada.page.getByLabel("Invitation link").inputValue();
    await eve.page.goto(link);
    await expect(eve.page.getByRole("heading", { level: 1 })).toHaveText("Nothing here");
    await eve.page.goto(invitation);
    await expect(eve.page.getByText("Ada invites you to The Harbour.")).toBeVisible();
    await expect(eve.page).toHaveTitle("Create an account · The Harbour");
  });
});
