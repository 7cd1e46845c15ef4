"""The admin's log-in page is behind the same throttles, and the command line makes users that can use it."""

from unittest.mock import patch

from django.contrib.auth import authenticate
from django.core.management import call_command
from django.http import HttpRequest
from django.test import override_settings

from accounts.models import User
from accounts.services import throttles
from tests.accounts.case import AccountsCase
from tests.accounts.test_throttles import new_address
from tests.factories import PASSWORD, make_user


class BackendTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user("Root", password=PASSWORD)
        self.request = HttpRequest()
        self.request.META["REMOTE_ADDR"] = new_address()

    def test_takes_the_name_in_any_case(self) -> None:
        self.assertEqual(authenticate(self.request, username="rOOT", password=PASSWORD), self.user)
        self.assertIsNone(authenticate(self.request, username="root", password="wrong"))
        self.assertIsNone(authenticate(self.request, username="nobody", password=PASSWORD))

    def test_throttled_log_in_looks_like_a_wrong_password(self) -> None:
        with override_settings(RATE_LIMITS=True), patch.dict(throttles.LIMITS, {"login.pair": (2, 60.0)}):
            answers = [authenticate(self.request, username="root", password="wrong") for _unused in range(2)]
            answers.append(authenticate(self.request, username="root", password=PASSWORD))
            self.request.META["REMOTE_ADDR"] = new_address()
            elsewhere = authenticate(self.request, username="root", password=PASSWORD)
        self.assertEqual(answers, [None, None, None])
        self.assertEqual(elsewhere, self.user)

    def test_superuser_of_the_command_line_is_found_by_name(self) -> None:
        with patch.dict("os.environ", {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}):
            call_command("createsuperuser", username="Boss", interactive=False, verbosity=0)
        boss = User.objects.get(username_folded="boss")
        self.assertTrue(boss.is_staff and boss.is_superuser)
        self.assertEqual(boss.display_name_folded, "boss")
        self.assertEqual(authenticate(self.request, username="boss", password=PASSWORD), boss)
