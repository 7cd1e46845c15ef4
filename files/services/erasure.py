"""How files end: never completed, never sent, recalled, or with their owner's account.

A row outlives its objects, never the other way round: whatever breaks off is found and finished by the next sweep.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from files.models import File, FileStatus, Previews
from files.objects import get_store
from files.selectors import get_own_file
from files.services.avatars import delete_user_avatar
from files.services.previews import request_previews

BATCH = 200
_PREVIEWS_OVERDUE = timedelta(minutes=2)
_PREVIEWS_AT_ONCE = 100
log = get_logger(__name__)


def erase_user_files(user_id: int) -> None:
    """Deletes every file of a user, and the avatar. Idempotent; raises UNAVAILABLE without storage."""
    delete_user_avatar(user_id)
    _erase_all(File.objects.filter(owner_id=user_id))


def delete_unsent_file(user_id: int, file_id: int) -> None:
    """Deletes a file of the user's own that no message carries: an upload that was cancelled, a picture not sent.

    Raises NOT_FOUND, CONFLICT for one that was sent (a recall withdraws it), UNAVAILABLE: it is out of reach even so.
    """
    if get_own_file(user_id, file_id).sent_at is not None:
        raise DomainError(ErrorCode.CONFLICT, _("This file has been sent: recall the message instead."))
    _erase_all(File.objects.filter(pk=file_id, owner_id=user_id, sent_at=None))


def sweep_files() -> int:
    """Deletes what nobody will ask for any more, and asks again for previews that got lost; how many files went."""
    now = clock.now()
    stale = now - timedelta(seconds=settings.FILE_UPLOAD_TTL_S)
    unsent = now - timedelta(seconds=settings.FILE_UNSENT_TTL_S)
    never_completed = Q(status=FileStatus.PENDING, created_at__lt=stale)
    rejected = Q(status=FileStatus.REJECTED, created_at__lt=stale)
    never_sent = Q(status=FileStatus.READY, sent_at=None, ready_at__lt=unsent)
    erased = _erase_all(File.objects.filter(never_completed | rejected | never_sent))
    erased += _erase_released(now - timedelta(seconds=settings.FILE_RECALLED_TTL_S))
    _delete_drafts(now)
    _ask_for_previews(now)
    return erased


def _erase_released(before: datetime) -> int:
    """Files of recalled messages, but those that another message still carries: they are released no longer."""
    total = 0
    while ids := list(File.objects.filter(released_at__lt=before).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        carried = find_carried(ids)
        File.objects.filter(pk__in=carried, released_at__lt=before).update(released_at=None)
        gone = [file_id for file_id in ids if file_id not in carried]
        total += _erase_all(File.objects.filter(pk__in=gone, released_at__lt=before))
    return total


def find_carried(file_ids: Sequence[int]) -> set[int]:
    """Which of the files a message carries now, as FILE_USE_HOOKS know."""
    hooks: list[Callable[[Sequence[int]], set[int]]] = [import_string(path) for path in settings.FILE_USE_HOOKS]
    return set().union(*(hook(file_ids) for hook in hooks))


def _erase_all(rows: QuerySet[File]) -> int:
    """Deletes the files in batches, first out of everyone's reach, then their objects, then their rows."""
    total = 0
    while files := _claim(rows):
        for file in files:
            if file.upload_id:
                get_store().abort_multipart(file.key, file.upload_id)
        get_store().delete([key for file in files for key in file.keys])
        File.objects.filter(pk__in=[file.pk for file in files]).delete()
        _tell_erased([file.pk for file in files if file.sent_at is not None])
        total += len(files)
    if total:
        log.info("files erased", files=total)
    return total


def _tell_erased(file_ids: Sequence[int]) -> None:
    """Whoever shows these files beside something of their own is to stop it."""
    if file_ids:
        for path in settings.FILE_ERASED_HOOKS:
            import_string(path)(file_ids)


@transaction.atomic
def _claim(rows: QuerySet[File]) -> list[File]:
    """Some of the rows, rejected under their lock: a message that is being stored either has the file or is refused."""
    files = list(rows.order_by("pk").select_for_update()[:BATCH])
    File.objects.filter(pk__in=[file.pk for file in files]).update(status=FileStatus.REJECTED)
    return files


def _delete_drafts(now: datetime) -> None:
    """What came to an upload's address after its file was ready, as long as the address was good."""
    while rows := list(File.objects.filter(drafts_end_at__lt=now).order_by("pk")[:BATCH]):
        get_store().delete([draft for file in rows for draft in file.drafts if draft != file.key])
        File.objects.filter(pk__in=[file.pk for file in rows]).update(drafts=[], drafts_end_at=None)


def _ask_for_previews(now: datetime) -> None:
    overdue = File.objects.filter(previews=Previews.WANTED, ready_at__lt=now - _PREVIEWS_OVERDUE)
    for file_id in overdue.order_by("ready_at").values_list("pk", flat=True)[:_PREVIEWS_AT_ONCE]:
        request_previews(file_id)
