"""The end of an upload: what has arrived is taken out of the client's reach, looked into, and ready or rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.refusals import invalid_field
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import new_token
from core.logs import get_logger
from files.kinds import IMAGES
from files.models import File, FileStatus, Previews
from files.objects import StoredPart, get_store
from files.selectors import get_own_file
from files.services.inspecting import SENTENCES, Findings, Reason, RejectedError, inspect
from files.services.previews import request_previews
from files.services.uploading import part_sizes

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A part as the client names it: its number and the ETag it was answered with."""

    number: int
    etag: str


def complete_upload(user_id: int, file_id: int, parts: Sequence[NamedPart]) -> File:
    """The ready file. May be asked again, with the same answer.

    Raises NOT_FOUND, CONFLICT while bytes are missing, INVALID_REQUEST for parts that are not those that arrived,
    CONTENT_REJECTED (with `details.reason`), after which the file is rejected for good, UNAVAILABLE.
    """
    file = get_own_file(user_id, file_id)
    if file.status != FileStatus.PENDING:
        return _decided(file)
    key = _put_together(file, parts) if file.upload_id else _take_over(file)
    if key is None:
        return _decided(get_own_file(user_id, file_id))
    try:
        findings = inspect(file, key)
    except RejectedError as rejected:
        return _reject(file, key, rejected.reason)
    return _accept(file, key, findings)


def _take_over(file: File) -> str | None:
    """Copies the upload to a place of its own, new at every try: no later PUT, and no other try, can reach it.

    None where another try was faster. The row knows the place before there is anything in it.
    """
    if get_store().find(file.key) is not None:
        key = _note_draft(file)
        if key is None or get_store().copy(file.key, key):
            return key
    if File.objects.filter(pk=file.pk, status=FileStatus.PENDING).exists():
        raise _not_arrived()
    return None


@transaction.atomic
def _note_draft(file: File) -> str | None:
    row = File.objects.select_for_update().filter(pk=file.pk, status=FileStatus.PENDING).first()
    if row is None:
        return None
    row.drafts = [*(row.drafts or [row.key]), f"files/{new_token()}"]
    row.save(update_fields=["drafts"])
    return str(row.drafts[-1])


def _put_together(file: File, named: Sequence[NamedPart]) -> str:
    """Makes one object of the parts. Their addresses end with that, so the object stays where it is."""
    arrived = get_store().list_parts(file.key, file.upload_id)
    if arrived is not None:
        _check_parts(file, named, arrived)
        get_store().complete_multipart(file.key, file.upload_id, arrived)
    if get_store().find(file.key) is None:
        raise _not_arrived()
    return file.key


def _check_parts(file: File, named: Sequence[NamedPart], arrived: Sequence[StoredPart]) -> None:
    missing = sorted(part_sizes(file).keys() - {part.number for part in arrived})
    if missing:
        raise _not_arrived(missing)
    etags = {part.number: part.etag for part in arrived}
    if named and {part.number: part.etag.strip('"') for part in named} != etags:
        raise invalid_field("parts", _("These are not the parts that have arrived."))


def _accept(file: File, key: str, findings: Findings) -> File:
    is_picture = file.content_type in IMAGES
    with transaction.atomic():
        accepted = File.objects.filter(pk=file.pk, status=FileStatus.PENDING).update(
            status=FileStatus.READY,
            key=key,
            upload_id="",
            width=findings.width,
            height=findings.height,
            ready_at=clock.now(),
            drafts_end_at=clock.now() + timedelta(seconds=settings.FILE_UPLOAD_URL_LIFETIME_S),
            previews=Previews.WANTED if is_picture else Previews.NONE,
        )
        if accepted and is_picture:
            transaction.on_commit(lambda: request_previews(file.pk))
    return _settle(file, key)


def _reject(file: File, key: str, reason: Reason) -> File:
    File.objects.filter(pk=file.pk, status=FileStatus.PENDING).update(status=FileStatus.REJECTED, reason=reason.value)
    log.warning("a file was rejected", file_id=file.pk, reason=reason.value, content_type=file.content_type)
    return _settle(file, key)


def _settle(file: File, key: str) -> File:
    """What was decided, by this try or by one that was faster; every object but the one that is kept goes."""
    present = File.objects.filter(pk=file.pk).first()
    if present is None:
        get_store().delete([file.key, key])
        raise DomainError(ErrorCode.NOT_FOUND)
    kept = present.key if present.status == FileStatus.READY else None
    leftovers = {file.key, key, *present.drafts} - {kept}
    try:
        get_store().delete(sorted(leftovers))
    except DomainError:
        log.warning("an upload's objects were left behind for the sweep", file_id=file.pk)
    return _decided(present)


def _decided(file: File) -> File:
    if file.status == FileStatus.REJECTED:
        reason = Reason(file.reason) if file.reason else Reason.TYPE
        raise DomainError(ErrorCode.CONTENT_REJECTED, SENTENCES[reason], {"reason": reason.value})
    return file


def _not_arrived(missing: Sequence[int] = ()) -> DomainError:
    details = {"missing_parts": list(missing)} if missing else None
    return DomainError(ErrorCode.CONFLICT, _("The file has not arrived yet."), details)
