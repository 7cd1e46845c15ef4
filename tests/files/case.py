"""What the tests of files share: clients, uploads that really go to the storage, and pictures."""

import http.client
import io
from typing import Any
from urllib.parse import urlsplit

from django.test import TestCase, override_settings
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import User
from files.models import File
from tests.factories import make_client, make_user


class StorageAnswer:
    """What the storage answered: status, headers in lower case, body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()


def exchange(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> StorageAnswer:
    """One request to a signed address, as a browser without any credentials makes it."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    try:
        connection.request(method, f"{address.path}?{address.query}", body, headers or {})
        return StorageAnswer(connection.getresponse())
    finally:
        connection.close()


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture of that format and size, red on the left and blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in these bytes."""
    return Image.open(io.BytesIO(data))


@override_settings(RATE_LIMITS=False)
class FilesCase(TestCase):
    """Ann, who uploads, and Eve, whom it does not concern."""

    def setUp(self) -> None:
        self.ann, self.eve = make_user(), make_user()
        self._clients: dict[int, APIClient] = {}

    def call(self, user: User | None, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """The decoded answer of /api/v1/`path`; asserts its status. What the call commits takes effect."""
        response = self.raw(user, method, path, body)
        assert response.status_code == status, (response.status_code, response.content)
        return response.json() if response.content else None

    def raw(self, user: User | None, method: str, path: str, body: Any = None) -> Any:
        """The answer itself."""
        key = user.pk if user is not None else 0
        if key not in self._clients:
            self._clients[key] = make_client(user)
        options = {} if body is None else {"data": body, "format": "json"}
        with self.captureOnCommitCallbacks(execute=True):
            return getattr(self._clients[key], method)(f"/api/v1/{path}", **options)

    def start(
        self,
        data: bytes,
        filename: str = "a.png",
        content_type: str = "image/png",
        *,
        owner: User | None = None,
        **more: Any,
    ) -> Any:
        """The answer to announcing a file of this content."""
        body = {"filename": filename, "content_type": content_type, "size": len(data), **more}
        return self.call(owner or self.ann, "post", "files", body, status=201)

    def send(self, started: Any, data: bytes) -> StorageAnswer:
        """PUT the bytes where the answer says."""
        upload = started["upload"]
        return exchange(upload["method"], upload["url"], data, upload["headers"])

    def complete(self, started: Any, *, owner: User | None = None, status: int = 200, **body: Any) -> Any:
        """The answer to completing."""
        return self.call(owner or self.ann, "post", f"files/{started['file']['id']}/complete", body, status=status)

    def upload(self, data: bytes | None = None, *arguments: Any, owner: User | None = None, **options: Any) -> File:
        """A ready file."""
        data = picture() if data is None else data
        started = self.start(data, *arguments, owner=owner, **options)
        self.assertEqual(self.send(started, data).status, 200)
        done = self.complete(started, owner=owner)
        return File.objects.get(pk=int(done["file"]["id"]))

    def assert_refused(self, answer: Any, code: str) -> None:
        """The answer has this code."""
        self.assertEqual(answer["code"], code, answer)
