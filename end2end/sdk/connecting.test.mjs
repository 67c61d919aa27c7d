// Connecting with the official JavaScript SDK: the beginning, the end, and everything that breaks it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { eventually, listen } from "./waiting.mjs";

suite("Connecting", (engine) => {
  test("a client connects, has an id, and disconnects when it is told to", async () => {
    const client = engine.client();
    const heard = listen(client);
    client.connect();
    const { client: id, transport } = await heard.nth("connected");
    assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(transport, "websocket");
    await eventually(clients, 1);
    client.disconnect();
    assert.equal((await heard.nth("disconnected")).code, 0);
    await eventually(clients, 0);
  });

  test("connecting and disconnecting quickly leaves one connection", async () => {
    const client = engine.client();
    const heard = listen(client);
    for (let i = 0; i < 20; i += 1) {
      client.connect();
      client.disconnect();
    }
    client.connect();
    await heard.nth("connected");
    await eventually(clients, 1);
    assert.equal(heard.all("connected").length, 1);
  });

  test("connecting and disconnecting twenty times gives twenty connections, one after another", async () => {
    const client = engine.client();
    const heard = listen(client);
    for (let i = 1; i <= 20; i += 1) {
      client.connect();
      await heard.nth("connected", i);
      client.disconnect();
    }
    const ids = new Set(heard.all("connected").map((context) => context.client));
    assert.equal(ids.size, 20);
    assert.equal(heard.all("disconnected").length, 20);
    await eventually(clients, 0);
  });

  test("a method without a handler is not available", async () => {
    const client = await engine.connected();
    await assert.rejects(client.rpc("add", { left: 1 }), { code: 108, temporary: false });
    assert.equal(client.state, "connected");
  });

  test("a call made before connecting is answered afterwards", async () => {
    const client = engine.client();
    const call = assert.rejects(client.rpc("add", { left: 1 }), { code: 108 });
    client.connect();
    await call;
  });

  test("a message without a handler ends the connection for good", async () => {
    const client = await engine.connected();
    const heard = listen(client);
    await client.send({ hello: true });
    assert.equal((await heard.nth("disconnected")).code, 3508);
  });

  test("a client whose cable is cut connects by itself, as another connection", async (t) => {
    const cable = await Cable.to(engine.port, t);
    const client = engine.client({ cable });
    const heard = listen(client);
    client.connect();
    const first = await heard.nth("connected");
    cable.cut();
    const why = await heard.nth("connecting", 2);
    assert.deepEqual(why, { code: 1, reason: "transport closed" });
    cable.mend();
    const second = await heard.nth("connected", 2);
    assert.notEqual(second.client, first.client);
    await eventually(clients, 1);
  });

  test("a client finds an engine that was killed and runs again, and subscribes again", async () => {
    const client = engine.client();
    const heard = listen(client);
    const subscription = client.newSubscription(engine.channel());
    const inChannel = listen(subscription);
    subscription.subscribe();
    client.connect();
    await inChannel.nth("subscribed");
    await engine.crash();
    await heard.nth("connecting", 2);
    await engine.run();
    await heard.nth("connected", 2);
    await inChannel.nth("subscribed", 2);
    await subscription.publish("still there");
    assert.deepEqual(inChannel.data, ["still there"]);
  });

  test("a frame of 60 KiB is taken, one of more than 64 KiB ends the connection for good", async () => {
    const client = await engine.connected();
    const heard = listen(client);
    const channel = engine.channel();
    await client.publish(channel, "x".repeat(60 * 1024));
    await assert.rejects(client.publish(channel, "x".repeat(65 * 1024)));
    // What the SDK makes of a close with 1009.
    const why = await heard.nth("disconnected");
    assert.deepEqual(why, { code: 3, reason: "message size limit exceeded" });
    assert.equal((await engine.api("history", { channel })).result.offset, 1);
  });

  async function clients() {
    const { result } = await engine.api("info", {});
    return result.nodes[0].num_clients;
  }
});
