"""Logging in with a name and a password (flow 1)."""

from django.contrib.auth.hashers import check_password as check_hash
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, fold_username
from accounts.services.locks import lock_user
from accounts.services.sessions import Device, start_session
from accounts.services.signing_in import check_may_sign_in
from accounts.services.throttles import check_login
from accounts.services.tokens import TokenPair, issue_pair
from core import clock
from core.errors import DomainError, ErrorCode

_UNUSABLE = "!"


def log_in(username: str, password: str, device: Device) -> tuple[User, TokenPair]:
    """Start a session on a device. Raises RATE_LIMITED, AUTH_FAILED, and BANNED for the right password of who is.

    A wrong password, an unknown name, a guest and an account that has ended get the same answer after the same work
    (Django hashes a dummy for an unusable password), so the answer does not tell which names exist.
    """
    folded = fold_username(username)
    check_login(folded, device.address)
    user = User.objects.filter(username_folded=folded).first()
    right = user.check_password(password) if user else check_hash(password, _UNUSABLE)
    if user is None or not right or not user.is_active:
        raise _wrong_credentials()
    with transaction.atomic():
        _check_unchanged(user)
        check_may_sign_in(user.pk)
        user.last_login = clock.now()
        user.save(update_fields=["last_login"])
        session = start_session(user, device)
    return user, issue_pair(session)


def _check_unchanged(user: User) -> None:
    """The password may have been changed, and every session ended, while it was being checked: then none starts."""
    try:
        now = lock_user(user.pk)
    except DomainError as exc:
        raise _wrong_credentials() from exc
    if now.password != user.password:
        raise _wrong_credentials()


def _wrong_credentials() -> DomainError:
    return DomainError(ErrorCode.AUTH_FAILED, _("The name or the password is wrong."))
