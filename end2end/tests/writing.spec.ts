// Commands that begin with a slash, and what is pasted with its form.
import { expect, Person, test } from "../support/people";

/** Pastes what a program has copied, in both its forms. */
async function paste(person: Person, plain: string, html: string): Promise<void> {
  await person.composer.focus();
  await person.page.evaluate(
    ([plain, html]) => {
      const data = new DataTransfer();
      data.setData("text/plain", plain);
      if (html) data.setData("text/html", html);
      const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      document.activeElement!.dispatchEvent(event);
    },
    [plain, html],
  );
}

test("a command is offered, and done instead of said", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const offers = john.page.getByRole("listbox", { name: "Suggestions" });
  await john.composer.pressSequentially("/");
  await expect(offers.getByRole("option", { name: "/topic" })).toBeVisible();
  await john.composer.pressSequentially("to");
  await expect(offers.getByRole("option")).toHaveCount(1);
  await john.composer.press("Enter");
  await expect(john.composer).toHaveValue("/topic ");
  await john.composer.pressSequentially("Tea and cake");
  await john.composer.press("Enter");
  await expect(john.composer).toHaveValue("");
  await expect(bill.page.getByText("Tea and cake").first()).toBeVisible();

  await john.composer.fill("/me waves");
  await john.composer.press("Enter");
  await bill.sees("waves");
  await expect(bill.messages.last().locator("em")).toHaveText("waves");
  await john.composer.fill("/shrug Who knows");
  await john.composer.press("Enter");
  await bill.sees("Who knows ¯\\_(ツ)_/¯");
  await john.composer.fill("//me is a command");
  await john.composer.press("Enter");
  await bill.sees("/me is a command");
  await john.composer.fill("/etc/hosts");
  await john.composer.press("Enter");
  await bill.sees("/etc/hosts");

  // What is not known is not said by accident.
  await john.composer.fill("/dance now");
  await john.composer.press("Enter");
  await expect(john.page.getByText("There is no command /dance.")).toBeVisible();
  await expect(john.composer).toHaveValue("/dance now");
  await john.composer.fill("/invite nobody.at.all");
  await john.composer.press("Enter");
  await expect(john.page.getByText("Not everybody of these has an account here.")).toBeVisible();
  await expect(john.composer).toHaveValue("/invite nobody.at.all");
});

test("what is pasted keeps its form, and what is too long becomes a file", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const html = '<p>The <b>plan</b>:</p><ul><li>tea</li><li><a href="https://example.org/">cake</a></li></ul>';
  await paste(john, "The plan: tea cake", html);
  await expect(john.composer).toHaveValue("The **plan**:\n\n- tea\n- [cake](https://example.org/)");
  await john.composer.press("Enter");
  await bill.sees("The plan:");
  await expect(bill.messages.last().locator("strong").last()).toHaveText("plan");
  await expect(bill.messages.last().getByRole("listitem")).toHaveCount(2);

  await paste(john, "x".repeat(10_001), "");
  await expect(john.page.getByText("it is attached as a file.")).toBeVisible();
  await expect(john.page.getByText("pasted.txt")).toBeVisible();
  await expect(john.page.getByRole("button", { name: "Send" })).toBeEnabled();
  await john.page.getByRole("button", { name: "Send" }).click();
  await expect(bill.messages.last()).toContainText("pasted.txt");
});

test("each thread keeps its own draft, whichever way one goes from one to the other", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.goto(`${server.url}/new`);
  await john.isTakenOver();
  await john.page.getByLabel("Name", { exact: true }).fill("Second thread");
  await john.page.getByRole("button", { name: /^Start/ }).click();
  await john.page.waitForURL(/\/t\/\d+$/);
  await john.isLive();
  const list = john.page.getByRole("navigation", { name: "Threads" });
  const to = async (name: string): Promise<void> => {
    await list.getByRole("link", { name }).click();
    await expect(john.page.getByRole("heading", { level: 1 })).toHaveText(name);
  };
  await john.composer.fill("only for the second");
  await to("First thread");
  await expect(john.composer).toHaveValue("");
  await john.composer.fill("only for the first");
  await to("Second thread");
  await expect(john.composer).toHaveValue("only for the second");
  await john.page.goBack();
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("First thread");
  await expect(john.composer).toHaveValue("only for the first");
  await john.page.keyboard.press("Alt+ArrowDown");
  await expect(john.page.getByRole("heading", { level: 1 })).toHaveText("Second thread");
  await expect(john.composer).toHaveValue("only for the second");
  await john.composer.press("Enter");
  await john.hasDelivered("only for the second");
  await to("First thread");
  // What is an answer there is none here, and is none when one comes back.
  await expect(john.composer).toHaveValue("only for the first");
  await john.page.reload();
  await expect(john.composer).toHaveValue("only for the first");
});

test("what another tab sends leaves what is being written here", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const other = await john.page.context().newPage();
  await other.goto(`${server.url}/t/1`);
  const field = other.getByRole("textbox", { name: "Message" });
  await expect(other.locator("#page[data-live]:not(:has(#sidebar:not([data-live]), .early))")).toBeAttached();
  await john.composer.fill("half a thought");
  await field.fill("something else");
  await field.press("Enter");
  await john.sees("something else");
  await john.page.reload();
  await expect(john.composer).toHaveValue("half a thought");
});
