// Guests, and who may do what, as administrators say and others meet it.
import { expect, Person, test } from "../support/people";

async function settings(person: Person, page: string): Promise<void> {
  await person.page.getByRole("link", { name: "Settings", exact: true }).click();
  await person.page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: page }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText(page);
}

const threads = (person: Person) => person.page.getByRole("navigation", { name: "Threads" });
const link = (person: Person, name: string) => threads(person).getByRole("link", { name });

test("a guest comes by a link, sees one thread and nothing else, and others see that a guest listens", async ({
  meet,
  server,
}) => {
  const [john, gus] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await link(john, "Start a thread").click();
  await john.page.getByLabel("Name", { exact: true }).fill("Annex");
  await john.page.getByLabel("Only people you invite").check();
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Annex");
  await john.write("Welcome to the annex");
  await john.hasDelivered("Welcome to the annex");
  const annex = john.page.url();

  await settings(john, "Invitations");
  await john.page.getByLabel("Who comes is").selectOption("A guest, who sees only “Annex”");
  await john.page.getByRole("button", { name: "Make a link" }).click();
  const invitation = await john.page.getByLabel("Invitation link").inputValue();
  await expect(john.page.getByText("For guests of “Annex”")).toBeVisible();

  await gus.page.goto(invitation);
  await gus.page.getByLabel("Username").fill("gus");
  await gus.page.getByLabel("Display name").fill("Gus");
  await gus.page.getByLabel("Password").fill("lovelace");
  await gus.page.getByRole("button", { name: "Create account" }).click();
  await expect(link(gus, "Annex")).toBeVisible();
  for (const name of ["First thread", "Browse threads", "Start a thread"]) {
    await expect(link(gus, name)).toHaveCount(0);
  }
  await link(gus, "Annex").click();
  await gus.sees("Welcome to the annex");
  await gus.write("Thank you");
  await link(gus, "Everybody").click();
  await expect(gus.page.locator(".everybody .person")).toHaveCount(2);
  await gus.page.goto(`${server.url}/t/1`);
  await expect(gus.page.getByRole("article")).toHaveCount(0);
  await expect(gus.composer).toHaveCount(0);

  await john.page.goto(annex);
  await john.sees("Thank you");
  await john.page.getByRole("link", { name: "People" }).click();
  const panel = john.page.getByRole("complementary", { name: "People" });
  await expect(panel).toContainText("@gus · Guest");
  await panel.getByRole("link", { name: /@gus/ }).click();
  await expect(john.page.getByRole("dialog", { name: "Profile" })).toContainText("@gus · Guest");
});

test("somebody is made a guest and a member again, as they look on", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await settings(john, "People");
  const row = john.page.getByRole("listitem").filter({ hasText: "@bill" });
  await row.locator("summary", { hasText: "Make guest" }).click();
  await row.getByRole("button", { name: "Make guest: Bill" }).click();
  await expect(row).toContainText("@bill · Guest");
  await expect(link(bill, "First thread")).toHaveCount(0);
  await expect(link(bill, "Browse threads")).toHaveCount(0);
  await expect(bill.composer).toHaveCount(0);

  await row.getByRole("button", { name: "Make member: Bill" }).click();
  await expect(row).not.toContainText("Guest");
  await expect(link(bill, "First thread")).toBeVisible();
  await expect(link(bill, "Browse threads")).toBeVisible();
  await bill.page.goto(`${server.url}/t/1`);
  await bill.isLive();
});

test("administrators say who starts threads, and to others nothing else is offered", async ({ meet, server }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  await settings(john, "People");
  await john.page.getByLabel("Start public threads").selectOption("Administrators");
  await john.page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(john.page.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();

  await bill.page.goto(`${server.url}/new`);
  await bill.isTakenOver();
  await expect(bill.page.getByText("Only people you invite")).toBeVisible();
  await expect(bill.page.getByText("anybody can join")).toHaveCount(0);
  await bill.page.getByLabel("Name", { exact: true }).fill("Whispers");
  await bill.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(bill.page.getByRole("heading", { level: 1 })).toHaveText("Whispers");

  await john.page.getByLabel("Start private threads").selectOption("Administrators");
  const set = john.page.waitForResponse((response) => response.url().endsWith("/api/change"));
  await john.page.getByRole("button", { name: "Set", exact: true }).click();
  await set;
  await bill.page.reload();
  await bill.isLive();
  await expect(link(bill, "Start a thread")).toHaveCount(0);
  await expect(link(john, "Start a thread")).toBeVisible();
  await settings(john, "Audit log");
  await expect(john.page.getByText(/John said: public threads are started by administrators, private ones by adm/)).toBeVisible();
});
