"""What staff do in the admin goes through the program's services, is refused to who may not, and leaves a trace."""

from datetime import timedelta
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import Session, User
from core import clock
from groups.models import Invite
from groups.services.invites import create_invite
from messaging.models import Member
from moderation.models import AuditEntry
from tests.admin.case import AdminCase
from tests.groups.factories import get_conversation, make_group, make_user, read_log


class SessionActionTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        ends = clock.now() + timedelta(days=1)
        self.sessions = [Session.objects.create(user=self.user, expires_at=ends) for _ in range(3)]

    def live(self) -> int:
        return Session.objects.filter(user=self.user, revoked_at=None).count()

    def test_chosen_sessions_end_and_their_sockets_are_closed(self) -> None:
        chosen = [session.pk for session in self.sessions[:2]]
        tell = mock.patch("accounts.services.sessions.tell_gateways")
        with tell as told, self.captureOnCommitCallbacks(execute=True):
            self.act("accounts_session", "end_selected", *chosen)
        self.assertEqual(self.live(), 1)
        [call] = told.call_args_list
        self.assertEqual(sorted(call.args[0]["session_ids"]), chosen)
        self.assertEqual(LogEntry.objects.count(), 2)

    def test_a_session_is_ended_from_its_page_after_a_confirmation(self) -> None:
        key = self.sessions[0].pk
        self.client.get(reverse("admin:accounts_session_end_this", args=[key]))
        self.assertEqual(self.live(), 3)
        response = self.confirm("accounts_session", "end_this", key)
        self.assertIn("HX-Redirect", response.headers)
        self.assertEqual(self.live(), 2)

    def test_all_sessions_of_an_account_end(self) -> None:
        self.confirm("accounts_user", "end_all_sessions", self.user.pk)
        self.assertEqual(self.live(), 0)

    def test_deactivating_ends_sessions_and_reactivating_takes_erasure_back(self) -> None:
        User.objects.filter(pk=self.user.pk).update(erasure_requested_at=clock.now())
        self.act("accounts_user", "deactivate_selected", self.user.pk)
        self.user.refresh_from_db()
        self.assertEqual((self.user.is_active, self.live()), (False, 0))
        self.act("accounts_user", "reactivate_selected", self.user.pk)
        self.user.refresh_from_db()
        self.assertEqual((self.user.is_active, self.user.erasure_requested_at), (True, None))

    def test_chosen_accounts_are_exported_without_addresses_or_formulas_and_that_is_written_down(self) -> None:
        User.objects.filter(pk=self.user.pk).update(display_name="=1+1", email="who@example.org")
        response = self.act("accounts_user", "export_selected", self.user.pk)
        table = b"".join(response.streaming_content).decode()
        self.assertIn(f"{self.user.pk},{self.user.username},'=1+1,", table)
        self.assertNotIn("who@example.org", table)
        entry = AuditEntry.objects.get(action="exported-users")
        self.assertEqual((entry.actor_id, entry.details["count"]), (self.staff.pk, 1))

    def test_a_new_password_ends_the_sessions(self) -> None:
        address = reverse("admin:auth_user_password_change", args=[self.user.pk])
        data = {"usable_password": "true", "password1": "kl9-Zebra-quartz", "password2": "kl9-Zebra-quartz"}
        self.assertEqual(self.client.post(address, data).status_code, 302)
        self.assertEqual(self.live(), 0)
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password("kl9-Zebra-quartz"))

    def test_viewing_is_not_ending(self) -> None:
        self.client.force_login(self.make_moderator("view_session"))
        self.act("accounts_session", "end_selected", self.sessions[0].pk)
        self.assertEqual(self.confirm("accounts_session", "end_this", self.sessions[0].pk).status_code, 403)
        self.assertEqual(self.live(), 3)


