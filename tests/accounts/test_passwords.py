"""Changing a password, and resetting a forgotten one by e-mail."""

import re
from unittest.mock import patch

from django.core import mail
from django.test import override_settings
from kombu.exceptions import OperationalError

from accounts.models import User
from accounts.services.passwords import make_reset_token, send_reset_mails
from accounts.services.tokens import authenticate_access
from accounts.tasks import send_password_reset
from tests.accounts.case import AccountsCase, Answer
from tests.factories import PASSWORD, fake_clock, make_client, make_guest, make_session, make_tokens, make_user

NEW_PASSWORD = "another horse, battery 7"


class ChangeTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user("alice", password=PASSWORD)
        self.here = make_tokens(self.user)

    def change(self, old: str = PASSWORD, new: str = NEW_PASSWORD) -> Answer:
        return self.call("post", "auth/password", {"old_password": old, "new_password": new}, access=self.here.access)

    def test_ends_every_other_session(self) -> None:
        others = [make_tokens(self.user), make_tokens(self.user)]
        stranger = make_tokens(make_user())
        other_ids = {authenticate_access(pair.access).session_id for pair in others}
        self.assertEqual(self.change().status_code, 204)
        self.assertEqual(self.closed_session_ids, other_ids)
        for pair in others:
            self.assert_refused(self.call("get", "users/me", access=pair.access), 401, "AUTH_FAILED")
            self.assert_refused(self.call("post", "auth/refresh", {"refresh": pair.refresh}), 401, "AUTH_FAILED")
        for pair in (self.here, stranger):
            self.assertEqual(self.call("post", "auth/refresh", {"refresh": pair.refresh}).status_code, 200)

    def test_only_the_new_password_logs_in(self) -> None:
        self.change()
        old, new = (
            self.call("post", "auth/login", {"username": "alice", "password": password})
            for password in (PASSWORD, NEW_PASSWORD)
        )
        self.assertEqual((old.status_code, new.status_code), (401, 200))

    def test_wrong_old_password_changes_nothing(self) -> None:
        make_session(self.user)
        self.assert_field_refused(self.change(old="wrong"), "old_password")
        self.assertEqual(self.closed_session_ids, set())
        self.assertTrue(User.objects.get(pk=self.user.pk).check_password(PASSWORD))

    def test_weak_new_password_changes_nothing(self) -> None:
        make_session(self.user)
        self.assert_field_refused(self.change(new="short"), "new_password")
        self.assertEqual(self.closed_session_ids, set())
        self.assertTrue(User.objects.get(pk=self.user.pk).check_password(PASSWORD))

    def test_guest_has_no_password_to_change(self) -> None:
        body = {"old_password": "", "new_password": NEW_PASSWORD}
        client = make_client(make_guest())
        self.assert_field_refused(self.call("post", "auth/password", body, client=client), "old_password")
        body["old_password"] = "!"
        self.assert_field_refused(self.call("post", "auth/password", body, client=client), "old_password")

    def test_needs_a_session(self) -> None:
        body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
        self.assert_refused(self.call("post", "auth/password", body), 401, "AUTH_FAILED")


class AskTest(AccountsCase):
    def ask(self, email: str) -> tuple[Answer, list[object]]:
        """The answer, and the arguments of the task that it queued."""
        with patch("accounts.services.passwords.current_app.send_task") as send:
            answer = self.call("post", "auth/password-reset", {"email": email}, HTTP_ACCEPT_LANGUAGE="zh-CN")
        return answer, [call.kwargs["args"] for call in send.call_args_list]

    def test_says_and_does_the_same_for_any_address(self) -> None:
        make_user(email="alice@example.com")
        with self.assertNumQueries(0):
            known, known_tasks = self.ask("Alice@example.com")
            unknown, unknown_tasks = self.ask("nobody@example.com")
        self.assertEqual((known.status_code, known.content), (204, b""))
        self.assertEqual((unknown.status_code, unknown.content), (204, b""))
        self.assertEqual(known.headers.items(), unknown.headers.items())
        self.assertEqual(known_tasks, [["alice@example.com", "zh-hans"]])
        self.assertEqual(unknown_tasks, [["nobody@example.com", "zh-hans"]])

    def test_ends_no_session(self) -> None:
        user = make_user(email="alice@example.com")
        access = make_tokens(user).access
        self.ask("alice@example.com")
        send_reset_mails("alice@example.com", "en")
        self.assertEqual(self.call("get", "users/me", access=access).status_code, 200)
        self.assertEqual(self.told, [])

    def test_is_queued_in_redis(self) -> None:
        answer = self.call("post", "auth/password-reset", {"email": "alice@example.com"})
        self.assertEqual(answer.status_code, 204)

    def test_without_the_queue_it_is_unavailable_for_any_address(self) -> None:
        failing = patch("accounts.services.passwords.current_app.send_task", side_effect=OperationalError)
        with failing:
            answer = self.call("post", "auth/password-reset", {"email": "alice@example.com"})
        self.assert_refused(answer, 503, "UNAVAILABLE")
        self.assertEqual(answer.headers["Retry-After"], "1")

    def test_body_is_strict(self) -> None:
        answer = self.call("post", "auth/password-reset", {"email": "not an address"})
        self.assert_field_refused(answer, "email")
        answer = self.call("post", "auth/password-reset", {"email": "a@example.com", "username": "a"})
        self.assert_field_refused(answer, "username")


