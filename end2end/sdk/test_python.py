"""The official Python SDK of Centrifugo, unchanged, against the real-time engine alone."""

import asyncio
import itertools
import json
import unittest

import centrifuge
from centrifuge import ClientEventHandler, ReplyError, StreamPosition, SubscriptionEventHandler

from engine import Cable, Engine

PATIENCE = 5
NUMBERS = itertools.count(1)


def channel(namespace: str = "test") -> str:
    """One that no other test uses."""
    return f"{namespace}:{next(NUMBERS)}"


def payload(data):
    """What is in a publication: in Protobuf the SDK leaves it as it came."""
    return json.loads(data) if isinstance(data, bytes) else data


class Diary:
    """What happened, to be awaited one by one."""

    def __init__(self) -> None:
        self._events = {}

    def note(self, name: str, context) -> None:
        self._queue(name).put_nowait(context)

    async def next(self, name: str):
        try:
            return await asyncio.wait_for(self._queue(name).get(), PATIENCE)
        except asyncio.TimeoutError:
            raise AssertionError(f"in vain waited for: {name}") from None

    async def next_data(self, count: int) -> list:
        return [payload((await self.next("publication")).pub.data) for _ in range(count)]

    def is_empty(self, name: str) -> bool:
        return self._queue(name).empty()

    def _queue(self, name: str) -> asyncio.Queue:
        return self._events.setdefault(name, asyncio.Queue())


class ClientDiary(ClientEventHandler, Diary):
    async def on_connecting(self, ctx):
        self.note("connecting", ctx)

    async def on_connected(self, ctx):
        self.note("connected", ctx)

    async def on_disconnected(self, ctx):
        self.note("disconnected", ctx)


class SubscriptionDiary(SubscriptionEventHandler, Diary):
    async def on_subscribing(self, ctx):
        self.note("subscribing", ctx)

    async def on_subscribed(self, ctx):
        self.note("subscribed", ctx)

    async def on_unsubscribed(self, ctx):
        self.note("unsubscribed", ctx)

    async def on_publication(self, ctx):
        self.note("publication", ctx)

    async def on_join(self, ctx):
        self.note("join", ctx)

    async def on_leave(self, ctx):
        self.note("leave", ctx)


