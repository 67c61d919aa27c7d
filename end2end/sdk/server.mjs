// The real-time engine as a process of its own on a free port, with its server API and its clients.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe } from "node:test";
import { fileURLToPath } from "node:url";
import { Centrifuge } from "centrifuge";
import { Centrifuge as CentrifugeProtobuf } from "centrifuge/build/protobuf";
import WebSocket from "ws";
import { EventSource } from "./events.mjs";
import { within } from "./waiting.mjs";

const built = fileURLToPath(new URL("../../target/debug/examples/open_engine", import.meta.url));
const binary = process.env.OPEN_ENGINE_BINARY || built;
const key = "the key of the tests";

/** Tests that share an engine; their clients are disconnected after each. */
export function suite(name, tests) {
  describe(name, { timeout: 30_000 }, () => {
    const engine = new Engine();
    before(() => engine.run());
    afterEach(() => engine.disconnectClients());
    after(() => engine.kill());
    tests(engine);
  });
}

export class Engine {
  /** Chosen by the system at the first run, and kept. */
  port = 0;
  #child;
  #clients = [];
  #ids = new WeakMap();
  #channels = 0;

  async run() {
    if (!existsSync(binary)) {
      throw new Error(
        `There is no engine at ${binary}: run "cargo build --features ssr --example open_engine" first, ` +
          "or say where it is in OPEN_ENGINE_BINARY.",
      );
    }
    const words = ["--addr", `127.0.0.1:${this.port}`, "--api-key", key];
    this.#child = spawn(binary, words, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => this.#child.kill("SIGKILL"));
    const listening = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => reject(new Error(`the engine did not start: ${code}`)));
      createInterface(this.#child.stdout).on("line", (line) => {
        const found = /^listening on .*:(\d+)$/.exec(line);
        if (found) resolve(Number(found[1]));
      });
    });
    this.port = await within(listening, "the engine listens");
  }

  /** As a power cut would. */
  async kill() {
    this.disconnectClients();
    await this.crash();
  }

  /** The same, while the clients hope. */
  async crash() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await within(gone, "the engine is gone");
  }

  /**
   * A client of the official SDK that tries again at once. Through a cable, if one is given, and over
   * another transport than a socket or in Protobuf, if that is wanted.
   */
  client({ cable, transport = "websocket", format = "json", ...options } = {}) {
    const host = `127.0.0.1:${cable?.port ?? this.port}`;
    const scheme = transport === "websocket" ? "ws" : "http";
    const endpoint = `${scheme}://${host}/connection/${transport}`;
    const delays = { minReconnectDelay: 20, maxReconnectDelay: 100 };
    const means = {
      websocket: WebSocket,
      eventsource: EventSource,
      emulationEndpoint: `http://${host}/emulation`,
    };
    const Sdk = format === "protobuf" ? CentrifugeProtobuf : Centrifuge;
    const where = transport === "websocket" ? endpoint : [{ transport, endpoint }];
    const client = new Sdk(where, { ...means, ...delays, ...options });
    client.on("connected", (context) => this.#ids.set(client, context.client));
    this.#clients.push(client);
    return client;
  }

  /** The id that a client was given when it connected last. */
  idOf(client) {
    return this.#ids.get(client);
  }

  async connected(options) {
    const client = this.client(options);
    client.connect();
    await client.ready(5000);
    return client;
  }

  disconnectClients() {
    for (const client of this.#clients) client.disconnect();
    this.#clients = [];
  }

  /** A channel that no other test uses. */
  channel(namespace = "test") {
    this.#channels += 1;
    return `${namespace}:${this.#channels}`;
  }

  /** The answer of the server API, as it is. */
  ask(method, body, headers = { "X-API-Key": key }) {
    const signal = AbortSignal.timeout(5000);
    const url = `http://127.0.0.1:${this.port}/api/${method}`;
    return fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  /** What the server API answers, `{result}` or `{error}`. */
  async api(method, body) {
    const response = await this.ask(method, body);
    if (response.status !== 200) throw new Error(`${method}: status ${response.status}`);
    return response.json();
  }

  /** Publishes these to a channel by the server API, one after the other. */
  async publish(channel, ...all) {
    for (const data of all) {
      const { error } = await this.api("publish", { channel, data });
      if (error) throw new Error(`publish: ${error.code} ${error.message}`);
    }
  }
}
