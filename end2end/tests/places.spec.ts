// The places of the chat: the directory, a single message, the people, and what is unread.
import { expect, test } from "../support/people";

test("what is unread is counted, on the list and the tab, and reading clears it everywhere", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const other = await john.page.context().newPage();
  await other.goto(`${server.url}/browse`);
  const bill = await meet();
  await bill.signIn("bill");

  // John looks at another thread of his.
  await john.page.getByRole("link", { name: "Start a thread" }).click();
  await john.page.getByLabel("Name", { exact: true }).fill("Elsewhere");
  await john.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Elsewhere");
  for (const text of ["one", "two", "three"]) {
    await bill.write(text);
    await bill.hasDelivered(text);
  }
  await expect(john.page.getByRole("link", { name: "First thread , 3 unread" })).toBeVisible();
  await expect(john.page).toHaveTitle("(3) Elsewhere · Hubbub");
  await expect(other.getByRole("link", { name: "First thread , 3 unread" })).toBeVisible();

  await john.page.getByRole("link", { name: /First thread/ }).click();
  await john.sees("three");
  await expect(john.page).toHaveTitle("First thread · Hubbub");
  await expect(other).toHaveTitle("Browse threads · Hubbub");
  await expect(other.getByText("unread")).toHaveCount(0);
});

test("a thread is found in the directory, read without joining it, and joined by writing", async ({ meet, server }) => {
  const bill = await meet();
  await bill.signIn("bill");
  await bill.page.getByRole("link", { name: "Start a thread" }).click();
  await bill.page.getByLabel("Name", { exact: true }).fill("Gardening");
  await bill.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(bill.page.getByRole("heading", { level: 1 })).toHaveText("Gardening");
  await bill.write("The tomatoes are coming.");
  await bill.hasDelivered("The tomatoes are coming.");

  const john = await meet();
  await john.signIn("john");
  const sidebar = john.page.getByRole("navigation");
  await john.page.getByRole("link", { name: "Browse threads" }).click();
  await expect(john.page.getByRole("heading", { name: "Browse threads" })).toBeFocused();
  await john.page.getByRole("link", { name: "Gardening 1 message" }).click();
  await john.sees("The tomatoes are coming.");
  await expect(sidebar.getByRole("link", { name: "Gardening" })).toHaveCount(0);
  await bill.write("Somebody reads along.");
  await john.sees("Somebody reads along.");
  await john.write("So do I.");
  await expect(sidebar.getByRole("link", { name: "Gardening" })).toHaveCount(1);
  await bill.sees("So do I.");
  await john.page.goBack();
  await expect(john.page.getByRole("link", { name: "Gardening Joined · 3 messages" })).toBeVisible();
});

test("a link to a message leads to it, and what is new does not carry one away", async ({ meet, server }) => {
  server.command("seed", "--threads", "1", "--messages", "400", "--users", "3");
  const john = await meet();
  await john.signIn("john");
  const bill = await meet();
  await bill.signIn("bill");
  await bill.page.goto(`${server.url}/t/2`);
  await bill.isLive();
  for (const way of ["directly", "from another thread"]) {
    await john.page.goto(`${server.url}/t/1`);
    await john.isLive();
    if (way === "directly") {
      await john.page.goto(`${server.url}/t/2?m=101`);
    } else {
      await john.page.evaluate(() => {
        const link = document.createElement("a");
        link.href = "/t/2?m=101";
        link.id = "a-link";
        link.textContent = "look";
        document.querySelector(".sidebar")!.append(link);
      });
      await john.page.locator("#a-link").click();
    }
    await john.isLive();
    const message = john.page.locator('[data-seq="101"]');
    await expect(message).toBeInViewport();
    await bill.write(`new, ${way}`);
    await bill.hasDelivered(`new, ${way}`);
    await expect(john.page.getByRole("button", { name: /new message|To the newest/ })).toBeVisible();
    await expect(message).toBeInViewport();
    await expect(john.page.getByText(`new, ${way}`)).toHaveCount(0);
    await john.page.getByRole("button", { name: /new message|To the newest/ }).click();
    await john.sees(`new, ${way}`);
  }
});

test("the people of a thread are a panel with an address", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.getByRole("link", { name: "People" }).click();
  await expect(john.page).toHaveURL(`${server.url}/t/1?panel=people`);
  const panel = john.page.getByRole("complementary", { name: "People" });
  await expect(panel.getByRole("listitem")).toHaveText([/John\s*@john/, /Bill\s*@bill/]);
  await john.page.reload();
  await john.isLive();
  await panel.getByRole("link", { name: "Close" }).click();
  await expect(panel).toHaveCount(0);
  await john.page.goBack();
  await expect(panel).toBeVisible();
});

test("going back, and loading the page again, lead to where one had scrolled to", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const page = john.page;
  for (let n = 1; n <= 40; n++) await john.write(`line ${n} of a long conversation\nwith a second line`);
  await john.hasDelivered("line 40 of");
  const line = john.messages.filter({ hasText: "line 12 of" });
  await line.scrollIntoViewIfNeeded();
  const top = async () => Math.round((await line.boundingBox())!.y);
  // It is kept once the scrolling has come to rest.
  await expect.poll(() => page.evaluate(() => history.state)).toMatch(/^\d+:-?\d+$/);
  const before = await top();
  await page.getByRole("link", { name: "Browse threads" }).first().click();
  await expect(page).toHaveURL(/\/browse$/);
  await page.goBack();
  await expect(line).toBeInViewport();
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
  await page.reload();
  await john.isLive();
  await expect(line).toBeInViewport();
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
  // A panel beside it moves nothing.
  for (const name of ["People", "Close"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("complementary", { name: "People" })).toHaveCount(name === "People" ? 1 : 0);
    await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
  }
  // A link to the thread leads to its end, from here and from elsewhere.
  const first = page.getByRole("navigation", { name: "Threads" }).getByRole("link", { name: "First thread" });
  await first.click();
  await expect(john.messages.filter({ hasText: "line 40 of" })).toBeInViewport();
  await line.scrollIntoViewIfNeeded();
  await page.getByRole("link", { name: "Browse threads" }).first().click();
  await expect(page).toHaveURL(/\/browse$/);
  await first.click();
  await expect(john.messages.filter({ hasText: "line 40 of" })).toBeInViewport();
  // So does coming anew.
  const thread = john.thread;
  await page.goto(`${server.url}/browse`);
  await page.goto(`${server.url}/t/${thread}`);
  await expect(john.messages.filter({ hasText: "line 40 of" })).toBeInViewport();
});
