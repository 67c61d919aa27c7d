// People with browsers: each has a context of their own, and no console may complain.
import { setTimeout } from "node:timers/promises";
import { Browser, BrowserContextOptions, expect, Locator, Page, test as base } from "@playwright/test";
import { Server } from "./server";

// A server that is gone, or a network that is off, is written into the console by the browser
// itself. Tests that cause that say so; nothing else is ever allowed.
const NETWORK = /net::ERR_|WebSocket connection to .* failed|Failed to fetch|the server responded with a status of 4(01|04|22)/;

export class Person {
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    readonly server: Server,
    private networkMayFail: boolean,
  ) {
    page.on("console", (message) => {
      const isLoud = message.type() === "error" || message.type() === "warning";
      if (isLoud && !(this.networkMayFail && NETWORK.test(message.text()))) {
        this.complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    // A page with unsent text asks before it is left.
    page.on("dialog", (dialog) => dialog.accept());
    page.on("pageerror", (error) => {
      if (!(this.networkMayFail && NETWORK.test(String(error)))) this.complaints.push(String(error));
    });
  }

  async signIn(username: string): Promise<void> {
    await this.page.goto(`${this.server.url}/login`);
    await this.isTakenOver();
    await this.page.getByLabel("Username").fill(username);
    await this.page.getByLabel("Password").fill("secret");
    await this.page.getByRole("button", { name: "Sign in" }).click();
    // Where there is room, the newest thread opens beside the list.
    await this.page.waitForURL(/\/t\/\d+$/);
    await this.isLive();
  }

  /** Waits until the script has taken the page over, whatever the page is. */
  async isTakenOver(): Promise<void> {
    await expect(this.page.locator("#page[data-live]:not(:has(#sidebar:not([data-live]), .early))")).toBeAttached();
  }

  /** The same for a thread. */
  async isLive(): Promise<void> {
    await this.isTakenOver();
    await expect(this.page.getByRole("button", { name: "Send" })).toBeDisabled();
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get messages(): Locator {
    return this.page.getByRole("article");
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The texts on the screen, oldest first. */
  async texts(): Promise<string[]> {
    return this.messages.locator(".text").allTextContents();
  }

  async sees(text: string): Promise<void> {
    await expect(this.messages.filter({ hasText: text }).last()).toBeVisible();
  }

  /** The number of the thread that is open. */
  get thread(): number {
    return Number(/\/t\/(\d+)/.exec(this.page.url())![1]);
  }

  /** The message has arrived: it is no longer on its way. */
  async hasDelivered(text: string): Promise<void> {
    await expect(this.messages.filter({ hasText: text }).last()).not.toHaveClass(/pending/);
  }
}

type Options = BrowserContextOptions & { networkMayFail?: boolean };
type Meet = (options?: Options) => Promise<Person>;

/** Each test gets a server of its own, and `meet` for as many people as it needs. */
export const test = base.extend<{ meet: Meet; server: Server; settings: Record<string, string>; isNew: boolean }>({
  settings: [{}, { option: true }],
  isNew: [false, { option: true }],
  server: async ({ settings, isNew }, use) => {
    const server = await Server.start(settings, isNew);
    await use(server);
    await server.stop();
  },
  meet: async ({ browser, server }, use) => {
    const people: Person[] = [];
    await use(async ({ networkMayFail = false, ...options } = {}) => {
      const context = await (browser as Browser).newContext(options);
      const person = new Person(await context.newPage(), server, networkMayFail);
      people.push(person);
      return person;
    });
    for (const person of people) {
      expect(person.complaints, "the console is silent").toEqual([]);
      // Now and then Chromium does not say that it has closed one; by then all is judged.
      await Promise.race([person.page.context().close(), setTimeout(10_000)]);
    }
  },
});

export { expect };
