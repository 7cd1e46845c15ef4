"""What is looked at before a file is ready: size, form, pixels, checksum, and all of it by clamd where there is one."""

import contextlib
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from files.imaging import TooManyPixelsError, UnreadableImageError, measure
from files.kinds import HEAD_BYTES, IMAGES, has_form
from files.models import File
from files.objects import get_store
from files.scanning import InfectedError, open_scan


class Reason(StrEnum):
    """Why a file is rejected, as `details.reason` says it."""

    SIZE = "size"
    TYPE = "type"
    PIXELS = "pixels"
    CHECKSUM = "checksum"
    INFECTED = "infected"


SENTENCES: dict[Reason, Promise] = {
    Reason.SIZE: _("The file has another size than was announced."),
    Reason.TYPE: _("The file is not of the type that it claims to be."),
    Reason.PIXELS: _("The picture has too many pixels."),
    Reason.CHECKSUM: _("The file was damaged on its way."),
    Reason.INFECTED: _("The file was found to be dangerous."),
}


class RejectedError(Exception):
    """The file must not be used."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out on the way: width and height of a picture."""

    width: int | None = None
    height: int | None = None


def inspect(file: File, key: str) -> Findings:
    """Looks into the object `key` of a file that nobody can change any more. Raises RejectedError, UNAVAILABLE."""
    stored = get_store().find(key)
    if stored is None or stored.size != file.size:
        raise RejectedError(Reason.SIZE)
    if not has_form(file.content_type, get_store().read(key, most=HEAD_BYTES)):
        raise RejectedError(Reason.TYPE)
    findings = _look_at_picture(file, key) if file.content_type in IMAGES else Findings()
    if file.sha256 or settings.CLAMAV_ADDRESS:
        _read_through(file, key)
    return findings


def _look_at_picture(file: File, key: str) -> Findings:
    try:
        return Findings(*measure(get_store().read(key, most=file.size), file.content_type))
    except UnreadableImageError as exc:
        raise RejectedError(Reason.TYPE) from exc
    except TooManyPixelsError as exc:
        raise RejectedError(Reason.PIXELS) from exc


def _read_through(file: File, key: str) -> None:
    """All of the file once, for the checksum and the scan together."""
    digest = hashlib.sha256()
    with open_scan() or contextlib.nullcontext() as scan:
        try:
            for piece in get_store().stream(key):
                digest.update(piece)
                if scan is not None:
                    scan.feed(piece)
            if scan is not None:
                scan.finish()
        except InfectedError as exc:
            raise RejectedError(Reason.INFECTED) from exc
    if file.sha256 and digest.hexdigest() != file.sha256:
        raise RejectedError(Reason.CHECKSUM)
