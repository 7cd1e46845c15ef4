"""Messages that carry files, inside a batch: may the sender send this one, and what is kept of who carries what.

A batch without files pays nothing for this, one with files a query to read them and two to note them, however many.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import DomainError, ErrorCode
from core.ids import parse_id
from files.kinds import IMAGES
from files.models import File, FileStatus
from files.selectors import find_files, may_use
from files.services.retention import note_released, note_sent
from messaging.commands import SendMessage
from messaging.delivery.recent import update_recent
from messaging.models import Attachment, Message
from messaging.services.batch import Batch, Pending


def fetch_files(pendings: Iterable[Pending]) -> dict[int, File]:
    """The files that messages of the batch name, locked: none is erased while the batch stores who carries it."""
    named = [
        pending.item.command.content.file_id
        for pending in pendings
        if isinstance(pending.item.command, SendMessage) and pending.item.command.content.file_id is not None
    ]
    wanted = {int(file_id) for file_id in named if file_id.isdecimal() and len(file_id) <= 18}
    return find_files(wanted, lock=True) if wanted else {}


def accept_file(batch: Batch, pending: Pending, command: SendMessage) -> File | None:
    """The file that the message carries: ready, fit for the message's kind, and one that the sender may see.

    Raises INVALID_MESSAGE; what the sender may not see is refused as what does not exist.
    """
    if command.content.file_id is None:
        return None
    file = batch.files.get(parse_id(command.content.file_id, ErrorCode.INVALID_MESSAGE))
    if file is None or file.status != FileStatus.READY or not may_use(pending.item.sender_id, file):
        raise _invalid(_("This message carries a file that is not ready."))
    if command.kind == "image" and file.content_type not in IMAGES:
        raise _invalid(_("An image message carries a PNG, JPEG, GIF or WebP picture."))
    if command.kind == "voice" and not (file.content_type.startswith("audio/") and file.duration_ms):
        raise _invalid(_("A voice message carries a sound with a duration."))
    return file


def save_attachments(batch: Batch) -> None:
    """Notes which of the batch's messages carry files."""
    attachments = [
        Attachment(file_id=row.file_id, message_id=row.id, conversation_id=row.conversation_id, seq=row.seq)
        for row in batch.messages
        if row.file_id is not None
    ]
    if attachments:
        Attachment.objects.bulk_create(attachments)
        note_sent([attachment.file_id for attachment in attachments], batch.at)


def drop_attachment(message: Message, at: datetime) -> None:
    """The message carries its file no longer; when no other does, nobody can reach the file any more."""
    if message.file_id is None:
        return
    Attachment.objects.filter(file_id=message.file_id, message_id=message.pk).delete()
    note_released(message.file_id, at)
    message.file_id = None


def forget_erased(file_ids: Sequence[int]) -> None:
    """The files are gone: no cached page of history names them any more."""
    carrying = Attachment.objects.filter(file_id__in=file_ids)
    conversation_ids = set(carrying.values_list("conversation_id", flat=True))
    carrying.delete()
    if conversation_ids:
        update_recent(dict.fromkeys(conversation_ids))


def _invalid(message: str) -> DomainError:
    return DomainError(ErrorCode.INVALID_MESSAGE, message, {"fields": {"file_id": [message]}})
