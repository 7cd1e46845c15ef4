"""New accounts: people, guests, and guests who become people (flow 1)."""

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Session, User, UserKind, fold_username
from accounts.services.locks import lock_user
from accounts.services.names import (
    GUEST_PREFIX,
    check_password,
    clean_display_name,
    clean_username,
    username_taken,
)
from accounts.services.sessions import Device, start_session
from accounts.services.telling import tell_profile_changed
from accounts.services.throttles import check_limit, network_of
from accounts.services.tokens import TokenPair, issue_pair, renew_access
from core.errors import DomainError, ErrorCode

_GUEST_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person chooses. `display_name` and `email` may be empty."""

    username: str
    password: str
    display_name: str = ""
    email: str = ""


def register(wanted: Credentials, device: Device) -> tuple[User, TokenPair]:
    """A new person with a first session. Raises INVALID_REQUEST (name, weak password), CONFLICT (taken name),
    RATE_LIMITED by address."""
    check_limit("register.address", network_of(device.address))
    user = User(kind=UserKind.PERSON)
    _apply(user, wanted, clean_display_name(wanted.display_name) if wanted.display_name else "")
    with transaction.atomic():
        _save_named(user)
        tell_profile_changed([user.pk])
        session = start_session(user, device)
    return user, issue_pair(session)


def register_guest(display_name: str, device: Device) -> tuple[User, TokenPair]:
    """A new guest with a session of its own: it cannot log in again once that has ended.

    Raises INVALID_REQUEST (display name), RATE_LIMITED by address.
    """
    check_limit("guest.address", network_of(device.address))
    suffix = "".join(secrets.choice(_GUEST_ALPHABET) for _unused in range(12))
    username = GUEST_PREFIX + suffix
    name = clean_display_name(display_name) if display_name else _guest_name(username)
    user = User.objects.build(username, display_name=name, kind=UserKind.GUEST)
    user.set_unusable_password()
    with transaction.atomic():
        user.save(force_insert=True)
        tell_profile_changed([user.pk])
        session = start_session(user, device)
    return user, issue_pair(session)


def upgrade_guest(user_id: int, session_id: int, wanted: Credentials) -> tuple[User, TokenPair]:
    """The guest becomes a person and keeps its id, its session and with them its history.

    The session's refresh token stays valid: another tab still holds it. Raises CONFLICT (not a guest, a taken name),
    INVALID_REQUEST (name, weak password).
    """
    with transaction.atomic():
        user = lock_user(user_id)
        if user.kind != UserKind.GUEST:
            raise DomainError(ErrorCode.CONFLICT, _("This is a full account already."))
        chosen_name = "" if user.display_name == _guest_name(user.username) else user.display_name
        user.kind = UserKind.PERSON
        _apply(user, wanted, chosen_name)
        _save_named(user)
        tell_profile_changed([user_id])
    return user, renew_access(Session.objects.get(pk=session_id))


def _apply(user: User, wanted: Credentials, display_name: str) -> None:
    username = clean_username(wanted.username)
    user.set_names(username, display_name or username)
    user.email = wanted.email.lower()
    check_password(wanted.password, user)
    if User.objects.filter(username_folded=fold_username(username)).exists():  # before the costly hash
        raise username_taken()
    user.set_password(wanted.password)


def _save_named(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as exc:
        raise username_taken() from exc


def _guest_name(username: str) -> str:
    return f"Guest {username.removeprefix(GUEST_PREFIX)[:4]}"
