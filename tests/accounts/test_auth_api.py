"""Registering, logging in, guests: the answers of auth/* and their refusals."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.models import Session, User, UserKind
from accounts.services.tokens import authenticate_access
from core import clock
from tests.accounts.case import AccountsCase, Answer
from tests.factories import PASSWORD, make_client, make_guest, make_session, make_tokens, make_user

USER_FIELDS = {"id", "username", "display_name", "avatar_url", "kind"}


class RegisterTest(AccountsCase):
    def register(self, **fields: Any) -> Answer:
        return self.call("post", "auth/register", {"username": "Alice", "password": PASSWORD, **fields})

    def test_answers_the_user_and_tokens_that_work(self) -> None:
        answer = self.register(display_name="Alice  Liddell ", email="Alice@Example.com")
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual(set(body), {"user", "access", "refresh", "expires_in"})
        self.assertEqual(set(body["user"]), USER_FIELDS)
        self.assertEqual(body["user"]["display_name"], "Alice Liddell")
        self.assertEqual(body["user"]["kind"], "person")
        me = self.call("get", "users/me", access=body["access"]).json()
        self.assertEqual((me["id"], me["email"]), (body["user"]["id"], "alice@example.com"))

    def test_password_is_kept_as_argon2(self) -> None:
        self.register()
        self.assertTrue(User.objects.get(username="Alice").password.startswith("argon2$argon2id$"))

    def test_display_name_defaults_to_the_username(self) -> None:
        self.assertEqual(self.register().json()["user"]["display_name"], "Alice")

    def test_name_is_taken_in_any_case_and_width(self) -> None:
        self.register()
        for twin in ("alice", "ALICE", "Ａｌｉｃｅ"):
            answer = self.register(username=twin)
            self.assert_refused(answer, 409, "CONFLICT")
            self.assertEqual(list(answer.json()["details"]["fields"]), ["username"])

    def test_reserved_names_are_taken(self) -> None:
        for name in ("all", "Everyone", "deleted-7", "guest-x"):
            self.assert_refused(self.register(username=name), 409, "CONFLICT")

    def test_names_of_other_scripts_are_welcome(self) -> None:
        for name in ("李雷", "Олег", "दीपक", "a.b-c_d"):
            self.assertEqual(self.register(username=name).status_code, 201, name)

    def test_bad_names_are_refused(self) -> None:
        for name in ("x", "a" * 33, "a b", "-ab", "ab.", "a\u202eb", "a/b", "😀😀", "ﷺ" * 4):
            with self.subTest(name):
                self.assert_field_refused(self.register(username=name), "username")

    def test_invisible_display_name_is_refused(self) -> None:
        self.assert_field_refused(self.register(display_name="\u202eevil"), "display_name")
        self.assert_field_refused(self.register(display_name="x" * 65), "display_name")

    def test_weak_passwords_are_refused(self) -> None:
        for weak in ("short", "password123", "8315901472", "alice-liddell"):
            with self.subTest(weak):
                self.assert_field_refused(self.register(username="alice-liddell", password=weak), "password")

    def test_unknown_fields_are_refused_by_name(self) -> None:
        self.assert_field_refused(self.register(is_staff=True), "is_staff")

    def test_missing_fields_are_refused_by_name(self) -> None:
        self.assert_field_refused(self.call("post", "auth/register", {"username": "Alice"}), "password")

    def test_bodies_that_are_no_objects_are_refused(self) -> None:
        for body in ("[1]", '"x"', "null", "{", '{"username": NaN}', '{"username": "a\\u0000b", "password": "x"}'):
            with self.subTest(body):
                answer = make_client().generic("POST", "/api/v1/auth/register", body, "application/json")
                self.assert_refused(answer, 400, "INVALID_REQUEST")


class LoginTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user("Alice", password=PASSWORD)

    def log_in(self, **fields: Any) -> Answer:
        return self.call("post", "auth/login", {"username": "Alice", "password": PASSWORD, **fields})

    def test_starts_a_session_on_the_device(self) -> None:
        answer = self.log_in(device_name="My phone")
        self.assertEqual(answer.status_code, 200)
        session = Session.objects.get()
        self.assertEqual((session.user, session.device_name), (self.user, "My phone"))
        self.assertEqual(authenticate_access(answer.json()["access"]).session_id, session.pk)
        self.user.refresh_from_db()
        self.assertIsNotNone(self.user.last_login)

    def test_name_may_be_written_in_any_case(self) -> None:
        self.assertEqual(self.log_in(username="aLICE").status_code, 200)

    def test_device_is_named_by_its_user_agent(self) -> None:
        agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
        body = {"username": "Alice", "password": PASSWORD}
        self.call("post", "auth/login", body, HTTP_USER_AGENT=agent)
        self.assertEqual(Session.objects.get().device_name, "Edge, Windows")

    def test_every_failure_looks_the_same(self) -> None:
        make_user("Ended", password=PASSWORD, is_active=False)
        make_guest(username="Visitor")
        answers = [
            self.log_in(password="wrong"),
            self.log_in(username="Nobody"),
            self.log_in(username="Ended"),
            self.log_in(username="Visitor"),
        ]
        for answer in answers:
            self.assert_refused(answer, 401, "AUTH_FAILED")
        self.assertEqual(len({answer.content for answer in answers}), 1)
        self.assertEqual(len({tuple(sorted(answer.headers.items())) for answer in answers}), 1)
        self.assertFalse(Session.objects.exists())

    def test_every_failure_hashes_once(self) -> None:
        make_user("Ended", password=PASSWORD, is_active=False)
        make_guest(username="Visitor")
        for name in ("Alice", "Nobody", "Ended", "Visitor"):
            hashes: list[str] = []
            real_verify, real_encode = Argon2PasswordHasher.verify, Argon2PasswordHasher.encode

            def verify(*args: Any, real: Any = real_verify, seen: list[str] = hashes) -> Any:
                seen.append("verify")
                return real(*args)

            def encode(*args: Any, real: Any = real_encode, seen: list[str] = hashes) -> Any:
                seen.append("encode")
                return real(*args)

            with (
                self.subTest(name),
                patch.object(Argon2PasswordHasher, "verify", verify),
                patch.object(Argon2PasswordHasher, "encode", encode),
            ):
                self.log_in(username=name, password="wrong")
                self.assertEqual(len(hashes), 1, hashes)

    def test_unknown_fields_are_refused_by_name(self) -> None:
        self.assert_field_refused(self.log_in(remember=True), "remember")

    def test_stale_header_does_not_spoil_a_login(self) -> None:
        body = {"username": "Alice", "password": PASSWORD}
        self.assertEqual(self.call("post", "auth/login", body, access="stale").status_code, 200)


class GuestTest(AccountsCase):
    def upgrade(self, access: str, **fields: Any) -> Answer:
        return self.call("post", "auth/upgrade", {"username": "Alice", "password": PASSWORD, **fields}, access=access)

    def test_guest_comes_in_with_a_name_of_its_own(self) -> None:
        answer = self.call("post", "auth/guest", {})
        self.assertEqual(answer.status_code, 201)
        user = answer.json()["user"]
        self.assertEqual(user["kind"], "guest")
        self.assertRegex(user["username"], r"^guest-[a-z0-9]{12}$")
        self.assertRegex(user["display_name"], r"^Guest [a-z0-9]{4}$")
        self.assertEqual(self.call("get", "users/me", access=answer.json()["access"]).status_code, 200)

    def test_guest_may_choose_a_display_name(self) -> None:
        answer = self.call("post", "auth/guest", {"display_name": "Visitor"})
        self.assertEqual(answer.json()["user"]["display_name"], "Visitor")

    def test_upgrade_keeps_id_session_and_tokens(self) -> None:
        guest = self.call("post", "auth/guest", {"display_name": "Visitor"}).json()
        answer = self.upgrade(guest["access"], email="a@example.com")
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual(body["user"]["id"], guest["user"]["id"])
        self.assertEqual((body["user"]["username"], body["user"]["display_name"]), ("Alice", "Visitor"))
        self.assertEqual(body["user"]["kind"], "person")
        self.assertEqual(Session.objects.count(), 1)
        for access in (body["access"], guest["access"]):
            self.assertEqual(self.call("get", "users/me", access=access).status_code, 200)
        self.assertEqual(self.call("post", "auth/refresh", {"refresh": guest["refresh"]}).status_code, 200)
        login = self.call("post", "auth/login", {"username": "Alice", "password": PASSWORD})
        self.assertEqual(login.json()["user"]["id"], guest["user"]["id"])

    def test_nameless_guest_takes_the_username_as_display_name(self) -> None:
        guest = self.call("post", "auth/guest", {}).json()
        self.assertEqual(self.upgrade(guest["access"]).json()["user"]["display_name"], "Alice")

    def test_only_a_guest_can_upgrade(self) -> None:
        self.assert_refused(self.upgrade(make_tokens(make_user()).access), 409, "CONFLICT")
        self.assert_refused(self.call("post", "auth/upgrade", {"username": "A", "password": "b"}), 401, "AUTH_FAILED")

    def test_refused_upgrade_leaves_a_guest(self) -> None:
        make_user("alice")
        guest = make_guest()
        access = make_tokens(guest).access
        self.assert_refused(self.upgrade(access), 409, "CONFLICT")
        self.assert_field_refused(self.upgrade(access, username="Bob", password="short"), "password")
        guest.refresh_from_db()
        self.assertEqual(guest.kind, UserKind.GUEST)
        self.assertFalse(guest.has_usable_password())


class LogoutTest(AccountsCase):
    def test_ends_this_session_its_tokens_and_sockets_only(self) -> None:
        user = make_user()
        here, elsewhere = make_tokens(user), make_tokens(user)
        ended_id = authenticate_access(here.access).session_id
        answer = self.call("post", "auth/logout", {}, access=here.access)
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        self.assertEqual(self.closed_session_ids, {ended_id})
        self.assert_refused(self.call("get", "users/me", access=here.access), 401, "AUTH_FAILED")
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": here.refresh}), 401, "AUTH_FAILED")
        self.assertEqual(self.call("get", "users/me", access=elsewhere.access).status_code, 200)

    def test_needs_a_session_and_takes_no_fields(self) -> None:
        self.assert_refused(self.call("post", "auth/logout", {}), 401, "AUTH_FAILED")
        client = make_client(make_user())
        self.assert_field_refused(self.call("post", "auth/logout", {"all": True}, client=client), "all")


class SessionsTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.here = make_tokens(self.user)
        self.session_id = authenticate_access(self.here.access).session_id

    def test_lists_live_devices_newest_first(self) -> None:
        phone = make_session(self.user, "Phone")
        make_session(make_user(), "Someone else's")
        Session.objects.create(user=self.user, expires_at=clock.now() - timedelta(seconds=1))
        Session.objects.create(user=self.user, expires_at=clock.now() + timedelta(days=1), revoked_at=clock.now())
        body = self.call("get", "auth/sessions", access=self.here.access).json()
        self.assertIsNone(body["next_cursor"])
        self.assertEqual([row["id"] for row in body["results"]], [str(phone.pk), str(self.session_id)])
        self.assertEqual([row["current"] for row in body["results"]], [False, True])
        self.assertEqual(set(body["results"][0]), {"id", "device_name", "created_at", "last_seen_at", "current"})
        self.assertRegex(body["results"][0]["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_is_paged_by_cursor(self) -> None:
        others = [str(make_session(self.user).pk) for _unused in range(4)]
        seen: list[str] = []
        page: dict[str, Any] = {"next_cursor": ""}
        while page["next_cursor"] is not None:
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
            page = self.call("get", f"auth/sessions?limit=2{cursor}", access=self.here.access).json()
            self.assertLessEqual(len(page["results"]), 2)
            seen += [row["id"] for row in page["results"]]
        self.assertEqual(seen, [*reversed(others), str(self.session_id)])

    def test_bad_paging_is_refused(self) -> None:
        for query in ("limit=0", "limit=201", "cursor=%21", "cursor=kaF4", "cursor=kgEC"):
            with self.subTest(query):
                answer = self.call("get", f"auth/sessions?{query}", access=self.here.access)
                self.assert_field_refused(answer, query.partition("=")[0])

    def test_ending_one_ends_its_tokens_and_sockets(self) -> None:
        other = make_tokens(self.user)
        other_id = authenticate_access(other.access).session_id
        answer = self.call("delete", f"auth/sessions/{other_id}", access=self.here.access)
        self.assertEqual(answer.status_code, 204)
        self.assertEqual(self.closed_session_ids, {other_id})
        self.assert_refused(self.call("get", "users/me", access=other.access), 401, "AUTH_FAILED")
        self.assert_refused(self.call("delete", f"auth/sessions/{other_id}", access=self.here.access), 404, "NOT_FOUND")

    def test_others_sessions_look_like_none(self) -> None:
        foreign = make_session(make_user())
        answers = [
            self.call("delete", f"auth/sessions/{wanted}", access=self.here.access)
            for wanted in (foreign.pk, 10**15, "x", "9" * 30)
        ]
        for answer in answers:
            self.assert_refused(answer, 404, "NOT_FOUND")
        self.assertEqual(len({answer.content for answer in answers}), 1)
        self.assertEqual(self.closed_session_ids, set())
