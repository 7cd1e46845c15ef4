"""The contract's file object and upload as structs, and how rows become them. No queries here."""

from typing import Any

import msgspec

from files.models import File, FileStatus

GONE_TYPE = "application/octet-stream"


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file. Pictures have a width and height, sound and film the duration that the uploader stated."""

    id: str
    filename: str
    content_type: str
    size: int
    status: str
    width: int | msgspec.UnsetType = msgspec.UNSET
    height: int | msgspec.UnsetType = msgspec.UNSET
    duration_ms: int | msgspec.UnsetType = msgspec.UNSET


class PartUpload(msgspec.Struct, frozen=True, kw_only=True):
    """One part still to come: PUT exactly `size` bytes to `url`; the answer's ETag names it."""

    number: int
    url: str
    size: int


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """How to send the bytes: one PUT to `url` with `headers`, or a PUT for each of `parts`."""

    method: str
    headers: dict[str, str]
    expires_at: str
    url: str | msgspec.UnsetType = msgspec.UNSET
    parts: list[PartUpload] | msgspec.UnsetType = msgspec.UNSET


class ArrivedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part that the storage holds."""

    number: int
    size: int
    etag: str


class StartedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST files."""

    file: FileView
    upload: UploadView


class PartsView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET files/{id}/parts: what has arrived, and fresh addresses for the rest."""

    arrived: list[ArrivedPart]
    upload: UploadView


class CompletedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST files/{id}/complete."""

    file: FileView


class UrlView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET files/{id}/url: good until `expires_at`, and to be fetched without any credentials."""

    url: str
    expires_at: str


def view_file(file: File) -> dict[str, Any]:
    """The contract's file object; what does not apply is left out."""
    view: dict[str, Any] = {
        "id": str(file.pk),
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "status": file.status,
    }
    if file.width is not None and file.height is not None:
        view |= {"width": file.width, "height": file.height}
    if file.duration_ms is not None:
        view["duration_ms"] = file.duration_ms
    return view


def view_gone(file_id: int) -> dict[str, Any]:
    """What is left of a file that is erased, in a message that still names it: that it was."""
    return {
        "id": str(file_id),
        "filename": "",
        "content_type": GONE_TYPE,
        "size": 0,
        "status": FileStatus.REJECTED.value,
    }
