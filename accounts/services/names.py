"""What may be a username, a display name, a password."""

import re
import unicodedata

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User, fold_username
from accounts.refusals import conflicting_field, invalid_field
from core.errors import DomainError
from core.names import check_name

USERNAME_MIN, USERNAME_MAX = 2, 32
DISPLAY_NAME_MAX = 64
GUEST_PREFIX = "guest-"
DELETED_PREFIX = "deleted-"
_RESERVED = frozenset({"all", "everyone", "here", "system", "gochat", "administrator", "moderator", "support"})
_RESERVED_PREFIXES = (GUEST_PREFIX, DELETED_PREFIX)
_SPACES = re.compile(r"\s+")
# Joiners inside emoji and Indic scripts; every other invisible format character can disguise a name.
_ALLOWED_FORMAT = frozenset("\u200c\u200d")


def clean_username(username: str) -> str:
    """The username as it is stored (NFKC): letters, digits, `_`, `-` and `.` of any script, 2 to 32 characters, a
    letter or digit at both ends. Raises INVALID_REQUEST, or CONFLICT for a reserved one."""
    name = unicodedata.normalize("NFKC", username)
    if not USERNAME_MIN <= len(name) <= USERNAME_MAX or len(fold_username(name)) > 2 * USERNAME_MAX:
        raise invalid_field("username", _("A username has 2 to 32 characters."))
    inner = all(unicodedata.category(char)[0] in "LMN" or char in "_-." for char in name)
    if not inner or unicodedata.category(name[0])[0] not in "LN" or unicodedata.category(name[-1])[0] not in "LMN":
        raise invalid_field(
            "username", _("A username has letters, digits, and within it also dots, hyphens and underscores.")
        )
    folded = fold_username(name)
    if folded in _RESERVED or folded.startswith(_RESERVED_PREFIXES):
        raise username_taken()
    check_name("username", name)
    return name


def clean_display_name(display_name: str) -> str:
    """The display name with its white space collapsed; 1 to 64 characters, none invisible. Raises INVALID_REQUEST."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", display_name)).strip()
    if not 1 <= len(name) <= DISPLAY_NAME_MAX:
        raise invalid_field("display_name", _("A display name has 1 to 64 characters."))
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in _ALLOWED_FORMAT for char in name):
        raise invalid_field("display_name", _("A display name has no invisible characters."))
    check_name("display_name", name)
    return name


def check_password(password: str, user: User, *, field: str = "password") -> None:
    """Refuses a weak password with INVALID_REQUEST, saying why under `field`."""
    try:
        validate_password(password, user)
    except ValidationError as exc:
        raise invalid_field(field, *exc.messages) from exc


def username_taken() -> DomainError:
    """CONFLICT: someone has this name."""
    return conflicting_field("username", _("This name is taken."))
