// What opening the app costs on a server with many people and threads: statements, time on the
// server, size of the document, and the same of what all places share and of connecting.
//
//   node benches/opening.mjs BINARY [PEOPLE THREADS MINE]
//   scripts/postgres.sh node benches/opening.mjs BINARY
//
// Statements are counted in the server's log, which has a line for each. Times are taken here, one
// request after another over one connection, and so include the way there and back. Whoever connects
// brings the positions of all their threads, as a page does.
import { spawn, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [binary, people = "10000", threads = "2000", mine = "300"] = process.argv.slice(2);
const REQUESTS = 200;
const folder = mkdtempSync(join(tmpdir(), "hubbub-bench-"));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = {
  PATH: process.env.PATH,
  HUBBUB_DATA_DIR: folder,
  LEPTOS_SITE_ADDR: url.slice(7),
  HUBBUB_CONFIG: join(folder, "hubbub.toml"),
};
const postgres = process.env.TEST_POSTGRES_URL;
if (postgres) env.DATABASE_URL = postgres;
// Somebody joins hundreds of threads within seconds here.
writeFileSync(env.HUBBUB_CONFIG, "[limits]\nchanges-per-minute = 100000\n");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let server;

try {
  const amounts = ["--users", people, "--threads", threads, "--messages", String(threads * 30)];
  execFileSync(binary, ["seed", ...amounts], { env });
  let log = await start("warn");
  const john = await signIn();
  const opened = await joinThreads(john, Number(mine));
  await stop();

  const page = (method, path) => (encoding) => ask(john, method, path, encoding);
  const asked = {
    home: page("GET", "/"),
    thread: page("GET", `/t/${opened}`),
    people_of_it: page("GET", `/t/${opened}?panel=people`),
    directory: page("GET", "/browse"),
    shared: page("POST", "/api/shared"),
    connect: () => connect(john),
  };
  const database = postgres ? "PostgreSQL" : "SQLite";
  const figures = { database, people: Number(people), threads: Number(threads) };
  log = await start("warn,sqlx::query=debug");
  const shared = JSON.parse((await asked.shared("identity")).body);
  figures.mine = shared.threads.length;
  john.subs = await positions(john, opened, shared.threads);
  for (const [name, ask] of Object.entries(asked)) {
    await ask();
    figures[name] = { statements: await statements(log, ask) };
  }
  await stop();

  await start("warn");
  for (const [name, ask] of Object.entries(asked)) {
    for (let n = 0; n < 20; n++) await ask();
    const times = [];
    for (let n = 0; n < REQUESTS; n++) times.push((await ask()).ms);
    times.sort((a, b) => a - b);
    const kib = async (encoding) => round((await ask(encoding)).body.length / 1024);
    Object.assign(figures[name], {
      p50_ms: round(times[REQUESTS * 0.5]),
      p95_ms: round(times[REQUESTS * 0.95]),
      kib: { plain: await kib("identity"), gzip: await kib("gzip"), brotli: await kib("br") },
    });
  }
  // What comes over the socket is not compressed.
  figures.connect.kib = { plain: figures.connect.kib.plain };
  await stop();
  console.log(JSON.stringify(figures, null, 2));
} finally {
  server?.kill("SIGKILL");
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}

/** Starts a server, and gives the lines that it logs as they come. */
async function start(filter) {
  const lines = [];
  server = spawn(binary, ["serve", "--log", filter], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [server.stdout, server.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text) => {
      const whole = (rest + text).split("\n");
      rest = whole.pop();
      lines.push(...whole);
    });
  }
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await sleep(50);
  return lines;
}

async function stop() {
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await gone;
}

/** The statements that are logged while something is asked, by their first words. */
async function statements(log, ask) {
  // What the server does by itself is waited for, as is what it logs after its answer.
  await sleep(500);
  const from = log.length;
  await ask();
  await sleep(300);
  const said = log.slice(from).map((line) => /summary="(.*?)" db\.statement=/.exec(line)?.[1]);
  // A connection to the database that begins meanwhile begins for nobody in particular, and what was made
  // up is prepared for search for minutes.
  const background = /^PRAGMA|search_below|^select id, text from|^insert or replace into/;
  return said.filter((summary) => summary !== undefined && !background.test(summary));
}

