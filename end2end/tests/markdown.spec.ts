import { Locator } from "@playwright/test";
import { expect, Person, test } from "../support/people";

/** The elements of a text, without what the framework leaves between them. */
const shape = (text: Locator): Promise<string> =>
  text.evaluate((element) => {
    const copy = element.cloneNode(true) as Element;
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_COMMENT);
    const comments: Comment[] = [];
    while (walker.nextNode()) comments.push(walker.currentNode as Comment);
    for (const comment of comments) comment.remove();
    return copy.innerHTML;
  });

const newest = (person: Person): Locator => person.messages.last().locator(".text");

const ALL = [
  "# Plan for *today*",
  "**bold**, *italic*, ~~gone~~, `code` and ||a **secret**||",
  "",
  "> quoted",
  "> > deeper",
  "",
  "- one",
  "  1. first",
  "  2. second",
  "- two",
  "",
  "| tea | cups |",
  "|:----|-----:|",
  "| green | 2 |",
  "",
  "```rust",
  "fn main() {",
  "    println!(\"*as it is*\");",
  "}",
  "```",
  "see https://example.com/a_(b), or [here](https://example.com/here).",
].join("\n");

test("a message has its form at once, for others, and after a reload", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  await john.write(ALL);
  await john.hasDelivered("Plan for");
  await bill.sees("Plan for");
  const live = await shape(newest(john));
  expect(await shape(newest(bill))).toBe(live);

  const text = newest(bill);
  await expect(text.locator(".heading")).toHaveText("Plan for today");
  await expect(text.locator("p > strong").first()).toHaveText("bold");
  await expect(text.locator("p > em")).toHaveText("italic");
  await expect(text.locator("p > s")).toHaveText("gone");
  await expect(text.locator("p > code")).toHaveText("code");
  await expect(text.locator("blockquote > blockquote")).toHaveText("deeper");
  await expect(text.locator("ul > li > ol > li")).toHaveText(["first", "second"]);
  await expect(text.locator("tbody td")).toHaveText(["green", "2"]);
  expect(await text.locator("pre").textContent()).toBe('fn main() {\n    println!("*as it is*");\n}');
  const links = text.getByRole("link");
  await expect(links.nth(0)).toHaveAttribute("href", "https://example.com/a_(b)");
  await expect(links.nth(1)).toHaveAttribute("href", "https://example.com/here");
  for (const link of await links.all()) {
    await expect(link).toHaveAttribute("rel", "noopener noreferrer nofollow");
    await expect(link).toHaveAttribute("target", "_blank");
  }

  // As the server draws it, and as the browser takes that over.
  await bill.page.reload();
  await bill.isLive();
  expect(await shape(newest(bill))).toBe(live);
});

test("what looks like marks and is none stays as it was typed", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  for (const text of ["2*3*4 and snake_case_name", "if (a || b) || c", ">_> 5 > 3", "\\*plain\\*"]) {
    await john.write(text);
    await expect(newest(john)).toHaveText(text.replaceAll("\\", ""));
    await expect(newest(john).locator("*")).toHaveCount(0);
  }
  await john.write("javascript:alert(1) [x](javascript:alert(1))");
  await expect(newest(john)).toHaveText("javascript:alert(1) [x](javascript:alert(1))");
  await expect(newest(john).locator("a")).toHaveCount(0);
});

test("a spoiler opens by a press or a key, is not read out before, and works without a script", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.write("the murderer is ||the butler||");
  await john.hasDelivered("the murderer");
  const hidden = newest(john).getByText("the butler");
  const box = newest(john).getByRole("checkbox", { name: "Show spoiler" });
  await expect(hidden).toBeHidden();
  await expect(newest(john)).toMatchAriaSnapshot(`
    - text: the murderer is
    - checkbox "Show spoiler"
  `);
  await newest(john).locator(".spoiler").click();
  await expect(hidden).toBeVisible();
  await box.focus();
  await john.page.keyboard.press("Space");
  await expect(hidden).toBeHidden();

  const still = await meet({ javaScriptEnabled: false, storageState: await john.page.context().storageState() });
  await still.page.goto(john.page.url());
  await expect(newest(still).getByText("the butler")).toBeHidden();
  await newest(still).locator(".spoiler").click();
  await expect(newest(still).getByText("the butler")).toBeVisible();
});

test("code is copied by its button", async ({ meet }) => {
  const john = await meet({ permissions: ["clipboard-read", "clipboard-write"] });
  await john.signIn("john");
  await john.write("```\nlet a = 1;\n\n    b();\n```");
  await john.hasDelivered("let a = 1;");
  await newest(john).locator(".code").hover();
  await newest(john).getByRole("button", { name: "Copy code" }).click();
  await expect(newest(john).getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await john.page.evaluate(() => navigator.clipboard.readText())).toBe("let a = 1;\n\n    b();");
  await expect(newest(john).getByRole("button", { name: "Copy code" })).toBeVisible();
});

test("a few emoji alone are large, and have no bubble", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  const size = () => newest(john).evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
  await john.write("words 🎉");
  await john.sees("words 🎉");
  const small = await size();
  await john.write("🎉👍🏽");
  await john.sees("🎉👍🏽");
  await expect.poll(size).toBeGreaterThan(small * 1.8);
});

