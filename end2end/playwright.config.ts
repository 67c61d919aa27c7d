// Real browsers against the real release build; each test has a server of its own. Playwright drives
// Chromium; for Firefox and WebKit it only runs the tests (see `browsers`).
import { defineConfig } from "@playwright/test";
import type { Engine } from "./browsers/engines";

export default defineConfig<object, { engine: Engine }>({
  projects: [
    { name: "chromium", testDir: "./tests" },
    { name: "firefox", testDir: "./browsers", use: { engine: "firefox" } },
    { name: "webkit", testDir: "./browsers", use: { engine: "webkit" } },
  ],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  // Real browsers on a busy machine: what fails once and then passes is listed as flaky.
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"]],
  use: {
    video: "off",
    trace: "off",
    screenshot: "off",
    locale: "en-GB",
    launchOptions: {
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
