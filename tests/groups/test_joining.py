"""Invites, joining, and approval."""

from datetime import timedelta
from unittest import mock

from django.test import override_settings

from core import clock
from core.models import OutboxEntry
from groups.models import Invite, JoinRequest
from groups.services import invites
from tests.groups.case import GroupCase
from tests.groups.factories import get_conversation, get_member, make_guest, make_user, make_users, read_log


class InviteTests(GroupCase):
    def test_an_invite_has_a_token_a_link_and_an_end(self) -> None:
        before = clock.now()
        invite = self.on_group(self.admin, "POST", "/invites", {"max_uses": 5, "expires_in": 3600}).json()
        self.assertEqual(invite["url"], f"http://testserver/join/{invite['invite']}")
        self.assertGreaterEqual(len(invite["invite"]), 32)
        self.assertGreaterEqual(invite["expires_at"], clock.to_wire(before + timedelta(hours=1)))
        self.assertEqual((invite["max_uses"], invite["uses"]), (5, 0))

    def test_without_limits_it_holds_until_revoked(self) -> None:
        invite = self.on_group(self.admin, "POST", "/invites", {}).json()
        self.assertIsNone(invite["expires_at"])
        self.assertIsNone(invite["max_uses"])

    @override_settings(PUBLIC_URL="https://chat.example/")
    def test_the_link_is_on_the_public_address_where_there_is_one(self) -> None:
        invite = self.on_group(self.admin, "POST", "/invites", {}).json()
        self.assertEqual(invite["url"], f"https://chat.example/join/{invite['invite']}")

    def test_the_list_has_the_live_ones_newest_first_a_page_at_a_time(self) -> None:
        tokens = [self.make_invite() for _ in range(3)]
        dead = [self.make_invite(max_uses=1), self.make_invite(), self.make_invite(expires_in=60)]
        Invite.objects.filter(token=dead[0]).update(uses=1)
        self.on_group(self.owner, "DELETE", f"/invites/{dead[1]}")
        Invite.objects.filter(token=dead[2]).update(expires_at=clock.now() - timedelta(seconds=1))
        first = self.on_group(self.admin, "GET", "/invites?limit=2").json()
        rest = self.on_group(self.admin, "GET", f"/invites?limit=2&cursor={first['next_cursor']}").json()
        listed = [invite["invite"] for invite in [*first["results"], *rest["results"]]]
        self.assertEqual(listed, tokens[::-1])
        self.assertIsNone(rest["next_cursor"])

    def test_a_foreign_cursor_is_refused(self) -> None:
        self.assert_refused(self.on_group(self.admin, "GET", "/invites?cursor=nonsense"), "INVALID_REQUEST")

    def test_an_invite_of_another_group_cannot_be_revoked_here(self) -> None:
        token = self.make_invite()
        other = self.call(self.owner, "POST", "groups", {"name": "Other"}).json()["id"]
        self.assert_refused(self.call(self.owner, "DELETE", f"groups/{other}/invites/{token}"), "NOT_FOUND")
        self.assertEqual(self.join(self.stranger, token).status_code, 200)

    def test_in_an_open_group_members_make_see_and_revoke_their_own(self) -> None:
        foreign = self.make_invite()
        self.on_group(self.owner, "PATCH", body={"join_policy": "open"})
        own = self.make_invite(by=self.member)
        listed = [invite["invite"] for invite in self.on_group(self.member, "GET", "/invites").json()["results"]]
        self.assertEqual(listed, [own])
        self.assert_refused(self.on_group(self.member, "DELETE", f"/invites/{foreign}"), "NOT_FOUND")
        self.assertEqual(self.on_group(self.member, "DELETE", f"/invites/{own}").status_code, 204)

    def test_there_is_a_greatest_number_of_live_invites(self) -> None:
        with mock.patch.object(invites, "MAX_LIVE_INVITES", 1):
            self.make_invite()
            self.assert_refused(self.on_group(self.owner, "POST", "/invites", {}), "CONFLICT")

    def test_impossible_limits_are_refused(self) -> None:
        for body in ({"max_uses": 0}, {"expires_in": 0}, {"expires_in": 10**10}, {"token": "mine"}):
            with self.subTest(body=body):
                self.assert_refused(self.on_group(self.owner, "POST", "/invites", body), "INVALID_REQUEST")


class JoinTests(GroupCase):
    def test_whoever_holds_an_invite_is_in(self) -> None:
        token = self.make_invite()
        for user in (self.stranger, make_guest()):
            response = self.join(user, token)
            self.assertEqual((response.status_code, response.json()["role"]), (200, "member"))
            event = read_log(self.group_id)[-1]
            self.assertEqual((event.actor_id, event.payload), (user.pk, {"user_ids": [str(user.pk)]}))
        self.assertEqual(get_conversation(self.group_id).member_count, 5)

    def test_invites_that_do_not_hold_look_like_one_that_never_was(self) -> None:
        used, expired, revoked = self.make_invite(max_uses=1), self.make_invite(expires_in=60), self.make_invite()
        self.join(make_user(), used)
        Invite.objects.filter(token=expired).update(expires_at=clock.now() - timedelta(seconds=1))
        self.on_group(self.owner, "DELETE", f"/invites/{revoked}")
        answers = {self.join(self.stranger, token).content for token in (used, expired, revoked, "never-was")}
        self.assertEqual(len(answers), 1)
        self.assert_refused(self.join(self.stranger, used), "NOT_FOUND")
        self.assertEqual(get_conversation(self.group_id).member_count, 4)

    def test_joining_again_is_answered_and_counts_no_use(self) -> None:
        token = self.make_invite(max_uses=1)
        for _ in range(2):
            self.assertEqual(self.join(self.stranger, token).status_code, 200)
        self.assertEqual(Invite.objects.get(token=token).uses, 1)
        self.assertEqual(get_conversation(self.group_id).last_seq, 3)

    def test_a_full_group_takes_nobody_and_counts_no_use(self) -> None:
        token = self.make_invite(max_uses=1)
        with override_settings(MAX_GROUP_MEMBERS=3):
            self.assert_refused(self.join(self.stranger, token), "CONFLICT")
        self.assertEqual(Invite.objects.get(token=token).uses, 0)

    def test_history_is_hidden_from_joiners_where_the_group_says_so(self) -> None:
        self.on_group(self.owner, "PATCH", body={"history_visible": False})
        response = self.join(self.stranger, self.make_invite())
        self.assertEqual(response.json()["first_seq"], get_conversation(self.group_id).last_seq)


