// Who is in a channel, who comes and who goes, with the official JavaScript SDK.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "./cable.mjs";
import { suite } from "./server.mjs";
import { listen } from "./waiting.mjs";

suite("Members", (engine) => {
  test("presence tells who is in a channel, and how many", async () => {
    const channel = engine.channel();
    const one = await subscribed(channel);
    const two = await subscribed(channel);
    const { clients } = await one.subscription.presence();
    assert.deepEqual(Object.keys(clients).sort(), [one.id, two.id].sort());
    assert.equal(clients[two.id].client, two.id);
    assert.equal((await one.subscription.presenceStats()).numClients, 2);
    await two.leave();
    assert.deepEqual(Object.keys((await one.subscription.presence()).clients), [one.id]);
    assert.equal((await one.subscription.presenceStats()).numClients, 1);
  });

  test("presence can be asked of a channel one is not in, and of an empty one", async () => {
    const channel = engine.channel();
    const inside = await subscribed(channel);
    const outside = await engine.connected();
    assert.deepEqual(Object.keys((await outside.presence(channel)).clients), [inside.id]);
    assert.equal((await outside.presenceStats(channel)).numClients, 1);
    const empty = engine.channel();
    assert.deepEqual((await outside.presence(empty)).clients, {});
    const { numClients, numUsers } = await outside.presenceStats(empty);
    assert.deepEqual({ numClients, numUsers }, { numClients: 0, numUsers: 0 });
  });

  test("an unknown channel has no presence", async () => {
    const client = await engine.connected();
    await assert.rejects(client.presence("unheard-of"), { code: 102 });
    await assert.rejects(client.presenceStats("unheard-of"), { code: 102 });
  });

  test("who is there hears who comes, and who unsubscribes", async () => {
    const channel = engine.channel("joinleave");
    const host = await subscribed(channel);
    const guest = await subscribed(channel);
    assert.deepEqual(await others(host, "join", 1), [guest.id]);
    await guest.leave();
    assert.equal((await host.heard.nth("leave")).info.client, guest.id);
  });

  test("who is there hears who disconnects", async () => {
    const channel = engine.channel("joinleave");
    const host = await subscribed(channel);
    const guest = await subscribed(channel);
    guest.client.disconnect();
    assert.equal((await host.heard.nth("leave")).info.client, guest.id);
  });

  test("who is there hears whose cable was cut, and who comes back as somebody else", async (t) => {
    const channel = engine.channel("joinleave");
    const host = await subscribed(channel);
    const cable = await Cable.to(engine.port, t);
    const guest = await subscribed(channel, { cable });
    cable.cut();
    assert.equal((await host.heard.nth("leave")).info.client, guest.id);
    cable.mend();
    await guest.heard.nth("subscribed", 2);
    const [first, second] = await others(host, "join", 2);
    assert.equal(first, guest.id);
    assert.equal(second, engine.idOf(guest.client));
    assert.notEqual(first, second);
  });

  test("a channel without join and leave tells neither", async () => {
    const channel = engine.channel();
    const host = await subscribed(channel);
    const guest = await subscribed(channel);
    await guest.leave();
    // Would have come before this.
    await host.subscription.publish("now");
    assert.deepEqual(host.heard.all("join"), []);
    assert.deepEqual(host.heard.all("leave"), []);
  });

  async function subscribed(channel, options) {
    const client = await engine.connected(options);
    const id = engine.idOf(client);
    const subscription = client.newSubscription(channel);
    const heard = listen(subscription);
    subscription.subscribe();
    await heard.nth("subscribed");
    const leave = async () => {
      subscription.unsubscribe();
      // Answered after the unsubscription was.
      await client.presenceStats(channel);
    };
    return { client, id, subscription, heard, leave };
  }

  /** The ids of the first to come beside oneself. */
  async function others(host, event, count) {
    // One's own arrival is told too.
    await host.heard.nth(event, count + 1);
    const ids = host.heard.all(event).map((context) => context.info.client);
    assert.equal(ids[0], host.id);
    return ids.slice(1);
  }
});
