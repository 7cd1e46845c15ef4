"""messaging.services.membership: rows, events, versions and counts move together."""

from datetime import timedelta

from django.db import transaction
from django.test import TestCase

from core import clock
from core.errors import DomainError, ErrorCode
from core.models import OutboxEntry
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.services import membership
from messaging.services.log import lock_conversation
from tests.groups.factories import get_member, make_user, make_users, read_log


class MembershipCase(TestCase):
    def setUp(self) -> None:
        self.conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title="Group")
        self.actor = make_user()

    def locked(self) -> Conversation:
        return lock_conversation(self.conversation.pk)

    def stored(self) -> Conversation:
        return Conversation.objects.get(pk=self.conversation.pk)

    def pushes(self) -> list[dict[str, object]]:
        return list(OutboxEntry.objects.order_by("pk").values_list("payload", flat=True))


class AddMembersTests(MembershipCase):
    def test_one_event_for_each_thousand_and_every_joiner_is_in_exactly_one(self) -> None:
        users = make_users(2500)
        added = membership.add_members(self.locked(), (user.pk for user in users), actor_id=self.actor.pk)
        events = read_log(self.conversation.pk)
        self.assertEqual(added, 2500)
        self.assertEqual([event.seq for event in events], [1, 2, 3])
        self.assertEqual([len(event.payload["user_ids"]) for event in events], [1000, 1000, 500])
        named = [user_id for event in events for user_id in event.payload["user_ids"]]
        self.assertEqual(named, [str(user.pk) for user in users])
        stored = self.stored()
        self.assertEqual((stored.member_count, stored.last_seq), (2500, 3))
        self.assertEqual(Member.objects.filter(conversation=stored, left_at=None).count(), 2500)

    def test_adding_a_thousand_takes_a_constant_number_of_queries(self) -> None:
        few, many = make_users(10), make_users(1000)
        conversation = self.locked()
        with self.assertNumQueries(6):
            membership.add_members(conversation, [user.pk for user in few], actor_id=self.actor.pk)
        with self.assertNumQueries(6):
            membership.add_members(conversation, [user.pk for user in many], actor_id=self.actor.pk)

    def test_present_members_stay_as_they_are_and_a_repeated_id_counts_once(self) -> None:
        user, other = make_users(2)
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk, role=Role.ADMIN)
        before = self.stored()
        added = membership.add_members(self.locked(), [user.pk, other.pk, other.pk], actor_id=self.actor.pk)
        self.assertEqual(added, 1)
        self.assertEqual(get_member(before.pk, user).role, Role.ADMIN)
        self.assertEqual(read_log(before.pk)[-1].payload, {"user_ids": [str(other.pk)]})
        self.assertEqual(self.stored().member_count, 2)

    def test_adding_nobody_new_changes_nothing(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        before = self.stored()
        self.assertEqual(membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk), 0)
        after = self.stored()
        self.assertEqual((after.last_seq, after.members_version), (before.last_seq, before.members_version))

    def test_joiners_have_read_everything_so_far(self) -> None:
        Conversation.objects.filter(pk=self.conversation.pk).update(last_seq=7, last_ordinal=5, last_message_seq=7)
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        member = get_member(self.conversation.pk, user)
        self.assertEqual((member.read_seq, member.read_ordinal, member.received_seq), (8, 5, 8))
        self.assertEqual(member.visible_from, 1)

    def test_hidden_history_starts_at_the_event_of_the_joiner(self) -> None:
        early, late = make_users(2)
        membership.add_members(self.locked(), [early.pk], actor_id=self.actor.pk, history_visible=False)
        membership.add_members(self.locked(), [late.pk], actor_id=self.actor.pk, history_visible=False)
        self.assertEqual(get_member(self.conversation.pk, early).visible_from, 1)
        self.assertEqual(get_member(self.conversation.pk, late).visible_from, 2)

    def test_every_joiner_gets_conversation_added(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        self.assertEqual(self.pushes(), [{"seq": 1, "added": [user.pk], "removed": []}])

    def test_progress_is_told_after_each_chunk(self) -> None:
        totals: list[int] = []
        ids = [user.pk for user in make_users(1200)]
        membership.add_members(self.locked(), ids, actor_id=self.actor.pk, on_progress=totals.append)
        self.assertEqual(totals, [1000, 1200])


class RejoinTests(MembershipCase):
    def test_who_comes_back_is_placed_anew_but_stays_silenced(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk, role=Role.ADMIN)
        until = clock.now() + timedelta(hours=1)
        membership.update_member(self.locked(), user.pk, actor_id=self.actor.pk, muted_until=until)
        membership.remove_member(self.locked(), user.pk, actor_id=self.actor.pk, event="member-removed")
        Conversation.objects.filter(pk=self.conversation.pk).update(last_seq=20, last_ordinal=9)
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk, history_visible=False)
        member = get_member(self.conversation.pk, user)
        self.assertIsNone(member.left_at)
        self.assertEqual((member.visible_from, member.read_seq, member.read_ordinal), (21, 21, 9))
        self.assertEqual(member.role, Role.MEMBER)
        self.assertEqual(member.muted_until, until)
        self.assertEqual(self.stored().member_count, 1)


