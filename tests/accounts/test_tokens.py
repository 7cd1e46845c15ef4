"""Tokens: what is accepted, rotation, and the end of a session whose refresh token was stolen."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from django.test import override_settings

from accounts.models import Session
from accounts.services.sessions import end_expired_sessions, end_sessions
from accounts.services.tokens import TokenPair, authenticate_access, issue_access, issue_pair, rotate_refresh
from core import clock
from core.errors import DomainError, ErrorCode
from tests.accounts.case import AccountsCase
from tests.factories import fake_clock, make_session, make_tokens, make_user


class AccessTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.session = make_session(self.user)
        self.pair = issue_pair(self.session)

    def forge(self, *, key: str | None = None, algorithm: str = "HS256", drop: str = "", **claims: Any) -> str:
        """The session's access token with other claims, or signed otherwise."""
        payload = jwt.decode(self.pair.access, options={"verify_signature": False}) | claims
        payload.pop(drop, None)
        return jwt.encode(payload, settings.JWT_SIGNING_KEY if key is None else key, algorithm)

    def assert_code(self, token: str, code: ErrorCode) -> None:
        with self.assertRaises(DomainError) as caught:
            authenticate_access(token)
        self.assertEqual(caught.exception.code, code)

    def test_grant_names_user_session_kind_and_end(self) -> None:
        grant = authenticate_access(self.pair.access)
        self.assertEqual((grant.user_id, grant.session_id, grant.user_kind), (self.user.pk, self.session.pk, "person"))
        end = int(self.session.rotated_at.timestamp()) + settings.ACCESS_TOKEN_LIFETIME_S
        self.assertEqual(grant.expires_at.timestamp(), end)

    def test_unchanged_claims_pass(self) -> None:
        self.assertEqual(authenticate_access(self.forge()).session_id, self.session.pk)

    def test_takes_one_query(self) -> None:
        with self.assertNumQueries(1):
            authenticate_access(self.pair.access)

    def test_notes_the_device_at_most_once_a_minute(self) -> None:
        with fake_clock() as now:
            now.advance(61)
            with self.assertNumQueries(2):
                authenticate_access(self.pair.access)
            with self.assertNumQueries(1):
                authenticate_access(self.pair.access)
            self.session.refresh_from_db()
            self.assertEqual(self.session.last_seen_at, now())

    def test_expires(self) -> None:
        with fake_clock() as now:
            now.advance(settings.ACCESS_TOKEN_LIFETIME_S - 1)
            authenticate_access(self.pair.access)
            now.advance(2)
            self.assert_code(self.pair.access, ErrorCode.TOKEN_EXPIRED)
            self.assert_refused(self.call("get", "users/me", access=self.pair.access), 401, "TOKEN_EXPIRED")

    def test_lifetime_may_be_set_for_seeds(self) -> None:
        token = issue_access(self.session, lifetime_s=86_400)
        with fake_clock() as now:
            now.advance(86_000)
            self.assertEqual(authenticate_access(token).user_id, self.user.pk)

    def test_clock_that_is_behind_refuses_no_fresh_token(self) -> None:
        with fake_clock() as now:
            now.advance(-600)
            self.assertEqual(authenticate_access(self.pair.access).user_id, self.user.pk)

    def test_unsigned_token_is_refused(self) -> None:
        self.assert_code(self.forge(key="", algorithm="none"), ErrorCode.AUTH_FAILED)
        header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
        self.assert_code(f"{header}.{self.pair.access.split('.')[1]}.", ErrorCode.AUTH_FAILED)

    def test_other_algorithm_key_issuer_audience_or_type_is_refused(self) -> None:
        forgeries = {
            "algorithm": self.forge(algorithm="HS512"),
            "key": self.forge(key="another key that is long enough for HS256"),
            "secret key": self.forge(key=settings.SECRET_KEY + "of another purpose"),
            "issuer": self.forge(iss="elsewhere"),
            "audience": self.forge(aud="elsewhere"),
            "type": self.forge(token_type="refresh"),
            "no type": self.forge(drop="token_type"),
            "no issuer": self.forge(drop="iss"),
            "no audience": self.forge(drop="aud"),
            "no end": self.forge(drop="exp"),
            "no session": self.forge(drop="sid"),
            "no user": self.forge(drop="sub"),
            "odd session": self.forge(sid="1 OR 1=1"),
            "another's session": self.forge(sub=str(make_user().pk)),
            "unknown session": self.forge(sid=10**15),
            "refresh token": self.pair.refresh,
            "rubbish": "a.b.c",
            "nothing": "",
        }
        for name, token in forgeries.items():
            with self.subTest(name):
                self.assert_code(token, ErrorCode.AUTH_FAILED)

    def test_tampered_payload_is_refused(self) -> None:
        head, _payload, signature = self.pair.access.split(".")
        foreign = make_tokens(make_user()).access.split(".")[1]
        self.assert_code(f"{head}.{foreign}.{signature}", ErrorCode.AUTH_FAILED)

    def test_access_token_does_not_refresh(self) -> None:
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": self.pair.access}), 401, "AUTH_FAILED")

    def test_ended_session_ends_its_tokens_at_once(self) -> None:
        end_sessions([self.session.pk], reason="test")
        self.assert_code(self.pair.access, ErrorCode.AUTH_FAILED)

    def test_inactive_user_has_no_good_token(self) -> None:
        self.user.is_active = False
        self.user.save()
        self.assert_code(self.pair.access, ErrorCode.AUTH_FAILED)

    @override_settings(ACCESS_TOKEN_LIFETIME_S=7_200, REFRESH_TOKEN_LIFETIME_S=3_600)
    def test_session_that_is_over_has_no_good_token(self) -> None:
        session = make_session(self.user)
        access = issue_pair(session).access
        with fake_clock() as now:
            now.advance(3_601)
            self.assert_code(access, ErrorCode.AUTH_FAILED)

    def test_header_must_be_one_bearer_token(self) -> None:
        for header in ("Bearer", "Bearer a b", "Bearer \xff", f"Bearer {self.pair.access} x"):
            with self.subTest(header):
                answer = self.call("get", "users/me", HTTP_AUTHORIZATION=header)
                self.assert_refused(answer, 401, "AUTH_FAILED")
                self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        self.assert_refused(self.call("get", "users/me", HTTP_AUTHORIZATION="Basic YTpi"), 401, "AUTH_FAILED")
        answer = self.call("get", "users/me", HTTP_AUTHORIZATION=f"bearer {self.pair.access}")
        self.assertEqual(answer.status_code, 200)


class RefreshTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.session = make_session(make_user())
        self.first = issue_pair(self.session)

    def refresh(self, token: str) -> TokenPair:
        answer = self.call("post", "auth/refresh", {"refresh": token})
        self.assertEqual(answer.status_code, 200, answer.content)
        return TokenPair(**answer.json())

    def assert_session_ended(self, token: str) -> None:
        """Using the token is refused, and ends the session with its tokens and sockets."""
        newest = issue_pair(Session.objects.get(pk=self.session.pk))
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": token}), 401, "AUTH_FAILED")
        self.assertEqual(self.closed_session_ids, {self.session.pk})
        self.assert_refused(self.call("get", "users/me", access=newest.access), 401, "AUTH_FAILED")
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": newest.refresh}), 401, "AUTH_FAILED")
        self.session.refresh_from_db()
        self.assertEqual(self.session.revoked_reason, "refresh-reused")

    def test_rotates(self) -> None:
        second = self.refresh(self.first.refresh)
        self.assertNotEqual(second.refresh, self.first.refresh)
        self.assertNotEqual(second.access, self.first.access)
        self.assertEqual(second.expires_in, settings.ACCESS_TOKEN_LIFETIME_S)
        self.assertEqual(authenticate_access(second.access).session_id, self.session.pk)
        self.assertEqual(authenticate_access(self.first.access).session_id, self.session.pk)

    def test_used_token_gets_the_same_successor_within_20_s(self) -> None:
        with fake_clock() as now:
            second = self.refresh(self.first.refresh)
            for seconds in (0.0, 1.3, 18.7):
                now.advance(seconds)
                self.assertEqual(self.refresh(self.first.refresh), second)
        self.assertEqual(self.told, [])

    def test_used_token_gets_the_same_successor_even_when_that_was_used_too(self) -> None:
        with fake_clock() as now:
            now.advance(60)
            second = self.refresh(self.first.refresh)
            now.advance(9)
            third = self.refresh(second.refresh)
            now.advance(9)
            self.assertEqual(self.refresh(self.first.refresh), second)
            self.assertEqual(self.refresh(second.refresh), third)
            fourth = self.refresh(third.refresh)
            self.assertEqual(authenticate_access(fourth.access).session_id, self.session.pk)

    def test_token_used_more_than_20_s_ago_ends_the_session(self) -> None:
        with fake_clock() as now:
            self.refresh(self.first.refresh)
            now.advance(20.1)
            self.assert_session_ended(self.first.refresh)

    def test_token_of_long_ago_ends_the_session(self) -> None:
        with fake_clock() as now:
            second = self.refresh(self.first.refresh)
            now.advance(600)
            third = self.refresh(second.refresh)
            now.advance(1)
            self.refresh(third.refresh)
            self.assert_session_ended(self.first.refresh)

    def test_thief_and_owner_cannot_both_go_on(self) -> None:
        with fake_clock() as now:
            now.advance(300)
            stolen = self.refresh(self.first.refresh)
            now.advance(300)
            self.assert_session_ended(self.first.refresh)
            self.assert_refused(self.call("post", "auth/refresh", {"refresh": stolen.refresh}), 401, "AUTH_FAILED")

    def test_other_sessions_of_the_user_live_on(self) -> None:
        other = issue_pair(make_session(self.session.user))
        with fake_clock() as now:
            self.refresh(self.first.refresh)
            now.advance(30)
            self.assert_session_ended(self.first.refresh)
            self.refresh(other.refresh)

    def test_flood_of_rotations_keeps_what_is_remembered_small(self) -> None:
        with fake_clock():
            token = self.first.refresh
            for _unused in range(40):
                token = self.refresh(token).refresh
            self.session.refresh_from_db()
            self.assertEqual(len(self.session.recent_rotations), 32)
            self.assert_session_ended(self.first.refresh)

    def test_each_refresh_prolongs_the_session(self) -> None:
        with fake_clock() as now:
            now.advance(settings.REFRESH_TOKEN_LIFETIME_S - 60)
            second = self.refresh(self.first.refresh)
            now.advance(settings.REFRESH_TOKEN_LIFETIME_S - 60)
            third = self.refresh(second.refresh)
            now.advance(settings.REFRESH_TOKEN_LIFETIME_S + 1)
            answer = self.call("post", "auth/refresh", {"refresh": third.refresh})
            self.assert_refused(answer, 401, "TOKEN_EXPIRED")

    def test_body_is_strict(self) -> None:
        self.assert_field_refused(self.call("post", "auth/refresh", {"refresh": "x", "device": "y"}), "device")
        self.assert_field_refused(self.call("post", "auth/refresh", {}), "refresh")
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": "x"}), 401, "AUTH_FAILED")

    def test_ended_session_cannot_refresh(self) -> None:
        end_sessions([self.session.pk], reason="test")
        self.assert_refused(self.call("post", "auth/refresh", {"refresh": self.first.refresh}), 401, "AUTH_FAILED")

    def test_session_row_is_locked_while_it_rotates(self) -> None:
        with self.captureOnCommitCallbacks(), self.assertNumQueries(6) as captured:
            rotate_refresh(self.first.refresh)
        self.assertIn("FOR UPDATE", captured.captured_queries[1]["sql"])

    def test_signing_key_is_the_one_of_the_settings(self) -> None:
        with override_settings(JWT_SIGNING_KEY="a new key, which ends every token that is out"):
            self.assert_refused(self.call("post", "auth/refresh", {"refresh": self.first.refresh}), 401, "AUTH_FAILED")


class SweepTest(AccountsCase):
    def test_sessions_whose_time_is_over_are_ended_and_later_forgotten(self) -> None:
        user = make_user()
        live, over = make_session(user), make_session(user)
        Session.objects.filter(pk=over.pk).update(expires_at=clock.now() - timedelta(seconds=1))
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(end_expired_sessions(), 1)
        self.assertEqual(self.closed_session_ids, {over.pk})
        self.assertEqual(end_expired_sessions(), 0)
        with fake_clock() as now, self.captureOnCommitCallbacks(execute=True):
            now.advance(30 * 86_400 + 60)
            end_expired_sessions()
        self.assertFalse(Session.objects.filter(pk=over.pk).exists())
        self.assertTrue(Session.objects.filter(pk=live.pk).exists())
