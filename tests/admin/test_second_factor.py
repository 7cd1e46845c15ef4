"""Signing in to the admin with two factors, and the password that dangerous acts ask for again."""

import io
import time
from base64 import b32encode
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice

from accounts.models import Authenticator, User
from accounts.services.second_factor import begin_setup, has_second_factor
from core.reauthentication import FIELD
from core.sealing import UnknownSealError
from moderation.models import AuditEntry
from tests.admin.case import AdminCase
from tests.groups.factories import make_user

PASSWORD = "correct horse battery"
INDEX = "/admin/"


def code_of(device: Authenticator, steps: int = 0) -> str:
    """What the app shows, `steps` half minutes from now."""
    totp = TOTP(device.key, drift=device.drift)
    totp.time = time.time() + steps * totp.step
    return f"{totp.token():06d}"


class SecondFactorCase(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = Client()
        self.client.force_login(self.staff)

    def set_up(self) -> list[str]:
        """An authenticator for the staff; its recovery codes."""
        code = code_of(begin_setup(self.staff))
        response = self.client.post(reverse("admin:second_factor_set_up"), {"code": code})
        codes: list[str] = response.context["codes"]
        Authenticator.objects.update(last_t=-1)
        return codes

    def sign_in(self) -> None:
        """With the password alone."""
        self.client = Client()
        self.client.force_login(self.staff)

    def is_in(self) -> bool:
        return self.client.get(INDEX).status_code == 200

    def give(self, code: str, **query: Any) -> Any:
        address = reverse("admin:second_factor")
        return self.client.post(f"{address}?next={quote(query.get('next', ''))}", {"code": code})


@override_settings(STAFF_TOTP_REQUIRED=True)
class RequiredTests(SecondFactorCase):
    def test_without_one_there_is_nothing_but_the_page_that_sets_it_up(self) -> None:
        for address in (INDEX, reverse("admin:accounts_user_changelist"), reverse("admin:confirm_password")):
            page = self.client.get(address, follow=True)
            self.assertEqual(page.request["PATH_INFO"], reverse("admin:second_factor_set_up"))
        self.assertContains(page, "<svg")
        self.assertNotContains(page, '<script src="http')

    def test_setting_it_up_lets_in_and_gives_recovery_codes(self) -> None:
        codes = self.set_up()
        self.assertEqual((len(codes), len(set(codes))), (10, 10))
        self.assertTrue(self.is_in())
        self.assertTrue(AuditEntry.objects.filter(action="second-factor-set-up").exists())

    def test_a_wrong_first_code_sets_nothing_up(self) -> None:
        begin_setup(self.staff)
        self.client.post(reverse("admin:second_factor_set_up"), {"code": "000000"})
        self.assertFalse(has_second_factor(self.staff))
        self.assertFalse(self.is_in())


class GivenTests(SecondFactorCase):
    def test_who_has_one_is_asked_for_it_even_where_it_is_not_required(self) -> None:
        self.assertTrue(self.is_in())
        self.set_up()
        self.sign_in()
        self.assertFalse(self.is_in())
        response = self.give(code_of(Authenticator.objects.get()), next="/admin/accounts/user/")
        self.assertRedirects(response, "/admin/accounts/user/", fetch_redirect_response=False)
        self.assertTrue(self.is_in())

    def test_a_code_and_a_recovery_code_are_good_once(self) -> None:
        recovery = self.set_up()[0]
        code = code_of(Authenticator.objects.get())
        for once in (code, recovery):
            self.sign_in()
            self.give(once)
            self.assertTrue(self.is_in())
            self.sign_in()
            self.give(once)
            self.assertFalse(self.is_in())
            for devices in (Authenticator.objects, StaticDevice.objects):
                devices.update(throttling_failure_count=0, throttling_failure_timestamp=None)

    def test_a_codes_wrong_neighbour_costs_the_recovery_codes_nothing(self) -> None:
        recovery = self.set_up()[0]
        self.sign_in()
        self.give("000000")
        self.give(recovery)
        self.assertTrue(self.is_in())

    def test_guessing_is_slowed_down(self) -> None:
        self.set_up()
        self.sign_in()
        for _ in range(3):
            self.give("000000")
        self.give(code_of(Authenticator.objects.get()))
        self.assertFalse(self.is_in())

    def test_a_password_alone_does_not_replace_the_authenticator(self) -> None:
        self.set_up()
        self.sign_in()
        page = self.client.get(reverse("admin:second_factor_set_up"))
        self.assertRedirects(page, reverse("admin:second_factor") + "?next=%2Fadmin%2F", fetch_redirect_response=False)
        self.client.post(reverse("admin:second_factor_set_up"), {"code": code_of(begin_setup(self.staff))})
        self.assertFalse(self.is_in())

    def test_nobody_is_led_to_another_site(self) -> None:
        self.set_up()
        self.sign_in()
        response = self.give(code_of(Authenticator.objects.get()), next="https://evil.example/")
        self.assertRedirects(response, INDEX, fetch_redirect_response=False)

    def test_people_who_are_no_staff_see_none_of_it(self) -> None:
        self.client.force_login(make_user())
        for page in ("second_factor", "second_factor_set_up", "confirm_password"):
            response = self.client.get(reverse(f"admin:{page}"))
            self.assertIn("/admin/login/", response.headers["Location"])

    def test_a_superuser_takes_a_lost_one_off_and_a_moderator_does_not(self) -> None:
        self.set_up()
        device_of = make_user(is_staff=True)
        Authenticator.objects.create(user=device_of, confirmed=True)
        self.client = self.client_class()
        self.client.force_login(self.make_moderator("view_user", "change_user"))
        self.assertEqual(self.confirm("accounts_user", "remove_second_factor", device_of.pk).status_code, 403)
        self.assertTrue(has_second_factor(device_of))
        Authenticator.objects.filter(user=self.staff).delete()
        self.client.force_login(self.staff)
        self.confirm("accounts_user", "remove_second_factor", device_of.pk)
        self.assertFalse(has_second_factor(device_of))

    def test_no_page_shows_an_authenticators_key(self) -> None:
        self.assertEqual(self.client.get("/admin/accounts/authenticator/").status_code, 404)
        self.assertEqual(self.client.get("/admin/otp_static/staticdevice/").status_code, 404)


class AtRestTests(SecondFactorCase):
    """What a copy of the database tells."""

    def test_neither_the_key_nor_a_recovery_code_is_in_the_database(self) -> None:
        device = begin_setup(self.staff)
        codes = self.set_up()
        kept = [*Authenticator.objects.values_list("sealed_key", flat=True), *self.kept_codes()]
        self.assertEqual(len(kept), 1 + len(codes))
        for secret in (*codes, device.key.hex(), b32encode(device.key).decode()):
            self.assertNotIn(secret.lower(), " ".join(kept).lower())

    def kept_codes(self) -> list[str]:
        """What is stored of recovery codes."""
        return [token.token for device in StaticDevice.objects.all() for token in device.token_set.all()]

    def test_keys_are_changed_without_asking_anybody_for_a_new_authenticator(self) -> None:
        recovery = self.set_up()[0]
        key = Authenticator.objects.get().key
        with override_settings(SEALING_KEYS=["a new key of the settings", settings.SECRET_KEY]):
            self.sign_in()
            self.give(code_of(Authenticator.objects.get()))
            self.assertTrue(self.is_in())
            call_command("reseal_secrets", stdout=io.StringIO())
            self.sign_in()
            self.give(recovery)
            self.assertTrue(self.is_in())
        with override_settings(SEALING_KEYS=["a new key of the settings"]):
            self.assertEqual(Authenticator.objects.get().key, key)
        with self.assertRaises(UnknownSealError):
            _key = Authenticator.objects.get().key

    def test_a_recovery_code_of_another_is_no_use(self) -> None:
        recovery = self.set_up()[0]
        other = User.objects.create_superuser("another", PASSWORD)
        Authenticator.objects.create(user=other, confirmed=True)
        theirs = StaticDevice.objects.create(user=other)
        theirs.token_set.create(token=self.kept_codes()[0])
        self.client = Client()
        self.client.force_login(other)
        self.give(recovery)
        self.assertFalse(self.is_in())


class PasswordAgainTests(SecondFactorCase):
    """The client here has given no password in its session."""

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.address = reverse("admin:accounts_user_changelist")
        self.form = {"action": "deactivate_selected", "_selected_action": [str(self.user.pk)]}

    def is_active(self) -> bool:
        return User.objects.get(pk=self.user.pk).is_active

    def test_a_dangerous_act_asks_and_then_goes_on_with_the_same_form(self) -> None:
        page = self.client.post(self.address, self.form)
        self.assertContains(page, f'name="_selected_action" value="{self.user.pk}"')
        self.assertTrue(self.is_active())
        self.client.post(self.address, {**self.form, FIELD: PASSWORD})
        self.assertFalse(self.is_active())

    def test_a_wrong_password_does_nothing(self) -> None:
        page = self.client.post(self.address, {**self.form, FIELD: "wrong"})
        self.assertContains(page, 'role="alert"')
        self.assertTrue(self.is_active())

    def test_the_page_repeats_no_password(self) -> None:
        page = self.client.post(self.address, {**self.form, FIELD: "wrong-password"})
        self.assertNotContains(page, "wrong-password")

    def test_it_is_good_for_a_quarter_of_an_hour(self) -> None:
        self.client.post(reverse("admin:confirm_password"), {FIELD: PASSWORD})
        with override_settings(REAUTHENTICATION_S=0):
            self.client.post(self.address, self.form)
            self.assertTrue(self.is_active())
        self.client.post(self.address, self.form)
        self.assertFalse(self.is_active())

    def test_a_dialog_leads_to_the_page_that_asks(self) -> None:
        address = reverse("admin:accounts_user_remove_second_factor", args=[self.user.pk])
        response = self.client.post(address, {"_form_submitted": "on"}, headers={"hx-request": "true"})
        self.assertTrue(response.headers["HX-Redirect"].startswith(reverse("admin:confirm_password")))

    def test_a_form_that_gives_power_asks(self) -> None:
        address = reverse("admin:accounts_user_change", args=[self.user.pk])
        form = {"username": self.user.username, "display_name": "x", "is_active": "on", "is_superuser": "on"}
        self.client.post(address, form)
        self.assertFalse(User.objects.get(pk=self.user.pk).is_superuser)
        self.client.post(address, {**form, FIELD: PASSWORD})
        self.assertTrue(User.objects.get(pk=self.user.pk).is_superuser)
