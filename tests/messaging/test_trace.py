"""What the trace says of one message, and why it says that somebody did not get it."""

from datetime import timedelta
from typing import Any
from unittest import mock

import msgspec
from django.test import TestCase, override_settings

from accounts.models import Block, Session, User
from core import clock
from core.ids import log_id
from core.kafka import dead_letters
from core.kafka.dead_letters import DeadLetter, Entry
from core.models import OutboxEntry
from core.redis import get_redis
from messaging import records
from messaging.commands import SendMessage
from messaging.delivery import tracing
from messaging.delivery.tracing import Step, note
from messaging.models import Conversation, ConversationKind, LogEvent, Member, Message
from messaging.records import FanoutRecord, UpstreamItem, UpstreamRecord
from messaging.selectors.explaining import explain
from messaging.selectors.trace import Trace, find_trace
from tests.factories import make_session, make_user

SEQ = 5
CLIENT_MSG_ID = "6f2c1f6e-0000-4000-8000-000000000001"


@override_settings(TRACE_SAMPLE=1.0, TRACE_HOOKS=[])
class TraceCase(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(get_redis().flushdb)
        self.ann, self.ben = make_user("ann"), make_user("ben")
        make_session(self.ben)
        self.conversation = Conversation.objects.create(kind=ConversationKind.GROUP, member_count=2, last_seq=SEQ)
        self.member = self.seat(self.ben)
        self.seat(self.ann, received_seq=SEQ, read_seq=SEQ)
        self.message = Message.objects.create(
            id=log_id(self.conversation.pk, SEQ), conversation_id=self.conversation.pk, seq=SEQ, ordinal=1,
            sender_id=self.ann.pk, client_msg_id=CLIENT_MSG_ID, payload_hash=0, text="secret words",
            created_at=clock.now(),
        )  # fmt: skip

    def seat(self, user: User, **fields: Any) -> Member:
        return Member.objects.create(conversation=self.conversation, user=user, **fields)

    def trace(self, **options: Any) -> Trace:
        found = find_trace(self.message.pk, **options)
        assert found is not None
        return found

    def took(self, *steps: Step) -> None:
        for step in steps:
            note(self.message.pk, step)
        tracing.flush()

    def explain(self, user: User | None = None) -> str:
        return " ".join(explain(self.trace(), user or self.ben))


class FactsTest(TraceCase):
    def test_it_says_who_has_it_and_never_what_was_written(self) -> None:
        found = self.trace()
        self.assertEqual((found.sender, found.seq, found.client_msg_id), ("ann", SEQ, CLIENT_MSG_ID))
        self.assertEqual((found.reach.members, found.reach.received, found.reach.read), (2, 1, 1))
        states = {member.username: (member.has_received, member.has_read) for member in found.members}
        self.assertEqual(states, {"ann": (True, True), "ben": (False, False)})
        self.assertNotIn("secret", repr(found))

    def test_who_may_not_see_it_is_not_counted(self) -> None:
        self.seat(make_user(), visible_from=SEQ + 1)
        self.seat(make_user(), left_at=clock.now())
        self.assertEqual(self.trace().reach.members, 2)

    def test_its_events_are_listed_and_those_of_others_are_not(self) -> None:
        for seq, about in ((6, self.message.pk), (7, self.message.pk + 1), (8, self.message.pk)):
            LogEvent.objects.create(
                id=log_id(self.conversation.pk, seq), conversation_id=self.conversation.pk, seq=seq,
                event="message-edited", actor_id=self.ann.pk, message_id=about, at=clock.now(),
            )  # fmt: skip
        self.assertEqual([event.seq for event in self.trace().events], [6, 8])

    def test_the_outbox_of_the_conversation_and_what_higher_apps_know_is_told(self) -> None:
        OutboxEntry.objects.create(conversation_id=self.conversation.pk, payload={}, created_at=clock.now())
        with override_settings(TRACE_HOOKS=["tests.messaging.test_trace.describe"]):
            found = self.trace()
        self.assertEqual((found.outbox, found.facts), (1, {"indexed": f"{self.conversation.pk}/{SEQ}"}))

    def test_dead_letters_that_carry_it_are_found_among_others(self) -> None:
        mine = UpstreamItem(self.ann.pk, 1, "c", "gw-1", 0, "en", self.command(CLIENT_MSG_ID))
        other = UpstreamItem(self.ben.pk, 1, "c", "gw-1", 0, "en", self.command(CLIENT_MSG_ID))
        run = FanoutRecord(records.VERSION, self.conversation.pk, SEQ - 1, 0, b"", 2, [])
        past = FanoutRecord(records.VERSION, self.conversation.pk, SEQ + 1, 0, b"", 2, [])
        upstream, fanout = "im-upstream-topic", "im-task-large-group-fanout-topic"
        letters = [
            self.letter(0, upstream, records.encode(UpstreamRecord(records.VERSION, [other]))),
            self.letter(1, upstream, records.encode(UpstreamRecord(records.VERSION, [other, mine]))),
            self.letter(2, upstream, b"rubbish"),
            self.letter(3, fanout, records.encode(run)),
            self.letter(4, fanout, records.encode(past)),
        ]
        with mock.patch.object(dead_letters, "list_entries", return_value=iter(letters)):
            found = self.trace(with_dead_letters=True).dead_letters
        self.assertEqual([letter.number for letter in found or []], [1, 3])
        self.assertIsNone(self.trace().dead_letters)

    def command(self, client_msg_id: str) -> SendMessage:
        content = {"kind": "text", "content": {"text": "x"}}
        fields = {"client_msg_id": client_msg_id, "conversation_id": str(self.conversation.pk), **content}
        return msgspec.convert({"type": "send-message", **fields}, SendMessage)

    def letter(self, number: int, topic: str, value: bytes) -> Entry:
        return Entry(number, DeadLetter(1, "why", "2026-01-01T00:00:00.000Z", topic, 0, number, 0, None, value))

    def test_what_is_no_message_is_none(self) -> None:
        self.assertIsNone(find_trace(self.message.pk + 1))


class ExplainTest(TraceCase):
    def test_a_stranger_never_was_a_member(self) -> None:
        self.assertIn("never were", self.explain(make_user()))

    def test_who_came_later_or_left_before_could_not_get_it(self) -> None:
        late, gone = make_user(), make_user()
        self.seat(late, visible_from=SEQ + 1)
        self.seat(gone, left_at=self.message.created_at - timedelta(minutes=1))
        self.assertIn("came later", self.explain(late))
        self.assertIn("had left before", self.explain(gone))

    def test_positions_in_the_database_count_before_any_step(self) -> None:
        self.member.received_seq = SEQ
        self.member.save()
        self.assertIn("A device of theirs has it; they have not read it", self.explain())
        self.took(Step(tracing.RECEIVED, 1_700_000_000_000, "gw-1", count=1, users=[self.ben.pk]))
        self.assertIn("has it, since 2023-11-14T22:13:20.000Z", self.explain())
        self.member.read_seq = SEQ
        self.member.save()
        self.assertIn("have read it", self.explain())

    def test_each_step_that_is_missing_has_its_words(self) -> None:
        self.assertIn("no longer kept", self.explain())
        self.took(Step(tracing.STORED, 1, "host:1", count=1))
        self.assertIn("not published as far as is known", self.explain())
        self.took(Step(tracing.QUEUED, 2, "host:1"))
        self.assertIn("Left to the fan-out", self.explain())
        self.took(Step(tracing.FANNED_OUT, 3, "host:2", "gw-9", 1, [self.ann.pk]))
        self.assertIn("no socket when it was published", self.explain())
        self.took(Step(tracing.PUBLISHED, 4, "host:1", "gw-1", 1, [self.ben.pk]))
        self.assertIn("Sent to gateway gw-1", self.explain())
        self.took(Step(tracing.PUSHED, 5, "gw-1", "gw-1", 1, [self.ben.pk]))
        self.assertIn("Pushed by gateway gw-1", self.explain())

    def test_where_the_many_are_not_named_nobody_pretends_to_know(self) -> None:
        self.took(Step(tracing.PUBLISHED, 4, "host:1", "gw-1", 400))
        self.assertIn("not named", self.explain())

    def test_what_was_not_sampled_or_cannot_be_read_is_said(self) -> None:
        with override_settings(TRACE_SAMPLE=0.0):
            self.assertIn("was not traced", self.explain())
        with mock.patch.object(tracing, "best_effort", return_value=None):
            self.assertIn("Redis does not answer", self.explain())

    def test_muting_recalls_blocks_and_sign_outs_are_told_too(self) -> None:
        self.conversation.kind = ConversationKind.DIRECT
        self.conversation.save()
        Member.objects.filter(pk=self.member.pk).update(muted=True, archived=True)
        Message.objects.filter(pk=self.message.pk).update(recalled_at=clock.now(), hidden_at=clock.now())
        Block.objects.create(blocker=self.ben, blocked=self.ann)
        Session.objects.filter(user=self.ben).update(revoked_at=clock.now())
        said = self.explain()
        for words in ("muted", "archived", "recalled at", "hidden by the staff", "blocked the sender", "on no device"):
            self.assertIn(words, said)

    def test_everyone_is_in_the_world_room(self) -> None:
        self.conversation.kind = ConversationKind.WORLD
        self.conversation.save()
        self.assertNotIn("never were", self.explain(make_user()))


def describe(conversation_id: int, seq: int) -> dict[str, str]:
    """What a higher app would say."""
    return {"indexed": f"{conversation_id}/{seq}"}
