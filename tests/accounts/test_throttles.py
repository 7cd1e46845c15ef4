"""Throttles: by user and by address, alike for names that exist and names that do not, and never for good."""

from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.test import override_settings

from accounts.services import throttles
from accounts.services.throttles import check_limit, network_of
from core.errors import DomainError
from core.redis import get_redis
from tests.accounts.case import AccountsCase, Answer
from tests.factories import PASSWORD, make_client, make_tokens, make_user

WRONG = "wrong"
LIMITS: dict[str, tuple[int, float]] = {
    **throttles.LIMITS, "login.address": (6, 60.0), "login.pair": (3, 60.0), "login.user": (5, 60.0),
}  # fmt: skip


def empty_buckets() -> None:
    """Forget what earlier tests, whose ids come again, have used up."""
    for key in get_redis().scan_iter("rate:*"):
        get_redis().delete(key)


def new_address() -> str:
    """An address that no other test uses, so that no bucket is shared."""
    number = uuid4().int
    return f"10.{number % 256}.{number // 256 % 256}.{number // 65536 % 256}"


@override_settings(RATE_LIMITS=True)
class LoginThrottleTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.dict(throttles.LIMITS, LIMITS))
        self.name = f"alice-{uuid4().hex[:12]}"
        make_user(self.name, password=PASSWORD)
        self.address = new_address()

    def log_in(self, *, name: str = "", password: str = WRONG, address: str = "") -> Answer:
        body = {"username": name or self.name, "password": password}
        return self.call("post", "auth/login", body, REMOTE_ADDR=address or self.address)

    def statuses(self, times: int, **options: Any) -> list[int]:
        return [self.log_in(**options).status_code for _unused in range(times)]

    def test_guessing_one_password_is_slowed_down(self) -> None:
        self.assertEqual(self.statuses(3), [401] * 3)
        answer = self.log_in(password=PASSWORD)
        self.assert_refused(answer, 429, "RATE_LIMITED")
        wait_ms = answer.json()["details"]["retry_after_ms"]
        self.assertTrue(0 < wait_ms <= 20_000, wait_ms)
        self.assertEqual(int(answer.headers["Retry-After"]), -(-wait_ms // 1000))

    def test_unknown_name_is_throttled_like_a_known_one(self) -> None:
        unknown = f"nobody-{uuid4().hex[:12]}"
        self.assertEqual(self.statuses(4, name=unknown, address=new_address()), self.statuses(4, address=new_address()))

    def test_name_in_another_case_shares_the_bucket(self) -> None:
        self.statuses(3)
        self.assert_refused(self.log_in(name=self.name.upper()), 429, "RATE_LIMITED")

    def test_one_address_does_not_shut_the_owner_out(self) -> None:
        self.assertEqual(self.statuses(6)[-1], 429)
        self.assertEqual(self.log_in(password=PASSWORD, address=new_address()).status_code, 200)

    def test_many_addresses_are_slowed_down_by_user(self) -> None:
        answers = [self.log_in(address=new_address()).status_code for _unused in range(6)]
        self.assertEqual(answers, [401] * 5 + [429])

    def test_many_names_are_slowed_down_by_address(self) -> None:
        answers = [self.log_in(name=f"n-{uuid4().hex[:12]}").status_code for _unused in range(7)]
        self.assertEqual(answers, [401] * 6 + [429])

    def test_bucket_refills(self) -> None:
        with patch.dict(throttles.LIMITS, {"login.pair": (1, 0.001)}):
            self.assertNotIn(429, self.statuses(3))

    def test_forwarded_address_is_the_clients_claim_without_a_proxy(self) -> None:
        body = {"username": self.name, "password": "wrong"}
        answers = [
            self.call("post", "auth/login", body, REMOTE_ADDR=self.address, HTTP_X_FORWARDED_FOR=new_address())
            for _unused in range(4)
        ]
        self.assertEqual(answers[-1].status_code, 429)

    @override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    def test_behind_a_proxy_its_entry_counts(self) -> None:
        body = {"username": self.name, "password": "wrong"}
        answers = []
        for _unused in range(4):
            chain = f"{new_address()}, {self.address}"
            answers.append(self.call("post", "auth/login", body, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=chain))
        self.assertEqual(answers[-1].status_code, 429)
        other = self.call("post", "auth/login", body, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=new_address())
        self.assertEqual(other.status_code, 401)

    @override_settings(RATE_LIMITS=False)
    def test_can_be_switched_off(self) -> None:
        self.assertEqual(self.statuses(7), [401] * 7)


@override_settings(RATE_LIMITS=True)
class OtherThrottlesTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        empty_buckets()

    def exhaust(self, scope: str) -> None:
        self.enterContext(patch.dict(throttles.LIMITS, {scope: (1, 3_600.0)}))

    def assert_second_is_throttled(self, method: str, path: str, body: Any, **options: Any) -> None:
        first = self.call(method, path, body, **options)
        self.assertNotEqual(first.status_code, 429)
        self.assert_refused(self.call(method, path, body, **options), 429, "RATE_LIMITED")

    def test_registering_by_address(self) -> None:
        self.exhaust("register.address")
        body = {"username": "a", "password": "b"}
        self.assert_second_is_throttled("post", "auth/register", body, REMOTE_ADDR=new_address())

    def test_guests_by_address(self) -> None:
        self.exhaust("guest.address")
        self.assert_second_is_throttled("post", "auth/guest", {}, REMOTE_ADDR=new_address())

    def test_refreshing_by_session(self) -> None:
        self.exhaust("refresh.session")
        self.assert_second_is_throttled("post", "auth/refresh", {"refresh": make_tokens(make_user()).refresh})

    def test_old_passwords_by_user(self) -> None:
        self.exhaust("password.user")
        body = {"old_password": "guess", "new_password": PASSWORD}
        self.assert_second_is_throttled("post", "auth/password", body, client=make_client(make_user()))

    def test_reset_mails_by_mailbox(self) -> None:
        self.exhaust("reset.email")
        body = {"email": f"{uuid4().hex}@example.com"}
        with patch("accounts.services.passwords.current_app.send_task") as send:
            self.call("post", "auth/password-reset", body, REMOTE_ADDR=new_address())
            body["email"] = body["email"].upper()
            answer = self.call("post", "auth/password-reset", body, REMOTE_ADDR=new_address())
        self.assert_refused(answer, 429, "RATE_LIMITED")
        self.assertEqual(send.call_count, 1)

    def test_reset_mails_by_address(self) -> None:
        self.exhaust("reset.address")
        body = {"email": f"{uuid4().hex}@example.com"}
        self.assert_second_is_throttled("post", "auth/password-reset", body, REMOTE_ADDR=new_address())

    def test_reset_tokens_by_address(self) -> None:
        self.exhaust("reset-confirm.address")
        body = {"token": "x", "new_password": PASSWORD}
        self.assert_second_is_throttled("post", "auth/password-reset/confirm", body, REMOTE_ADDR=new_address())

    def test_tickets_by_session(self) -> None:
        self.exhaust("ticket.session")
        self.assert_second_is_throttled("post", "auth/ws-ticket", {}, client=make_client(make_user()))

    def test_friend_requests_by_user(self) -> None:
        self.exhaust("friend-request.user")
        body = {"user_id": str(make_user().pk)}
        self.assert_second_is_throttled("post", "friends/requests", body, client=make_client(make_user()))

    def test_user_search_by_user(self) -> None:
        self.exhaust("user-search.user")
        self.assert_second_is_throttled("get", "users?q=a", None, client=make_client(make_user()))

    def test_every_scope_is_a_limit_that_lets_some_through(self) -> None:
        for scope, (limit, period_s) in throttles.LIMITS.items():
            self.assertGreaterEqual(limit, 1, scope)
            self.assertGreater(period_s, 0, scope)
            check_limit(scope, uuid4().hex)
        with self.assertRaises(KeyError):
            check_limit("unknown", "x")


class NetworkTest(AccountsCase):
    def test_ipv6_counts_by_its_64(self) -> None:
        self.assertEqual(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::9"))
        self.assertNotEqual(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"))

    def test_ipv4_counts_alone(self) -> None:
        self.assertEqual(network_of("192.0.2.1"), "192.0.2.1")
        self.assertEqual(network_of(None), "unknown")

    def test_refusal_is_a_domain_error_with_a_wait(self) -> None:
        key = uuid4().hex
        with override_settings(RATE_LIMITS=True), patch.dict(throttles.LIMITS, {"guest.address": (1, 10.0)}):
            check_limit("guest.address", key)
            with self.assertRaises(DomainError) as caught:
                check_limit("guest.address", key)
        self.assertGreater(caught.exception.details["retry_after_ms"], 0)
