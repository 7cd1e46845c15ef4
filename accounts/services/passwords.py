"""Changing a password, and getting back in without it (flow 1)."""

from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User, UserKind
from accounts.refusals import invalid_field
from accounts.services.locks import lock_user
from accounts.services.names import check_password
from accounts.services.sessions import end_user_sessions
from accounts.services.throttles import check_limit, network_of
from core import clock
from core.errors import DomainError, ErrorCode


class _ResetTokens(PasswordResetTokenGenerator):
    """Signed over the password's hash, the last login and the e-mail address: any change of these ends a token."""

    key_salt = "accounts.services.passwords"

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)


_tokens = _ResetTokens()


def change_password(user_id: int, session_id: int, old_password: str, new_password: str) -> None:
    """Set a new password and end every other session of the user.

    Raises INVALID_REQUEST (a wrong old password, a weak new one, under its field), RATE_LIMITED.
    """
    check_limit("password.user", user_id)
    with transaction.atomic():
        user = lock_user(user_id)
        if not user.check_password(old_password):
            raise invalid_field("old_password", _("This is not your present password."))
        _set_password(user, new_password)
        end_user_sessions(user_id, reason="password-changed", except_id=session_id)


def request_reset(email: str, language: str, address: str | None) -> None:
    """Have a reset token mailed to whoever has this address; nothing tells the caller whether anyone has.

    The work is a task's, so its time does not tell either. Raises RATE_LIMITED (alike for any address), UNAVAILABLE.
    """
    check_limit("reset.address", network_of(address))
    check_limit("reset.email", email.lower())
    try:
        current_app.send_task("accounts.tasks.send_password_reset", args=[email.lower(), language], retry=False)
    except OperationalError as exc:
        raise DomainError(ErrorCode.UNAVAILABLE) from exc


def send_reset_mails(email: str, language: str) -> int:
    """Mail a token to each active person with this address (usually one); how many mails were sent."""
    people = User.objects.filter(email=email, kind=UserKind.PERSON, is_active=True)
    # Collations may take other letters for equal: only the exact address gets mail.
    receivers = [user for user in people if user.email == email]
    for user in receivers:
        with translation.override(language):
            body = render_to_string("accounts/password_reset.txt", _mail_context(user))
            send_mail(_("Your new GoChat password"), body, None, [user.email])
    return len(receivers)


def _mail_context(user: User) -> dict[str, Any]:
    return {
        "user": user,
        "token": make_reset_token(user),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        "public_url": settings.PUBLIC_URL.rstrip("/"),
    }


def make_reset_token(user: User) -> str:
    """A token that sets a new password once, within PASSWORD_RESET_TIMEOUT seconds."""
    return f"{int_to_base36(user.pk)}-{_tokens.make_token(user)}"


def confirm_reset(token: str, new_password: str, address: str | None) -> None:
    """Set the password of the token's user and end all sessions. Raises INVALID_REQUEST (token, weak password),
    RATE_LIMITED."""
    check_limit("reset-confirm.address", network_of(address))
    with transaction.atomic():
        user = _access_by_reset_token(token)
        _set_password(user, new_password)
        end_user_sessions(user.pk, reason="password-reset")


def _access_by_reset_token(token: str) -> User:
    head, _dash, rest = token.partition("-")
    try:
        user = lock_user(base36_to_int(head))
    except (ValueError, DomainError) as exc:
        raise _bad_token() from exc
    if not _tokens.check_token(user, rest):
        raise _bad_token()
    return user


def _bad_token() -> DomainError:
    return invalid_field("token", _("This link has been used or is too old. Ask for a new one."))


def _set_password(user: User, new_password: str) -> None:
    check_password(new_password, user, field="new_password")
    user.set_password(new_password)
    user.save(update_fields=["password"])
