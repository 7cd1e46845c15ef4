"""The delivery trace on running processes: what `manage.py trace` tells of messages that went their way."""

import io
import json
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.test import override_settings, tag

from devstack import testing
from devstack.ports import wait_until
from messaging.delivery.tracing import read_steps
from tests.client import ChatClient
from tests.flows.base import FlowCase


def trace(*arguments: str) -> str:
    """What the command prints."""
    out = io.StringIO()
    with override_settings(TRACE_SAMPLE=1.0):
        call_command("trace", *arguments, stdout=out)
    return out.getvalue()


def trace_json(message_id: str, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(trace(message_id, "--json", *arguments))
    return answer


def await_steps(message_id: str, *names: str) -> None:
    """Steps are written a moment after they were taken. Raises AssertionError."""

    def found() -> set[str]:
        return {step.name for step in read_steps(int(message_id)) or []}

    wait_until(lambda: found() >= set(names), timeout_s=20.0)
    assert found() >= set(names), f"{names} are not all in {found()}"


@tag("flows")
class TraceFlowTest(FlowCase):
    gateway_count = 2
    env: ClassVar = {"TRACE_SAMPLE": "1", "LARGE_GROUP_THRESHOLD": "3", "LARGE_GROUP_DELIVERY": "online"}

    async def report(self, client: ChatClient, kind: str, conversation_id: str, seq: int) -> None:
        client.push({"type": kind, "conversation_id": conversation_id, "seq": seq})

    async def test_a_message_is_followed_from_socket_to_socket(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            ack = await ann.say(group, "hello")
            await ben.wait_for_message(group, ack["seq"])
            await self.report(ben, "message-received", group, ack["seq"])
            await self.report(cho, "mark-read", group, ack["seq"])
            steps = ("accepted", "stored", "published", "acknowledged", "pushed", "received", "read")
            await sync_to_async(await_steps)(ack["message_id"], *steps)
            found = await sync_to_async(trace_json)(ack["message_id"])
            here, there = (gateway.gateway_id for gateway in self.gateways)
            by_name: dict[str, list[dict[str, Any]]] = {}
            for step in found["steps"]:
                by_name.setdefault(step["name"], []).append(step)
            self.assertEqual([step["process"] for step in by_name["accepted"]], [here])
            self.assertEqual([step["count"] for step in by_name["stored"]], [1])
            self.assertEqual({step["gateway"] for step in by_name["published"]}, {here, there})
            pushed = {step["gateway"]: step for step in by_name["pushed"]}
            self.assertEqual(pushed[there]["users"], [int(ben.user_id)])
            self.assertIn(int(cho.user_id), pushed[here]["users"])
            self.assertEqual([step["users"] for step in by_name["read"]], [[int(cho.user_id)]])
            self.assertEqual(found["reach"], {"members": 3, "received": 3, "read": 2})
            text = await sync_to_async(trace)(ack["message_id"])
            self.assertIn(f"pushed       {there}", text)
            self.assertNotIn("hello", text)

    async def test_each_who_has_it_and_each_who_has_not_is_told_why(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            await cho.disconnect()
            ack = await ann.say(group, "hello")
            await ben.wait_for_message(group, ack["seq"])
            await sync_to_async(await_steps)(ack["message_id"], "published", "pushed")
            explain = sync_to_async(lambda who: trace_json(ack["message_id"], "--user", who.user_id)["explained"][0])
            self.assertIn(f"Pushed by gateway {self.gateways[1].gateway_id}", await explain(ben))
            # Presence may outlive the socket for a moment: then the gateway was asked, and found nobody.
            self.assertRegex(await explain(cho), "no socket when it was published|has not pushed it to them")
            self.assertIn("They wrote it", await explain(ann))
            dan = await self.person("dan")
            self.assertIn("never were", await explain(dan))

    async def test_a_large_group_is_followed_through_the_fan_out(self) -> None:
        async with self.people("ann", "ben", "cho", "dan") as (ann, *others):
            group = await self.group(ann, *others)
            with testing.celery_worker(env=self.env), testing.worker("fanout", env=self.env):
                ack = await ann.say(group, "hello")
                for member in others:
                    await member.wait_for_message(group, ack["seq"])
                await sync_to_async(await_steps)(ack["message_id"], "queued", "fanned-out", "pushed")
            found = await sync_to_async(trace_json)(ack["message_id"])
            pushed = {user for step in found["steps"] if step["name"] == "pushed" for user in step["users"]}
            self.assertLessEqual({int(member.user_id) for member in others}, pushed)

    async def test_what_is_no_message_or_no_user_is_said(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            ack = await ann.say(await self.direct(ann, ben), "hello")
            for arguments in (
                ("1",),
                ("99999999999999999999999",),
                (ack["message_id"], "--user", "nobody_of_that_name"),
            ):
                with self.assertRaises(CommandError):
                    await sync_to_async(trace)(*arguments)
