"""Both gateways die under two thousand sockets: all are ready again, and nothing stored after that passes one by."""

import asyncio
import sys
import time
import uuid
from typing import Any, ClassVar

from django.test import tag

from gochat_site.seeding.load import LoadPlan, seed_load
from messaging.models import Message
from tests.client import Api, ApiError
from tests.client.http import Answer
from tests.faults.base import FaultCase
from tests.faults.storm import StormClient

SOCKETS = 2_000
ALL_READY_WITHIN_S = 300.0
PUSHED_WITHIN_S = 60.0


@tag("faults")
class StormTest(FaultCase):
    extra_env: ClassVar = {"LARGE_GROUP_THRESHOLD": "5000"}

    async def test_two_thousand_sockets_come_back_at_once(self) -> None:
        await self.run_aside(self.worker)
        tokens, self.group = await self.run_sync(self.make_people)
        urls = [gateway.url for gateway in self.gateways]
        people = [StormClient(token, urls if n % 2 else urls[::-1]) for n, token in enumerate(tokens[1:])]
        self.sender = Api(urls[0], tokens[0])
        self.sent: dict[int, float] = {}
        staying = [asyncio.create_task(person.stay()) for person in people]
        try:
            first_s = await self.await_all(people)
            sending = asyncio.create_task(self.send(urls))
            await asyncio.gather(*(self.run_aside(gateway.kill) for gateway in self.gateways))
            await asyncio.gather(*(self.run_aside(gateway.start) for gateway in self.gateways))
            again_s = await self.await_all(people)
            sending.cancel()
            await self.assert_pushed(people)
            sys.stderr.write(
                f"\n{len(people)} sockets ready after {first_s:.1f} s, again {again_s:.1f} s after the kill\n"
            )
        finally:
            for task in staying:
                task.cancel()
            await asyncio.gather(*staying, return_exceptions=True)

    def make_people(self) -> tuple[list[str], str]:
        """Users with tokens that last, all in one group: the tokens, and the group's id."""
        lines = list(seed_load(LoadPlan(SOCKETS + 1, 0, "storm", SOCKETS + 1)))
        return [line["access"] for line in lines if "access" in line], lines[-1]["conversation_id"]

    async def await_all(self, people: list[StormClient]) -> float:
        """Until every socket is ready; the seconds that it took."""
        started_at = time.monotonic()
        async with asyncio.timeout(ALL_READY_WITHIN_S):
            while not all(person.is_ready for person in people):  # noqa: ASYNC110 -- two thousand flags, not one event
                await asyncio.sleep(0.1)
        return time.monotonic() - started_at

    async def send(self, urls: list[str]) -> None:
        """A message a second to all, through whichever gateway takes it."""
        number = 0
        while True:
            number += 1
            self.sender.base_url = urls[number % 2]
            await self.say(f"number {number}")
            await asyncio.sleep(1.0)

    async def say(self, text: str) -> int | None:
        """Send one message; its seq, noted in `sent` with when its sending began; None when nobody took it."""
        began_at = time.monotonic()
        body: dict[str, Any] = {"client_msg_id": self.new_id(), "kind": "text", "content": {"text": text}}
        try:
            answer: Answer = await self.sender.call("POST", f"conversations/{self.group}/messages", body)
        except (OSError, TimeoutError, ApiError):
            return None
        if answer.status != 201:
            return None
        seq: int = answer.body["seq"]
        self.sent[seq] = began_at
        return seq

    async def assert_pushed(self, people: list[StormClient]) -> None:
        """Each has been pushed whatever was sent since it became ready, a last message included, in order."""
        last = None
        async with asyncio.timeout(PUSHED_WITHIN_S):
            while last is None:
                last = await self.say("the last")
        async with asyncio.timeout(PUSHED_WITHIN_S):
            while not all(last in person.seen for person in people):  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.1)
        for person in people:
            wanted = {seq for seq, began_at in self.sent.items() if began_at > person.ready_at}
            self.assertEqual(wanted - set(person.seen), set())
            firsts = list(dict.fromkeys(person.seen))
            self.assertEqual(firsts, sorted(firsts))
        stored = await self.run_sync(self.read_seqs)
        self.assertEqual(set(self.sent) - stored, set())

    def read_seqs(self) -> set[int]:
        """The seqs of the group's messages in the database."""
        return set(Message.objects.filter(conversation_id=int(self.group)).values_list("seq", flat=True))

    @staticmethod
    def new_id() -> str:
        """A client_msg_id."""
        return str(uuid.uuid4())