test("keys mark what is selected, and take the marks away", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  const field = john.composer;
  const select = (from: number, to: number) =>
    field.evaluate((it, [from, to]) => (it as HTMLTextAreaElement).setSelectionRange(from, to), [from, to]);
  await field.fill("one two three");
  await select(4, 7);
  await field.press("ControlOrMeta+b");
  await expect(field).toHaveValue("one **two** three");
  await field.press("ControlOrMeta+i");
  await expect(field).toHaveValue("one ***two*** three");
  await field.press("ControlOrMeta+b");
  await expect(field).toHaveValue("one *two* three");
  await field.press("ControlOrMeta+i");
  await expect(field).toHaveValue("one two three");
  await field.press("ControlOrMeta+e");
  await expect(field).toHaveValue("one `two` three");
  await field.press("ControlOrMeta+z");
  await expect(field).toHaveValue("one two three");
  await select(4, 7);
  await field.press("ControlOrMeta+Shift+x");
  await expect(field).toHaveValue("one ~~two~~ three");
  await field.press("Enter");
  await expect(newest(john).locator("s")).toHaveText("two");
});

test("code is in the colours of its language, at once, for others and after a reload", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet()];
  await john.signIn("john");
  await bill.signIn("bill");
  const code = "// Why\nlet name = \"a <b> & c\";";
  await john.write(`\`\`\`rust\n${code}\n\`\`\`\n`);
  const isInColours = async (person: Person) => {
    const block = newest(person).locator("pre code");
    await expect(block).toHaveText(code);
    await expect(block.locator(".code-comment")).toHaveText("// Why");
    await expect(block.locator(".code-keyword")).toHaveText("let");
    await expect(block.locator(".code-text")).toHaveText("\"a <b> & c\"");
  };
  await isInColours(john);
  await isInColours(bill);
  await bill.page.reload();
  await isInColours(bill);
  await john.write("```klingon\nlet it be\n```\n");
  await expect(newest(bill).locator("pre code")).toHaveText("let it be");
  await expect(newest(bill).locator("pre span")).toHaveCount(0);
});

test("enter begins a line in code that is not closed, and sends what is", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.composer.pressSequentially("```js");
  await john.composer.press("Enter");
  await john.composer.pressSequentially("a();");
  await john.composer.press("Enter");
  await john.composer.pressSequentially("```");
  await expect(john.composer).toHaveValue("```js\na();\n```");
  await john.composer.press("Enter");
  await expect(john.composer).toHaveValue("");
  await expect(newest(john).locator("pre code")).toHaveText("a();");
  await expect(newest(john).locator("pre code")).toHaveAttribute("data-language", "js");

  await john.composer.pressSequentially("```not closed");
  await john.composer.press("Control+Enter");
  await expect(john.composer).toHaveValue("");
});

test("nothing that is wide widens the page, on a phone either", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await john.page.setViewportSize({ width: 360, height: 740 });
  const wide = "wide".repeat(60);
  const cells = Array.from({ length: 12 }, (_, n) => `column${n}`);
  const table = `${cells.join("|")}\n${cells.map(() => "-").join("|")}\n${cells.join("|")}`;
  for (const text of [
    `\`\`\`\n${wide}\n\`\`\``,
    table,
    `> ${wide}`,
    `- ${wide}\n  - ${wide}`,
    `https://example.com/${wide}`,
    `||${wide}||`,
    `\`${wide}\``,
    `# ${wide}`,
  ]) {
    await john.write(text);
  }
  await expect(newest(john).locator(".heading")).toBeVisible();
  await john.hasDelivered(wide);
  const over = await john.page.evaluate(() => {
    const log = document.querySelector("[role=log]")!;
    return [document.documentElement, log].map((box) => box.scrollWidth - box.clientWidth);
  });
  expect(over).toEqual([0, 0]);
  // And what was cut off would be a loss: nothing but code and tables reaches out of its bubble.
  const cut = await john.page.evaluate(() =>
    [...document.querySelectorAll(".text")]
      .filter((text) => text.scrollWidth > text.clientWidth + 1)
      .map((text) => text.textContent!.slice(0, 20)),
  );
  expect(cut).toEqual([]);
  const code = john.messages.locator("pre").first();
  expect(await code.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
});

test("a link to a place here stays here", async ({ meet, server }) => {
  const john = await meet();
  await john.signIn("john");
  const there = john.page.url();
  await john.write(`[the list](${server.url}/browse)`);
  await john.hasDelivered("the list");
  await newest(john).getByRole("link").click();
  await expect(john.page).toHaveURL(`${server.url}/browse`);
  expect(john.page.context().pages()).toHaveLength(1);
  await john.page.goBack();
  await expect(john.page).toHaveURL(there);
  await john.sees("the list");
});

test("until what knows the marks is there, a message is shown as it was typed", async ({ meet }) => {
  const john = await meet({ networkMayFail: true });
  await john.signIn("john");
  await john.write("**before**");
  await expect(newest(john).locator("strong")).toHaveText("before");
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  await john.page.context().route(/part_soon\.bin/, async (route) => {
    // It is asked for again if it does not come.
    if (asked++ === 0) return route.abort();
    await held;
    await route.continue();
  });
  await john.page.reload();
  const early = john.page.locator(".early");
  await expect(early.getByRole("heading", { level: 1 })).toHaveText("First thread");
  await expect(john.page.locator("#page[data-live] #sidebar[data-live]")).toBeAttached();
  await expect(john.page.getByRole("button", { name: "Send" })).toBeDisabled();
  // What the server has drawn needs nothing.
  await expect(newest(john).locator("strong")).toHaveText("before");
  await john.write("**after**");
  await john.hasDelivered("after");
  await expect(newest(john)).toHaveText("**after**");
  // What stands above the thread works as the server has drawn it; what it leads to waits for the same.
  await early.getByRole("link", { name: "People" }).click();
  release();
  await expect(john.page.getByRole("complementary", { name: "People" })).toBeVisible();
  await expect(early).toHaveCount(0);
  await expect(john.page.getByRole("link", { name: "People", exact: true })).toHaveAttribute("aria-expanded", "true");
  await expect(newest(john)).toHaveText("after");
  await expect(newest(john).locator("strong")).toHaveText("after");
});