async function signIn() {
  const body = JSON.stringify({ username: "john", password: "secret" });
  const answer = await fetch(`${url}/api/v1/sessions`, { method: "POST", body });
  return { token: (await answer.json()).token };
}

/** Puts somebody into so many threads: of ten, eight are public, one private, one direct. */
async function joinThreads(john, count) {
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${john.token}` };
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const say = (thread, n) => call("POST", `/threads/${thread}/messages`, { message: `Message ${n}` });
  const all = await call("GET", "/threads");
  const own = (await call("GET", "/threads/mine")).length;
  const others = all.slice(own);
  const page = await call("GET", "/threads/public");
  const members = await call("GET", `/threads/${page.threads[0].thread.id}/members`);
  const partners = members.filter((user) => user.username !== "john");
  let opened;
  for (let n = own; n < count; n++) {
    if (n % 10 === 8) {
      const thread = await call("POST", "/threads", { name: `Private ${n}`, private: true });
      await say(thread.id, n);
    } else if (n % 10 === 9 && partners.length > 0) {
      const thread = await call("POST", "/threads/direct", { people: [partners.pop().username] });
      await say(thread.id, n);
    } else {
      const thread = others.pop();
      await call("POST", `/threads/${thread.id}/members`, {});
      opened = thread.id;
    }
  }
  return opened;
}

/** Asks as a browser does; how long it took, and what came. */
function ask(john, method, path, encoding = "gzip, deflate, br, zstd") {
  const headers = {
    cookie: `hubbub_session_${port}=${john.token}`,
    "accept-encoding": encoding,
    origin: url,
  };
  if (method === "POST") {
    headers["content-type"] = "application/x-www-form-urlencoded";
    headers.accept = "application/json";
  }
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const ms = performance.now() - began;
        const body = Buffer.concat(parts);
        if (answer.statusCode !== 200) reject(new Error(`${path}: ${answer.statusCode}`));
        resolve({ ms, body });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Where each of these threads stands, as a page knows it. */
async function positions(john, opened, threads) {
  const headers = { authorization: `Bearer ${john.token}` };
  const page = await fetch(`${url}/api/v1/threads/${opened}/messages?limit=1`, { headers });
  const { epoch } = await page.json();
  const position = ({ thread }) => [`thread:${thread.id}`, { recover: true, epoch, offset: thread.last_seq }];
  return Object.fromEntries(threads.map(position));
}

/** Opens a socket and connects, which is one frame there and one back; how long both took. */
function connect(john) {
  const began = performance.now();
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  const command = JSON.stringify({ id: 1, connect: { token: john.token, subs: john.subs } });
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/connection/websocket`, { headers });
    sent.on("error", reject);
    sent.on("upgrade", (_, socket, head) => {
      let came = head;
      const look = () => {
        const frame = frameIn(came);
        if (frame === undefined) return;
        const ms = performance.now() - began;
        socket.destroy();
        const reply = JSON.parse(frame.toString().split("\n")[0]);
        const subscribed = Object.keys(reply.connect?.subs ?? {}).length;
        if (subscribed < Object.keys(john.subs).length) reject(new Error(`${subscribed} subscriptions`));
        resolve({ ms, body: frame });
      };
      socket.on("data", (part) => {
        came = Buffer.concat([came, part]);
        look();
      });
      socket.write(framed(Buffer.from(command)));
    });
    sent.end();
  });
}

/** A text as a client's frame. The mask is nothing, which changes nothing. */
function framed(text) {
  const head = Buffer.alloc(14);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(text.length), 2);
  return Buffer.concat([head, text]);
}

/** What the first frame carries, once all of it is there. */
function frameIn(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 127;
  const start = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < start) return undefined;
  const length = { 126: () => bytes.readUInt16BE(2), 127: () => Number(bytes.readBigUInt64BE(2)) }[short]?.() ?? short;
  return bytes.length < start + length ? undefined : bytes.subarray(start, start + length);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function round(value) {
  return Math.round(value * 10) / 10;
}
