"""An upload from its announcement to its last part: the bytes go straight to object storage (flow 7)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.refusals import invalid_field
from accounts.services.locks import lock_user
from core import clock
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from core.ids import new_token
from files.kinds import IMAGES, clean_filename, is_playable, normalize_type
from files.models import File, FileStatus
from files.objects import StoredPart, get_store
from files.selectors import get_own_file, quota_of, used_bytes
from files.wire import view_file

MAX_PARTS = 1000
_MIB = 1024 * 1024
_MAX_DURATION_MS = 24 * 3600 * 1000
_MOST_MS_A_BYTE = 20
"""No codec for speech goes below 400 bit/s: a longer stated duration than this is made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """What a client says of a file that it wants to upload: `size` in bytes, `sha256` in hex or ""."""

    filename: str
    content_type: str
    size: int
    sha256: str = ""
    duration_ms: int | None = None


def start_upload(user_id: int, new: NewFile) -> dict[str, Any]:
    """`{file, upload}` of the contract: a pending file that counts against the quota, and where its bytes go.

    Raises INVALID_REQUEST, MESSAGE_TOO_LARGE, FORBIDDEN where the quota is used up, UNAVAILABLE without storage.
    """
    row = _check(user_id, new)
    with transaction.atomic():
        user = lock_user(user_id)  # two uploads at once must not share the same free bytes
        _check_quota(used_bytes(user_id), new.size, quota_of(user))
        row.save()
    if row.part_bytes:
        _start_parts(row)
    return {"file": view_file(row), "upload": _upload(row, ())}


def list_parts(user_id: int, file_id: int) -> dict[str, Any]:
    """`{arrived, upload}`: which parts the storage holds, and fresh addresses for the rest, to go on with.

    Raises NOT_FOUND, CONFLICT once the file is ready or rejected, UNAVAILABLE.
    """
    file = get_own_file(user_id, file_id)
    if file.status != FileStatus.PENDING:
        raise DomainError(ErrorCode.CONFLICT, _("This upload is over."))
    arrived = arrived_parts(file)
    views = [{"number": part.number, "size": part.size, "etag": part.etag} for part in arrived]
    return {"arrived": views, "upload": _upload(file, arrived)}


def arrived_parts(file: File) -> list[StoredPart]:
    """The parts of a pending upload that are there; none for one that is not in parts, or is put together already."""
    return (get_store().list_parts(file.key, file.upload_id) or []) if file.upload_id else []


def part_sizes(file: File) -> dict[int, int]:
    """The size in bytes of every part, by number: all the same but the last."""
    count = math.ceil(file.size / file.part_bytes)
    return {number: min(file.part_bytes, file.size - (number - 1) * file.part_bytes) for number in range(1, count + 1)}


def _check(user_id: int, new: NewFile) -> File:
    filename, content_type = clean_filename(new.filename), normalize_type(new.content_type)
    if not filename:
        raise invalid_field("filename", _("A file needs a name."))
    most: int = settings.FILE_MAX_BYTES
    if content_type in IMAGES:
        most = min(most, settings.FILE_IMAGE_MAX_BYTES)
    if new.size > most:
        raise DomainError(ErrorCode.MESSAGE_TOO_LARGE, _("This file is too large."), {"max_bytes": most})
    _check_duration(content_type, new)
    return File(
        owner_id=user_id,
        filename=filename,
        content_type=content_type,
        size=new.size,
        sha256=new.sha256.lower(),
        duration_ms=new.duration_ms,
        key=f"incoming/{new_token()}",
        part_bytes=_part_bytes(new.size),
    )


def _check_duration(content_type: str, new: NewFile) -> None:
    if new.duration_ms is None:
        return
    if not is_playable(content_type):
        raise invalid_field("duration_ms", _("Only sound and film have a duration."))
    if new.duration_ms > min(_MAX_DURATION_MS, new.size * _MOST_MS_A_BYTE):
        raise invalid_field("duration_ms", _("A file of this size cannot last that long."))


def _part_bytes(size: int) -> int:
    """0 for a single PUT; otherwise at least FILE_PART_BYTES, in whole MiB, so that MAX_PARTS are enough."""
    if size <= settings.FILE_MULTIPART_ABOVE_BYTES:
        return 0
    return max(settings.FILE_PART_BYTES, math.ceil(size / MAX_PARTS / _MIB) * _MIB)


def _check_quota(used: int, size: int, quota: int) -> None:
    if used + size > quota:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            _("There is not enough room left for this file among yours."),
            {"quota_bytes": quota, "used_bytes": used},
        )


def _start_parts(row: File) -> None:
    try:
        row.upload_id = get_store().start_multipart(row.key, content_type=row.content_type)
    except DomainError:
        row.delete()
        raise
    row.save(update_fields=["upload_id"])


def _upload(file: File, arrived: Iterable[StoredPart]) -> dict[str, Any]:
    lifetime_s = settings.FILE_UPLOAD_URL_LIFETIME_S
    expires_at = to_wire(clock.now() + timedelta(seconds=lifetime_s))
    store = get_store()
    if not file.upload_id:
        url = store.presign_put(file.key, content_type=file.content_type, size=file.size, lifetime_s=lifetime_s)
        return {"method": "PUT", "url": url, "headers": {"Content-Type": file.content_type}, "expires_at": expires_at}
    held = {part.number for part in arrived}
    parts = [
        {
            "number": number,
            "url": store.presign_part(file.key, file.upload_id, number, size=size, lifetime_s=lifetime_s),
            "size": size,
        }
        for number, size in part_sizes(file).items()
        if number not in held
    ]
    return {"method": "PUT", "parts": parts, "headers": {}, "expires_at": expires_at}
