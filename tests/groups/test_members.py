"""Adding, removing, silencing and promoting members."""

from datetime import UTC, datetime, timedelta

from django.test import override_settings

from accounts.models import Block, Friendship
from core import clock
from core.models import OutboxEntry
from groups.models import Invite, JoinRequest
from groups.services.members import add_to_group
from messaging.models import Role
from tests.groups.case import GroupCase
from tests.groups.factories import get_conversation, get_member, make_user, make_users, read_log


class AddMembersTests(GroupCase):
    def test_they_are_in_and_the_log_says_who_added_them(self) -> None:
        response = self.on_group(self.admin, "POST", "/members", {"user_ids": [str(self.stranger.pk)]})
        self.assertEqual((response.status_code, response.json()["member_count"]), (200, 4))
        self.assertEqual(self.on_group(self.stranger, "GET").json()["role"], "member")
        event = read_log(self.group_id)[-1]
        self.assertEqual(
            (event.event, event.actor_id, event.payload),
            ("member-joined", self.admin.pk, {"user_ids": [str(self.stranger.pk)]}),
        )

    def test_repeating_it_changes_nothing(self) -> None:
        body = {"user_ids": [str(self.stranger.pk)]}
        self.on_group(self.admin, "POST", "/members", body)
        before = get_conversation(self.group_id)
        self.assertEqual(self.on_group(self.admin, "POST", "/members", body).status_code, 200)
        after = get_conversation(self.group_id)
        self.assertEqual((after.last_seq, after.members_version), (before.last_seq, before.members_version))

    def test_all_come_in_or_none_and_who_is_in_the_way_is_named(self) -> None:
        private = make_user(privacy={"groups": "friends"})
        blocker = make_user()
        Block.objects.create(blocker=blocker, blocked=self.admin)
        gone = make_user(is_active=False)
        for user_ids, code, named in (
            ([self.stranger.pk, private.pk, blocker.pk], "FORBIDDEN", {str(private.pk), str(blocker.pk)}),
            ([self.stranger.pk, gone.pk, 999999999], "NOT_FOUND", {str(gone.pk), "999999999"}),
        ):
            body = {"user_ids": [str(user_id) for user_id in user_ids]}
            details = self.assert_refused(self.on_group(self.admin, "POST", "/members", body), code)
            self.assertEqual(set(details["user_ids"]), named)
            self.assert_refused(self.on_group(self.stranger, "GET"), "CONVERSATION_NOT_FOUND")

    def test_a_friend_may_be_added_whose_privacy_is_for_friends(self) -> None:
        private = make_user(privacy={"groups": "friends"})
        for user, friend in ((private, self.admin), (self.admin, private)):
            Friendship.objects.create(user=user, friend=friend)
        response = self.on_group(self.admin, "POST", "/members", {"user_ids": [str(private.pk)]})
        self.assertEqual(response.status_code, 200, response.content)

    def test_who_is_in_already_does_not_stand_in_the_way(self) -> None:
        Block.objects.create(blocker=self.member, blocked=self.admin)
        body = {"user_ids": [str(self.member.pk), str(self.stranger.pk)]}
        self.assertEqual(self.on_group(self.admin, "POST", "/members", body).status_code, 200)

    def test_a_full_group_takes_nobody(self) -> None:
        with override_settings(MAX_GROUP_MEMBERS=3):
            body = {"user_ids": [str(self.stranger.pk)]}
            self.assert_refused(self.on_group(self.admin, "POST", "/members", body), "CONFLICT")
        self.assertEqual(get_conversation(self.group_id).member_count, 3)

    def test_being_added_answers_an_open_join_request(self) -> None:
        JoinRequest.objects.create(group_id=self.group_id, user=self.stranger)
        self.on_group(self.admin, "POST", "/members", {"user_ids": [str(self.stranger.pk)]})
        self.assertIsNone(self.find_request(self.stranger))

    def test_adding_a_thousand_takes_as_many_queries_as_adding_ten(self) -> None:
        few, many = make_users(10), make_users(1000)
        for users in (few, many):
            with self.assertNumQueries(17):
                add_to_group(self.group_id, self.owner.pk, [user.pk for user in users])

    def test_malformed_lists_are_refused(self) -> None:
        bodies: list[dict[str, object]] = [
            {},
            {"user_ids": []},
            {"user_ids": [1]},
            {"user_ids": "1"},
            {"user_ids": ["1"], "role": "admin"},
        ]
        for body in bodies:
            with self.subTest(body=body):
                self.assert_refused(self.on_group(self.admin, "POST", "/members", body), "INVALID_REQUEST")


