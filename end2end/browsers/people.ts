// People with Firefox or WebKit: each has a browser, a time zone and a language of their own, and no
// console may complain.
import { expect, test as base } from "@playwright/test";
import { By, Key, until, WebElement } from "selenium-webdriver";
import { Server } from "../support/server";
import { Browser, Engine, Reader, Screen } from "./engines";

const PATIENCE = 10_000;

// A server that is gone is written into the console by the browser itself, in its own language.
// Tests that cause that say so.
const NETWORK = /wss?:\/\/127\.0\.0\.1|WebSocket connection|Failed to load resource/;

// What browsers say of a key that they do not know, of a page that is kept for going back, and of a
// request that is given up because its page is left. (A script that did not come is noticed anyway.)
const HARMLESS = new RegExp(
  [
    '"interactive-widget" not recognized',
    "WebSocket is closed due to suspension",
    "Fetch API cannot load http://127\\.0\\.0\\.1:\\d+/\\S+ due to access control checks",
    "(Unhandled Promise Rejection:|__wasm_split\\.js:\\S+ CONSOLE ERROR) TypeError: Load failed",
    "TypeError: NetworkError when attempting to fetch resource",
    "AbortError: The operation was aborted",
  ].join("|"),
);

/** Half an hour beside everybody else, and counts hours to 24. */
export const ST_JOHNS = { zone: "America/St_Johns", language: "de-DE", scripts: true };
/** Three quarters of an hour beside everybody else, writes from the right, and counts hours to 12. */
export const CHATHAM = { zone: "Pacific/Chatham", language: "ar-EG", scripts: true };

/** A message on the screen. */
export interface Row {
  id: string;
  text: string;
  time: string;
  at: string;
  is: string[];
}

export class Person {
  constructor(
    private readonly browser: Browser,
    readonly server: Server,
    readonly reader: Reader,
  ) {}

  get driver() {
    return this.browser.driver;
  }

  get complaints(): string[] {
    return this.browser.complaints;
  }

  async open(path: string): Promise<void> {
    await this.driver.get(this.server.url + path);
  }

  /** Waits until the address is this one. */
  async isAt(path: string): Promise<void> {
    await expect.poll(() => this.driver.getCurrentUrl(), { timeout: PATIENCE }).toBe(this.server.url + path);
  }

  /** Runs a function in the page. */
  async run<Given extends unknown[], Answer>(script: (...given: Given) => Answer, ...given: Given): Promise<Answer> {
    return this.driver.executeScript(script, ...given);
  }

  async find(css: string): Promise<WebElement> {
    const element = await this.driver.wait(until.elementLocated(By.css(css)), PATIENCE, css);
    return this.driver.wait(until.elementIsVisible(element), PATIENCE, css);
  }

  async fill(css: string, text: string): Promise<void> {
    const field = await this.find(css);
    await field.clear();
    await field.sendKeys(text);
  }

  async click(css: string): Promise<void> {
    await (await this.find(css)).click();
  }

  /** Fills in a form for strangers: a form that the script takes over meanwhile would lose the password. */
  async fillIn(username: string, password: string): Promise<void> {
    if (this.reader.scripts) await this.driver.wait(until.elementLocated(By.css("#page[data-live]")), PATIENCE);
    await this.fill("[name=username]", username);
    await this.fill("[name=password]", password);
    await this.click("button[type=submit]");
  }

  async signIn(username: string): Promise<void> {
    await this.open("/login");
    await this.fillIn(username, "secret");
    await this.isAt("/t/1");
    await this.isLive();
  }

  /** Waits until the script has taken the page over. */
  async isLive(): Promise<void> {
    await this.find(".send:disabled");
  }

  async write(text: string): Promise<void> {
    await (await this.find("#composer-field")).sendKeys(text, Key.ENTER);
  }

  /** The messages on the screen, oldest first. */
  async rows(): Promise<Row[]> {
    return this.run(() =>
      [...document.querySelectorAll("article")].map((row) => ({
        id: row.id,
        text: row.querySelector(".text")!.textContent!,
        time: row.querySelector("time")!.textContent!,
        at: row.querySelector("time")!.dateTime,
        is: [...row.classList],
      })),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.rows()).map((row) => row.text);
  }

  /** Waits until the last messages are these, and have arrived. */
  async sees(...texts: string[]): Promise<void> {
    const last = async () =>
      (await this.rows()).slice(-texts.length).map((row) => (row.is.includes("pending") ? "…" : row.text));
    await expect.poll(last, { timeout: 20_000 }).toEqual(texts);
  }

  /** Waits for a text somewhere. */
  async reads(css: string, text: string | RegExp): Promise<void> {
    await expect.poll(() => this.textOf(css), { timeout: PATIENCE }).toMatch(text);
  }

  /** What is written there, nothing if that is not there. */
  async textOf(css: string): Promise<string> {
    return this.run((css) => [...document.querySelectorAll(css)].map((one) => one.textContent).join(" "), css);
  }
}

type Meet = (reader?: Partial<Reader> & { networkMayFail?: boolean }) => Promise<Person>;

/** Each test gets a server of its own, and `meet` for as many people as it needs. */
export const test = base.extend<
  { server: Server; meet: Meet },
  { engine: Engine; display: string }
>({
  engine: ["firefox", { option: true, scope: "worker" }],
  display: [
    async ({}, use) => {
      const screen = await Screen.start();
      await use(screen.display);
      screen.stop();
    },
    { scope: "worker" },
  ],
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  meet: async ({ engine, display, server }, use) => {
    const meetings: Promise<[Browser, boolean]>[] = [];
    await use(async ({ networkMayFail = false, ...given } = {}) => {
      const reader = { ...ST_JOHNS, ...given };
      const opening = Browser.open(engine, reader, display);
      meetings.push(opening.then((browser) => [browser, networkMayFail]));
      return new Person(await opening, server, reader);
    });
    const met = (await Promise.allSettled(meetings)).flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    await Promise.all(met.map(([browser]) => browser.close()));
    for (const [{ complaints }, networkMayFail] of met) {
      const isAllowed = (text: string) => HARMLESS.test(text) || (networkMayFail && NETWORK.test(text));
      const loud = complaints.filter((complaint) => !isAllowed(complaint));
      expect(loud, "the console is silent").toEqual([]);
    }
  },
});

export { expect };
