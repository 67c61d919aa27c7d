// What the official JavaScript SDK gets of the publications it missed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { listen } from "./waiting.mjs";

suite("Recovery", (engine) => {
  test("what is published while the cable is cut arrives once and in order", async (t) => {
    const { channel, cable, heard, lost } = await subscribed(t, "recovery");
    await engine.publish(channel, 1, 2);
    await heard.nth("publication", 2);
    cable.cut();
    await lost();
    await engine.publish(channel, 3, 4, 5);
    cable.mend();
    const context = await heard.nth("subscribed", 2);
    assert.equal(context.wasRecovering, true);
    assert.equal(context.recovered, true);
    assert.equal(context.hasRecoveredPublications, true);
    await engine.publish(channel, 6);
    await heard.nth("publication", 6);
    assert.deepEqual(heard.data, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(offsets(heard), [1, 2, 3, 4, 5, 6]);
  });

  test("with nothing missed it is recovered without publications", async (t) => {
    const { channel, cable, heard, lost } = await subscribed(t, "recovery");
    await engine.publish(channel, 1);
    await heard.nth("publication");
    cable.cut();
    await lost();
    cable.mend();
    const context = await heard.nth("subscribed", 2);
    assert.equal(context.wasRecovering, true);
    assert.equal(context.recovered, true);
    assert.equal(context.hasRecoveredPublications, false);
    await engine.publish(channel, 2);
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, [1, 2]);
  });

  test("what is published before the first one is heard is recovered too", async (t) => {
    const { channel, cable, heard, lost } = await subscribed(t, "recovery");
    cable.cut();
    await lost();
    await engine.publish(channel, 1);
    cable.mend();
    assert.equal((await heard.nth("subscribed", 2)).recovered, true);
    await heard.nth("publication");
    assert.deepEqual(heard.data, [1]);
  });

  test("as much as is kept can be missed, and not one more", async (t) => {
    for (const [missed, recovered] of [[2, true], [3, false]]) {
      const { channel, cable, heard, lost } = await subscribed(t, "smallhistory");
      await engine.publish(channel, "before");
      await heard.nth("publication");
      cable.cut();
      await lost();
      await engine.publish(channel, ...Array(missed).fill("missed"));
      cable.mend();
      const context = await heard.nth("subscribed", 2);
      assert.equal(context.wasRecovering, true);
      assert.equal(context.recovered, recovered);
      assert.equal(context.hasRecoveredPublications, recovered);
      await engine.publish(channel, "after");
      const count = recovered ? 4 : 2;
      await heard.nth("publication", count);
      const missing = recovered ? ["missed", "missed"] : [];
      assert.deepEqual(heard.data, ["before", ...missing, "after"]);
      if (!recovered) assert.equal(context.streamPosition.offset, 1 + missed);
    }
  });

  test("a subscription begun again goes on where it ended", async () => {
    const client = await engine.connected();
    const subscription = client.newSubscription(engine.channel("recovery"));
    const heard = listen(subscription);
    subscription.subscribe();
    await heard.nth("subscribed");
    await subscription.publish("heard");
    subscription.unsubscribe();
    await client.publish(subscription.channel, "missed");
    subscription.subscribe();
    assert.equal((await heard.nth("subscribed", 2)).recovered, true);
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, ["heard", "missed"]);
  });

  test("a first subscription can begin at a position known from elsewhere", async () => {
    const channel = engine.channel("recovery");
    await engine.publish(channel, 1, 2, 3);
    const { epoch } = (await engine.api("history", { channel })).result;
    const client = await engine.connected();
    const subscription = client.newSubscription(channel, { since: { offset: 1, epoch } });
    const heard = listen(subscription);
    subscription.subscribe();
    assert.equal((await heard.nth("subscribed")).recovered, true);
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, [2, 3]);
  });

  test("a position of another epoch is not recovered from", async () => {
    const channel = engine.channel("recovery");
    await engine.publish(channel, 1, 2, 3);
    const client = await engine.connected();
    const since = { offset: 1, epoch: "another" };
    const subscription = client.newSubscription(channel, { since });
    const heard = listen(subscription);
    subscription.subscribe();
    const { wasRecovering, recovered, streamPosition } = await heard.nth("subscribed");
    assert.deepEqual({ wasRecovering, recovered }, { wasRecovering: true, recovered: false });
    assert.equal(streamPosition.offset, 3);
    await subscription.publish(4);
    assert.deepEqual(heard.data, [4]);
  });

  test("an engine that was killed has forgotten, says so, and goes on", async (t) => {
    const { channel, heard, lost } = await subscribed(t, "recovery");
    await engine.publish(channel, "forgotten");
    const { streamPosition: old } = await heard.nth("subscribed");
    await heard.nth("publication");
    await engine.crash();
    await lost();
    await engine.run();
    const { wasRecovering, recovered, streamPosition } = await heard.nth("subscribed", 2);
    assert.deepEqual({ wasRecovering, recovered }, { wasRecovering: true, recovered: false });
    assert.notEqual(streamPosition.epoch, old.epoch);
    await engine.publish(channel, "new");
    await heard.nth("publication", 2);
    assert.deepEqual(heard.data, ["forgotten", "new"]);
  });

  test("a cable cut again and again under a stream of publications loses and doubles none", async (t) => {
    const { channel, cable, heard } = await subscribed(t, "recovery");
    const numbers = Array.from({ length: 120 }, (_, i) => i + 1);
    for (const number of numbers) {
      if (number % 20 === 5) cable.cut();
      await engine.publish(channel, number);
      if (number % 20 === 15) cable.mend();
      // Every other time it must be back before the next cut; else it may still be on its way.
      if (number % 40 === 20) await heard.nth("publication", number);
    }
    await heard.nth("publication", numbers.length);
    assert.deepEqual(heard.data, numbers);
    const again = heard.all("subscribed").slice(1);
    assert.ok(again.length >= 3);
    assert.ok(again.every((context) => context.recovered));
  });

  async function subscribed(t, namespace) {
    const channel = engine.channel(namespace);
    const cable = await Cable.to(engine.port, t);
    const client = engine.client({ cable });
    const subscription = client.newSubscription(channel);
    const heard = listen(subscription);
    subscription.subscribe();
    client.connect();
    await heard.nth("subscribed");
    // The first is the beginning.
    const lost = (times = 1) => heard.nth("subscribing", 1 + times);
    return { channel, cable, heard, lost };
  }
});

function offsets(heard) {
  return heard.all("publication").map((publication) => publication.offset);
}
