"""Tickets for browsers' sockets: single use, 30 s."""

from unittest.mock import patch

from accounts.services.sessions import end_sessions
from accounts.services.tickets import redeem_ticket
from accounts.services.tokens import authenticate_access
from core.errors import DomainError, ErrorCode
from core.redis import RedisError, get_redis
from tests.accounts.case import AccountsCase
from tests.factories import fake_clock, make_tokens, make_user


class TicketTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.access = make_tokens(make_user()).access
        self.grant = authenticate_access(self.access)

    def issue(self) -> str:
        answer = self.call("post", "auth/ws-ticket", {}, access=self.access)
        self.assertEqual((answer.status_code, answer.json()["expires_in"]), (201, 30))
        return str(answer.json()["ticket"])

    def assert_not_redeemed(self, ticket: str, code: ErrorCode = ErrorCode.AUTH_FAILED) -> None:
        with self.assertRaises(DomainError) as caught:
            redeem_ticket(ticket)
        self.assertEqual(caught.exception.code, code)

    def test_stands_for_the_session_once(self) -> None:
        ticket = self.issue()
        self.assertEqual(redeem_ticket(ticket), self.grant)
        self.assert_not_redeemed(ticket)

    def test_every_ticket_is_another(self) -> None:
        self.assertNotEqual(self.issue(), self.issue())

    def test_redis_forgets_it_after_30_s(self) -> None:
        remaining_ms = get_redis().pttl(f"ticket:{self.issue()}")
        assert isinstance(remaining_ms, int)
        self.assertTrue(0 < remaining_ms <= 30_000)

    def test_ended_session_redeems_nothing(self) -> None:
        ticket = self.issue()
        end_sessions([self.grant.session_id], reason="test")
        self.assert_not_redeemed(ticket)

    def test_does_not_outlive_the_access_token(self) -> None:
        ticket = self.issue()
        with fake_clock() as now:
            now.advance(3_600)
            self.assert_not_redeemed(ticket)

    def test_unknown_ticket_is_refused(self) -> None:
        self.assert_not_redeemed("never-issued")
        self.assert_not_redeemed("")

    def test_access_token_is_no_ticket(self) -> None:
        self.assert_not_redeemed(self.access)

    def test_needs_a_session_and_takes_no_fields(self) -> None:
        self.assert_refused(self.call("post", "auth/ws-ticket", {}), 401, "AUTH_FAILED")
        answer = self.call("post", "auth/ws-ticket", {"ttl": 600}, access=self.access)
        self.assert_field_refused(answer, "ttl")

    def test_without_redis_it_is_unavailable(self) -> None:
        ticket = self.issue()
        with patch("accounts.services.tickets.get_redis") as client:
            client.return_value.set.side_effect = RedisError
            client.return_value.getdel.side_effect = RedisError
            answer = self.call("post", "auth/ws-ticket", {}, access=self.access)
            self.assert_not_redeemed(ticket, ErrorCode.UNAVAILABLE)
        self.assert_refused(answer, 503, "UNAVAILABLE")
