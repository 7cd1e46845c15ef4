"""An upload as a client makes it: announce, PUT to the storage, complete."""

from typing import Any

from asgiref.sync import sync_to_async

from tests.client import ChatClient
from tests.client.record import Frame
from tests.files.case import StorageAnswer, exchange, picture

FILE_PATHS = ("", "/content", "/thumbnail", "/url", "/url?variant=preview")


async def fetch(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> StorageAnswer:
    """`exchange` without holding up the event loop or the database's thread."""
    answer: StorageAnswer = await sync_to_async(exchange, thread_sensitive=False)(method, url, body, headers)
    return answer


async def announce(client: ChatClient, data: bytes, filename: str = "a.png", content_type: str = "image/png") -> Frame:
    """`{file, upload}` of a file of this content."""
    body = {"filename": filename, "content_type": content_type, "size": len(data)}
    started: Frame = await client.api.post("files", body)
    return started


async def put(started: Frame, data: bytes) -> StorageAnswer:
    """Send a file in one piece."""
    upload = started["upload"]
    return await fetch(upload["method"], upload["url"], data, upload["headers"])


async def upload(client: ChatClient, data: bytes | None = None, *names: str) -> Frame:
    """The object of a ready file, a small picture by default."""
    data = picture() if data is None else data
    started = await announce(client, data, *names)
    assert (await put(started, data)).status == 200
    done: Frame = await client.api.post(f"files/{started['file']['id']}/complete")
    file: Frame = done["file"]
    return file


async def send_file(
    client: ChatClient, conversation_id: str, file_id: str, kind: str = "image", **content: str
) -> Frame:
    """Send a message that carries a file; the ack. Raises RefusedError."""
    return await client.command("send-message", conversation_id, kind=kind, content={"file_id": file_id, **content})
