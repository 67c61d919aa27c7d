// Firefox and WebKit as the distribution has them, each person's in a process of its own and driven
// by WebDriver, in a time zone and a language of their own.
import { ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Builder, Capabilities, WebDriver } from "selenium-webdriver";
import LogInspector from "selenium-webdriver/bidi/logInspector.js";
import { freePort } from "../support/server";

export type Engine = "firefox" | "webkit";

export interface Reader {
  zone: string;
  language: string;
  /** Whether the scripts of pages run. */
  scripts: boolean;
}

export class Browser {
  /** What the console was told that it should not have been. */
  readonly complaints: string[] = [];
  private driving?: WebDriver;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async open(engine: Engine, reader: Reader, display: string): Promise<Browser> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "hubbub-browser-"));
    const [program, words] = engine === "firefox" ? geckodriver(port) : webkitDriver(port);
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: "C.UTF-8",
      TZ: reader.zone,
      DISPLAY: display,
      // There is nobody on the bus to ask.
      NO_AT_BRIDGE: "1",
    };
    const child = spawn(program, words, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    const browser = new Browser(child, folder);
    try {
      const failed = new Promise<never>((_, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => reject(new Error(`${program} ended: ${code}`)));
      });
      failed.catch(() => {});
      createInterface(child.stderr!).on("line", (line) => {
        if (engine === "webkit" && /\bCONSOLE .*?(ERROR|WARN)\b/.test(line)) browser.complaints.push(line);
      });
      await Promise.race([failed, answers(`http://127.0.0.1:${port}/status`)]);
      const building = new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities(engine === "firefox" ? firefox(reader) : webkit(reader, folder))
        .build();
      browser.driving = building;
      await Promise.race([failed, building.getSession()]);
      if (engine === "firefox") await browser.listen();
      if (reader.scripts) await browser.provesThatItListens();
    } catch (error) {
      await browser.close();
      throw error;
    }
    return browser;
  }

  get driver(): WebDriver {
    return this.driving!;
  }

  /** Ends it. Everything that its console was told is known then. */
  async close(): Promise<void> {
    const isOver = new Promise((resolve) => this.process.once("close", resolve));
    const isRunning = this.process.exitCode === null && this.process.signalCode === null;
    await this.driving?.quit().catch(() => {});
    this.process.kill();
    if (isRunning) await isOver;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listen(): Promise<void> {
    const inspector = await LogInspector(this.driver);
    await inspector.onLog((entry: { level: string; text: string }) => {
      if (/error|warn/.test(entry.level)) this.complaints.push(`${entry.level}: ${entry.text}`);
    });
  }

  /** A console that nobody listens to would be silent too. */
  private async provesThatItListens(): Promise<void> {
    // Numbers that are not in the address, which may be told too.
    await this.driver.get("data:text/html,<script>console.warn(40+2);setTimeout(()=>{throw 40+3})</script>");
    await this.driver.wait(() => /\b42\b.*\n.*\b43\b/.test(this.complaints.join("\n")), 10_000, "a console that tells");
    this.complaints.length = 0;
  }
}

function geckodriver(port: number): [string, string[]] {
  return [process.env.GECKODRIVER || "geckodriver", [`--port=${port}`, "--websocket-port=0", "--log=fatal"]];
}

function firefox(reader: Reader): Capabilities {
  return new Capabilities({
    browserName: "firefox",
    webSocketUrl: true,
    // A page with unsent text asks before it is left.
    unhandledPromptBehavior: "accept",
    "moz:firefoxOptions": {
      binary: process.env.FIREFOX || "/usr/bin/firefox-esr",
      args: ["-headless"],
      prefs: {
        "intl.locale.requested": reader.language.split("-")[0],
        "intl.accept_languages": reader.language,
        "javascript.enabled": reader.scripts,
      },
    },
  });
}

function webkitDriver(port: number): [string, string[]] {
  // Line by line, or what the console is told would be lost in the end.
  return ["stdbuf", ["-oL", "WebKitWebDriver", `--port=${port}`]];
}

function webkit(reader: Reader, folder: string): Capabilities {
  return new Capabilities({
    browserName: "webkit",
    unhandledPromptBehavior: "accept",
    "webkitgtk:browserOptions": {
      binary: join(import.meta.dirname, "webkit.py"),
      args: [folder, reader.language, ...(reader.scripts ? [] : ["plain"])],
    },
  });
}

async function answers(url: string): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A screen that nobody looks at, for windows that insist on one. */
export class Screen {
  private constructor(
    private readonly process: ChildProcess,
    readonly display: string,
  ) {}

  static async start(): Promise<Screen> {
    const words = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
    const child = spawn("Xvfb", words, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const number = await new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Xvfb ended: ${code}`)));
      createInterface(child.stdio[3] as NodeJS.ReadableStream).once("line", resolve);
    });
    return new Screen(child, `:${number}`);
  }

  stop(): void {
    this.process.kill();
  }
}
