// Reading a channel's history with the official JavaScript SDK.
import assert from "node:assert/strict";
import { test } from "node:test";
import { suite } from "./server.mjs";

suite("History", (engine) => {
  test("without a limit it is the position alone", async () => {
    const { client, channel } = await filled(3);
    const { publications, offset, epoch } = await client.history(channel);
    assert.deepEqual(publications, []);
    assert.equal(offset, 3);
    assert.notEqual(epoch, "");
  });

  test("without an end it is everything, oldest first", async () => {
    const { client, channel } = await filled(5);
    const { publications } = await client.history(channel, { limit: -1 });
    assert.deepEqual(data(publications), [1, 2, 3, 4, 5]);
    assert.deepEqual(offsets(publications), [1, 2, 3, 4, 5]);
  });

  test("page after page goes forward to the end", async () => {
    const { client, channel } = await filled(10);
    const pages = await pagesOf(client, channel, { limit: 4 });
    assert.deepEqual(pages, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]);
  });

  test("page after page goes backward to the beginning", async () => {
    const { client, channel } = await filled(10);
    const pages = await pagesOf(client, channel, { limit: 4, reverse: true });
    assert.deepEqual(pages, [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]);
  });

  test("the position a page is read from is not part of it", async () => {
    const { client, channel } = await filled(5);
    const { epoch } = await client.history(channel);
    const since = { offset: 3, epoch };
    const forward = await client.history(channel, { limit: -1, since });
    assert.deepEqual(data(forward.publications), [4, 5]);
    const backward = await client.history(channel, { limit: -1, since, reverse: true });
    assert.deepEqual(data(backward.publications), [2, 1]);
    const top = await client.history(channel, { limit: -1, since: { offset: 5, epoch } });
    assert.deepEqual(top.publications, []);
  });

  test("no more is kept than the channel keeps, and the offsets go on", async () => {
    const { client, channel } = await filled(5, "smallhistory");
    const { publications, offset } = await client.history(channel, { limit: -1 });
    assert.deepEqual(data(publications), [4, 5]);
    assert.deepEqual(offsets(publications), [4, 5]);
    assert.equal(offset, 5);
  });

  test("a position of another epoch is refused", async () => {
    const { client, channel } = await filled(3);
    const since = { offset: 1, epoch: "another" };
    const history = client.history(channel, { limit: 10, since });
    await assert.rejects(history, { code: 112, message: "unrecoverable position" });
  });

  test("a subscription reads its own history", async () => {
    const { client, channel } = await filled(2);
    const subscription = client.newSubscription(channel);
    subscription.subscribe();
    const { publications } = await subscription.history({ limit: 1, reverse: true });
    assert.deepEqual(data(publications), [2]);
  });

  test("an unknown channel has none", async () => {
    const client = await engine.connected();
    await assert.rejects(client.history("unheard-of", { limit: 1 }), { code: 102 });
  });

  /** A connected client, and a channel with 1, 2, … in it. */
  async function filled(count, namespace = "test") {
    const client = await engine.connected();
    const channel = engine.channel(namespace);
    for (let number = 1; number <= count; number += 1) await client.publish(channel, number);
    return { client, channel };
  }

  async function pagesOf(client, channel, options) {
    const pages = [];
    let since;
    // One more than there can be: an iteration that does not end fails.
    while (pages.length < 10) {
      const { publications, epoch } = await client.history(channel, { ...options, since });
      if (publications.length === 0) return pages;
      pages.push(data(publications));
      since = { offset: publications.at(-1).offset, epoch };
    }
    return pages;
  }
});

function data(publications) {
  return publications.map((publication) => publication.data);
}

function offsets(publications) {
  return publications.map((publication) => publication.offset);
}
