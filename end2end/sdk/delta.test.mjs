// Patches in the place of whole publications, as the official JavaScript SDK asks for them and applies them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { listen } from "./waiting.mjs";

const WAYS = [
  { transport: "websocket", format: "json" },
  { transport: "websocket", format: "protobuf" },
  { transport: "http_stream", format: "json" },
  { transport: "http_stream", format: "protobuf" },
  { transport: "sse", format: "json" },
];

/** Data that are much like those before, with characters of several bytes where they differ. */
function story(number) {
  const moods = ["zażółć", "gęślą", "jaźń", "🐦", "🐧🐧"];
  const lines = Array.from({ length: 12 }, (_, line) => `line ${line}: ${"as ever ".repeat(3)}`);
  lines[number % 12] = `${moods[number % 5]} ${number}`;
  return { number, lines, mood: moods[(number + 2) % 5], nothing: null };
}

for (const way of WAYS) {
  suite(`Patches over ${way.transport} in ${way.format}`, (engine) => {
    const read = (data) => (way.format === "protobuf" ? JSON.parse(new TextDecoder().decode(data)) : data);

    test("what comes as patches is what was published", async () => {
      const channel = engine.channel();
      const { subscription, heard } = await subscribed(channel);
      const stories = Array.from({ length: 40 }, (_, number) => story(number));
      await engine.publish(channel, ...stories, "short", 7, ...stories);
      await heard.nth("publication", 82);
      assert.deepEqual(heard.data.map(read), [...stories, "short", 7, ...stories]);
      const stats = subscription.deltaStats();
      assert.equal(stats.numPublications, 82);
      // The first, the two that are too short, and the one after them.
      assert.equal(stats.numFullPayloads, 4);
      assert.ok(stats.compressionRatio > 0.6, `${stats.compressionRatio}`);
    });

    test("who comes back recovers, and goes on with patches", async (t) => {
      const channel = engine.channel();
      const cable = await Cable.to(engine.port, t);
      const { subscription, heard } = await subscribed(channel, { cable });
      await engine.publish(channel, story(1), story(2));
      await heard.nth("publication", 2);
      for (const round of [1, 2]) {
        cable.cut();
        await heard.nth("subscribing", 1 + round);
        await engine.publish(channel, story(10 * round), story(10 * round + 1));
        cable.mend();
        assert.equal((await heard.nth("subscribed", 1 + round)).recovered, true);
        await engine.publish(channel, story(10 * round + 2), story(10 * round + 3));
        await heard.nth("publication", 2 + 4 * round);
      }
      const numbers = [1, 2, 10, 11, 12, 13, 20, 21, 22, 23];
      assert.deepEqual(heard.data.map(read), numbers.map(story));
      // After each beginning one comes whole; what was recovered does too.
      assert.equal(subscription.deltaStats().numDeltaPayloads, 3);
    });

    async function subscribed(channel, { cable } = {}) {
      const client = await engine.connected({ ...way, cable });
      const subscription = client.newSubscription(channel, { delta: "fossil" });
      const heard = listen(subscription);
      subscription.subscribe();
      await heard.nth("subscribed");
      return { subscription, heard };
    }
  });
}

suite("Patches", (engine) => {
  test("several readers of both kinds each read what was published", async () => {
    const channel = engine.channel();
    const all = [];
    for (const options of [{ delta: "fossil" }, {}, { delta: "fossil" }]) {
      const client = await engine.connected();
      const subscription = client.newSubscription(channel, options);
      all.push(listen(subscription));
      subscription.subscribe();
      await all.at(-1).nth("subscribed");
      // Who comes later has not read the one before.
      await engine.publish(channel, story(all.length));
    }
    await engine.publish(channel, story(4), story(5));
    for (const [late, heard] of all.entries()) {
      await heard.nth("publication", 5 - late);
      assert.deepEqual(heard.data, [1, 2, 3, 4, 5].slice(late).map(story));
    }
  });
});
