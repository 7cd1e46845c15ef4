"""What two requests do at the same moment, on real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar
from unittest.mock import patch

from django.db import connections
from django.test import TransactionTestCase, override_settings

from accounts.models import FriendRequest, Friendship, Session, User
from accounts.services.friends import ask
from accounts.services.login import log_in
from accounts.services.passwords import confirm_reset, make_reset_token
from accounts.services.registration import Credentials, register
from accounts.services.sessions import Device
from accounts.services.tickets import issue_ticket, redeem_ticket
from accounts.services.tokens import authenticate_access, issue_pair, rotate_refresh
from core.errors import DomainError, ErrorCode
from tests.factories import PASSWORD, make_session, make_tokens, make_user

T = TypeVar("T")
TIMES = 4


def at_once(*calls: Callable[[], T]) -> list[T | ErrorCode]:
    """Run the calls on threads that start together; each one's answer, or the code of its refusal."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | ErrorCode:
        try:
            barrier.wait()
            return call()
        except DomainError as exc:
            return exc.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


# A hash that takes its time under a row's lock would make the losers of a race on a busy machine time out.
@override_settings(RATE_LIMITS=False, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class RacesTest(TransactionTestCase):
    def setUp(self) -> None:
        teller = patch("accounts.services.sessions.tell_gateways")
        self.tell = teller.start()
        self.addCleanup(teller.stop)

    def test_two_tabs_that_refresh_together_get_one_successor(self) -> None:
        session = make_session(make_user())
        token = issue_pair(session).refresh
        answers = at_once(*[lambda: rotate_refresh(token)] * TIMES)
        session.refresh_from_db()
        self.assertEqual(session.rotation, 1)
        self.assertEqual(answers, [issue_pair(session)] * TIMES)
        self.tell.assert_not_called()

    def test_asking_each_other_at_once_makes_one_friendship(self) -> None:
        for _unused in range(TIMES):
            ann_id, bob_id = pair = (make_user().pk, make_user().pk)
            at_once(partial(ask, ann_id, bob_id, ""), partial(ask, bob_id, ann_id, ""))
            self.assertEqual(Friendship.objects.filter(user_id__in=pair).count(), 2)
            self.assertFalse(FriendRequest.objects.filter(sender_id__in=pair).exists())

    def test_one_name_is_given_once(self) -> None:
        answers = at_once(*[lambda: register(Credentials("Alice", PASSWORD), Device())] * TIMES)
        self.assertEqual(answers.count(ErrorCode.CONFLICT), TIMES - 1)
        self.assertEqual((User.objects.count(), Session.objects.count()), (1, 1))

    def test_login_that_overlaps_a_password_change_starts_no_session(self) -> None:
        user = make_user("alice", password=PASSWORD)
        token = make_reset_token(user)

        def change_meanwhile(*_args: object) -> bool:
            confirm_reset(token, "another horse, battery 7", None)
            return True

        with patch.object(User, "check_password", change_meanwhile), self.assertRaises(DomainError) as caught:
            log_in("alice", PASSWORD, Device())
        self.assertEqual(caught.exception.code, ErrorCode.AUTH_FAILED)
        self.assertFalse(Session.objects.exists())

    def test_ticket_is_redeemed_once(self) -> None:
        ticket = issue_ticket(authenticate_access(make_tokens(make_user()).access))
        answers = at_once(*[lambda: redeem_ticket(ticket)] * TIMES)
        self.assertEqual(answers.count(ErrorCode.AUTH_FAILED), TIMES - 1)

    def test_reset_token_is_used_once(self) -> None:
        token = make_reset_token(make_user())
        calls = [partial(confirm_reset, token, f"correct horse battery {number}", None) for number in range(TIMES)]
        self.assertEqual(at_once(*calls).count(ErrorCode.INVALID_REQUEST), TIMES - 1)
