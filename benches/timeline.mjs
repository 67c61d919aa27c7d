// How a thread with a long history behind it feels, in headless Chromium: from key to paint, frames
// while scrolling, rows in the document, and how far anything jumped.
//
//   node benches/timeline.mjs BINARY [MESSAGES]
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(new URL("../end2end/package.json", import.meta.url));
const { chromium } = require("@playwright/test");

const [binary, wanted = "2000"] = process.argv.slice(2);
const messages = Number(wanted);
const folder = mkdtempSync(join(tmpdir(), "hubbub-bench-"));
const url = `http://127.0.0.1:${await freePort()}`;
const env = { PATH: process.env.PATH, HUBBUB_DATA_DIR: folder, LEPTOS_SITE_ADDR: url.slice(7) };

const p95 = (values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)];

execFileSync(binary, ["seed", "--messages", String(messages + 50)], { env });
const server = spawn(binary, ["serve"], { env: { ...env, RUST_LOG: "warn" }, stdio: "inherit" });
let browser;
try {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await new Promise((r) => setTimeout(r, 50));
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${url}/login`);
  await page.getByLabel("Username").fill("john");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/t\/\d+/);
  await page.goto(`${url}/t/1`);
  await page.getByRole("article").last().waitFor();
  await page.waitForFunction(() => document.querySelector("button[type=submit]:disabled"));
  await page.evaluate(watch);

  // Up through all of it, as with a wheel.
  const scrolled = await page.evaluate(async (goal) => {
    const box = document.querySelector("[role=log]");
    const seen = new Set();
    const frames = [];
    let rows = 0;
    let last = performance.now();
    const end = last + 120_000;
    while (seen.size < goal && performance.now() < end) {
      box.scrollBy(0, -400);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      frames.push(now - last);
      last = now;
      const articles = box.querySelectorAll("article");
      rows = Math.max(rows, articles.length);
      for (const article of articles) seen.add(article.id);
    }
    return { frames, rows, seen: seen.size };
  }, messages);
  // What one reads must not move but by one's own hand.
  const shift = await page.evaluate(() => window.shifted);

  const keys = async () => {
    const times = [];
    await page.getByRole("textbox", { name: "Message" }).focus();
    for (let n = 0; n < 120; n++) {
      await page.keyboard.press("abcdefghij"[n % 10]);
      await page.waitForTimeout(30);
    }
    times.push(...(await page.evaluate(() => window.painted.splice(0))));
    return times;
  };
  const further_up = p95(await keys());
  await page.getByRole("log").press("End");
  await page.getByRole("button", { name: /newest|new message/ }).waitFor({ state: "hidden" });
  const at_end = p95(await keys());
  const rows = await page.getByRole("article").count();
  console.log(
    JSON.stringify({
      messages: scrolled.seen,
      rows_at_most: Math.max(rows, scrolled.rows),
      scroll_frame_p95_ms: round(p95(scrolled.frames)),
      key_to_paint_p95_ms: { further_up: round(further_up), at_end: round(at_end) },
      layout_shift: round(shift),
    }),
  );
} finally {
  await browser?.close();
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function round(value) {
  return Math.round(value * 10) / 10;
}

/** In the page: notes layout shifts, and for each key when the frame after it was painted. */
function watch() {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift" });
  window.painted = [];
  document.addEventListener(
    "keydown",
    (event) => {
      requestAnimationFrame(() => {
        // After the frame's work: a message is a task of its own, behind the painting.
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
        channel.port2.postMessage(0);
      });
    },
    { capture: true },
  );
}