class MailTest(AccountsCase):
    def test_carries_a_token_that_works(self) -> None:
        user = make_user(email="alice@example.com", display_name="Alice <Liddell>", password=PASSWORD)
        send_password_reset("alice@example.com", "en")
        [message] = mail.outbox
        self.assertEqual(message.to, ["alice@example.com"])
        self.assertIn("Alice <Liddell>", message.body)
        self.assertIn("within 60 minutes", message.body)
        found = re.search(r"^[a-z0-9]+-[a-z0-9]+-[0-9a-f]+$", str(message.body), re.MULTILINE)
        assert found is not None
        body = {"token": found[0], "new_password": NEW_PASSWORD}
        self.assertEqual(self.call("post", "auth/password-reset/confirm", body).status_code, 204)
        user.refresh_from_db()
        self.assertTrue(user.check_password(NEW_PASSWORD))

    @override_settings(PUBLIC_URL="https://chat.example.com/")
    def test_links_to_the_public_address(self) -> None:
        make_user(email="alice@example.com")
        send_reset_mails("alice@example.com", "en")
        self.assertRegex(str(mail.outbox[0].body), r"https://chat\.example\.com/reset-password#\w+-\w+-\w+")

    def test_goes_to_every_active_person_with_exactly_this_address(self) -> None:
        make_user(email="alice@example.com")
        make_user(email="alice@example.com")
        make_user(email="alicé@example.com")
        make_user(email="alice@example.com", is_active=False)
        make_user(email="alice@example.com", kind="bot")
        self.assertEqual(send_reset_mails("alice@example.com", "en"), 2)
        self.assertEqual({tuple(message.to) for message in mail.outbox}, {("alice@example.com",)})
        self.assertEqual(len({str(message.body) for message in mail.outbox}), 2)

    def test_unknown_address_gets_no_mail(self) -> None:
        send_password_reset("nobody@example.com", "en")
        self.assertEqual(mail.outbox, [])


class ConfirmTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user("alice", password=PASSWORD, email="alice@example.com")
        self.token = make_reset_token(self.user)

    def confirm(self, token: str | None = None, password: str = NEW_PASSWORD) -> Answer:
        body = {"token": self.token if token is None else token, "new_password": password}
        return self.call("post", "auth/password-reset/confirm", body)

    def test_ends_every_session(self) -> None:
        pairs = [make_tokens(self.user), make_tokens(self.user)]
        session_ids = {authenticate_access(pair.access).session_id for pair in pairs}
        self.assertEqual(self.confirm().status_code, 204)
        self.assertEqual(self.closed_session_ids, session_ids)
        for pair in pairs:
            self.assert_refused(self.call("get", "users/me", access=pair.access), 401, "AUTH_FAILED")

    def test_token_works_once(self) -> None:
        self.confirm()
        self.assert_field_refused(self.confirm(password="yet another horse 3"), "token")
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password(NEW_PASSWORD))

    def test_token_ends_after_an_hour(self) -> None:
        with fake_clock() as now:
            now.advance(3_601)
            self.assert_field_refused(self.confirm(), "token")
            now.advance(-60)
            self.assertEqual(self.confirm().status_code, 204)

    def test_login_in_between_ends_the_token(self) -> None:
        self.call("post", "auth/login", {"username": "alice", "password": PASSWORD})
        self.assert_field_refused(self.confirm(), "token")

    def test_weak_password_leaves_the_token_good(self) -> None:
        self.assert_field_refused(self.confirm(password="short"), "new_password")
        self.assertEqual(self.confirm().status_code, 204)

    def test_others_tokens_and_rubbish_are_refused_alike(self) -> None:
        head, _dash, rest = self.token.partition("-")
        other = make_user(password=PASSWORD)
        other_head = make_reset_token(other).partition("-")[0]
        wrong = ["x", "-", f"zzzz-{rest}", f"{head}-", f"{head}-x-y", f"{other_head}-{rest}"]
        answers = [self.confirm(token) for token in wrong]
        for answer in answers:
            self.assert_field_refused(answer, "token")
        self.assertEqual(len({answer.content for answer in answers}), 1)

    def test_ended_account_cannot_be_reset(self) -> None:
        User.objects.filter(pk=self.user.pk).update(is_active=False)
        self.assert_field_refused(self.confirm(), "token")
