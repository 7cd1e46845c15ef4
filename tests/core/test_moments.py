"""Moments over the real channel layer: from threads, from event loops, to every gateway, and never an exception."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import SimpleTestCase, override_settings

from core import moments
from core.metrics import counters

DEADLINE_S = 15.0
NOWHERE = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
    }
}


class MomentsTest(SimpleTestCase):
    @contextlib.asynccontextmanager
    async def listeners(self, count: int = 1) -> AsyncIterator[list["asyncio.Queue[dict[str, Any]]"]]:
        """Gateways that are subscribed."""
        queues: list[asyncio.Queue[dict[str, Any]]] = [asyncio.Queue() for _ in range(count)]
        tasks = [asyncio.create_task(moments.listen(queue.put_nowait)) for queue in queues]
        try:
            for queue in queues:
                await self._wait_until_heard(queue)
            for queue in queues:
                await asyncio.sleep(0.1)
                while not queue.empty():
                    queue.get_nowait()
            yield queues
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await get_channel_layer().flush()

    async def _wait_until_heard(self, queue: "asyncio.Queue[dict[str, Any]]") -> None:
        async with asyncio.timeout(DEADLINE_S):
            while queue.empty():
                await moments.atell_gateways({"type": "hello"})
                await asyncio.sleep(0.05)

    async def test_every_gateway_hears_what_a_thread_and_a_loop_say(self) -> None:
        async with self.listeners(2) as queues:
            ended = {"type": "sessions.ended", "session_ids": [1, 2**40], "code": 4403, "reason": "logout"}
            await sync_to_async(moments.tell_gateways)(ended)
            await moments.apush_to_users([1, 2], '{"type":"x","text":"你好"}'.encode(), exclude=["c1"])
            for queue in queues:
                async with asyncio.timeout(DEADLINE_S):
                    self.assertEqual(await queue.get(), ended)
                    push = await queue.get()
                self.assertEqual(push["type"], "users.push")
                self.assertEqual((push["user_ids"], push["exclude"]), ([1, 2], ["c1"]))
                self.assertEqual(push["frame"], '{"type":"x","text":"你好"}')

    async def test_a_push_to_nobody_is_not_sent(self) -> None:
        with patch.object(moments, "atell_gateways") as tell:
            await moments.apush_to_users([], b"{}")
        tell.assert_not_called()

    async def test_a_message_that_cannot_be_handled_does_not_end_the_listening(self) -> None:
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        def handle(message: dict[str, Any]) -> None:
            heard.put_nowait(message)
            raise ValueError

        task = asyncio.create_task(moments.listen(handle))
        try:
            await self._wait_until_heard(heard)
            await moments.atell_gateways({"type": "after"})
            async with asyncio.timeout(DEADLINE_S):
                while (await heard.get())["type"] != "after":
                    pass
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await get_channel_layer().flush()

    def test_outside_any_loop_it_works_and_without_redis_it_is_silent(self) -> None:
        lost = counters.moments_lost
        moments.tell_gateways({"type": "users.push", "user_ids": [1], "frame": "{}", "exclude": []})
        self.assertEqual(counters.moments_lost, lost)
        with override_settings(CHANNEL_LAYERS=NOWHERE):
            moments.tell_gateways({"type": "hello"})
        self.assertEqual(counters.moments_lost, lost + 1)
