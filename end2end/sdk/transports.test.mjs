// Whatever the official JavaScript SDK speaks, and whatever it speaks over: the same things happen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { eventually, listen } from "./waiting.mjs";

const WAYS = [
  { transport: "websocket", format: "protobuf" },
  { transport: "http_stream", format: "json" },
  { transport: "http_stream", format: "protobuf" },
  { transport: "sse", format: "json" },
];

for (const way of WAYS) {
  suite(`${way.transport} in ${way.format}`, (engine) => {
    test("a client connects over it, calls, and disconnects", async () => {
      const client = engine.client(way);
      const heard = listen(client);
      client.connect();
      assert.equal((await heard.nth("connected")).transport, way.transport);
      await assert.rejects(client.rpc("add", write({ left: 1 })), { code: 108 });
      client.disconnect();
      assert.equal((await heard.nth("disconnected")).code, 0);
      await eventually(async () => (await engine.api("info", {})).result.nodes[0].num_clients, 0);
    });

    test("what one publishes is heard by oneself and by a client that speaks JSON on a socket", async () => {
      const channel = engine.channel();
      const { client, subscription, heard } = await subscribed(channel);
      const other = await engine.connected();
      const others = listen(other.newSubscription(channel));
      other.getSubscription(channel).subscribe();
      await others.nth("subscribed");
      const data = { text: "Zażółć gęślą jaźń 🐦", list: [1, 2.5, null, true], nothing: {} };
      await subscription.publish(write(data));
      const own = await heard.nth("publication");
      assert.deepEqual(read(own.data), data);
      assert.equal(Number(own.offset), 1);
      assert.equal(own.info.client, engine.idOf(client));
      assert.deepEqual((await others.nth("publication")).data, data);
      await other.publish(channel, "from a socket");
      assert.equal(read((await heard.nth("publication", 2)).data), "from a socket");
    });

    test("history, presence and who comes and goes", async () => {
      const channel = engine.channel("joinleave");
      const { client, subscription, heard } = await subscribed(channel);
      assert.equal((await heard.nth("join")).info.client, engine.idOf(client));
      await engine.publish(channel, 1, 2, 3);
      const page = await subscription.history({ limit: 2, reverse: true });
      assert.deepEqual(page.publications.map((publication) => read(publication.data)), [3, 2]);
      assert.deepEqual(Object.keys((await client.presence(channel)).clients), [engine.idOf(client)]);
      const guest = await engine.connected(way);
      guest.newSubscription(channel).subscribe();
      assert.equal((await heard.nth("join", 2)).info.client, engine.idOf(guest));
      const stats = await client.presenceStats(channel);
      assert.deepEqual([stats.numClients, stats.numUsers], [2, 1]);
      guest.disconnect();
      assert.equal((await heard.nth("leave")).info.client, engine.idOf(guest));
    });

    test("what is published while the cable is cut arrives once and in order", async (t) => {
      const cable = await Cable.to(engine.port, t);
      const channel = engine.channel("recovery");
      const { heard } = await subscribed(channel, { cable });
      await engine.publish(channel, 1, 2);
      await heard.nth("publication", 2);
      cable.cut();
      await heard.nth("subscribing", 2);
      await engine.publish(channel, 3, 4);
      cable.mend();
      const again = await heard.nth("subscribed", 2);
      assert.deepEqual([again.wasRecovering, again.recovered], [true, true]);
      await engine.publish(channel, 5);
      await heard.nth("publication", 5);
      assert.deepEqual(heard.data.map(read), [1, 2, 3, 4, 5]);
    });

    test("whoever is sent away for good stays away", async () => {
      const client = await engine.connected(way);
      const heard = listen(client);
      await engine.api("disconnect", { user: "", client: engine.idOf(client) });
      const why = await heard.nth("disconnected");
      assert.deepEqual([why.code, why.reason], [3503, "force disconnect"]);
    });

    async function subscribed(channel, options) {
      const client = await engine.connected({ ...way, ...options });
      const subscription = client.newSubscription(channel);
      const heard = listen(subscription);
      subscription.subscribe();
      await heard.nth("subscribed");
      return { client, subscription, heard };
    }
  });

  // In Protobuf the SDK leaves to its user what is in a payload.
  function write(data) {
    return way.format === "protobuf" ? new TextEncoder().encode(JSON.stringify(data)) : data;
  }

  function read(data) {
    return way.format === "protobuf" ? JSON.parse(new TextDecoder().decode(data)) : data;
  }
}
