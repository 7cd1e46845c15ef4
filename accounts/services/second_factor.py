"""The staff's second factor: a code of an authenticator app (TOTP, RFC 6238), and recovery codes should it be lost.

The one place that knows django-otp.
"""

import io
import secrets
from base64 import b32encode
from typing import Any, Final
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django_otp import devices_for_user, login
from django_otp.plugins.otp_static.models import StaticDevice

from accounts.models import Authenticator, User
from core.sealing import mark, marks, reseal

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
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def begin_setup(user: User) -> Authenticator:
    """The authenticator that is being set up: the same one until it is confirmed, however often the page is loaded."""
    found = Authenticator.objects.get_or_create(user=user, confirmed=False, defaults={"name": "authenticator"})
    device: Authenticator = found[0]
    return device


def describe_setup(device: Authenticator) -> dict[str, str]:
    """What an authenticator is to be given: `qr` (an SVG element) and the same in letters as `key`."""
    key = b32encode(device.key).decode()
    picture = io.BytesIO()
    code = segno.make(_address_of(device, key), error="m")
    code.save(picture, kind="svg", scale=5, border=2, xmldecl=False, svgns=True)
    return {"qr": picture.getvalue().decode(), "key": key}


def _address_of(device: Authenticator, key: str) -> str:
    """An otpauth address (the Key URI format of Google Authenticator, which the others read as well)."""
    issuer = settings.OTP_TOTP_ISSUER
    label = quote(f"{issuer.replace(':', '')}:{device.user.get_username()}")
    options = {"secret": key, "algorithm": "SHA1", "digits": 6, "period": 30, "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(options, quote_via=quote)}"


@transaction.atomic
def finish_setup(request: HttpRequest, user: User, code: str) -> list[str] | None:
    """Confirms the authenticator by a first code and signs this session in fully; the recovery codes, told this once.
    None where the code is wrong, or has been tried too often."""
    device = begin_setup(user)
    if not device.verify_token(code):
        return None
    Authenticator.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    login(request, device)
    return _make_recovery_codes(user)


def give_code(request: HttpRequest, user: User, code: str) -> bool:
    """Signs this session in fully, if the code is the authenticator's or an unused recovery code.

    Slower with every wrong try (django-otp's throttle, in the database).
    """
    given = "".join(code.split()).lower()
    with transaction.atomic():
        device = _match_code(user, given) if given.isdecimal() else _match_recovery_code(user, given)
    if device is None:
        return False
    login(request, device)
    return True


def _match_code(user: User, code: str) -> Any:
    """The confirmed authenticator that shows this code now, or None. The row is locked: of two tries one is first."""
    devices = Authenticator.objects.filter(user=user, confirmed=True).select_for_update()
    return next((device for device in devices if device.verify_token(code)), None)


def _match_recovery_code(user: User, code: str) -> Any:
    """The set of recovery codes that had this one, which is used up now; or None."""
    known = _marks_of(user, code)
    for device in StaticDevice.objects.devices_for_user(user, confirmed=True).select_for_update():
        kept = device.token_set.filter(token__in=known).values_list("token", flat=True).first()
        if device.verify_token(kept or ""):
            return device
    return None


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
        device.token_set.create(token=mark(_bind(user, code)))
    return codes


def _marks_of(user: User, code: str) -> list[str]:
    return marks(_bind(user, code))


def _bind(user: User, code: str) -> str:
    """A code as this user's: the same one of another user leaves another mark."""
    return f"{user.pk}:{code}"


def reseal_authenticators() -> int:
    """Puts the keys of all authenticators under the first of settings.SEALING_KEYS; how many. Raises UnknownSealError
    where none of the keys opens one."""
    total = 0
    for device_id in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            device = Authenticator.objects.select_for_update().filter(pk=device_id).first()
            if device is not None:
                device.sealed_key = reseal(device.sealed_key)
                device.save(update_fields=["sealed_key"])
                total += 1
    return total
