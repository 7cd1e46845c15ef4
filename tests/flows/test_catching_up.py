"""Flows 2 and 3 for who was not there: history, events, sync, gaps, and what HTTP writes put into the log."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.test import tag

from core.redis import get_redis
from messaging.delivery.recent import read_recent
from tests.client import ChatClient
from tests.flows.base import FlowCase


@tag("flows")
class HistoryTest(FlowCase):
    async def write(self, client: ChatClient, chat: str, count: int) -> None:
        """Messages with the texts 1, 2, 3 ..."""
        texts = [{"text": str(number)} for number in range(1, count + 1)]
        await asyncio.gather(*(client.submit("send-message", chat, kind="text", content=text) for text in texts))

    def seqs(self, page: dict[str, Any]) -> list[int]:
        return [message["seq"] for message in page["results"]]

    async def test_history_is_read_before_after_and_around_a_seq(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await self.write(ann, chat, 30)
            path = f"conversations/{chat}/messages"
            newest = await ben.api.get(path, limit=10)
            self.assertEqual((self.seqs(newest), newest["as_of_seq"]), (list(range(21, 31)), 30))
            self.assertEqual((newest["has_before"], newest["has_after"]), (True, False))
            before = await ben.api.get(path, before_seq=11, limit=10)
            self.assertEqual((self.seqs(before), before["has_before"]), (list(range(1, 11)), False))
            after = await ben.api.get(path, after_seq=5, limit=5)
            self.assertEqual((self.seqs(after), after["has_after"]), ([6, 7, 8, 9, 10], True))
            around = await ben.api.get(path, around_seq=15, limit=5)
            self.assertIn(15, self.seqs(around))
            self.assertEqual((around["has_before"], around["has_after"]), (True, True))

    async def test_the_newest_page_in_redis_equals_the_database(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            for already in (0, 35):  # a larger batch leaves the page to its next reader
                await self.write(ann, chat, 35)
                await ben.api.get(f"conversations/{chat}/messages")  # fills what an update lost on its way has left
                await self.wait_for_page(chat, already + 35)
            await self.assert_page_is_true(ben, chat)
            await ann.command("edit-message", chat, message_id=id_at(ben, chat, 60), content={"text": "changed"})
            await self.assert_page_is_true(ben, chat)
            await self.write(ann, chat, 5)
            await self.assert_page_is_true(ben, chat)

    async def wait_for_page(self, chat: str, last_seq: int) -> None:
        """Until Redis holds the newest page as of `last_seq`."""
        async with asyncio.timeout(20):
            while await sync_to_async(read_recent)(int(chat), last_seq) is None:  # noqa: ASYNC110 -- Redis sends no signal
                await asyncio.sleep(0.02)

    async def assert_page_is_true(self, client: ChatClient, chat: str) -> None:
        """The page is the same with what Redis holds, and after Redis has lost it."""
        path = f"conversations/{chat}/messages"
        from_redis = await client.api.get(path)
        await sync_to_async(get_redis().flushdb)()
        from_database = await client.api.get(path)
        self.assertEqual(from_redis, from_database)

    async def test_events_give_the_whole_log_in_order_and_by_pages(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await self.write(ann, chat, 5)
            target = id_at(ann, chat, 2)
            await ben.command("react", chat, message_id=target, emoji="👍", op="add")
            await ann.command("recall-message", chat, message_id=target)
            page = await ben.api.get(f"conversations/{chat}/events", after_seq=3, limit=2)
            self.assertEqual([event["seq"] for event in page["events"]], [4, 5])
            self.assertEqual((page["last_seq"], page["has_more"]), (7, True))
            rest = await ben.api.get(f"conversations/{chat}/events", after_seq=5)
            names = [(event["seq"], event["event"]) for event in rest["events"]]
            self.assertEqual(names, [(6, "reaction-added"), (7, "message-recalled")])
            self.assertFalse(rest["has_more"])


@tag("flows")
class CatchingUpTest(FlowCase):
    gateway_count = 2

    async def test_a_client_that_lost_pushes_sees_the_gap_and_closes_it(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "one")
            await ben.wait_for_message(chat, 1)
            take, ben.keeper.take = ben.keeper.take, lambda frame: None  # type: ignore[method-assign] # two pushes lost
            await ann.say(chat, "two")
            await ann.say(chat, "three")
            await ben.wait_for_message(chat, 3)
            ben.keeper.take = take  # type: ignore[method-assign] # and found again
            await ann.say(chat, "four")
            await ben.wait_until(lambda: ben.keeper.log(chat).held == 4, "the gap to close")

    async def test_sync_tells_what_changed_since(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            old, busy = await self.direct(ann, ben), await self.direct(ann, cho)
            await ann.say(old, "long ago")
            await ann.say(busy, "also")
            first = await ann.ask("sync")
            self.assertEqual({c["id"] for c in first["conversations"]}, {old, busy})
            await cho.say(busy, "news")
            second = await ann.ask("sync", since=first["next"])
            changed = {c["id"]: c for c in second["conversations"]}
            self.assertEqual(changed[busy]["last_message"]["content"], {"text": "news"})
            self.assertEqual(changed[busy]["unread_count"], 1)
            self.assertFalse(second["has_more"])

    async def test_pins_made_over_http_arrive_in_seq_order_with_messages_sent_at_the_same_time(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.group(ann, ben)
            targets = [await ann.say(chat, f"pin me {number}") for number in range(5)]
            waiting: list[Any] = []
            for target in targets:
                waiting.append(ann.api.call("PUT", f"conversations/{chat}/pins/{target['message_id']}"))
                for number in range(4):
                    text = {"text": f"meanwhile {number}"}
                    waiting.append(ann.submit("send-message", chat, kind="text", content=text))
            await asyncio.gather(*waiting)
            first, last = targets[-1]["seq"] + 1, targets[-1]["seq"] + 25
            await ben.wait_until(lambda: ben.keeper.log(chat).held == last, "all 25", timeout_s=30)
            arrived = [seq for seq in map(_seq_of, ben.record.arrivals) if seq is not None and seq >= first]
            self.assertEqual(arrived, list(range(first, last + 1)))
            pinned = await ben.api.list_all(f"conversations/{chat}/pins")
            self.assertEqual({m["message_id"] for m in pinned}, {t["message_id"] for t in targets})

    async def test_a_group_s_new_name_reaches_its_members_as_an_event_and_on_the_conversation(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben, name="Tea")
            await ann.api.call("PATCH", f"groups/{group}", {"name": "Coffee"})
            event = await ben.wait_for("conversation-event", event="group-updated")
            self.assertEqual((event["conversation_id"], event["group"]["name"]), (group, "Coffee"))
            updated = await ben.wait_for("conversation-updated")
            self.assertEqual((updated["conversation"]["id"], updated["conversation"]["title"]), (group, "Coffee"))
            self.assertEqual((await ben.api.get(f"conversations/{group}"))["title"], "Coffee")

    async def test_the_view_of_one_device_reaches_the_others(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ben.say(chat, "hello")
            other = await self.another_device(ann)
            await ann.api.call("PATCH", f"conversations/{chat}", {"draft": "half a sent", "pinned": True})
            updated = await other.wait_for("conversation-updated")
            self.assertEqual(
                (updated["conversation"]["draft"], updated["conversation"]["pinned"]), ("half a sent", True)
            )
            self.assertFalse(ben.record.frames("conversation-updated"))


def id_at(client: ChatClient, chat: str, seq: int) -> str:
    """The id of the message at `seq` in what this client holds or was told."""
    found = [
        sent.acks[0]["message_id"] for sent in client.record.sent.values() if sent.acks and sent.acks[0]["seq"] == seq
    ]
    found += [message["message_id"] for message in client.pushed(chat, seq)]
    return str(found[0])


def _seq_of(arrival: Any) -> int | None:
    frame = arrival.frame
    if frame["type"] == "new-message":
        return int(frame["message"]["seq"])
    if frame["type"] == "conversation-event":
        return int(frame["seq"])
    return None
