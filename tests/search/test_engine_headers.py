"""What the client sends is what Elasticsearch 9 takes: media types and their versions, checked request by request."""

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from django.test import SimpleTestCase, override_settings

from search import engine

MEDIA_TYPE = re.compile(
    r"(?:application/vnd\.elasticsearch\+(?:json|x-ndjson)|application/(?:json|x-ndjson))"
    r"(?:\s*;\s*(?:compatible-with=(?P<version>\d+)|charset=utf-8))*"
)
LINES = ("application/x-ndjson", "application/vnd.elasticsearch+x-ndjson")
VERSIONS = {None, "8", "9"}


def find_fault(path: str, accept: str | None, content_type: str | None, body: bytes) -> str | None:
    """Why Elasticsearch 9 refuses a request, by the rules of its REST layer; None: it takes it."""
    versions = set()
    for name, value in (("Accept", accept), ("Content-Type", content_type)):
        if value is None or value == "*/*":
            continue
        parsed = MEDIA_TYPE.fullmatch(value)
        if parsed is None or parsed["version"] not in VERSIONS:
            return f"{name} header [{value}] is not supported"
        versions.add(parsed["version"])
    if body and content_type is None:
        return "Content-Type header is missing"
    if body and len(versions) > 1:
        return "Accept and Content-Type ask for different versions"
    if path.endswith("/_bulk") and not (content_type or "").startswith((*LINES, "application/json")):
        return "bulk requests are lines"
    return None


class Answerer(BaseHTTPRequestHandler):
    """Refuses as Elasticsearch 9 does, or answers what the path asks for."""

    protocol_version = "HTTP/1.1"
    faults: ClassVar[list[str]] = []
    seen: ClassVar[list[str]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        fault = find_fault(path, self.headers.get("Accept"), self.headers.get("Content-Type"), body)
        if fault:
            self.faults.append(f"{self.command} {path}: {fault}")
        self.seen.append(f"{self.command} {path}")
        status, told = (406, {"error": {"type": "media_type_header_exception"}}) if fault else (200, self.tell(path))
        encoded = b"" if self.command == "HEAD" else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("X-elastic-product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    @staticmethod
    def tell(path: str) -> Any:
        if path.endswith("/_search"):
            return {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": [{"_id": "1"}]}}
        if path.endswith("/_bulk"):
            return {"errors": False, "items": []}
        if path == "/":
            return {"version": {"number": "9.1.0"}}
        if "/_alias" in path or "/_mapping" in path:
            return {"messages-1": {"mappings": {}, "aliases": {}}}
        return {"acknowledged": True, "deleted": 0}

    def log_message(self, *_arguments: Any) -> None:
        """Nothing on the terminal."""


class HeadersTest(SimpleTestCase):
    def setUp(self) -> None:
        Answerer.faults, Answerer.seen = [], []
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answerer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        settings = override_settings(ELASTICSEARCH_URL=f"http://127.0.0.1:{server.server_port}")
        settings.enable()
        self.addCleanup(settings.disable)

    def test_everything_that_the_door_does_is_taken(self) -> None:
        actions = [{"_op_type": "index", "_index": "messages", "_id": "1", "_source": {"text": "hi"}}]
        doings: list[Callable[[], Any]] = [
            engine.check_engine,
            lambda: engine.create_index("messages", "messages-1", {"mappings": {}}, with_alias=True),
            lambda: engine.list_indices("messages"),
            lambda: engine.find_metadata("messages"),
            lambda: engine.move_alias("messages", "messages-2"),
            lambda: engine.drop_unused("messages"),
            lambda: engine.write(actions, refresh=True),
            lambda: engine.find_hits("messages", {"query": {"match_all": {}}}, routing="1"),
            lambda: engine.delete_matching("messages", {"match_all": {}}),
        ]
        for doing in doings:
            before = len(Answerer.seen)
            doing()
            self.assertGreater(len(Answerer.seen), before)
        self.assertEqual(Answerer.faults, [])

    def test_what_elasticsearch_9_refuses_is_known(self) -> None:
        versioned = "application/vnd.elasticsearch+json; compatible-with={}"
        plain = "application/json"
        for accept, content_type, refused in (
            (plain, plain, False),
            (versioned.format(9), versioned.format(9), False),
            (versioned.format(8), versioned.format(8), False),
            (versioned.format(7), versioned.format(7), True),
            (versioned.format(9), plain, True),
            (plain, None, True),
            ("text/html", plain, True),
        ):
            fault = find_fault("/messages/_search", accept, content_type, b"{}")
            self.assertEqual(fault is not None, refused, (accept, content_type, fault))
