"""The staff's second factor: a code of an authenticator app (TOTP, RFC 6238), and recovery codes should it be lost.

The one place that knows django-otp.
"""

import io
import secrets
from base64 import b32encode
from typing import Any, Final

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django_otp import devices_for_user, login, match_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User

_ANSWER: Final = "_needs_no_second_factor"
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH: Final = 12


def is_signed_in_fully(request: HttpRequest) -> bool:
    """Whether this session needs no code (any more): it has given one, or its user has none and need not."""
    user: Any = request.user  # django-otp's middleware has given it is_verified
    if not user.is_authenticated:
        return False
    if not user.is_verified() and not hasattr(request, _ANSWER):  # a page asks many times
        setattr(request, _ANSWER, not (settings.STAFF_TOTP_REQUIRED or has_second_factor(user)))
    return bool(user.is_verified() or getattr(request, _ANSWER))


def has_second_factor(user: User) -> bool:
    """Whether the user has set up an authenticator."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def begin_setup(user: User) -> TOTPDevice:
    """The authenticator that is being set up: the same one until it is confirmed, however often the page is loaded."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "authenticator"})
    return device


def describe_setup(device: TOTPDevice) -> dict[str, str]:
    """What an authenticator is to be given: `qr` (an SVG element) and the same in letters as `key`."""
    picture = io.BytesIO()
    segno.make(device.config_url, error="m").save(picture, kind="svg", scale=5, border=2, xmldecl=False, svgns=True)
    return {"qr": picture.getvalue().decode(), "key": b32encode(device.bin_key).decode()}


@transaction.atomic
def finish_setup(request: HttpRequest, user: User, code: str) -> list[str] | None:
    """Confirms the authenticator by a first code and signs this session in fully; the recovery codes, told this once.
    None where the code is wrong, or has been tried too often."""
    device = begin_setup(user)
    if not device.verify_token(code):
        return None
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    login(request, device)
    return _make_recovery_codes(user)


def give_code(request: HttpRequest, user: User, code: str) -> bool:
    """Signs this session in fully, if the code is the authenticator's or an unused recovery code.

    Slower with every wrong try (django-otp's throttle, in the database).
    """
    device: Any = match_token(user, "".join(code.split()).lower())
    if device is None:
        return False
    login(request, device)
    return True


@transaction.atomic
def remove_second_factor(user: User) -> bool:
    """Forgets the authenticator and the recovery codes; whether there were any."""
    devices = list(devices_for_user(user, confirmed=None))
    for device in devices:
        device.delete()
    return bool(devices)


def _make_recovery_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=code)
    return codes
