"""The word filter on running processes: a rule that is switched on holds in every variant, for sender and readers."""

import asyncio

from asgiref.sync import sync_to_async
from django.test import tag

from moderation.models import AuditEntry, Case, FilterAction, FilterRule
from moderation.services.filtering_flags import report_hits
from moderation.services.filtering_rules import save_rule, switch_rules
from tests.client import ChatClient, RefusedError
from tests.client.record import Frame
from tests.factories import make_user
from tests.flows.base import FlowCase

WITHIN_S = 10.0


@tag("flows")
class WordFilterFlow(FlowCase):
    def setUp(self) -> None:
        super().setUp()
        self.moderator = make_user("mo", is_staff=True)

    async def make_rule(self, pattern: str, action: FilterAction, *, on: bool = True) -> FilterRule:
        """A rule by the moderator."""
        rule = FilterRule(pattern=pattern, action=action, is_on=on)
        return await sync_to_async(save_rule)(rule, actor=self.moderator, why="spam wave")

    async def until_masked(self, sender: ChatClient, chat: str, text: str) -> Frame:
        """Say it until the ack says that something else was stored."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                ack = await sender.say(chat, text)
                if "content" in ack:
                    return ack
                await asyncio.sleep(0.2)

    async def test_a_rule_that_is_switched_on_masks_every_variant_for_sender_and_reader(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            rule = await self.make_rule("spam", FilterAction.MASK, on=False)
            self.assertNotIn("content", await ann.say(chat, "spam"))
            await sync_to_async(switch_rules)([rule.pk], on=True, actor=self.moderator, why="rehearsed")
            await self.until_masked(ann, chat, "spam")
            for text, stored in (("buy ＳＰＡＭ now", "buy **** now"), ("s.p.a.m!", "*******!"), ("spamalot", None)):
                ack = await ann.say(chat, text)
                self.assertEqual(ack.get("content"), {"text": stored} if stored else None)
                page = await ben.api.get(f"conversations/{chat}/messages?limit=1")
                self.assertEqual(page["results"][-1]["content"], {"text": stored or text})
            acts = await sync_to_async(
                lambda: list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
            )()
            self.assertEqual(acts, ["filter-rule-added", "filter-rule-switched-on"])

    async def test_what_is_rejected_is_told_to_the_sender_and_reaches_nobody(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await self.make_rule("casino", FilterAction.REJECT)
            refusal = await self.until_rejected(ann, chat)
            self.assertEqual(refusal.frame["details"], {"reason": "word-filter"})
            before = (await ben.api.get(f"conversations/{chat}/messages"))["results"]
            with self.assertRaises(RefusedError):
                await ann.say(chat, "C A S I N O")
            await ann.say(chat, "hello")
            after = (await ben.api.get(f"conversations/{chat}/messages"))["results"]
            self.assertEqual([message["content"]["text"] for message in after[len(before) :]], ["hello"])

    async def until_rejected(self, sender: ChatClient, chat: str) -> RefusedError:
        """Say it until it is refused."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    await sender.say(chat, "casino")
                except RefusedError as refusal:
                    return refusal
                await asyncio.sleep(0.2)

    async def test_what_is_flagged_is_stored_and_becomes_a_report(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await self.make_rule("invoice", FilterAction.FLAG)
            async with asyncio.timeout(WITHIN_S):
                while not await sync_to_async(report_hits)():
                    ack = await ann.say(chat, "an i-n-v-o-i-c-e")
                    await asyncio.sleep(0.2)
            case = await sync_to_async(Case.objects.order_by("pk").first)()
            assert case is not None
            self.assertEqual((case.user_id, case.reason), (int(ann.user_id), "filter"))
            self.assertLessEqual(case.message_id or 0, int(ack["message_id"]))
