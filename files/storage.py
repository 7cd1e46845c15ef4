"""The one place that knows the S3 driver: `files.objects.ObjectStore` on any server that speaks S3."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from files.objects import Download, StoredObject, StoredPart

_CHUNK = 1024 * 1024
_DELETE_AT_ONCE = 1000
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})
_NOT_COMPLETE = frozenset({"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall"})
log = get_logger(__name__)


class ObjectStorage(S3Storage):  # type: ignore[misc] # the package carries no types
    """django-storages' backend, with what it lacks: uploads that clients make by themselves.

    `public_url` is the address under which browsers reach the storage, where it differs from `endpoint_url`. One client
    serves all threads of the process, unlike the backend's own resources.
    """

    def __init__(self, *, public_url: str = "", **options: Any) -> None:
        super().__init__(**options)
        self._public_url = public_url or self.endpoint_url
        self._making = threading.Lock()
        self.client_config = Config(
            signature_version="s3v4",
            s3={"addressing_style": self.addressing_style or "path"},
            connect_timeout=2,
            read_timeout=20,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=32,
            # Checksums of newer drivers: servers of the S3 kind do not all know them, and a browser cannot send them.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    @cached_property
    def _client(self) -> Any:
        return self._make_client(self.endpoint_url)

    @cached_property
    def _public_client(self) -> Any:
        """The client that signs for browsers: the host is part of the signature."""
        return self._client if self._public_url == self.endpoint_url else self._make_client(self._public_url)

    def _make_client(self, endpoint_url: str) -> Any:
        with self._making:  # a session is not for two threads
            return self._create_session().client(
                "s3", region_name=self.region_name, endpoint_url=endpoint_url, config=self.client_config
            )

    def ensure_bucket(self) -> bool:
        """See the port; so for all that follow."""
        with _translated():
            try:
                self._client.head_bucket(Bucket=self.bucket_name)
            except ClientError as exc:
                if _code(exc) not in _MISSING | {"NoSuchBucket"}:
                    raise
                self._client.create_bucket(Bucket=self.bucket_name)
                return True
            return False

    def presign_put(self, key: str, *, content_type: str, size: int, lifetime_s: int) -> str:
        return self._presign("put_object", lifetime_s, Key=key, ContentType=content_type, ContentLength=size)

    def presign_get(self, key: str, download: Download, *, lifetime_s: int) -> str:
        return self._presign(
            "get_object",
            lifetime_s,
            Key=key,
            ResponseContentType=download.content_type,
            ResponseContentDisposition=download.disposition,
            ResponseCacheControl=download.cache_control,
        )

    def start_multipart(self, key: str, *, content_type: str) -> str:
        with _translated():
            answer = self._client.create_multipart_upload(Bucket=self.bucket_name, Key=key, ContentType=content_type)
        return str(answer["UploadId"])

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, lifetime_s: int) -> str:
        return self._presign(
            "upload_part", lifetime_s, Key=key, UploadId=upload_id, PartNumber=number, ContentLength=size
        )

    def list_parts(self, key: str, upload_id: str) -> list[StoredPart] | None:
        pages = self._client.get_paginator("list_parts")
        with _translated():
            try:
                return [
                    StoredPart(part["PartNumber"], part["Size"], part["ETag"].strip('"'))
                    for page in pages.paginate(Bucket=self.bucket_name, Key=key, UploadId=upload_id)
                    for part in page.get("Parts", [])
                ]
            except ClientError as exc:
                if _code(exc) in _MISSING:
                    return None
                raise

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> bool:
        named = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        with _translated():
            try:
                self._client.complete_multipart_upload(
                    Bucket=self.bucket_name, Key=key, UploadId=upload_id, MultipartUpload={"Parts": named}
                )
            except ClientError as exc:
                if _code(exc) in _NOT_COMPLETE | _MISSING:
                    return False
                raise
            return True

    def abort_multipart(self, key: str, upload_id: str) -> None:
        with _translated(), _missing_is_fine():
            self._client.abort_multipart_upload(Bucket=self.bucket_name, Key=key, UploadId=upload_id)

    def find(self, key: str) -> StoredObject | None:
        with _translated():
            try:
                head = self._client.head_object(Bucket=self.bucket_name, Key=key)
            except ClientError as exc:
                if _code(exc) in _MISSING:
                    return None
                raise
            return StoredObject(head["ContentLength"], head.get("ContentType", ""))

    def copy(self, source: str, target: str) -> bool:
        with _translated():
            try:
                self._client.copy_object(
                    Bucket=self.bucket_name, Key=target, CopySource={"Bucket": self.bucket_name, "Key": source}
                )
            except ClientError as exc:
                if _code(exc) in _MISSING:
                    return False
                raise
            return True

    def read(self, key: str, *, most: int) -> bytes:
        with _translated():
            try:
                # Not a range, which some servers refuse when it ends beyond the object: what is too much is not read.
                answer = self._client.get_object(Bucket=self.bucket_name, Key=key)
            except ClientError as exc:
                if _code(exc) in _MISSING:
                    return b""
                raise
            with contextlib.closing(answer["Body"]) as body:
                return bytes(body.read(most))

    def stream(self, key: str) -> Iterator[bytes]:
        with _translated():
            answer = self._client.get_object(Bucket=self.bucket_name, Key=key)
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(_CHUNK)

    def write(self, key: str, data: bytes, *, content_type: str) -> None:
        with _translated():
            self._client.put_object(Bucket=self.bucket_name, Key=key, Body=data, ContentType=content_type)

    def delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _DELETE_AT_ONCE):
            objects = [{"Key": key} for key in keys[start : start + _DELETE_AT_ONCE]]
            with _translated():
                answer = self._client.delete_objects(
                    Bucket=self.bucket_name, Delete={"Objects": objects, "Quiet": True}
                )
            failed = [error for error in answer.get("Errors", []) if error.get("Code") not in _MISSING]
            if failed:
                log.error("objects were not deleted", failed=failed[:5])
                raise DomainError(ErrorCode.UNAVAILABLE)

    def _presign(self, operation: str, lifetime_s: int, **parameters: Any) -> str:
        url: str = self._public_client.generate_presigned_url(
            operation, Params={"Bucket": self.bucket_name, **parameters}, ExpiresIn=lifetime_s
        )
        return url


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Whatever the driver raises leaves as UNAVAILABLE, with the reason in the log."""
    try:
        yield
    except (BotoCoreError, ClientError) as exc:
        log.warning("object storage failed", error=str(exc))
        raise DomainError(ErrorCode.UNAVAILABLE) from exc


@contextlib.contextmanager
def _missing_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        if _code(exc) not in _MISSING:
            raise


def _code(exc: ClientError) -> str:
    return str(exc.response.get("Error", {}).get("Code", ""))
