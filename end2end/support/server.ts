// A Hubbub server as a process of its own, with a database that outlives it.
import { ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";

const binary = process.env.HUBBUB_BINARY ?? "../target/release/hubbub";

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "hubbub-"));
  private child?: ChildProcess;
  /** What it said on its standard output. */
  printed = "";

  private constructor(
    readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  /** With the demo's people in it, or with nobody, as whoever sets up a server finds it. */
  static async start(environment: Record<string, string> = {}, isNew = false): Promise<Server> {
    const server = new Server(await freePort(), environment);
    if (!isNew) server.command("seed");
    await server.run();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Runs a command of the program and gives what it printed. */
  command(...words: string[]): string {
    return execFileSync(binary, words, { env: this.env(), encoding: "utf8" }).trim();
  }

  async run(): Promise<void> {
    this.child = spawn(binary, ["serve"], { env: this.env(), stdio: ["ignore", "pipe", "inherit"] });
    this.child.stdout!.on("data", (text) => (this.printed += text));
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`the server did not start: ${this.child.exitCode}`);
      const ready = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every message of a thread, read through the API, oldest first. */
  async stored(thread: number): Promise<{ text: string; seq: number; client_id: string }[]> {
    const { token } = await (
      await fetch(`${this.url}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "john", password: "secret" }),
      })
    ).json();
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/connection/websocket`);
    try {
      return await new Promise((resolve, reject) => {
        socket.onerror = () => reject(new Error("the socket failed"));
        socket.onopen = () => {
          socket.send(JSON.stringify({ id: 1, connect: { token } }));
          const data = { id: thread, limit: 200 };
          socket.send(JSON.stringify({ id: 2, rpc: { method: "thread:history", data } }));
        };
        socket.onmessage = (event) => {
          for (const line of String(event.data).split("\n")) {
            const reply = JSON.parse(line);
            if (reply.id === 2) resolve(reply.rpc.data.messages);
          }
        };
      });
    } finally {
      socket.close();
    }
  }

  private env(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
      HUBBUB_DATA_DIR: this.folder,
      HUBBUB_LOG: "error",
      HUBBUB_LOGIN_PER_ACCOUNT_PER_MINUTE: "300",
      HUBBUB_LOGIN_PER_ADDRESS_PER_MINUTE: "1000",
      ...this.environment,
    };
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
