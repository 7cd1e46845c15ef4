"""Leaving a group, and what an ending account leaves behind."""

from accounts.models import UserKind
from core.models import OutboxEntry
from groups.models import Invite, JoinRequest
from groups.services.leaving import leave_all
from messaging.models import Member, Role
from tests.groups.case import GroupCase
from tests.groups.factories import get_conversation, get_member, make_group, make_guest, make_user, read_log


class LeaveTests(GroupCase):
    def test_who_leaves_sees_nothing_more_and_the_others_are_told(self) -> None:
        OutboxEntry.objects.all().delete()
        self.assertEqual(self.on_group(self.member, "POST", "/leave", {}).status_code, 204)
        self.assert_refused(self.on_group(self.member, "GET"), "CONVERSATION_NOT_FOUND")
        self.assert_refused(self.on_group(self.member, "POST", "/leave", {}), "CONVERSATION_NOT_FOUND")
        event = read_log(self.group_id)[-1]
        self.assertEqual((event.event, event.actor_id), ("member-left", self.member.pk))
        [entry] = OutboxEntry.objects.all()
        self.assertEqual(entry.payload["removed"], [self.member.pk])

    def test_the_owner_cannot_leave_others_without_an_owner(self) -> None:
        self.assert_refused(self.on_group(self.owner, "POST", "/leave", {}), "CONFLICT")
        self.on_group(self.owner, "POST", "/transfer", {"user_id": str(self.member.pk)})
        self.assertEqual(self.on_group(self.owner, "POST", "/leave", {}).status_code, 204)

    def test_an_owner_who_is_alone_dissolves_the_group_by_leaving(self) -> None:
        group_id = make_group(self.owner)
        self.assertEqual(self.call(self.owner, "POST", f"groups/{group_id}/leave", {}).status_code, 204)
        self.assertIsNotNone(get_conversation(group_id).dissolved_at)

    def test_the_call_takes_no_fields(self) -> None:
        self.assert_refused(self.on_group(self.member, "POST", "/leave", {"quietly": True}), "INVALID_REQUEST")


class LeaveAllTests(GroupCase):
    def test_the_account_is_in_no_group_and_its_links_are_gone(self) -> None:
        self.make_invite(by=self.admin)
        other = make_group(self.stranger)
        JoinRequest.objects.create(group_id=other, user=self.admin)
        leave_all(self.admin.pk)
        self.assertFalse(Member.objects.filter(user=self.admin, left_at=None).exists())
        self.assertFalse(Invite.objects.filter(created_by=self.admin).exists())
        self.assertFalse(JoinRequest.objects.filter(user=self.admin).exists())
        self.assertEqual(read_log(self.group_id)[-1].event, "member-left")

    def test_an_owned_group_passes_to_the_senior_admin(self) -> None:
        leave_all(self.owner.pk)
        self.assertEqual(get_member(self.group_id, self.admin).role, Role.OWNER)
        self.assertIsNotNone(get_member(self.group_id, self.owner).left_at)
        self.assertEqual([event.seq for event in read_log(self.group_id)], [1, 2, 3, 4, 5, 6])

    def test_without_an_admin_it_passes_to_the_senior_member_who_may_own_it(self) -> None:
        heir = make_user()
        group_id = make_group(self.owner, make_guest(), make_user(is_active=True, kind=UserKind.AGENT), heir)
        leave_all(self.owner.pk)
        self.assertEqual(get_member(group_id, heir).role, Role.OWNER)

    def test_where_nobody_may_own_it_the_group_is_dissolved(self) -> None:
        group_id = make_group(self.owner, make_guest())
        leave_all(self.owner.pk)
        self.assertIsNotNone(get_conversation(group_id).dissolved_at)
        self.assertFalse(Member.objects.filter(conversation_id=group_id, left_at=None).exists())

    def test_repeating_it_changes_nothing(self) -> None:
        leave_all(self.owner.pk)
        last_seq = get_conversation(self.group_id).last_seq
        leave_all(self.owner.pk)
        self.assertEqual(get_conversation(self.group_id).last_seq, last_seq)