class InJson(unittest.IsolatedAsyncioTestCase):
    is_protobuf = False

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.run()
        cls.addClassCleanup(cls.engine.kill)

    async def test_a_client_connects_and_disconnects(self):
        client, heard, context = await self.connected()
        self.assertRegex(context.client, r"^[0-9a-f-]{36}$")
        self.assertTrue(context.version.startswith("Hubbub "))
        await client.disconnect()
        self.assertEqual((await heard.next("disconnected")).code, 0)

    async def test_connecting_and_disconnecting_again_and_again_ends_connected(self):
        client, heard, first = await self.connected()
        ids = {first.client}
        for _ in range(10):
            await client.disconnect()
            await client.connect()
            ids.add((await heard.next("connected")).client)
        self.assertEqual(len(ids), 11)

    async def test_what_one_publishes_reaches_oneself_and_others(self):
        name = channel()
        client, _, context = await self.connected()
        subscription, heard, _ = await self.subscribed(client, name)
        other, _, _ = await self.connected()
        _, others, _ = await self.subscribed(other, name)
        data = {"text": "Zażółć gęślą jaźń 🐦", "list": [1, 2.5, None, True]}
        await subscription.publish(self.say(data))
        for diary in (heard, others):
            publication = (await diary.next("publication")).pub
            self.assertEqual(payload(publication.data), data)
            self.assertEqual(publication.offset, 1)
            self.assertEqual(publication.info.client, context.client)

    async def test_after_unsubscribing_one_hears_nothing(self):
        client, _, _ = await self.connected()
        subscription, heard, _ = await self.subscribed(client, channel())
        await subscription.unsubscribe()
        self.assertEqual((await heard.next("unsubscribed")).code, 0)
        await client.publish(subscription.channel, self.say("not heard"))
        self.assertTrue(heard.is_empty("publication"))

    async def test_history_is_read_forward_and_backward_from_a_position(self):
        client, _, _ = await self.connected()
        name = channel()
        for number in range(1, 6):
            await client.publish(name, self.say(number))

        async def read(**options):
            page = await client.history(name, **options)
            return [payload(publication.data) for publication in page.publications]

        top = await client.history(name)
        self.assertEqual((top.offset, top.publications), (5, []))
        since = StreamPosition(offset=3, epoch=top.epoch)
        self.assertEqual(await read(limit=-1), [1, 2, 3, 4, 5])
        self.assertEqual(await read(limit=2), [1, 2])
        self.assertEqual(await read(limit=2, reverse=True), [5, 4])
        self.assertEqual(await read(limit=10, since=since), [4, 5])
        self.assertEqual(await read(limit=10, since=since, reverse=True), [2, 1])
        with self.assertRaises(ReplyError) as refusal:
            await read(limit=10, since=StreamPosition(offset=3, epoch="another"))
        self.assertEqual(refusal.exception.code, 112)

    async def test_presence_tells_who_is_there(self):
        name = channel()
        one, _, first = await self.connected()
        two, _, second = await self.connected()
        await self.subscribed(one, name)
        subscription, _, _ = await self.subscribed(two, name)
        ids = {first.client, second.client}
        self.assertEqual(set((await one.presence(name)).clients), ids)
        self.assertEqual((await one.presence_stats(name)).num_clients, 2)
        await subscription.unsubscribe()
        # Answered after the unsubscription was.
        self.assertEqual(set((await two.presence(name)).clients), {first.client})
        self.assertEqual((await one.presence_stats(name)).num_clients, 1)
        self.assertEqual((await one.presence_stats(channel())).num_clients, 0)

    async def test_who_comes_and_who_goes_is_told(self):
        name = channel("joinleave")
        host, _, first = await self.connected()
        _, heard, _ = await self.subscribed(host, name)
        self.assertEqual((await heard.next("join")).info.client, first.client)
        guest, _, second = await self.connected()
        subscription, _, _ = await self.subscribed(guest, name)
        self.assertEqual((await heard.next("join")).info.client, second.client)
        await subscription.unsubscribe()
        self.assertEqual((await heard.next("leave")).info.client, second.client)
        await subscription.subscribe()
        self.assertEqual((await heard.next("join")).info.client, second.client)
        await guest.disconnect()
        self.assertEqual((await heard.next("leave")).info.client, second.client)

    async def test_what_is_published_while_the_cable_is_cut_arrives_once_and_in_order(self):
        name = channel("recovery")
        async with Cable(self.engine.port) as cable:
            client, _, _ = await self.connected(cable.port)
            _, heard, first = await self.subscribed(client, name)
            self.assertTrue(first.recoverable)
            await self.engine.publish(name, 1, 2)
            self.assertEqual(await heard.next_data(2), [1, 2])
            await heard.next("subscribing")
            cable.cut()
            await heard.next("subscribing")
            await self.engine.publish(name, 3, 4, 5)
            cable.mend()
            again = await heard.next("subscribed")
            self.assertEqual((again.was_recovering, again.recovered), (True, True))
            await self.engine.publish(name, 6)
            self.assertEqual(await heard.next_data(4), [3, 4, 5, 6])
            await client.presence(name)
            self.assertTrue(heard.is_empty("publication"))

    async def test_more_than_is_kept_is_not_recovered_and_said_to_be_lost(self):
        name = channel("smallhistory")
        async with Cable(self.engine.port) as cable:
            client, _, _ = await self.connected(cable.port)
            _, heard, _ = await self.subscribed(client, name)
            await heard.next("subscribing")
            cable.cut()
            await heard.next("subscribing")
            await self.engine.publish(name, 1, 2, 3)
            cable.mend()
            again = await heard.next("subscribed")
            self.assertEqual((again.was_recovering, again.recovered), (True, False))
            self.assertEqual(again.stream_position.offset, 3)
            await self.engine.publish(name, 4)
            self.assertEqual(await heard.next_data(1), [4])

    async def test_an_engine_that_was_killed_has_forgotten_and_goes_on(self):
        name = channel("recovery")
        client, heard_by_client, _ = await self.connected()
        _, heard, first = await self.subscribed(client, name)
        await self.engine.publish(name, "forgotten")
        self.assertEqual(await heard.next_data(1), ["forgotten"])
        await heard_by_client.next("connecting")
        self.engine.kill()
        await heard_by_client.next("connecting")
        self.engine.run()
        await heard_by_client.next("connected")
        again = await heard.next("subscribed")
        self.assertEqual((again.was_recovering, again.recovered), (True, False))
        self.assertNotEqual(again.stream_position.epoch, first.stream_position.epoch)
        await self.engine.publish(name, "new")
        self.assertEqual(await heard.next_data(1), ["new"])

    async def test_an_unknown_channel_is_refused(self):
        client, _, _ = await self.connected()
        heard = SubscriptionDiary()
        await client.new_subscription("unheard-of", events=heard).subscribe()
        self.assertEqual((await heard.next("unsubscribed")).code, 102)
        with self.assertRaises(ReplyError) as refusal:
            await client.publish("unheard-of", self.say(1))
        self.assertEqual(refusal.exception.code, 102)

    async def test_a_method_without_a_handler_is_not_available(self):
        client, _, _ = await self.connected()
        with self.assertRaises(ReplyError) as refusal:
            await client.rpc("add", self.say({"left": 1}))
        self.assertEqual(refusal.exception.code, 108)

    def say(self, data):
        """What the SDK is given to send: in Protobuf it wants bytes."""
        return json.dumps(data).encode() if self.is_protobuf else data

    async def connected(self, port=None):
        """A client that tries again at once, its events, and how it connected."""
        heard = ClientDiary()
        client = centrifuge.Client(
            f"ws://127.0.0.1:{port or self.engine.port}/connection/websocket",
            events=heard,
            min_reconnect_delay=0.02,
            max_reconnect_delay=0.1,
            use_protobuf=self.is_protobuf,
            # Not what the environment may name.
            proxy=None,
        )
        self.addAsyncCleanup(client.disconnect)
        await client.connect()
        return client, heard, await heard.next("connected")

    @staticmethod
    async def subscribed(client, name):
        """A subscription, its events, and how it began."""
        heard = SubscriptionDiary()
        subscription = client.new_subscription(name, events=heard)
        await subscription.subscribe()
        return subscription, heard, await heard.next("subscribed")


class InProtobuf(InJson):
    """The same in the other format, beside clients that speak JSON to the server API."""

    is_protobuf = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
