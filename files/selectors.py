"""Reads of files: whose they are, who may see them, and where their bytes are for a minute."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.http import content_disposition_header
from django.utils.module_loading import import_string

from accounts.models import User, UserKind
from core import clock
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from files.kinds import MADE_TYPE, is_playable, shown_type
from files.models import File, FileStatus, Previews
from files.objects import Download, get_store
from files.wire import view_file, view_gone

ORIGINAL, PREVIEW, THUMBNAIL = "original", "preview", "thumbnail"
VARIANTS = (ORIGINAL, PREVIEW, THUMBNAIL)
KEPT, NOT_KEPT = "private, max-age=3600", "private, no-store"


def get_own_file(user_id: int, file_id: int) -> File:
    """A file that the user uploads. Raises NOT_FOUND for anyone else's."""
    file = File.objects.filter(pk=file_id, owner_id=user_id).first()
    if file is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return file


def access_file(user_id: int, file_id: int) -> File:
    """A file that the user may see now. Raises NOT_FOUND.

    Until a message carries it, that is its owner alone; from then on, who may see such a message: so the owner too
    loses it with the chat that it was sent in, and everyone with the message's recall.
    """
    file = File.objects.filter(pk=file_id).first()
    if file is None or not may_use(user_id, file):
        raise DomainError(ErrorCode.NOT_FOUND)
    return file


def may_use(user_id: int, file: File) -> bool:
    """Whether the user may see the file, and so send it. A file that no message has carried costs no query."""
    if file.sent_at is None:
        return file.owner_id == user_id
    return any(import_string(path)(user_id, file.pk) for path in settings.FILE_ACCESS_HOOKS)


def sign_download(file: File, variant: str) -> dict[str, str]:
    """`{url, expires_at}` of one of VARIANTS. Raises NOT_FOUND for a file that is not ready, or a picture not made.

    Originals are attachments, whatever they are; inline are only the pictures that were made here.
    """
    if file.status != FileStatus.READY or (variant != ORIGINAL and file.previews != Previews.MADE):
        raise DomainError(ErrorCode.NOT_FOUND)
    lifetime_s = settings.FILE_URL_LIFETIME_S
    key, download = _download(file, variant)
    expires_at = clock.now() + timedelta(seconds=lifetime_s)
    return {"url": get_store().presign_get(key, download, lifetime_s=lifetime_s), "expires_at": to_wire(expires_at)}


def _download(file: File, variant: str) -> tuple[str, Download]:
    if variant == ORIGINAL:
        disposition = content_disposition_header(as_attachment=True, filename=file.filename) or "attachment"
        # A player comes back for more of what it plays.
        cache_control = KEPT if is_playable(file.content_type) else NOT_KEPT
        return file.key, Download(shown_type(file.content_type), disposition, cache_control)
    return file.preview_key if variant == PREVIEW else file.thumbnail_key, Download(MADE_TYPE, "inline", KEPT)


def find_files(file_ids: Collection[int], *, lock: bool = False) -> dict[int, File]:
    """The files that exist of these, by id; one query. With `lock` their rows stay as they are until the transaction
    ends, locked in the order of their ids."""
    rows = File.objects.filter(pk__in=file_ids).order_by("pk")
    return {file.pk: file for file in (rows.select_for_update() if lock else rows)}


def view_files(file_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The file objects, by id, for messages that carry them: an erased one's says so. One query, none for none."""
    if not file_ids:
        return {}
    found = find_files(file_ids)
    return {file_id: view_file(found[file_id]) if file_id in found else view_gone(file_id) for file_id in file_ids}


def quota_of(user: User) -> int:
    """How many bytes the user's files may have in all."""
    quota: int = settings.FILE_GUEST_QUOTA_BYTES if user.kind == UserKind.GUEST else settings.FILE_QUOTA_BYTES
    return quota


def used_bytes(user_id: int) -> int:
    """How many they have, those included that are still to come."""
    kept = File.objects.filter(owner_id=user_id, status__in=[FileStatus.PENDING, FileStatus.READY])
    return int(kept.aggregate(total=Sum("size"))["total"] or 0)