class ApprovalTests(GroupCase):
    profile = {"join_policy": "approval"}

    def ask(self) -> str:
        self.assertEqual(self.join(self.stranger, self.make_invite()).status_code, 202)
        [request] = self.on_group(self.admin, "GET", "/join-requests").json()["results"]
        self.assertEqual(request["user"]["id"], str(self.stranger.pk))
        return str(request["id"])

    def test_joining_waits_and_those_who_run_the_group_are_told(self) -> None:
        OutboxEntry.objects.all().delete()
        response = self.join(self.stranger, self.make_invite())
        self.assertEqual((response.status_code, response.json()), (202, {"status": "pending"}))
        self.assert_refused(self.on_group(self.stranger, "GET"), "CONVERSATION_NOT_FOUND")
        [entry] = OutboxEntry.objects.all()
        self.assertEqual(set(entry.payload["updated"]), {self.owner.pk, self.admin.pk})
        self.assertEqual(self.on_group(self.owner, "GET").json()["join_request_count"], 1)

    def test_asking_again_leaves_one_request_and_counts_one_use(self) -> None:
        token = self.make_invite(max_uses=2)
        for _ in range(2):
            self.assertEqual(self.join(self.stranger, token).status_code, 202)
        self.assertEqual(JoinRequest.objects.count(), 1)
        self.assertEqual(Invite.objects.get(token=token).uses, 1)

    def test_an_approved_person_is_in_and_the_request_is_gone(self) -> None:
        request_id = self.ask()
        response = self.on_group(self.admin, "POST", f"/join-requests/{request_id}/approve", {})
        self.assertEqual(response.status_code, 204, response.content)
        self.assertEqual(self.on_group(self.stranger, "GET").json()["role"], "member")
        self.assertEqual(read_log(self.group_id)[-1].actor_id, self.admin.pk)
        again = self.on_group(self.admin, "POST", f"/join-requests/{request_id}/approve", {})
        self.assert_refused(again, "NOT_FOUND")

    def test_a_rejected_person_is_not_in_and_may_ask_again(self) -> None:
        request_id = self.ask()
        response = self.on_group(self.admin, "POST", f"/join-requests/{request_id}/reject", {})
        self.assertEqual(response.status_code, 204)
        self.assert_refused(self.on_group(self.stranger, "GET"), "CONVERSATION_NOT_FOUND")
        self.assertNotEqual(self.ask(), request_id)

    def test_a_request_of_another_group_cannot_be_answered_here(self) -> None:
        request_id = self.ask()
        other = self.call(self.owner, "POST", "groups", {"name": "Other"}).json()["id"]
        for answer in ("approve", "reject"):
            response = self.call(self.owner, "POST", f"groups/{other}/join-requests/{request_id}/{answer}", {})
            self.assert_refused(response, "NOT_FOUND")
        self.assertIsNotNone(self.find_request(self.stranger))

    def test_approving_cannot_overfill_the_group(self) -> None:
        request_id = self.ask()
        with override_settings(MAX_GROUP_MEMBERS=3):
            response = self.on_group(self.admin, "POST", f"/join-requests/{request_id}/approve", {})
            self.assert_refused(response, "CONFLICT")
        self.assertIsNotNone(self.find_request(self.stranger))

    def test_once_the_group_is_open_the_same_person_joins_directly(self) -> None:
        self.ask()
        self.on_group(self.owner, "PATCH", body={"join_policy": "open"})
        self.assertEqual(self.join(self.stranger, self.make_invite()).status_code, 200)
        self.assertIsNone(self.find_request(self.stranger))

    def test_the_list_is_paged_oldest_first_in_a_constant_number_of_queries(self) -> None:
        users = make_users(7)
        for user in users:
            JoinRequest.objects.create(group_id=self.group_id, user=user)
        with self.assertNumQueries(3):
            page = self.on_group(self.admin, "GET", "/join-requests?limit=5").json()
        rest = self.on_group(self.admin, "GET", f"/join-requests?limit=5&cursor={page['next_cursor']}").json()
        listed = [request["user"]["id"] for request in [*page["results"], *rest["results"]]]
        self.assertEqual(listed, [str(user.pk) for user in users])


class RejoinTests(GroupCase):
    def test_who_left_comes_back_by_an_invite_to_the_history_the_group_shows(self) -> None:
        self.on_group(self.member, "POST", "/leave", {})
        self.on_group(self.owner, "PATCH", body={"announcement": "Said meanwhile"})
        self.join(self.member, self.make_invite())
        member, last_seq = get_member(self.group_id, self.member), get_conversation(self.group_id).last_seq
        self.assertEqual((member.visible_from, member.read_seq, member.left_at), (1, last_seq, None))
