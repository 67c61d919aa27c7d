// Without any SDK: what a browser has is enough for who only listens.
import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { test } from "node:test";
import WebSocket from "ws";
import { EventSource } from "./events.mjs";
import { suite } from "./server.mjs";
import { within } from "./waiting.mjs";

/** Each begins with a request to connect, and hands pushes to `hear`. */
const WAYS = {
  uni_websocket(base, request, hear) {
    const socket = new WebSocket(`${base.replace("http", "ws")}/connection/uni_websocket`);
    socket.onopen = () => socket.send(JSON.stringify(request));
    socket.onmessage = ({ data }) => hear(JSON.parse(data));
    return () => socket.close();
  },
  uni_sse(base, request, hear) {
    const url = new URL(`${base}/connection/uni_sse`);
    url.searchParams.append("cf_connect", JSON.stringify(request));
    const source = new EventSource(url);
    source.onmessage = ({ data }) => hear(JSON.parse(data));
    return () => source.close();
  },
  uni_http_stream(base, request, hear) {
    const abort = new AbortController();
    const body = JSON.stringify(request);
    const read = async () => {
      const url = `${base}/connection/uni_http_stream`;
      const response = await fetch(url, { method: "POST", body, signal: abort.signal });
      let text = "";
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (text + chunk).split("\n");
        text = lines.pop();
        for (const line of lines) hear(JSON.parse(line));
      }
    };
    read().catch((error) => abort.signal.aborted || assert.fail(error));
    return () => abort.abort();
  },
};

suite("Listening", (engine) => {
  for (const [name, open] of Object.entries(WAYS)) {
    test(`over ${name} one hears what the server subscribes one to`, async (t) => {
      const pushes = new EventEmitter();
      const heard = on(pushes, "push");
      const hear = (push) => pushes.emit("push", push);
      const next = async () => (await within(heard.next(), `${name} hears something`)).value[0];
      t.after(open(`http://127.0.0.1:${engine.port}`, { name: "listener" }, hear));
      const { connect } = await next();
      assert.equal(connect.ping, 25);
      assert.equal(connect.pong, undefined);
      const channel = engine.channel();
      assert.deepEqual(await engine.api("subscribe", { user: "", client: connect.client, channel }), { result: {} });
      const { subscribe, ...rest } = await next();
      assert.deepEqual([subscribe.recoverable, rest], [true, { channel }]);
      await engine.api("publish", { channel, data: { text: "Zażółć 🐦" }, tags: { a: "b" } });
      const { channel: where, pub } = await next();
      assert.deepEqual([where, pub.data, pub.tags, pub.offset], [channel, { text: "Zażółć 🐦" }, { a: "b" }, 1]);
      await engine.api("disconnect", { user: "", client: connect.client });
      if (name !== "uni_websocket") assert.equal((await next()).disconnect.code, 3503);
    });
  }
});