class UserPageTests(AdminCase):
    def form(self, user: User, **changes: object) -> dict[str, object]:
        fields = {"username": user.username, "display_name": user.display_name, "email": user.email}
        return {**fields, "is_active": "on", **changes}

    def save(self, user: User, **changes: object) -> object:
        return self.client.post(reverse("admin:accounts_user_change", args=[user.pk]), self.form(user, **changes))

    def test_a_changed_name_is_found_in_its_folded_form(self) -> None:
        user = make_user()
        self.save(user, username="Straße", display_name="ＡＢＣ")
        user.refresh_from_db()
        self.assertEqual((user.username_folded, user.display_name_folded), ("strasse", "abc"))

    def test_a_username_that_another_has_in_folded_form_is_refused(self) -> None:
        make_user(username="Taken")
        user = make_user(username="free")
        self.save(user, username="TAKEN")
        user.refresh_from_db()
        self.assertEqual(user.username, "free")

    def test_staff_accounts_are_made_with_a_password(self) -> None:
        data = {
            "username": "moderator", "display_name": "", "usable_password": "true",
            "password1": "kl9-Zebra-quartz", "password2": "kl9-Zebra-quartz",
        }  # fmt: skip
        self.assertEqual(self.client.post(reverse("admin:accounts_user_add"), data).status_code, 302)
        made = User.objects.get(username_folded="moderator")
        self.assertEqual((made.display_name, made.is_staff), ("moderator", False))

    def test_a_moderator_cannot_make_anyone_staff(self) -> None:
        moderator, user = self.make_moderator("view_user", "change_user"), make_user()
        self.client.force_login(moderator)
        self.save(user, display_name="Renamed", is_staff="on", is_superuser="on")
        user.refresh_from_db()
        self.assertEqual((user.display_name, user.is_staff, user.is_superuser), ("Renamed", False, False))

    def test_a_moderator_cannot_touch_staff(self) -> None:
        self.client.force_login(self.make_moderator("view_user", "change_user"))
        self.assertEqual(self.save(self.staff, display_name="Renamed").status_code, 403)  # type: ignore[attr-defined]  # a response
        address = reverse("admin:auth_user_password_change", args=[self.staff.pk])
        self.assertEqual(self.client.post(address, {}).status_code, 403)
        self.act("accounts_user", "deactivate_selected", self.staff.pk)
        self.assertEqual(self.confirm("accounts_user", "end_all_sessions", self.staff.pk).status_code, 403)
        self.staff.refresh_from_db()
        self.assertTrue(self.staff.is_active)

    def test_nobody_is_deleted_here(self) -> None:
        user = make_user()
        self.act("accounts_user", "delete_selected", user.pk)
        response = self.client.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"})
        self.assertEqual(response.status_code, 403)
        self.assertTrue(User.objects.filter(pk=user.pk).exists())


class GroupActionTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.owner = make_user()
        self.group_id = make_group(self.owner, make_user(), name="Tea")

    def save(self, **changes: object) -> None:
        fields = {
            "name": "Tea", "description": "", "announcement": "", "join_policy": "invite", "history_visible": "on",
            "slow_mode_s": "0",
        }  # fmt: skip
        address = reverse("admin:groups_group_change", args=[self.group_id])
        self.assertEqual(self.client.post(address, {**fields, **changes}).status_code, 302)

    def test_a_changed_profile_reaches_the_members_as_an_event(self) -> None:
        self.save(name="Coffee", announcement="Be kind", muted_all="on")
        event = read_log(self.group_id)[-1]
        self.assertEqual((event.event, event.actor_id), ("group-updated", self.staff.pk))
        self.assertEqual((event.payload["group"]["name"], event.payload["group"]["muted_all"]), ("Coffee", True))
        self.assertEqual(get_conversation(self.group_id).title, "Coffee")

    def test_saving_without_a_change_appends_nothing(self) -> None:
        before = get_conversation(self.group_id).last_seq
        self.save()
        self.assertEqual(get_conversation(self.group_id).last_seq, before)

    def test_a_group_is_dissolved_after_a_confirmation_and_only_once(self) -> None:
        self.client.get(reverse("admin:groups_group_dissolve", args=[self.group_id]))
        self.assertIsNone(get_conversation(self.group_id).dissolved_at)
        self.confirm("groups_group", "dissolve", self.group_id)  # without a reason
        self.assertIsNone(get_conversation(self.group_id).dissolved_at)
        self.confirm("groups_group", "dissolve", self.group_id, why="fraud")
        self.assertIsNotNone(get_conversation(self.group_id).dissolved_at)
        self.assertFalse(Member.objects.filter(conversation_id=self.group_id, left_at=None).exists())
        self.assertEqual(self.confirm("groups_group", "dissolve", self.group_id).status_code, 403)

    def test_viewing_is_not_dissolving(self) -> None:
        self.client.force_login(self.make_moderator("view_group"))
        self.assertEqual(self.confirm("groups_group", "dissolve", self.group_id).status_code, 403)
        self.assertIsNone(get_conversation(self.group_id).dissolved_at)

    def test_chosen_invites_are_revoked(self) -> None:
        kept, chosen = (create_invite(self.group_id, self.owner.pk) for _ in range(2))
        self.act("groups_invite", "revoke_selected", chosen.pk)
        self.assertEqual(list(Invite.objects.live()), [kept])
