"""What HTTP writes left in the outbox, as frames and as changes of members that every gateway is told of."""

from collections.abc import Sequence
from typing import Any, cast
from unittest.mock import patch

import msgspec
from django.test import TestCase, override_settings

from accounts.presence import Directory
from core.kafka.port import Producer
from core.kafka.topics import INDEXING, LARGE_GROUP_FANOUT, downstream
from core.models import OutboxEntry
from messaging.delivery.publishing import Publisher
from messaging.models import Conversation, ConversationKind
from messaging.records import SeatChange
from messaging.services import membership, relay
from messaging.services.batch import Outgoing
from messaging.services.log import lock_conversation
from tests.groups.factories import make_user, make_users


def render(find_online: relay.FindOnline = lambda users: users) -> list[Outgoing]:
    """Everything in the outbox, oldest first."""
    return relay.render(OutboxEntry.objects.order_by("pk"), find_online)


class RelayCase(TestCase):
    def setUp(self) -> None:
        self.actor = make_user()
        self.conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title="Group")

    def locked(self) -> Conversation:
        return lock_conversation(self.conversation.pk)

    def add(self, *users: Any, **options: Any) -> int:
        """The seq of the event with which these came in."""
        conversation = self.locked()
        membership.add_members(conversation, [user.pk for user in users], actor_id=self.actor.pk, **options)
        return conversation.last_seq

    def remove(self, user: Any) -> int:
        conversation = self.locked()
        membership.remove_member(conversation, user.pk, actor_id=self.actor.pk, event="member-left")
        return conversation.last_seq

    def changes(self) -> list[tuple[int, SeatChange]]:
        """What the gateways are told, by seq; the outbox is emptied."""
        found = [(item.seq, item.seats) for item in render() if item.seats is not None]
        OutboxEntry.objects.all().delete()
        return found


@override_settings(LARGE_GROUP_THRESHOLD=3)
class SeatsTest(RelayCase):
    def test_gateways_are_told_nothing_of_a_small_group(self) -> None:
        first, *others = make_users(3)
        self.add(first, *others)
        self.remove(first)
        self.assertEqual(self.changes(), [])

    def test_gateways_are_told_who_came_into_a_large_group_and_from_where_they_see_it(self) -> None:
        self.add(*make_users(3))
        self.changes()
        late, later = make_users(2)
        first, second = self.add(late), self.add(later, history_visible=False)
        told = [(first, SeatChange([late.pk], 1, [])), (second, SeatChange([later.pk], second, []))]
        self.assertEqual(self.changes(), told)

    def test_the_chunk_that_makes_a_group_large_and_those_after_it_are_told(self) -> None:
        users = make_users(9)
        with patch.object(membership, "CHUNK", 3):
            last = self.add(*users)
        told = [(seq, change.joined) for seq, change in self.changes()]
        ids = [user.pk for user in users]
        self.assertEqual(told, [(last - 1, ids[3:6]), (last, ids[6:])])

    def test_gateways_are_told_who_left_and_when_nobody_will_be_told_any_more(self) -> None:
        users = make_users(5)
        self.add(*users)
        self.changes()
        seqs = [self.remove(user) for user in users[:3]]
        told = [
            (seqs[0], SeatChange(left=[users[0].pk])),
            (seqs[1], SeatChange(left=[users[1].pk], is_large=False)),
        ]
        self.assertEqual(self.changes(), told)

    def test_gateways_forget_a_large_group_that_is_dissolved(self) -> None:
        users = make_users(4)
        self.add(*users)
        self.changes()
        membership.remove_everyone(self.locked())
        [(_, change)] = self.changes()
        self.assertEqual((sorted(change.left), change.is_large), ([user.pk for user in users], False))

    def test_they_are_told_before_the_events_own_frames(self) -> None:
        self.add(*make_users(3))
        self.changes()
        self.add(*make_users(1))
        kinds = [msgspec.json.decode(item.frame)["type"] if item.frame else "seats" for item in render()]
        self.assertEqual(kinds, ["seats", "conversation-added", "conversation-event"])


class ViewsTest(RelayCase):
    def test_of_many_who_are_added_only_those_online_get_a_view_made(self) -> None:
        users = make_users(60)
        self.add(*users)
        asked: list[int] = []

        def find_online(user_ids: Sequence[int]) -> list[int]:
            asked.extend(user_ids)
            return [users[7].pk, users[9].pk, -1]

        added = [item.users for item in render(find_online) if b'"conversation-added"' in item.frame]
        self.assertEqual(added, [[users[7].pk], [users[9].pk]])
        self.assertEqual(sorted(asked), sorted(user.pk for user in users))

    def test_few_get_theirs_without_a_look_at_who_is_online(self) -> None:
        users = make_users(50)
        self.add(*users)
        added = [item for item in render(self.fail) if b'"conversation-added"' in item.frame]
        self.assertEqual(len(added), 50)


class PublishingTest(RelayCase):
    """A gateway that reads a message must have read every change of members before it."""

    def test_changes_of_members_are_confirmed_before_anything_is_left_to_the_fan_out(self) -> None:
        kafka = Kafka()
        frame = b'{"type":"conversation-event"}'
        outgoing = [
            Outgoing(self.conversation.pk, 5, frame),
            Outgoing(self.conversation.pk, 5, b"", seats=SeatChange(left=[self.actor.pk])),
            Outgoing(self.conversation.pk, 6, frame),
        ]
        Publisher(cast(Producer, kafka), cast(Directory, TwoGateways())).publish(outgoing, [], {})
        told = [downstream("gw-a").name, downstream("gw-b").name]
        tasks = [LARGE_GROUP_FANOUT.name] * 2
        self.assertEqual(kafka.log, [*told, "confirmed", *tasks, "confirmed"])


class TwoGateways:
    """Nobody is anywhere, but two gateways live."""

    def live_gateways(self) -> list[str]:
        return ["gw-a", "gw-b"]

    def locate(self, _user_ids: Sequence[int]) -> dict[str, list[int]]:
        return {}


class Kafka:
    """Notes which topics were produced to, and when that was waited for."""

    fatal = None

    def __init__(self) -> None:
        self.log: list[str] = []

    def produce(self, topic: str, value: bytes, **_options: Any) -> None:
        if topic != INDEXING.name:
            self.log.append(topic)

    def flush(self, timeout_s: float) -> int:
        self.log.append("confirmed")
        return 0