class RemoveMemberTests(MembershipCase):
    def test_the_row_stays_with_left_at_and_the_event_goes_out(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk, role=Role.ADMIN)
        version = self.stored().members_version
        membership.remove_member(self.locked(), user.pk, actor_id=self.actor.pk, event="member-removed")
        member, stored = get_member(self.conversation.pk, user), self.stored()
        self.assertIsNotNone(member.left_at)
        self.assertEqual(member.role, Role.MEMBER)
        self.assertEqual((stored.member_count, stored.last_seq), (0, 2))
        self.assertGreater(stored.members_version, version)
        self.assertEqual(self.pushes()[-1], {"seq": 2, "added": [], "removed": [user.pk]})

    def test_who_is_not_here_now_cannot_be_removed(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        membership.remove_member(self.locked(), user.pk, actor_id=self.actor.pk, event="member-left")
        with self.assertRaises(DomainError) as caught:
            membership.remove_member(self.locked(), user.pk, actor_id=self.actor.pk, event="member-left")
        self.assertIs(caught.exception.code, ErrorCode.NOT_FOUND)
        self.assertEqual(self.stored().last_seq, 2)

    def test_removing_everyone_tells_everyone_in_entries_of_a_thousand(self) -> None:
        users = make_users(1100)
        membership.add_members(self.locked(), [user.pk for user in users], actor_id=self.actor.pk)
        OutboxEntry.objects.all().delete()
        self.assertEqual(membership.remove_everyone(self.locked()), 1100)
        told = [payload["removed"] for payload in self.pushes()]
        self.assertEqual([len(ids) for ids in told], [1000, 100])  # type: ignore[arg-type]  # JSON lists
        self.assertEqual(self.stored().member_count, 0)
        self.assertFalse(Member.objects.filter(conversation=self.conversation, left_at=None).exists())


class UpdateMemberTests(MembershipCase):
    def test_the_event_carries_what_changed_and_the_version_moves(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        version = self.stored().members_version
        membership.update_member(self.locked(), user.pk, actor_id=self.actor.pk, role=Role.ADMIN)
        event = read_log(self.conversation.pk)[-1]
        self.assertEqual(event.event, "member-updated")
        self.assertEqual(event.payload, {"user_ids": [str(user.pk)], "role": "admin"})
        self.assertGreater(self.stored().members_version, version)

    def test_a_silence_is_set_and_lifted(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        until = clock.now() + timedelta(minutes=5)
        membership.update_member(self.locked(), user.pk, actor_id=self.actor.pk, muted_until=until)
        membership.update_member(self.locked(), user.pk, actor_id=self.actor.pk, muted_until=None)
        told = [event.payload["muted_until"] for event in read_log(self.conversation.pk)[1:]]
        self.assertEqual(told, [clock.to_wire(until), None])
        self.assertIsNone(get_member(self.conversation.pk, user).muted_until)

    def test_what_changes_nothing_appends_nothing(self) -> None:
        user = make_user()
        membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
        membership.update_member(self.locked(), user.pk, actor_id=self.actor.pk, role=Role.MEMBER, muted_until=None)
        self.assertEqual(self.stored().last_seq, 1)


class AtomicityTests(MembershipCase):
    def test_a_transaction_that_fails_leaves_neither_row_nor_event_nor_push(self) -> None:
        user = make_user()
        with self.assertRaises(RuntimeError), transaction.atomic():
            membership.add_members(self.locked(), [user.pk], actor_id=self.actor.pk)
            raise RuntimeError
        self.assertEqual(read_log(self.conversation.pk), [])
        self.assertEqual(self.pushes(), [])
        self.assertEqual(self.stored().member_count, 0)
