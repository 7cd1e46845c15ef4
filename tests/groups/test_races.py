"""What two people do to one group at the same moment: each change has one outcome and one seq."""

import threading
from collections.abc import Callable

from django.db import connection
from django.test import TransactionTestCase

from accounts.models import User
from core.errors import DomainError, ErrorCode
from groups.models import Invite, JoinRequest
from groups.services.invites import create_invite, join_group
from groups.services.leaving import leave_group
from groups.services.members import add_to_group, remove_from_group
from groups.services.ownership import transfer_group
from groups.services.requests import approve_request
from messaging.models import Member, Role
from tests.groups.factories import get_conversation, make_group, make_user, read_log

DEADLINE_S = 30


def run_together(*calls: Callable[[], object]) -> list[ErrorCode | None]:
    """Runs the calls at once, each on a connection of its own; what each was refused with, None where it was not."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[ErrorCode | None] = [ErrorCode.UNAVAILABLE] * len(calls)

    def run(place: int) -> None:
        try:
            barrier.wait(DEADLINE_S)
            calls[place]()
            outcomes[place] = None
        except DomainError as refusal:
            outcomes[place] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    return outcomes


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.owner, self.admin = make_user(), make_user()
        self.group_id = make_group(self.owner, admins=[self.admin])

    def assert_consistent(self) -> None:
        """The log is gapless and the count is that of the present members, of whom one is the owner."""
        conversation = get_conversation(self.group_id)
        self.assertEqual([event.seq for event in read_log(self.group_id)], list(range(1, conversation.last_seq + 1)))
        present = Member.objects.filter(conversation_id=self.group_id, left_at=None)
        self.assertEqual(conversation.member_count, present.count())
        self.assertEqual(present.filter(role=Role.OWNER).count(), 1)

    def join(self, user: User, token: str) -> Callable[[], object]:
        return lambda: join_group(user.pk, token)

    def test_the_last_use_of_an_invite_is_given_once(self) -> None:
        for _ in range(5):
            token = create_invite(self.group_id, self.owner.pk, max_uses=1).token
            outcomes = run_together(*(self.join(make_user(), token) for _ in range(4)))
            self.assertEqual(sorted(outcomes, key=str), sorted([ErrorCode.NOT_FOUND] * 3 + [None], key=str))
            self.assertEqual(Invite.objects.get(token=token).uses, 1)
        self.assert_consistent()

    def test_one_person_joining_twice_at_once_is_in_once(self) -> None:
        user = make_user()
        token = create_invite(self.group_id, self.owner.pk).token
        self.assertEqual(run_together(self.join(user, token), self.join(user, token)), [None, None])
        self.assertEqual(Invite.objects.get(token=token).uses, 1)
        self.assertEqual(Member.objects.filter(conversation_id=self.group_id, user=user).count(), 1)
        self.assert_consistent()

    def test_two_admins_approving_one_request_let_the_person_in_once(self) -> None:
        request = JoinRequest.objects.create(group_id=self.group_id, user=make_user())
        outcomes = run_together(
            lambda: approve_request(self.group_id, self.owner.pk, request.pk),
            lambda: approve_request(self.group_id, self.admin.pk, request.pk),
        )
        self.assertEqual(set(outcomes), {None, ErrorCode.NOT_FOUND})
        self.assert_consistent()

    def test_an_admin_removed_meanwhile_removes_nobody_after_that(self) -> None:
        member = make_user()
        add_to_group(self.group_id, self.owner.pk, [member.pk])
        run_together(
            lambda: remove_from_group(self.group_id, self.owner.pk, self.admin.pk),
            lambda: remove_from_group(self.group_id, self.admin.pk, member.pk),
        )
        removals = [event for event in read_log(self.group_id) if event.event == "member-removed"]
        self.assertNotIn(self.admin.pk, [event.actor_id for event in removals[1:]])
        self.assert_consistent()

    def test_two_transfers_at_once_leave_one_owner(self) -> None:
        heirs = [make_user(), make_user()]
        add_to_group(self.group_id, self.owner.pk, [heir.pk for heir in heirs])
        outcomes = run_together(
            *(lambda heir=heir: transfer_group(self.group_id, self.owner.pk, heir.pk) for heir in heirs)
        )
        self.assertEqual(set(outcomes), {None, ErrorCode.FORBIDDEN})
        self.assert_consistent()

    def test_a_heir_who_leaves_meanwhile_never_takes_the_group_along(self) -> None:
        heir = make_user()
        add_to_group(self.group_id, self.owner.pk, [heir.pk])
        outcomes = run_together(
            lambda: transfer_group(self.group_id, self.owner.pk, heir.pk),
            lambda: leave_group(self.group_id, heir.pk),
        )
        self.assertIn(outcomes, [[None, ErrorCode.CONFLICT], [ErrorCode.NOT_FOUND, None]])
        self.assert_consistent()
