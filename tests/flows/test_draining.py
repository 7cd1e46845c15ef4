"""A gateway that is stopped drains: it closes with 1012, its clients go to another, and nothing is lost."""

import asyncio

from asgiref.sync import sync_to_async
from django.test import tag

from tests.flows.base import FlowCase


@tag("flows")
class DrainingTest(FlowCase):
    gateway_count = 2

    async def test_a_restart_under_load_costs_a_reconnect_and_no_message(self) -> None:
        async with self.people("ann", "ben", stay_online=True, patience_s=3.0) as (ann, ben):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "before")
            waiting = []
            stopping = asyncio.create_task(sync_to_async(self.gateways[0].stop, thread_sensitive=False)())
            for number in range(200):
                text = {"text": str(number)}
                waiting.append(ann.submit("send-message", chat, kind="text", content=text))
                await asyncio.sleep(0)
            exit_code = await stopping
            acks = await asyncio.wait_for(asyncio.gather(*waiting), 60)
            self.assertEqual(exit_code, 0)
            self.assertIn((1, 1012), ann.record.closes)
            assert ann.ready is not None
            self.assertEqual(ann.ready["gateway_id"], self.gateways[1].gateway_id)
            self.assertEqual([ack["seq"] for ack in acks], list(range(2, 202)))
            await ben.wait_until(lambda: ben.keeper.log(chat).held == 201, "all messages")
            await sync_to_async(self.gateways[0].start)()