class RemoveMemberTests(GroupCase):
    def test_the_removed_sees_nothing_more_and_the_others_are_told(self) -> None:
        OutboxEntry.objects.all().delete()
        self.assertEqual(self.on_group(self.admin, "DELETE", f"/members/{self.member.pk}").status_code, 204)
        self.assert_refused(self.on_group(self.member, "GET"), "CONVERSATION_NOT_FOUND")
        event = read_log(self.group_id)[-1]
        self.assertEqual((event.event, event.actor_id), ("member-removed", self.admin.pk))
        [entry] = OutboxEntry.objects.all()
        self.assertEqual(entry.payload, {"seq": event.seq, "added": [], "removed": [self.member.pk]})

    def test_the_removed_cannot_come_back_by_an_invite_of_their_own(self) -> None:
        token = self.make_invite(by=self.admin)
        self.on_group(self.owner, "DELETE", f"/members/{self.admin.pk}")
        self.assert_refused(self.join(self.admin, token), "NOT_FOUND")
        self.assertFalse(Invite.objects.live().exists())

    def test_oneself_is_not_removed_but_leaves(self) -> None:
        for user in (self.owner, self.admin):
            self.assert_refused(self.on_group(user, "DELETE", f"/members/{user.pk}"), "CONFLICT")

    def test_who_is_not_in_the_group_is_not_found(self) -> None:
        for user_id in (self.stranger.pk, 999999999, "nonsense"):
            self.assert_refused(self.on_group(self.owner, "DELETE", f"/members/{user_id}"), "NOT_FOUND")

    def test_who_is_added_again_starts_anew(self) -> None:
        self.on_group(self.owner, "PATCH", body={"history_visible": False})
        self.on_group(self.owner, "DELETE", f"/members/{self.member.pk}")
        self.on_group(self.owner, "POST", "/members", {"user_ids": [str(self.member.pk)]})
        member, last_seq = get_member(self.group_id, self.member), get_conversation(self.group_id).last_seq
        self.assertEqual((member.visible_from, member.read_seq), (last_seq, last_seq))


class ChangeMemberTests(GroupCase):
    def test_the_owner_makes_and_unmakes_admins(self) -> None:
        for role in ("admin", "member"):
            response = self.on_group(self.owner, "PATCH", f"/members/{self.member.pk}", {"role": role})
            self.assertEqual((response.status_code, response.json()["role"]), (200, role))
            self.assertEqual(get_member(self.group_id, self.member).role, role)

    def test_a_member_is_silenced_until_a_moment_and_heard_again(self) -> None:
        until = datetime(2050, 1, 2, 3, 4, 5, tzinfo=UTC)
        path = f"/members/{self.member.pk}"
        response = self.on_group(self.admin, "PATCH", path, {"muted_until": clock.to_wire(until)})
        self.assertEqual(response.json()["muted_until"], "2050-01-02T03:04:05.000Z")
        self.assertEqual(get_member(self.group_id, self.member).muted_until, until)
        self.assertIsNone(self.on_group(self.admin, "PATCH", path, {"muted_until": None}).json()["muted_until"])

    def test_an_admin_may_step_down(self) -> None:
        response = self.on_group(self.admin, "PATCH", f"/members/{self.admin.pk}", {"role": "member"})
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(get_member(self.group_id, self.admin).role, Role.MEMBER)

    def test_the_owner_can_neither_be_demoted_nor_silenced_nor_silence_themselves(self) -> None:
        until = clock.to_wire(clock.now() + timedelta(hours=1))
        path = f"/members/{self.owner.pk}"
        self.assert_refused(self.on_group(self.owner, "PATCH", path, {"role": "admin"}), "CONFLICT")
        for user in (self.owner, self.admin):
            self.assert_refused(self.on_group(user, "PATCH", path, {"muted_until": until}), "FORBIDDEN")

    def test_a_refused_half_leaves_the_other_undone(self) -> None:
        until = clock.to_wire(clock.now() + timedelta(hours=1))
        body = {"role": "admin", "muted_until": until}
        self.assert_refused(self.on_group(self.admin, "PATCH", f"/members/{self.member.pk}", body), "FORBIDDEN")
        self.assertIsNone(get_member(self.group_id, self.member).muted_until)

    def test_ownership_is_not_given_as_a_role(self) -> None:
        response = self.on_group(self.owner, "PATCH", f"/members/{self.member.pk}", {"role": "owner"})
        self.assert_refused(response, "INVALID_REQUEST")
