"""Thumbnails and previews: asked for when a picture is ready, made by Celery."""

from celery import current_app
from kombu.exceptions import OperationalError

from core.logs import get_logger
from files.imaging import TooManyPixelsError, UnreadableImageError, render
from files.kinds import MADE_TYPE
from files.models import File, FileStatus, Previews
from files.objects import get_store

log = get_logger(__name__)


def request_previews(file_id: int) -> None:
    """Hand the work to Celery. Never raises: what is lost with the broker, the sweep asks for again."""
    try:
        current_app.send_task("files.tasks.make_previews", (file_id,), retry=False)
    except (OperationalError, OSError) as exc:
        log.warning("previews were not asked for", file_id=file_id, error=repr(exc))


def make_previews(file_id: int) -> None:
    """Makes both pictures of a file that wants them. Can be done again; raises UNAVAILABLE without storage."""
    file = File.objects.filter(pk=file_id, status=FileStatus.READY, previews=Previews.WANTED).first()
    if file is None:
        return
    try:
        rendered = render(get_store().read(file.key, most=file.size), file.content_type)
    except (UnreadableImageError, TooManyPixelsError) as exc:
        log.warning("a picture cannot be shown", file_id=file_id, error=str(exc))
        _note(file_id, Previews.FAILED)
        return
    get_store().write(file.thumbnail_key, rendered.thumbnail, content_type=MADE_TYPE)
    get_store().write(file.preview_key, rendered.preview, content_type=MADE_TYPE)
    _note(file_id, Previews.MADE)
    if not File.objects.filter(pk=file_id, status=FileStatus.READY).exists():
        get_store().delete([file.thumbnail_key, file.preview_key])  # erased meanwhile


def _note(file_id: int, outcome: Previews) -> None:
    wanted = File.objects.filter(pk=file_id, status=FileStatus.READY, previews=Previews.WANTED)
    wanted.update(previews=outcome)
