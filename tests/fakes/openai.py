"""An OpenAI-compatible server on a port of its own: streams what a test has scripted, and keeps what it was asked.

    with FakeOpenAI() as model:
        model.script(Reply("It is on Friday [1]."), Reply(status=500))
        ... OPENAI_BASE_URL=model.url ...
        model.requests[0].prompt

Processes reach it too: it speaks HTTP. Replies are given in order; after the last of them comes `model.default`.
"""

import contextlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from tests.fakes.obedience import obey, read_prompt

LETTERS_A_TOKEN: Final = 4
NAME: Final = "fake-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How a reply is given. `first_after_s`: silence before the first token; `piece_after_s`: between two pieces.

    `breaks_after`: so many pieces, then the connection is cut. `gate`: waited for before the first token, `gate_after`
    pieces when that is set. `usage` off: the server does not count tokens for its clients.
    """

    status: int = 200
    first_after_s: float = 0.0
    piece_after_s: float = 0.0
    piece_letters: int = 8
    breaks_after: int | None = None
    gate: threading.Event | None = None
    gate_after: int = 0
    usage: bool = True
    finish_reason: str = "stop"
    error: str = "the fake was told to fail"
    error_code: str = "error"
    tools: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reply(_Manner):
    """An answer (or, with a status of 400 or more, a refusal) and the manner in which it is given."""

    text: str = field(default="It is so [1].", kw_only=False)

    def pieces(self) -> list[str]:
        """The text as it is streamed."""
        return [self.text[at : at + self.piece_letters] for at in range(0, len(self.text), self.piece_letters)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its body, its headers by their names in small letters, and when it came (time.monotonic)."""

    body: dict[str, Any]
    headers: dict[str, str]
    at: float
    path: str

    @property
    def prompt(self) -> str:
        """All that the model was told."""
        return read_prompt(self.body)

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.body.get("model", ""))


Answering = Callable[[dict[str, Any]], Reply]


def obedient(body: dict[str, Any]) -> Reply:
    """A default that does whatever it finds in the prompt (tests.fakes.obedience)."""
    text, tools = obey(body)
    return Reply(text, tools=tools, piece_letters=64)


class FakeOpenAI:
    """The server. `requests` are the chats it was asked for; `first_token_at` and `hung_up` tell how they went."""

    def __init__(self, default: Answering | Reply | None = None) -> None:
        self.default: Answering | Reply = default or Reply()
        self.requests: list[Asked] = []
        self.first_token_at: list[float] = []
        self.hung_up = 0
        """Streams that the client left before their end."""
        self._script: deque[Reply] = deque()
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def env(self) -> dict[str, str]:
        """What points a process at it."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "sk-fake", "AI_MODEL": NAME}

    def script(self, *replies: Reply) -> None:
        """These come next, in this order."""
        with self._changed:
            self._script.extend(replies)

    def wait_for(self, count: int, timeout_s: float = 60.0) -> list[Asked]:
        """The requests, once there are at least so many. Raises AssertionError after timeout_s."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise AssertionError(f"the model was asked {len(self.requests)} times, not {count}")
            return list(self.requests)

    def note_hang_up(self) -> None:
        """A client has left a stream. For the server's threads."""
        with self._changed:
            self.hung_up += 1
            self._changed.notify_all()

    def wait_for_hang_up(self, timeout_s: float = 60.0) -> None:
        """Returns once a client has left a stream before its end. Raises AssertionError after timeout_s."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.hung_up > 0, timeout_s):
                raise AssertionError("nobody has hung up")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fake-openai", daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, asked: Asked) -> Reply:
        """The reply to a request, which is kept. For the server's threads."""
        with self._changed:
            self.requests.append(asked)
            self._changed.notify_all()
            if self._script:
                return self._script.popleft()
        return self.default if isinstance(self.default, Reply) else self.default(asked.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeOpenAI

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up: that is not worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read nothing from it."""

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            model = {"id": NAME, "object": "model", "created": 0, "owned_by": "tests"}
            self._send_json(200, {"object": "list", "data": [model]})
        else:
            self._send_error(404, "no such path", "not_found")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.endswith("/chat/completions"):
            self._send_error(404, "no such path", "not_found")
            return
        body = json.loads(raw)
        reply = self.server.fake.take(
            Asked(body, {name.lower(): value for name, value in self.headers.items()}, time.monotonic(), self.path)
        )
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if reply.status >= 400:
                _wait(reply)
                self._send_error(reply.status, reply.error, reply.error_code)
            elif body.get("stream"):
                self._stream(body, reply)
            else:
                self._answer(body, reply)

    def _answer(self, body: dict[str, Any], reply: Reply) -> None:
        _wait(reply)
        self.server.fake.first_token_at.append(time.monotonic())
        message = {"role": "assistant", "content": reply.text} | _tool_calls(reply)
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
        answer = _envelope("chat.completion") | {"choices": [choice]}
        self._send_json(200, answer | ({"usage": _usage(body, reply.text)} if reply.usage else {}))

    def _stream(self, body: dict[str, Any], reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            for line in _events(self.server.fake, body, reply):
                self._chunk(f"data: {line}\n\n")
        except (BrokenPipeError, ConnectionResetError):
            self.server.fake.note_hang_up()
            raise
        except _Broken:
            self.close_connection = True
            return
        self._chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _send_error(self, status: int, message: str, code: str) -> None:
        self._send_json(status, {"error": {"message": message, "type": "fake", "code": code}})

    def _send_json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Broken(Exception):
    """The connection is to be cut here."""


def _events(fake: FakeOpenAI, body: dict[str, Any], reply: Reply) -> Iterator[str]:
    _wait(reply)
    for place, piece in enumerate(reply.pieces()):
        if place and reply.piece_after_s:
            time.sleep(reply.piece_after_s)
        if place and place == reply.gate_after and reply.gate is not None:
            reply.gate.wait(60)
        if place == reply.breaks_after:
            raise _Broken
        if not place:
            fake.first_token_at.append(time.monotonic())
        yield _chunk_of({"role": "assistant", "content": piece} if not place else {"content": piece}, None)
    yield _chunk_of(_tool_calls(reply), reply.finish_reason)
    if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps(_envelope("chat.completion.chunk") | {"choices": [], "usage": _usage(body, reply.text)})


def _wait(reply: Reply) -> None:
    time.sleep(reply.first_after_s)
    if reply.gate is not None and not reply.gate_after:
        reply.gate.wait(60)


def _chunk_of(delta: dict[str, Any], finish_reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps(_envelope("chat.completion.chunk") | {"choices": [choice]})


def _tool_calls(reply: Reply) -> dict[str, Any]:
    calls = [
        {"index": at, "id": f"call-{at}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for at, name in enumerate(reply.tools)
    ]
    return {"tool_calls": calls} if calls else {}


def _usage(body: dict[str, Any], text: str) -> dict[str, int]:
    prompt, completion = (max(1, len(one) // LETTERS_A_TOKEN) for one in (read_prompt(body), text))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 0, "model": NAME}
