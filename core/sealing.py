"""Secrets that the database holds and must not tell: sealed with keys that are only in the settings.

Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from `settings.SEALING_KEYS` by HKDF (RFC 5869): the first one
seals, all of them open, so that keys are changed without asking anybody for anything. The one place that knows
`cryptography`.
"""

import base64
import hmac
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_SEAL: Final = b"gochat.sealing"
_MARK: Final = b"gochat.marking"


class UnknownSealError(ValueError):
    """A secret that none of the present keys has sealed, or that was tampered with."""


def seal(secret: bytes) -> str:
    """The secret as it may be stored: ASCII, 100 characters and more, another each time."""
    return _fernets().encrypt(secret).decode("ascii")


def unseal(sealed: str) -> bytes:
    """What `seal` was given. Raises UnknownSealError."""
    try:
        return _fernets().decrypt(sealed)
    except InvalidToken as exc:
        raise UnknownSealError("No key of SEALING_KEYS opens this.") from exc


def reseal(sealed: str) -> str:
    """The same secret under the first of the keys. Raises UnknownSealError."""
    return seal(unseal(sealed))


def mark(secret: str) -> str:
    """What is kept of a secret that is only ever compared (16 characters, base32): it cannot be read back, nor be
    guessed without the key."""
    return _mark(secret, settings.SEALING_KEYS[0])


def marks(secret: str) -> list[str]:
    """The same by each of the keys, any of which may have been the first when the secret was kept."""
    return [_mark(secret, key) for key in settings.SEALING_KEYS]


def _mark(secret: str, key: str) -> str:
    return base64.b32encode(hmac.digest(_derive(key, _MARK), secret.encode(), "sha256")[:10]).decode("ascii")


def _fernets() -> MultiFernet:
    return MultiFernet(Fernet(base64.urlsafe_b64encode(_derive(key, _SEAL))) for key in settings.SEALING_KEYS)


def _derive(key: str, purpose: bytes) -> bytes:
    """32 bytes; a key serves for each purpose as another one."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
