"""Closing an account at once, erasing it after the grace."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import override_settings

from accounts.models import Block, FriendRequest, Friendship, Session, User
from accounts.selectors import find_ended_sessions
from accounts.services.erasure import erase_account, erase_pending_accounts
from accounts.services.tokens import authenticate_access
from accounts.tasks import erase_pending_accounts as erase_task
from core.clock import to_wire
from tests.accounts.case import AccountsCase
from tests.factories import PASSWORD, fake_clock, make_session, make_tokens, make_user

HOOK = "tests.accounts.test_erasure.note_erasure"
FAILING_HOOK = "tests.accounts.test_erasure.fail_for_some"
erased_ids: list[int] = []
failing_ids: set[int] = set()


def note_erasure(user_id: int) -> None:
    """An ERASURE_HOOKS entry that remembers its calls."""
    erased_ids.append(user_id)


def fail_for_some(user_id: int) -> None:
    """An ERASURE_HOOKS entry that fails for `failing_ids`."""
    if user_id in failing_ids:
        raise RuntimeError("not yet")


class ErasureTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        erased_ids.clear()
        failing_ids.clear()
        self.user = make_user("alice", password=PASSWORD, email="alice@example.com", settings={"a": 1})
        self.tokens = make_tokens(self.user)

    def close(self, access: str = "") -> Any:
        return self.call("delete", "users/me", access=access or self.tokens.access)

    def test_account_is_closed_at_once(self) -> None:
        other = make_session(self.user)
        own_id = authenticate_access(self.tokens.access).session_id
        with fake_clock() as now:
            answer = self.close()
            erased_after = to_wire(now() + timedelta(seconds=settings.ACCOUNT_ERASURE_GRACE_S))
        self.assertEqual((answer.status_code, answer.json()), (202, {"erased_after": erased_after}))
        self.assertEqual(self.closed_session_ids, {own_id, other.pk})
        self.assert_refused(self.call("get", "users/me", access=self.tokens.access), 401, "AUTH_FAILED")
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": self.tokens.refresh}), 401, "AUTH_FAILED")
        login = self.call("post", "auth/login", {"username": "alice", "password": PASSWORD})
        self.assert_refused(login, 401, "AUTH_FAILED")

    @override_settings(ERASURE_HOOKS=[HOOK])
    def test_nothing_is_erased_before_the_grace_is_over(self) -> None:
        with fake_clock() as now:
            self.close()
            now.advance(settings.ACCOUNT_ERASURE_GRACE_S - 1)
            self.assertEqual(erase_pending_accounts(), 0)
            self.assertEqual(User.objects.get(pk=self.user.pk).email, "alice@example.com")
            now.advance(1)
            erase_task()
        self.assertEqual(erased_ids, [self.user.pk])
        self.assertIsNotNone(User.objects.get(pk=self.user.pk).erased_at)
        self.assertEqual(erase_pending_accounts(), 0)

    def test_support_can_undo_it_within_the_grace(self) -> None:
        with fake_clock() as now:
            self.close()
            User.objects.filter(pk=self.user.pk).update(is_active=True, erasure_requested_at=None)
            now.advance(settings.ACCOUNT_ERASURE_GRACE_S + 1)
            self.assertEqual(erase_pending_accounts(), 0)
        login = self.call("post", "auth/login", {"username": "alice", "password": PASSWORD})
        self.assertEqual(login.status_code, 200)

    def test_nothing_personal_is_left(self) -> None:
        other = make_user()
        Friendship.objects.create(user=self.user, friend=other)
        Friendship.objects.create(user=other, friend=self.user, remark="Alice from school")
        FriendRequest.objects.create(sender=self.user, recipient=other)
        FriendRequest.objects.create(sender=other, recipient=self.user)
        Block.objects.create(blocker=self.user, blocked=other)
        Block.objects.create(blocker=other, blocked=self.user)
        erase_account(self.user.pk)
        for model in (Friendship, FriendRequest, Block):
            self.assertFalse(model._default_manager.exists(), model)
        self.assertFalse(Session.objects.filter(user=self.user).exists())
        row = User.objects.filter(pk=self.user.pk).values().get()
        name = f"deleted-{self.user.pk}"
        self.assertEqual((row["username"], row["username_folded"]), (name, name))
        self.assertEqual((row["email"], row["settings"], row["privacy"]), ("", {}, {}))
        self.assertNotIn("alice", str(row).lower())
        self.assertFalse(User.objects.get(pk=self.user.pk).has_usable_password())

    def test_name_is_free_again(self) -> None:
        erase_account(self.user.pk)
        answer = self.call("post", "auth/register", {"username": "alice", "password": PASSWORD})
        self.assertEqual(answer.status_code, 201)

    def test_staff_rights_end(self) -> None:
        User.objects.filter(pk=self.user.pk).update(is_staff=True, is_superuser=True)
        erase_account(self.user.pk)
        self.user.refresh_from_db()
        self.assertFalse(self.user.is_staff or self.user.is_superuser or self.user.is_active)

    @override_settings(ERASURE_HOOKS=[HOOK, FAILING_HOOK])
    def test_one_that_fails_is_tried_again_and_stops_no_other(self) -> None:
        other = make_user()
        with fake_clock() as now:
            self.close()
            self.close(make_tokens(other).access)
            now.advance(settings.ACCOUNT_ERASURE_GRACE_S + 1)
            failing_ids.add(self.user.pk)
            self.assertEqual(erase_pending_accounts(), 1)
            self.assertEqual(User.objects.get(pk=self.user.pk).username, "alice")
            failing_ids.clear()
            self.assertEqual(erase_pending_accounts(), 1)
        self.assertEqual(erased_ids, [self.user.pk, other.pk, self.user.pk])


class EndedSessionsTest(AccountsCase):
    def test_names_all_that_are_no_longer_good_in_one_query(self) -> None:
        live, revoked, over = (make_session(make_user()) for _unused in range(3))
        inactive = make_session(make_user(is_active=False))
        Session.objects.filter(pk=revoked.pk).update(revoked_at=revoked.created_at)
        Session.objects.filter(pk=over.pk).update(expires_at=over.created_at)
        asked = [live.pk, revoked.pk, over.pk, inactive.pk, 10**15]
        with self.assertNumQueries(1):
            self.assertEqual(find_ended_sessions(asked), {revoked.pk, over.pk, inactive.pk, 10**15})
