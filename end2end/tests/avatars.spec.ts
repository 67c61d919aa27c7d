// Pictures of people: chosen, cut, seen at once by others and on other devices, and taken away again.
import { expect, Person, test } from "../support/people";

/** A picture that is red on the left and blue on the right, as a browser makes it. */
async function halves(person: Person, width: number, height: number): Promise<Buffer> {
  const address = await person.page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d")!;
      context.fillStyle = "rgb(240, 0, 0)";
      context.fillRect(0, 0, width, height);
      context.fillStyle = "rgb(0, 0, 240)";
      context.fillRect(width / 2, 0, width, height);
      return canvas.toDataURL("image/png");
    },
    [width, height],
  );
  return Buffer.from(address.split(",")[1], "base64");
}

const RED = /^2\d\d,\d{1,2},\d{1,2}$/;
const BLUE = /^\d{1,2},\d{1,2},2\d\d$/;

/** The colour in the middle of the first picture of somebody there, as it has come; empty if none has. */
async function colour(person: Person, where: string): Promise<string> {
  return person.page.evaluate((where) => {
    const image = document.querySelector<HTMLImageElement>(`${where} .avatar img`);
    if (!image?.complete || !image.naturalWidth) return "";
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const context = canvas.getContext("2d")!;
    const side = image.naturalWidth;
    context.drawImage(image, side / 2, side / 2, 1, 1, 0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data.slice(0, 3).join(",");
  }, where);
}

const stage = (person: Person) => person.page.getByRole("group", { name: "The part of the picture that is shown" });

async function toProfile(person: Person): Promise<void> {
  await person.page.getByRole("link", { name: "Settings", exact: true }).click();
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveText("Profile");
}

async function choose(person: Person, buffer: Buffer, mimeType = "image/png"): Promise<void> {
  await person.page.getByLabel("Choose a picture").setInputFiles({ name: "me.png", mimeType, buffer });
}

test("a picture is cut, and seen by everybody at once, also beside what was written before", async ({ meet }) => {
  const [john, phone, bill] = [await meet(), await meet(), await meet()];
  await john.signIn("john");
  await phone.signIn("john");
  await bill.signIn("bill");
  await john.write("who am I?");
  await bill.sees("who am I?");
  const message = bill.messages.filter({ hasText: "who am I?" });
  await bill.page.getByRole("link", { name: "People" }).click();
  await expect(bill.page.getByRole("complementary", { name: "People" })).toContainText("@john");
  const before = (await message.boundingBox())!;

  await toProfile(john);
  await choose(john, await halves(john, 800, 400));
  await expect(stage(john)).toBeFocused();
  // The square in the middle is half red and half blue; to the left it is red only.
  for (let press = 0; press < 12; press++) await john.page.keyboard.press("ArrowRight");
  const seen = stage(john).locator("svg");
  await expect(seen).toHaveAttribute("viewBox", "0 0 400 400");
  await john.page.keyboard.press("+");
  await john.page.keyboard.press("+");
  await expect(seen).not.toHaveAttribute("viewBox", "0 0 400 400");
  // Nobody has seen any of it yet.
  expect(await bill.page.locator(".avatar img").count()).toBe(0);
  await john.page.getByRole("button", { name: "Use this picture" }).click();
  await expect(john.page.getByRole("status").filter({ hasText: "Saved." })).toBeFocused();
  await expect(stage(john)).toBeHidden();

  await expect.poll(() => colour(john, ".portrait")).toMatch(RED);
  await expect.poll(() => colour(john, ".account")).toMatch(RED);
  await expect.poll(() => colour(phone, ".account")).toMatch(RED);
  await expect.poll(() => colour(bill, ".message:last-of-type")).toMatch(RED);
  await expect(bill.page.locator(".avatar img").first()).toHaveAttribute("alt", "");
  const after = (await message.boundingBox())!;
  expect(after.height).toBe(before.height);
  await expect.poll(() => colour(bill, '.person:has(a[href="/people/john"])')).toMatch(RED);

  // Another one, by dragging and with the wheel; it replaces the first everywhere.
  await choose(john, await halves(john, 800, 400));
  const box = (await stage(john).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await john.page.mouse.move(x, y);
  await john.page.mouse.down();
  await john.page.mouse.move(x - box.width, y, { steps: 4 });
  await john.page.mouse.up();
  await expect(seen).toHaveAttribute("viewBox", "400 0 400 400");
  await john.page.mouse.move(x, y);
  await john.page.mouse.wheel(0, -200);
  await expect(john.page.getByLabel("Size")).not.toHaveValue("100");
  await john.page.getByRole("button", { name: "Use this picture" }).click();
  await expect.poll(() => colour(bill, ".message:last-of-type")).toMatch(BLUE);
  await expect.poll(() => colour(phone, ".account")).toMatch(BLUE);

  // Taken away on the other device: initials again, everywhere.
  await toProfile(phone);
  await phone.page.getByRole("button", { name: "Remove the picture" }).click();
  await expect(phone.page.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();
  await expect(bill.page.locator(".avatar img")).toHaveCount(0);
  await expect(john.page.locator(".avatar img")).toHaveCount(0);
  await expect(john.page.getByRole("button", { name: "Remove the picture" })).toHaveCount(0);
});

test("what is no picture is refused in words, before and by the server, and nothing changes", async ({ meet }) => {
  const john = await meet({ networkMayFail: true });
  await john.signIn("john");
  await toProfile(john);
  const trouble = john.page.getByRole("alert").filter({ hasText: /\S/ });
  await choose(john, Buffer.from("only words"));
  await expect(trouble).toContainText("That is no picture that can be shown here.");
  await expect(stage(john)).toHaveCount(0);
  // A drawing that a browser shows, and the server does not take.
  const svg = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><rect width='90' height='90'/></svg>";
  await choose(john, Buffer.from(svg), "image/svg+xml");
  await expect(stage(john)).toBeVisible();
  await john.page.getByRole("button", { name: "Use this picture" }).click();
  await expect(trouble).toContainText("That is no picture that can be shown here.");
  await john.page.getByRole("button", { name: "Cancel" }).click();
  await expect(stage(john)).toHaveCount(0);
  await expect(john.page.locator(".avatar img")).toHaveCount(0);
});

test("a picture is dropped or pasted on the profile", async ({ meet }) => {
  const john = await meet();
  await john.signIn("john");
  await toProfile(john);
  const picture = (await halves(john, 40, 40)).toString("base64");
  for (const kind of ["paste", "drop"]) {
    await john.page.evaluate(
      ([kind, picture]) => {
        const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "me.png", { type: "image/png" }));
        const options = { bubbles: true, cancelable: true };
        const event =
          kind === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: data })
            : new DragEvent("drop", { ...options, dataTransfer: data });
        document.querySelector(".portrait")!.dispatchEvent(event);
      },
      [kind, picture],
    );
    await expect(stage(john)).toBeFocused();
    await john.page.getByRole("button", { name: "Cancel" }).click();
    await expect(stage(john)).toHaveCount(0);
    await expect(john.page.getByLabel("Choose a picture")).toBeFocused();
  }
});

test("without JavaScript a plain form shows the middle of a picture", async ({ meet, server }) => {
  const [john, bill] = [await meet({ javaScriptEnabled: false, networkMayFail: true }), await meet()];
  await bill.signIn("bill");
  await john.page.goto(`${server.url}/login`);
  await john.page.getByLabel("Username").fill("john");
  await john.page.getByLabel("Password").fill("secret");
  await john.page.getByRole("button", { name: "Sign in" }).click();
  await john.page.goto(`${server.url}/settings`);
  await choose(john, Buffer.from("only words"));
  await john.page.getByRole("button", { name: "Show it" }).click();
  await expect(john.page.getByText("That is no picture that can be shown here.")).toBeVisible();
  await choose(john, await halves(bill, 400, 100));
  await john.page.getByRole("button", { name: "Show it" }).click();
  await expect(john.page).toHaveURL(`${server.url}/settings?saved=1`);
  await expect(john.page.locator(".account .avatar img")).toHaveCount(1);
  await john.page.getByRole("button", { name: "Remove the picture" }).click();
  await expect(john.page.locator(".avatar img")).toHaveCount(0);
});
