// Files in messages: chosen, pasted and dropped, seen by others, opened, and taken away again.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, Person, test } from "../support/people";

/** A picture of that size, as a browser makes it. */
async function picture(person: Person, width: number, height: number): Promise<Buffer> {
  const address = await person.page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d")!;
      const colours = context.createLinearGradient(0, 0, width, height);
      colours.addColorStop(0, "tomato");
      colours.addColorStop(1, "royalblue");
      context.fillStyle = colours;
      context.fillRect(0, 0, width, height);
      return canvas.toDataURL("image/png");
    },
    [width, height],
  );
  return Buffer.from(address.split(",")[1], "base64");
}

/** Gives the page files as if they were pasted or dropped. */
async function bring(person: Person, kind: "paste" | "drop", name: string, text: string): Promise<void> {
  await person.page.evaluate(
    ([kind, name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      const target = document.getElementById("composer-field")!;
      const options = { bubbles: true, cancelable: true };
      const event =
        kind === "paste"
          ? new ClipboardEvent("paste", { ...options, clipboardData: data })
          : new DragEvent("drop", { ...options, dataTransfer: data });
      target.dispatchEvent(event);
    },
    [kind, name, text],
  );
}

const chosen = (person: Person) => person.page.getByRole("list", { name: "Files" }).getByRole("listitem");

test("pictures and files are sent, seen at once by others, opened, and gone with their message", async ({ meet }) => {
  const [john, bill] = [await meet(), await meet({ networkMayFail: true })];
  await john.signIn("john");
  await bill.signIn("bill");
  const files = [
    { name: "sunset.png", mimeType: "image/png", buffer: await picture(john, 1600, 800) },
    { name: "square.png", mimeType: "image/png", buffer: await picture(john, 300, 300) },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("remember the milk") },
  ];
  await john.page.locator("#attach").setInputFiles(files);
  await expect(chosen(john)).toHaveCount(3);
  await john.composer.fill("from the **beach**");
  await expect(john.page.getByRole("button", { name: "Send" })).toBeEnabled();
  await john.composer.press("Enter");
  await expect(chosen(john)).toHaveCount(0);
  const message = bill.messages.filter({ hasText: "from the beach" });
  await expect(message.locator("a.picture")).toHaveCount(2);
  // Its place was there before the picture: two to one, as it is.
  const box = (await message.locator("a.picture").first().boundingBox())!;
  expect(Math.round((10 * box.width) / box.height)).toBe(20);
  const image = message.getByRole("img", { name: "sunset.png" });
  await expect.poll(() => image.evaluate((it: HTMLImageElement) => it.naturalWidth)).toBe(960);
  // At its full size, and on to the next by keys.
  await image.click();
  const gallery = bill.page.getByRole("dialog", { name: "Picture" });
  const large = gallery.getByRole("img");
  await expect.poll(() => large.evaluate((it: HTMLImageElement) => it.naturalWidth)).toBe(1600);
  await bill.page.keyboard.press("ArrowRight");
  await expect(gallery.getByRole("img", { name: "square.png" })).toBeVisible();
  await bill.page.keyboard.press("Escape");
  await expect(gallery).toBeHidden();
  const [download] = await Promise.all([
    bill.page.waitForEvent("download"),
    message.getByRole("link", { name: "notes.txt" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("notes.txt");
  // A page that is loaded again shows the same.
  await bill.page.reload();
  await bill.isLive();
  await expect(message.locator("a.picture")).toHaveCount(2);
  const address = await message.getByRole("link", { name: "notes.txt" }).getAttribute("href");
  await john.messages.filter({ hasText: "from the beach" }).hover();
  await john.messages.filter({ hasText: "from the beach" }).getByRole("button", { name: "More" }).click();
  await john.page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await expect(bill.messages.last()).toContainText("This message was deleted.");
  expect((await bill.page.request.get(bill.server.url + address)).status()).toBe(404);
});

test("what is pasted or dropped is taken along, also without words, and survives a reload", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await bring(john, "paste", "pasted.txt", "one");
  await expect(chosen(john)).toContainText(["pasted.txt"]);
  await bring(john, "drop", "dropped.txt", "two");
  await expect(chosen(john)).toContainText(["pasted.txt", "dropped.txt"]);
  await expect(john.page.getByRole("button", { name: "Send" })).toBeEnabled();
  await john.page.reload();
  await expect(chosen(john)).toContainText(["pasted.txt", "dropped.txt"]);
  await chosen(john).first().getByRole("button", { name: "Remove pasted.txt" }).click();
  await expect(chosen(john)).toHaveCount(1);
  await john.page.getByRole("button", { name: "Send" }).click();
  await expect(john.messages.last().getByRole("link", { name: "dropped.txt" })).toBeVisible();
  await expect(john.messages.last()).not.toHaveClass(/pending/);
  await expect(chosen(john)).toHaveCount(0);
});

test.describe("where files are small", () => {
  const file = join(mkdtempSync(join(tmpdir(), "hubbub-")), "small.toml");
  writeFileSync(file, "[files]\nmax-mib = 1\n");
  test.use({ settings: { HUBBUB_CONFIG: file } });

  test("what is too large is said before anything is sent, and what fails can be tried again", async ({ meet }) => {
    const john = await meet({ networkMayFail: true });
    await john.signIn("john");
    const large = { name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(1024 * 1024 + 1) };
    await john.page.locator("#attach").setInputFiles(large);
    await expect(john.page.getByText("film.mp4 is too large: a file may have 1 MB.")).toBeVisible();
    await expect(chosen(john)).toHaveCount(0);
    await john.page.route("**/upload?*", (route) => route.abort());
    await bring(john, "paste", "a.txt", "x");
    await expect(chosen(john)).toContainText("cannot be reached");
    await john.composer.fill("not yet");
    await expect(john.page.getByRole("button", { name: "Send" })).toBeDisabled();
    await john.page.unroute("**/upload?*");
    await chosen(john).getByRole("button", { name: "Try again" }).click();
    await john.page.getByRole("button", { name: "Send" }).click();
    await expect(john.messages.last().getByRole("link", { name: "a.txt" })).toBeVisible();
  });
});
