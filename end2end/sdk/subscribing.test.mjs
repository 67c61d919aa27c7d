// Subscribing with the official JavaScript SDK, also in the wrong moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import WebSocket from "ws";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { listen } from "./waiting.mjs";

suite("Subscribing", (engine) => {
  test("a client subscribes and unsubscribes, and hears nothing afterwards", async () => {
    const client = await engine.connected();
    const { subscription, heard } = subscribe(client);
    const context = await heard.nth("subscribed");
    assert.equal(context.recoverable, true);
    assert.equal(context.positioned, true);
    assert.equal(context.wasRecovering, false);
    assert.equal(context.streamPosition.offset, 0);
    assert.notEqual(context.streamPosition.epoch, "");
    await client.publish(subscription.channel, "heard");
    subscription.unsubscribe();
    assert.equal((await heard.nth("unsubscribed")).code, 0);
    await client.publish(subscription.channel, "not heard");
    assert.deepEqual(heard.data, ["heard"]);
  });

  test("subscribing and unsubscribing at once, again and again, leaves one subscription", async () => {
    const client = await engine.connected();
    const { subscription, heard } = subscribe(client);
    for (let i = 0; i < 20; i += 1) {
      subscription.unsubscribe();
      subscription.subscribe();
    }
    await heard.nth("subscribed");
    await assertOneThenNone(client, subscription);
  });

  test("subscribing and unsubscribing while answers come leaves one subscription", async () => {
    const client = await engine.connected();
    const { subscription, heard } = subscribe(client);
    for (let i = 0; i < 50; i += 1) {
      subscription.unsubscribe();
      if (i % 2) await turn();
      subscription.subscribe();
      if (i % 3) await turn();
    }
    await subscription.ready(5000);
    assert.deepEqual(heard.all("error"), []);
    await assertOneThenNone(client, subscription);
  });

  test("unsubscribing right after the call to connect leaves no subscription", async () => {
    const client = engine.client();
    client.connect();
    const { subscription } = subscribe(client);
    subscription.unsubscribe();
    await client.ready(5000);
    assert.equal(await present(client, subscription), 0);
    await assertCanSubscribe(client, subscription);
  });

  test("unsubscribing between the connect command and its reply leaves no subscription", async () => {
    let unsubscribe;
    class Socket extends WebSocket {
      send(frame) {
        super.send(frame);
        const first = unsubscribe;
        unsubscribe = undefined;
        first?.(frame);
      }
    }
    const client = engine.client({ websocket: Socket });
    const { subscription, heard } = subscribe(client);
    const first = new Promise((resolve) => {
      unsubscribe = (frame) => {
        subscription.unsubscribe();
        resolve(String(frame));
      };
    });
    client.connect();
    // Both commands were under way, and nothing was answered yet.
    assert.match(await first, /"connect".*\n.*"subscribe"/);
    assert.equal(client.state, "connecting");
    await client.ready(5000);
    assert.equal(await present(client, subscription), 0);
    assert.deepEqual(heard.all("subscribed"), []);
    await assertCanSubscribe(client, subscription);
  });

  test("an unknown channel is refused and not tried again", async () => {
    const client = await engine.connected();
    const { heard } = subscribe(client, "unheard-of");
    const { code, reason } = await heard.nth("unsubscribed");
    assert.deepEqual({ code, reason }, { code: 102, reason: "unknown channel" });
    assert.equal(client.state, "connected");
  });

  test("several subscriptions of a client each hear their own channel", async () => {
    const client = engine.client();
    const names = ["one", "two", "three", "four", "five"];
    const all = names.map((name) => ({ name, ...subscribe(client) }));
    client.connect();
    await Promise.all(all.map(({ heard }) => heard.nth("subscribed")));
    for (const { name, subscription } of all) await subscription.publish(name);
    for (const { name, heard } of all) assert.deepEqual(heard.data, [name]);
    assert.equal(Object.keys(client.subscriptions()).length, names.length);
  });

  test("a refused subscription leaves the others alone", async () => {
    const client = engine.client();
    const refused = subscribe(client, "unheard-of");
    const good = subscribe(client);
    client.connect();
    await good.heard.nth("subscribed");
    await refused.heard.nth("unsubscribed");
    await good.subscription.publish("fine");
    assert.deepEqual(good.heard.data, ["fine"]);
  });

  function subscribe(client, channel = engine.channel()) {
    const subscription = client.newSubscription(channel);
    const heard = listen(subscription);
    subscription.subscribe();
    return { subscription, heard };
  }

  test("a client that asks for some publications by their tags hears those, also after a cut", async (t) => {
    const channel = engine.channel();
    const cable = await Cable.to(engine.port, t);
    const client = await engine.connected({ cable });
    const tagsFilter = { op: "or", nodes: [
      { key: "ticker", cmp: "eq", val: "BTC" },
      { key: "price", cmp: "gte", val: "1000" },
    ] };
    const heard = listen(client.newSubscription(channel, { tagsFilter }));
    client.getSubscription(channel).subscribe();
    await heard.nth("subscribed");
    const publish = (data, ticker, price) => engine.api("publish", { channel, data, tags: { ticker, price } });
    await publish(1, "BTC", "10");
    await publish(2, "ETH", "20");
    await publish(3, "ETH", "1000.0");
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, [1, 3]);
    cable.cut();
    await heard.nth("subscribing", 2);
    await publish(4, "ETH", "1");
    await publish(5, "BTC", "1");
    cable.mend();
    assert.equal((await heard.nth("subscribed", 2)).recovered, true);
    await publish(6, "ETH", "1");
    await publish(7, "BTC", "1");
    await heard.nth("publication", 4);
    assert.deepEqual(heard.data, [1, 3, 5, 7]);
  });

  test("a filter that makes no sense is refused", async () => {
    const client = await engine.connected();
    const tagsFilter = { key: "price", cmp: "resembles", val: "1" };
    const subscription = client.newSubscription(engine.channel(), { tagsFilter });
    const heard = listen(subscription);
    subscription.subscribe();
    assert.equal((await heard.nth("unsubscribed")).code, 107);
  });

  async function present(client, subscription) {
    return Object.keys((await client.presence(subscription.channel)).clients).length;
  }

  async function assertCanSubscribe(client, subscription) {
    subscription.subscribe();
    await subscription.ready(5000);
    assert.equal(await present(client, subscription), 1);
  }

  async function assertOneThenNone(client, subscription) {
    assert.equal(subscription.state, "subscribed");
    assert.equal(await present(client, subscription), 1);
    subscription.unsubscribe();
    assert.equal(await present(client, subscription), 0);
  }
});
