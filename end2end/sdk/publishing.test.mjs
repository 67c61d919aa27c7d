// Publishing with the official JavaScript SDK, and who hears it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { suite } from "./server.mjs";
import { listen } from "./waiting.mjs";

suite("Publishing", (engine) => {
  test("what one publishes reaches oneself before the acknowledgement, and others", async () => {
    const channel = engine.channel();
    const { client, subscription, heard } = await subscribed(channel);
    const other = await subscribed(channel);
    const data = { text: "Zażółć gęślą jaźń 🐦", list: [1, 2.5, null, true], nothing: {} };

    assert.deepEqual(await subscription.publish(data), {});

    assert.equal(heard.all("publication").length, 1);
    for (const listener of [heard, other.heard]) {
      const publication = await listener.nth("publication");
      assert.deepEqual(publication.data, data);
      assert.equal(publication.channel, channel);
      assert.equal(publication.offset, 1);
      assert.equal(publication.info.client, engine.idOf(client));
    }
  });

  test("one may publish to a channel without being subscribed to it", async () => {
    const channel = engine.channel();
    const { heard } = await subscribed(channel);
    const writer = await engine.connected();
    await writer.publish(channel, "from outside");
    assert.equal((await heard.nth("publication")).data, "from outside");
  });

  test("a hundred publications under way at once arrive everywhere in the same order", async () => {
    const channel = engine.channel();
    const { subscription, heard } = await subscribed(channel);
    const other = await subscribed(channel);
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(numbers.map((number) => subscription.publish(number)));
    await other.heard.nth("publication", 100);
    assert.deepEqual(heard.data, numbers);
    assert.deepEqual(other.heard.data, numbers);
  });

  test("publishing to an unknown channel is refused", async () => {
    const client = await engine.connected();
    await assert.rejects(client.publish("unheard-of", 1), { code: 102 });
  });

  async function subscribed(channel) {
    const client = await engine.connected();
    const subscription = client.newSubscription(channel);
    const heard = listen(subscription);
    subscription.subscribe();
    await heard.nth("subscribed");
    return { client, subscription, heard };
  }
});
