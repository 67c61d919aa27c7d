// What a thousand people cost who read and type: processor time of the server, for each of both and for a
// second of all of them.
//
//   node benches/living.mjs BINARY [PEOPLE THREADS]
//
// All are connected, each in one of a hundred threads of as many people as the others. In every second one
// of each ten marks what they see as read, and one of twenty says that they type, to the others of their
// thread; one of a hundred posts, so that there is something to read. First each of these is measured by
// itself, and for comparison the same time with nothing going on. Whoever reads, reads something: marks that
// change nothing are not counted.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WebSocket = createRequire(new URL("../end2end/package.json", import.meta.url))("ws");

const [binary, people = "1000", threads = "100"] = process.argv.slice(2);
const PEOPLE = Number(people);
const THREADS = Number(threads);
const SECONDS = 20;
const READS = PEOPLE / 10;
const TYPES = PEOPLE / 20;
const POSTS = PEOPLE / 100;
const TICK = 50;
const folder = mkdtempSync(join(tmpdir(), "hubbub-bench-"));
const env = { PATH: process.env.PATH, HUBBUB_DATA_DIR: folder, HUBBUB_CONFIG: join(folder, "hubbub.toml") };
// All of them are at one address, and one of them makes all threads.
writeFileSync(
  env.HUBBUB_CONFIG,
  `[limits]
sockets-per-address = 100000
sockets-per-person = 100000
commands-per-second = 1000000
commands-burst = 1000000
posts-per-second = 1000000
posts-burst = 1000000
changes-per-minute = 1000000
`,
);
let server;

try {
  execFileSync(binary, ["seed", "--users", people], { env });
  const port = await freePort();
  server = spawn(binary, ["serve", "--log", "error"], { env: { ...env, LEPTOS_SITE_ADDR: `127.0.0.1:${port}` } });
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) await sleep(50);
  const token = (user) =>
    execFileSync(binary, ["token", "create", "--user", user, "--name", "bench"], { env, encoding: "utf8" }).trim();
  const key = token("john");
  const john = await connect(port, key);
  const names = await everybody(port, key);
  const clients = [];
  for (const name of names) clients.push(await connect(port, token(name)));
  const each = Math.ceil(clients.length / THREADS);
  for (let n = 0; n < THREADS; n++) {
    const members = clients.slice(n * each, (n + 1) * each);
    const asked = { name: `Bench ${n}`, private: true, people: names.slice(n * each, (n + 1) * each) };
    const thread = (await john.call("post:threads", asked)).id;
    for (const client of members) Object.assign(client, { thread, last: 0, told: 0 });
  }
  // Whatever begins with a connection is over.
  await sleep(3000);
  const figures = { people: clients.length, threads: THREADS };
  figures.nothing = await run(clients, {});
  figures.typing = await run(clients, { types: TYPES });
  figures.posting = await run(clients, { posts: POSTS });
  figures.all = await run(clients, { posts: POSTS, types: TYPES, reads: READS });
  const more = figures.all.processor_ms - figures.posting.processor_ms;
  figures.reading_and_typing = { percent_of_a_core: round(more / SECONDS / 10) };
  console.log(JSON.stringify(figures, null, 2));
} finally {
  server?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

/** So many of each a second, by people in turn; what the server took for it. */
async function run(clients, { posts = 0, types = 0, reads = 0 }) {
  const done = { posts: 0, types: 0, reads: 0 };
  const before = processorMs();
  const begin = performance.now();
  const at = { posts: 0, types: 0, reads: 0 };
  const next = (kind, step) => clients[(at[kind]++ * step) % clients.length];
  while (performance.now() - begin < SECONDS * 1000) {
    const due = (rate, kind) => (rate * (performance.now() - begin)) / 1000 - at[kind];
    while (due(posts, "posts") >= 1) {
      const client = next("posts", 37);
      client.call("thread:publish", { id: client.thread, message: `at ${begin} the ${at.posts}th` });
      done.posts++;
    }
    while (due(types, "types") >= 1) {
      const client = next("types", 17);
      client.call("thread:typing", { id: client.thread });
      done.types++;
    }
    while (due(reads, "reads") >= 1) {
      const client = next("reads", 1);
      if (client.last <= client.told) continue;
      client.told = client.last;
      client.call("threads:read", { threads: [{ id: client.thread, seq: client.last }] });
      done.reads++;
    }
    await sleep(TICK);
  }
  return { processor_ms: round(processorMs() - before), ...done };
}

/** The usernames of everybody but who asks. */
async function everybody(port, token) {
  const names = [];
  let after = "";
  do {
    const url = `http://127.0.0.1:${port}/api/v1/users?after=${encodeURIComponent(after)}`;
    const page = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json();
    names.push(...page.people.map(({ username }) => username));
    after = page.next ?? "";
  } while (after && names.length < PEOPLE);
  return names.filter((name) => name !== "john").slice(0, PEOPLE);
}

/** A connected client, which knows the newest event of its thread. */
async function connect(port, token) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/connection/websocket`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const waiting = new Map();
  let count = 0;
  const client = {};
  socket.on("message", (frame) => {
    for (const line of frame.toString().split("\n")) {
      const reply = JSON.parse(line);
      const post = reply.push?.pub?.data?.message;
      if (post && reply.push.channel === `thread:${client.thread}`) client.last = post.seq;
      if (reply.id) {
        waiting.get(reply.id)?.(reply);
        waiting.delete(reply.id);
      } else if (!reply.push) {
        socket.send("{}");
      }
    }
  });
  const ask = (command) =>
    new Promise((resolve) => {
      const id = ++count;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, ...command }));
    });
  await ask({ connect: { token } });
  client.call = async (method, data) => {
    const reply = await ask({ rpc: { method, data } });
    if (reply.error) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.rpc.data;
  };
  return client;
}

/** What the server has used of the processor, in ms. (The system counts in hundredths of a second.) */
function processorMs() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort() {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
