// What it costs to be one of several servers, and how soon the others hear.
//
//   scripts/postgres.sh node benches/several.mjs BINARY
//
// NATS_SERVER says where the bus is (`scripts/env.sh`). Three arrangements, one after the other on the
// same database: one server, one server with a bus, two servers with a bus. Writers post as fast as they
// are answered; counted are posts, and the processor's time that the servers took for them, which other
// work on the machine disturbs less. Then one posts on the first server fifty times a second, and it is
// taken how long a post takes to a reader there and to one on the other; last, the bus is killed for three
// seconds meanwhile.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WebSocket = createRequire(new URL("../end2end/package.json", import.meta.url))("ws");

const [binary] = process.argv.slice(2);
const WRITERS = 64;
const THREADS = 20;
const SECONDS = 8;
const folder = mkdtempSync(join(tmpdir(), "hubbub-bench-"));
const env = {
  PATH: process.env.PATH,
  HUBBUB_DATA_DIR: folder,
  HUBBUB_CONFIG: join(folder, "hubbub.toml"),
  DATABASE_URL: process.env.TEST_POSTGRES_URL,
};
writeFileSync(
  env.HUBBUB_CONFIG,
  `[limits]
posts-per-second = 1000000
posts-burst = 1000000
commands-per-second = 1000000
commands-burst = 1000000
changes-per-minute = 100000
`,
);
const running = [];
let busPort;
let bus;

try {
  execFileSync(binary, ["seed"], { env });
  const create = ["token", "create", "--user", "john", "--name", "bench"];
  const token = execFileSync(binary, create, { env, encoding: "utf8" }).trim();
  busPort = await freePort();
  await startBus();
  const figures = {};
  const alone = await arrange(1, false);
  const threads = await startThreads(alone[0], token);
  figures["one server"] = await write(alone, token, threads);
  await stopAll();
  figures["one server with a bus"] = await write(await arrange(1, true), token, threads);
  await stopAll();
  const two = await arrange(2, true);
  figures["two servers"] = await write(two, token, threads);
  figures.latency = await latency(two, token, threads[0]);
  figures["bus killed for 3 s"] = await stall(two, token, threads[0]);
  console.log(JSON.stringify(figures, null, 2));
} finally {
  for (const { process } of running) process.kill("SIGKILL");
  bus?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

async function startBus() {
  bus = spawn(process.env.NATS_SERVER, ["-a", "127.0.0.1", "-p", String(busPort)], { stdio: "ignore" });
  await sleep(500);
}

async function arrange(servers, withBus) {
  const ports = [];
  for (let n = 0; n < servers; n++) {
    const port = await freePort();
    const mine = { ...env, LEPTOS_SITE_ADDR: `127.0.0.1:${port}` };
    if (withBus) mine.HUBBUB_NATS_URL = `nats://127.0.0.1:${busPort}`;
    const process = spawn(binary, ["serve", "--log", "error"], { env: mine, stdio: "ignore" });
    running.push({ process, port });
    while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) await sleep(50);
    ports.push(port);
  }
  return ports;
}

async function stopAll() {
  for (const { process } of running.splice(0)) {
    const gone = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGTERM");
    await gone;
  }
}

/** A connected client: `call` asks a method, `heard` is told of each post. */
async function connect(port, token, heard) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/connection/websocket`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const waiting = new Map();
  let last = 0;
  socket.on("message", (frame) => {
    for (const line of frame.toString().split("\n")) {
      const reply = JSON.parse(line);
      if (reply.id) {
        waiting.get(reply.id)?.(reply);
        waiting.delete(reply.id);
      } else if (reply.push?.pub?.data?.message && heard) {
        heard(reply.push.channel, reply.push.pub.data.message);
      } else if (!reply.push) {
        socket.send("{}");
      }
    }
  });
  const ask = (command) =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, ...command }));
    });
  await ask({ connect: { token } });
  const call = async (method, data) => (await ask({ rpc: { method, data } })).rpc.data;
  return { call, close: () => socket.close() };
}

async function startThreads(port, token) {
  const client = await connect(port, token);
  const threads = [];
  for (let n = 0; n < THREADS; n++) {
    const thread = await client.call("post:threads", { name: `Bench ${n}`, private: true });
    threads.push(thread.id);
  }
  client.close();
  return threads;
}

async function write(ports, token, threads) {
  const clients = [];
  for (let n = 0; n < WRITERS; n++) clients.push(await connect(ports[n % ports.length], token));
  const before = processorSeconds();
  const end = Date.now() + SECONDS * 1000;
  let posts = 0;
  const posting = clients.map(async (client, n) => {
    for (let m = 0; Date.now() < end; m++) {
      const text = { id: threads[n % threads.length], message: `post ${m} of writer ${n}` };
      if ((await client.call("thread:publish", text)).message) posts++;
    }
  });
  await Promise.all(posting);
  const used = processorSeconds() - before;
  for (const client of clients) client.close();
  return {
    posts_per_second: Math.round(posts / SECONDS),
    servers_processor_us_per_post: Math.round((used / posts) * 1e6),
  };
}

/** How long posts take to a reader on the same server and to one on the other, in milliseconds. */
async function latency(ports, token, thread) {
  const sent = new Map();
  const took = { here: [], there: [] };
  const reader = (name) => (channel, message) => {
    const at = channel === `thread:${thread}` ? sent.get(message.text) : undefined;
    if (at !== undefined) took[name].push(performance.now() - at);
  };
  const here = await connect(ports[0], token, reader("here"));
  const there = await connect(ports[1], token, reader("there"));
  const writer = await connect(ports[0], token);
  for (let n = 0; n < 500; n++) {
    const text = `timed ${n}`;
    sent.set(text, performance.now());
    writer.call("thread:publish", { id: thread, message: text });
    await sleep(20);
  }
  await sleep(500);
  for (const client of [here, there, writer]) client.close();
  return { here: quantiles(took.here), there: quantiles(took.there) };
}

/** The longest that a reader on the other server hears nothing, and whether anything is missing. */
async function stall(ports, token, thread) {
  const heard = [];
  let last = performance.now();
  let longest = 0;
  const reader = await connect(ports[1], token, (channel, message) => {
    if (channel !== `thread:${thread}`) return;
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    heard.push(message.text);
  });
  const writer = await connect(ports[0], token);
  let refused = 0;
  for (let n = 0; n < 200; n++) {
    if (n === 40) bus.kill("SIGKILL");
    if (n === 100) startBus();
    const posted = await writer.call("thread:publish", { id: thread, message: `stalled ${n}` });
    if (!posted?.message) refused++;
    await sleep(50);
  }
  await sleep(4000);
  const missing = 200 - new Set(heard).size;
  for (const client of [reader, writer]) client.close();
  return { longest_silence_ms: Math.round(longest), refused, not_heard_before_connecting_again: missing };
}

/** Of all servers together, from when they began. */
function processorSeconds() {
  const ticks = running.map(({ process }) => {
    const fields = readFileSync(`/proc/${process.pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, n) => sum + n, 0) / 100;
}

function quantiles(times) {
  times.sort((a, b) => a - b);
  const at = (q) => Math.round(times[Math.floor((times.length - 1) * q)] * 10) / 10;
  return { heard: times.length, p50_ms: at(0.5), p99_ms: at(0.99) };
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
