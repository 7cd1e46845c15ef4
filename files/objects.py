"""What the program asks of object storage. `files.storage` answers it with S3; nobody else knows the driver.

Every call that talks to the storage raises UNAVAILABLE when it is away; the presigned URLs are made without asking it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from django.core.files.storage import storages


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the storage says of an object: its size in bytes, and the content type it was uploaded with."""

    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of an upload that has arrived: its number (from 1), size in bytes, and ETag without quotes."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Download:
    """How a browser is to take a download: type, `attachment; ...` or `inline`, and whether it may keep it."""

    content_type: str
    disposition: str
    cache_control: str


class ObjectStore(Protocol):
    """One bucket."""

    def ensure_bucket(self) -> bool:
        """Create the bucket; False when it exists."""

    def presign_put(self, key: str, *, content_type: str, size: int, lifetime_s: int) -> str:
        """A URL to PUT exactly this many bytes of this type to."""

    def presign_get(self, key: str, download: Download, *, lifetime_s: int) -> str:
        """A URL to GET the object from, answered as `download` says."""

    def start_multipart(self, key: str, *, content_type: str) -> str:
        """The id of a new upload in parts."""

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, lifetime_s: int) -> str:
        """A URL to PUT exactly this many bytes to, as a part."""

    def list_parts(self, key: str, upload_id: str) -> list[StoredPart] | None:
        """What has arrived, by number; None when the upload is over."""

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> bool:
        """Make one object of the parts; False when the upload is over or a part is not there."""

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Forget an upload and its parts, if there is one."""

    def find(self, key: str) -> StoredObject | None:
        """The object, None when there is none."""

    def copy(self, source: str, target: str) -> bool:
        """Copy an object inside the storage; False when there is none."""

    def read(self, key: str, *, most: int) -> bytes:
        """The first bytes of an object, at most so many; b"" when there is none."""

    def stream(self, key: str) -> Iterator[bytes]:
        """All of an object, in pieces."""

    def write(self, key: str, data: bytes, *, content_type: str) -> None:
        """Store an object of the program's own making."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there too."""


def get_store() -> ObjectStore:
    """The storage that STORAGES["files"] names. It is made, and its driver loaded, at the first call."""
    return cast(ObjectStore, storages["files"])
