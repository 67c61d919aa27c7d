// The server API, and what clients of the official JavaScript SDK notice of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { eventually, listen } from "./waiting.mjs";

const UNKNOWN = { code: 102, message: "unknown channel" };

suite("Server API", (engine) => {
  test("what is published reaches subscribers, with its tags and from nobody", async () => {
    const { channel, heard } = await subscribed();
    const tags = { ticker: "GOOG", mood: "fine" };
    const { result } = await engine.api("publish", { channel, data: { price: 1 }, tags });
    assert.equal(result.offset, 1);
    assert.equal(typeof result.epoch, "string");
    const publication = await heard.nth("publication");
    assert.deepEqual(publication.data, { price: 1 });
    assert.deepEqual(publication.tags, tags);
    assert.equal(publication.offset, 1);
    assert.equal(publication.info, undefined);
  });

  test("a publication tells when it was, wherever it is told", async () => {
    const channel = engine.channel();
    const before = Date.now();
    const { result } = await engine.api("publish", { channel, data: 1 });
    const kept = (await engine.api("history", { channel, limit: 1 })).result.publications[0];
    assert.ok(before <= kept.time && kept.time <= Date.now(), `${kept.time}`);
    // The SDK passes no time on, so its own frames are looked at.
    const frames = [];
    const client = await engine.connected();
    const reply = new Promise((resolve) => {
      client._transport._transport.addEventListener("message", ({ data }) => {
        frames.push(...data.split("\n").map((line) => JSON.parse(line)));
        if (frames.some((frame) => frame.push?.pub)) resolve();
      });
    });
    const since = { offset: 0, epoch: result.epoch };
    client.newSubscription(channel, { since }).subscribe();
    await client.getSubscription(channel).ready(5000);
    await engine.publish(channel, 2);
    await reply;
    const recovered = frames.find((frame) => frame.subscribe).subscribe.publications[0];
    assert.equal(recovered.time, kept.time);
    assert.ok(frames.find((frame) => frame.push?.pub).push.pub.time >= kept.time);
  });

  test("tags are in the history and in what is recovered", async () => {
    const channel = engine.channel();
    const tags = { kind: "first" };
    const { result } = await engine.api("publish", { channel, data: 1, tags });
    const client = await engine.connected();
    const { publications } = await client.history(channel, { limit: 1 });
    assert.deepEqual(publications[0].tags, tags);
    const since = { offset: 0, epoch: result.epoch };
    const subscription = client.newSubscription(channel, { since });
    const heard = listen(subscription);
    subscription.subscribe();
    assert.deepEqual((await heard.nth("publication")).tags, tags);
  });

  test("a publication can be kept out of the history, and is heard nevertheless", async () => {
    const { channel, heard } = await subscribed();
    await engine.api("publish", { channel, data: "passing", skip_history: true });
    await engine.api("publish", { channel, data: "kept" });
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, ["passing", "kept"]);
    const { result } = await engine.api("history", { channel, limit: 10 });
    assert.deepEqual(result.publications.map((publication) => publication.data), ["kept"]);
  });

  test("what is published again under the same key is answered as before, and not heard again", async () => {
    const { channel, heard } = await subscribed();
    const publish = (idempotency_key, data) => engine.api("publish", { channel, data, idempotency_key });
    const first = await publish("once", 1);
    assert.equal(first.result.offset, 1);
    assert.deepEqual(await publish("once", 2), first);
    assert.equal((await publish("another", 3)).result.offset, 2);
    const everywhere = { channels: [channel], data: 4, idempotency_key: "once" };
    assert.deepEqual((await engine.api("broadcast", everywhere)).result.responses, [first]);
    const at_once = await Promise.all([5, 6, 7].map((data) => publish("at once", data)));
    for (const { result } of at_once) assert.equal(result.offset, 3);
    await heard.nth("publication", 3);
    assert.deepEqual(heard.data.slice(0, 2), [1, 3]);
    assert.equal((await engine.api("history", { channel })).result.offset, 3);
  });

  test("a publication without data or channel, or to an unknown channel, is refused", async () => {
    const channel = engine.channel();
    assert.equal((await engine.api("publish", { channel })).error.code, 107);
    assert.equal((await engine.api("publish", { data: 1 })).error.code, 107);
    assert.deepEqual(await engine.api("publish", { channel: "unheard-of", data: 1 }), { error: UNKNOWN });
  });

  test("a broadcast reaches all channels there are, and tells which one there is not", async () => {
    const one = await subscribed();
    const two = await subscribed();
    const channels = [one.channel, "unheard-of", two.channel];
    const { result } = await engine.api("broadcast", { channels, data: "to all" });
    const [first, second, third] = result.responses;
    assert.equal(first.result.offset, 1);
    assert.deepEqual(second, { error: UNKNOWN });
    assert.equal(third.result.offset, 1);
    for (const { heard } of [one, two]) {
      assert.equal((await heard.nth("publication")).data, "to all");
    }
  });

  test("presence and its statistics are told", async () => {
    const { channel, id } = await subscribed();
    const { result } = await engine.api("presence", { channel });
    assert.deepEqual(Object.keys(result.presence), [id]);
    assert.equal(result.presence[id].client, id);
    const stats = await engine.api("presence_stats", { channel });
    assert.equal(stats.result.num_clients, 1);
    assert.deepEqual(await engine.api("presence", { channel: "unheard-of" }), { error: UNKNOWN });
  });

  test("history is told, from a position and backward", async () => {
    const channel = engine.channel();
    await engine.publish(channel, 1, 2, 3, 4);
    const read = async (options) => (await engine.api("history", { channel, ...options })).result;
    const top = await read({});
    assert.deepEqual(top.publications, []);
    assert.equal(top.offset, 4);
    const { epoch } = top;
    const data = async (options) => (await read(options)).publications.map((p) => p.data);
    assert.deepEqual(await data({ limit: 2 }), [1, 2]);
    assert.deepEqual(await data({ limit: 2, since: { offset: 2, epoch } }), [3, 4]);
    assert.deepEqual(await data({ limit: 2, reverse: true }), [4, 3]);
    const wrong = { limit: 2, since: { offset: 2, epoch: "another" } };
    assert.equal((await engine.api("history", { channel, ...wrong })).error.code, 112);
  });

  test("the channels that somebody listens to are told", async () => {
    const channel = engine.channel("test:list");
    await subscribed(channel);
    await subscribed(channel);
    const { result } = await engine.api("channels", { pattern: "test:list*" });
    assert.deepEqual(result.channels, { [channel]: { num_clients: 2 } });
    const none = await engine.api("channels", { pattern: "test:nothing*" });
    assert.deepEqual(none.result.channels, {});
  });

  test("the numbers of the engine are told", async () => {
    // What other tests have left goes away by itself.
    await eventually(async () => (await node()).num_clients, 0);
    const { channel } = await subscribed();
    await subscribed(channel);
    const info = await node();
    assert.equal(info.num_clients, 2);
    assert.equal(info.num_channels, 1);
    assert.equal(info.num_subs, 2);
    assert.equal(typeof info.uid, "string");
    assert.ok(info.uptime < 60);
  });

  test("a client that is disconnected for good hears the code and the reason", async () => {
    const { id, atClient } = await subscribed();
    const disconnect = { code: 4501, reason: "come back tomorrow" };
    const answer = await engine.api("disconnect", { user: "", client: id, disconnect });
    assert.deepEqual(answer, { result: {} });
    assert.deepEqual(await atClient.nth("disconnected"), disconnect);
  });

  test("a client that is disconnected without a code does not come back", async () => {
    const { id, atClient } = await subscribed();
    await engine.api("disconnect", { user: "", client: id });
    assert.deepEqual(await atClient.nth("disconnected"), { code: 3503, reason: "force disconnect" });
  });

  test("a client that is disconnected for now hears why, and comes back", async () => {
    const { id, atClient, client } = await subscribed();
    const disconnect = { code: 4001, reason: "moving house" };
    await engine.api("disconnect", { user: "", client: id, disconnect });
    assert.deepEqual(await atClient.nth("connecting"), disconnect);
    await atClient.nth("connected");
    assert.notEqual(engine.idOf(client), id);
  });

  test("disconnecting one leaves the others", async () => {
    const { id, atClient } = await subscribed();
    const other = await subscribed();
    await engine.api("disconnect", { user: "", client: id });
    await atClient.nth("disconnected");
    await other.client.publish(other.channel, "here");
    assert.deepEqual(other.heard.data, ["here"]);
  });

  test("a client that is subscribed by the server hears it, and the channel, until it is unsubscribed", async () => {
    const client = await engine.connected();
    const heard = listen(client);
    const channel = engine.channel();
    await engine.publish(channel, "earlier");
    const whom = { user: "", client: engine.idOf(client), channel };
    assert.deepEqual(await engine.api("subscribe", { ...whom, data: { by: "server" } }), { result: {} });
    const context = await heard.nth("subscribed");
    assert.equal(context.channel, channel);
    assert.equal(context.recoverable, true);
    assert.equal(context.streamPosition.offset, 1);
    assert.deepEqual(context.data, { by: "server" });
    await engine.publish(channel, "now");
    const publication = await heard.nth("publication");
    assert.equal(publication.channel, channel);
    assert.equal(publication.data, "now");
    assert.deepEqual(await engine.api("unsubscribe", whom), { result: {} });
    assert.equal((await heard.nth("unsubscribed")).channel, channel);
    await engine.publish(channel, "later");
    assert.deepEqual((await client.presence(channel)).clients, {});
    assert.deepEqual(heard.data, ["now"]);
  });

  test("nobody is subscribed to an unknown channel", async () => {
    const client = await engine.connected();
    const whom = { user: "", client: engine.idOf(client), channel: "unheard-of" };
    assert.deepEqual(await engine.api("subscribe", whom), { error: UNKNOWN });
  });

  test("a subscription by the server is the connection's, and ends with it", async (t) => {
    const cable = await Cable.to(engine.port, t);
    const client = await engine.connected({ cable });
    const heard = listen(client);
    const channel = engine.channel();
    await engine.api("subscribe", { user: "", client: engine.idOf(client), channel });
    await heard.nth("subscribed");
    cable.cut();
    assert.equal((await heard.nth("subscribing")).channel, channel);
    cable.mend();
    assert.equal((await heard.nth("unsubscribed")).channel, channel);
    assert.deepEqual((await client.presence(channel)).clients, {});
  });

  test("a client's own subscription can be ended by the server, and is not begun again", async () => {
    const { id, channel, heard, client } = await subscribed();
    await engine.api("unsubscribe", { user: "", client: id, channel });
    const { code, reason } = await heard.nth("unsubscribed");
    assert.deepEqual({ code, reason }, { code: 2000, reason: "server unsubscribe" });
    assert.deepEqual((await client.presence(channel)).clients, {});
    assert.equal(client.getSubscription(channel).state, "unsubscribed");
  });

  test("without the key nothing is done", async () => {
    const { channel, heard, client } = await subscribed();
    for (const headers of [{ "X-API-Key": "wrong" }, { Authorization: "Bearer wrong" }, {}]) {
      const { status } = await engine.ask("publish", { channel, data: "forged" }, headers);
      assert.equal(status, 401);
    }
    await client.publish(channel, "genuine");
    assert.deepEqual(heard.data, ["genuine"]);
  });

  async function subscribed(channel = engine.channel()) {
    const client = await engine.connected();
    const atClient = listen(client);
    const subscription = client.newSubscription(channel);
    const heard = listen(subscription);
    subscription.subscribe();
    await heard.nth("subscribed");
    return { client, id: engine.idOf(client), channel, atClient, heard };
  }

  async function node() {
    const { result } = await engine.api("info", {});
    assert.equal(result.nodes.length, 1);
    return result.nodes[0];
  }
});
