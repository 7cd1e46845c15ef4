"""What the log notes of a file, in the transaction that stores or recalls the message: the sweep reads it."""

from collections.abc import Sequence
from datetime import datetime

from files.models import File


def note_sent(file_ids: Sequence[int], at: datetime) -> None:
    """Messages carry these files from now on; the first time counts."""
    File.objects.filter(pk__in=file_ids, sent_at=None).update(sent_at=at)


def note_released(file_id: int, at: datetime) -> None:
    """A message that carried the file does so no longer."""
    File.objects.filter(pk=file_id).update(released_at=at)
