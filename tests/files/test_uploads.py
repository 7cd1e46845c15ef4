"""Announcing, sending and completing: what the storage takes, and what is looked at before a file is ready."""

import hashlib
import io
import zipfile
from typing import Any
from unittest.mock import patch

from django.test import override_settings

from core.errors import DomainError, ErrorCode
from files.models import File
from files.objects import get_store
from files.services import completing, inspecting
from files.services.inspecting import Findings
from tests.factories import make_guest
from tests.files.case import FilesCase, exchange, picture

HTML = b"<!doctype html><script>alert(1)</script>"
MIB = 1024 * 1024


class StartTest(FilesCase):
    def test_the_answer_has_the_pending_file_and_where_its_bytes_go(self) -> None:
        data = picture()
        answer = self.start(data, "photo.png")
        file = answer["file"]
        self.assertEqual(
            {name: file[name] for name in file if name != "id"},
            {"filename": "photo.png", "content_type": "image/png", "size": len(data), "status": "pending"},
        )
        self.assertEqual(set(answer["upload"]), {"method", "url", "headers", "expires_at"})
        self.assertEqual(
            (answer["upload"]["method"], answer["upload"]["headers"]), ("PUT", {"Content-Type": "image/png"})
        )
        self.assertIn("content-length", answer["upload"]["url"])

    def test_names_lose_folders_directions_and_what_cannot_be_seen(self) -> None:
        for given, kept in (
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\图.png", "图.png"),
            ("invoice\u202egnp.exe", "invoicegnp.exe"),
            ("a\x7fb\n.txt", "ab.txt"),
            ("x" * 300 + ".png", "x" * 251 + ".png"),
            ("ends with dots...", "ends with dots"),
        ):
            with self.subTest(given):
                self.assertEqual(self.start(b"abc", given, "text/plain")["file"]["filename"], kept)

    def test_what_cannot_be_a_file_is_refused_by_field(self) -> None:
        good = {"filename": "a.png", "content_type": "image/png", "size": 10}
        for field, value in (
            ("filename", ".."), ("filename", ""), ("content_type", "image"), ("content_type", "image/png\r\nX: y"),
            ("size", 0), ("size", -1), ("size", "many"), ("sha256", "abc"), ("duration_ms", 5), ("owner_id", "1"),
        ):  # fmt: skip
            with self.subTest(field=field, value=value):
                answer = self.call(self.ann, "post", "files", good | {field: value}, status=400)
                self.assert_refused(answer, "INVALID_REQUEST")
                self.assertEqual(list(answer["details"]["fields"]), [field])

    def test_a_duration_must_be_one_that_the_bytes_can_hold(self) -> None:
        body = {"filename": "v.webm", "content_type": "audio/webm;codecs=opus", "size": 1000}
        file = self.call(self.ann, "post", "files", body | {"duration_ms": 2_000}, status=201)["file"]
        self.assertEqual((file["duration_ms"], file["content_type"]), (2_000, "audio/webm"))
        self.call(self.ann, "post", "files", body | {"duration_ms": 3_600_000}, status=400)

    @override_settings(FILE_MAX_BYTES=1000, FILE_IMAGE_MAX_BYTES=500)
    def test_a_file_or_picture_that_is_too_large_is_refused_with_the_limit(self) -> None:
        for content_type, size, limit in (("application/zip", 1001, 1000), ("image/png", 501, 500)):
            body = {"filename": "a", "content_type": content_type, "size": size}
            answer = self.call(self.ann, "post", "files", body, status=413)
            self.assert_refused(answer, "MESSAGE_TOO_LARGE")
            self.assertEqual(answer["details"], {"max_bytes": limit})

    @override_settings(FILE_QUOTA_BYTES=1000, FILE_GUEST_QUOTA_BYTES=100)
    def test_the_quota_counts_what_is_still_to_come_and_says_what_is_left(self) -> None:
        self.start(b"x" * 600, "a", "text/plain")
        body = {"filename": "b", "content_type": "text/plain", "size": 401}
        answer = self.call(self.ann, "post", "files", body, status=403)
        self.assert_refused(answer, "FORBIDDEN")
        self.assertEqual(answer["details"], {"quota_bytes": 1000, "used_bytes": 600})
        self.call(self.ann, "post", "files", body | {"size": 400}, status=201)
        guest = make_guest()
        self.assertEqual(self.call(guest, "post", "files", body, status=403)["details"]["quota_bytes"], 100)

    def test_nobody_uploads_without_a_session(self) -> None:
        self.assert_refused(self.call(None, "post", "files", {}, status=401), "AUTH_FAILED")

    @override_settings(RATE_LIMITS=True)
    def test_announcing_is_throttled(self) -> None:
        body = {"filename": "b", "content_type": "text/plain", "size": 1}
        answers = [self.raw(self.ann, "post", "files", body).status_code for _ in range(70)]
        self.assertEqual(set(answers), {201, 429})
        self.assertGreaterEqual(answers.count(201), 60)


class StorageTest(FilesCase):
    """The storage itself refuses what was not signed."""

    def test_it_takes_exactly_the_size_and_type_that_were_announced(self) -> None:
        data = picture()
        started = self.start(data)
        url = started["upload"]["url"]
        self.assertEqual(exchange("PUT", url, data + b"x", {"Content-Type": "image/png"}).status, 403)
        self.assertEqual(exchange("PUT", url, data[:-1], {"Content-Type": "image/png"}).status, 403)
        self.assertEqual(exchange("PUT", url, data, {"Content-Type": "text/html"}).status, 403)
        self.assertEqual(
            exchange("PUT", url.replace("incoming/", "incoming/x"), data, started["upload"]["headers"]).status, 403
        )
        chunked = {"Content-Type": "image/png", "Transfer-Encoding": "chunked"}
        self.assertIn(exchange("PUT", url, iter([data, b"x" * 100]), chunked).status, {400, 403, 411})
        self.assertIsNone(get_store().find(File.objects.get().key))
        self.assertEqual(exchange("PUT", url, data, {"Content-Type": "image/png"}).status, 200)

    def test_browsers_of_any_origin_may_send(self) -> None:
        origin = "https://chat.example"
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        answer = exchange("OPTIONS", self.start(b"abc", "a", "text/plain")["upload"]["url"], headers=asked)
        self.assertIn(answer.status, {200, 204})
        self.assertIn(answer.headers["access-control-allow-origin"], {"*", origin})
        self.assertIn("PUT", answer.headers["access-control-allow-methods"])

    def test_an_address_to_send_to_cannot_be_read_from(self) -> None:
        data = picture()
        started = self.start(data)
        self.send(started, data)
        self.assertEqual(exchange("GET", started["upload"]["url"], headers=started["upload"]["headers"]).status, 403)


class CompleteTest(FilesCase):
    def test_a_ready_picture_knows_its_size_and_completing_again_says_the_same(self) -> None:
        data = picture(size=(64, 48))
        started = self.start(data)
        self.send(started, data)
        file = self.complete(started)["file"]
        self.assertEqual((file["status"], file["width"], file["height"]), ("ready", 64, 48))
        self.assertEqual(self.complete(started)["file"], file)

    def test_width_and_height_are_as_the_picture_is_seen(self) -> None:
        data = picture(
            "JPEG", (64, 48), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
        )
        file = self.upload(data, "a.jpg", "image/jpeg")
        self.assertEqual((file.width, file.height), (48, 64))

    def test_before_the_bytes_are_there_it_is_a_conflict_and_the_file_stays_pending(self) -> None:
        started = self.start(picture())
        self.assert_refused(self.complete(started, status=409), "CONFLICT")
        self.assertEqual(File.objects.get().status, "pending")

    def test_only_the_owner_completes(self) -> None:
        started = self.start(picture())
        self.assert_refused(self.complete(started, owner=self.eve, status=404), "NOT_FOUND")

    def assert_rejected(self, data: bytes, filename: str, content_type: str, reason: str, **more: Any) -> None:
        """The file is rejected for this reason, for good, and nothing of it is kept."""
        started = self.start(data, filename, content_type, **more)
        self.send(started, data)
        for _ in range(2):
            answer = self.complete(started, status=422)
            self.assert_refused(answer, "CONTENT_REJECTED")
            self.assertEqual(answer["details"], {"reason": reason})
        file = File.objects.get(pk=int(started["file"]["id"]))
        self.assertEqual(file.status, "rejected")
        self.assertIsNone(get_store().find(file.key))

    def test_what_is_not_of_its_type_is_rejected(self) -> None:
        gif, png = picture("GIF"), picture()
        for filename, content_type, data in (
            ("a.png", "image/png", HTML),
            ("a.png", "image/png", gif),
            ("a.jpg", "image/jpeg", png),
            ("a.webp", "image/webp", b"RIFF\0\0\0\0WAVEfmt "),
            ("a.gif", "image/gif", b"GIF89a"),  # no more than the mark
            ("a.png", "image/png", png[:30]),
            ("a.bmp", "image/bmp", HTML),
            ("a.mp3", "audio/mpeg", HTML),
            ("a.webm", "audio/webm", HTML),
            ("a.mp4", "video/mp4", HTML),
            ("a.mkv", "video/x-matroska", HTML),
            ("a.pdf", "application/pdf", HTML),
            ("a.zip", "application/zip", HTML),
            ("a.txt", "text/plain", b"MZ\x90\x00\x03\x00"),
            ("a.svg", "image/svg+xml", HTML),
        ):
            with self.subTest(filename, head=data[:8]):
                self.assert_rejected(data, filename, content_type, "type")

    def test_what_is_of_its_type_is_ready(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("a", "b")
        for filename, content_type, data in (
            ("a.jpg", "image/jpg", picture("JPEG")),
            ("a.gif", "image/gif", picture("GIF")),
            ("a.webp", "image/webp", picture("WEBP")),
            ("a.bmp", "image/bmp", picture("BMP")),
            ("a.tiff", "image/tiff", picture("TIFF")),
            ("a.webm", "audio/webm", b"\x1a\x45\xdf\xa3" + b"\0" * 60),
            ("a.ogg", "audio/ogg", b"OggS" + b"\0" * 60),
            ("a.m4a", "audio/mp4", b"\0\0\0\x20ftypM4A " + b"\0" * 60),
            ("a.mp3", "audio/mpeg", b"\xff\xfb\x90\x64" + b"\0" * 60),
            ("a.wav", "audio/wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 60),
            ("a.pdf", "application/pdf", b"%PDF-1.7\n"),
            ("a.zip", "application/zip", archive.getvalue()),
            ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", archive.getvalue()),
            ("a.txt", "text/plain", "你好".encode()),
            ("b.txt", "text/plain", "你好".encode("utf-16")),
            ("a.html", "text/html", HTML),
            ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("a.bin", "application/octet-stream", b"\0\x01\x02"),
        ):
            with self.subTest(filename):
                self.assertEqual(self.upload(data, filename, content_type).status, "ready")

    @override_settings(FILE_IMAGE_MAX_PIXELS=10_000)
    def test_a_picture_with_too_many_pixels_is_rejected_before_it_is_decoded(self) -> None:
        self.assert_rejected(picture(size=(101, 100)), "bomb.png", "image/png", "pixels")
        self.upload(picture(size=(100, 100)))

    def test_a_checksum_that_was_announced_must_be_right(self) -> None:
        data = picture()
        self.assert_rejected(data, "a.png", "image/png", "checksum", sha256="0" * 64)
        self.upload(data, sha256=hashlib.sha256(data).hexdigest().upper())

    def test_what_is_sent_after_the_check_never_reaches_the_file(self) -> None:
        data = picture()
        evil = HTML + b" " * (len(data) - len(HTML))
        started = self.start(data)
        self.send(started, data)
        self.complete(started)
        self.assertEqual(self.send(started, evil).status, 200)  # the signed address is good for an hour
        file = File.objects.get()
        self.assertEqual(get_store().read(file.key, most=len(data)), data)
        self.complete(started)
        self.assertEqual(get_store().read(file.key, most=len(data)), data)

    def test_what_is_sent_during_the_check_never_reaches_the_file(self) -> None:
        data = picture()
        evil = HTML + b" " * (len(data) - len(HTML))
        started = self.start(data)
        self.send(started, data)
        inspect = inspecting.inspect

        def slowly(file: File, key: str) -> Findings:
            findings = inspect(file, key)
            self.send(started, evil)
            return findings

        with patch.object(completing, "inspect", slowly):
            self.complete(started)
        self.assertEqual(get_store().read(File.objects.get().key, most=len(data)), data)

    def test_of_two_completions_at_once_one_decides_and_no_object_is_left_over(self) -> None:
        data = picture()
        started = self.start(data)
        self.send(started, data)
        accept, keys = completing._accept, []

        def overtaken(file: File, key: str, findings: Findings) -> File:
            keys.append(key)
            if len(keys) == 1:
                completing.complete_upload(self.ann.pk, file.pk, [])
            return accept(file, key, findings)

        with patch.object(completing, "_accept", overtaken):
            self.assertEqual(self.complete(started)["file"]["status"], "ready")
        slower, faster = keys
        self.assertEqual(File.objects.get().key, faster)
        self.assertIsNotNone(get_store().find(faster))
        self.assertIsNone(get_store().find(slower))

    def test_while_the_storage_is_away_nothing_is_decided(self) -> None:
        data = picture()
        started = self.start(data)
        self.send(started, data)
        with patch.object(completing, "inspect", side_effect=DomainError(ErrorCode.UNAVAILABLE)):
            self.assert_refused(self.complete(started, status=503), "UNAVAILABLE")
        [_incoming, draft] = File.objects.get().drafts
        self.assertIsNotNone(get_store().find(draft))
        self.assertEqual(self.complete(started)["file"]["status"], "ready")
        self.assertIsNone(get_store().find(draft))  # of a try that came to nothing, nothing is left


@override_settings(FILE_MULTIPART_ABOVE_BYTES=5 * MIB, FILE_PART_BYTES=5 * MIB)
class PartsTest(FilesCase):
    """An upload in parts: smaller than those of the settings, so that the tests need not send as much."""

    def setUp(self) -> None:
        super().setUp()
        self.data = b"PK\x03\x04" + b"x" * (11 * MIB)
        self.started = self.start(self.data, "big.zip", "application/zip")
        self.parts = self.started["upload"]["parts"]

    def piece(self, part: dict[str, int]) -> bytes:
        """The bytes that belong to a part."""
        start = (part["number"] - 1) * 5 * MIB
        return self.data[start : start + part["size"]]

    def send_parts(self, *numbers: int) -> list[dict[str, object]]:
        """Send some, and name them as completing wants them."""
        sent = []
        for part in self.parts:
            if part["number"] in numbers:
                answer = exchange("PUT", part["url"], self.piece(part))
                self.assertEqual(answer.status, 200)
                sent.append({"number": part["number"], "etag": answer.headers["etag"]})
        return sent

    def test_a_large_file_comes_in_parts_that_add_up(self) -> None:
        self.assertNotIn("url", self.started["upload"])
        self.assertEqual([part["number"] for part in self.parts], [1, 2, 3])
        self.assertEqual(sum(part["size"] for part in self.parts), len(self.data))
        file = self.complete(self.started, parts=self.send_parts(1, 2, 3))["file"]
        self.assertEqual((file["status"], file["size"]), ("ready", len(self.data)))
        stored = b"".join(get_store().stream(File.objects.get().key))
        self.assertEqual(hashlib.sha256(stored).digest(), hashlib.sha256(self.data).digest())
        self.assertEqual(self.complete(self.started)["file"], file)

    def test_it_is_resumed_where_it_broke_off(self) -> None:
        first = self.send_parts(2)
        path = f"files/{self.started['file']['id']}/parts"
        answer = self.call(self.ann, "get", path)
        self.assertEqual([(part["number"], part["size"]) for part in answer["arrived"]], [(2, 5 * MIB)])
        self.assertEqual([part["number"] for part in answer["upload"]["parts"]], [1, 3])
        self.assert_refused(self.call(self.eve, "get", path, status=404), "NOT_FOUND")
        refused = self.complete(self.started, parts=first, status=409)
        self.assertEqual(refused["details"], {"missing_parts": [1, 3]})
        self.parts = answer["upload"]["parts"]
        self.complete(self.started, parts=first + self.send_parts(1, 3))
        self.assert_refused(self.call(self.ann, "get", path, status=409), "CONFLICT")

    def test_parts_of_another_size_are_refused_by_the_storage(self) -> None:
        self.assertEqual(exchange("PUT", self.parts[2]["url"], self.piece(self.parts[2]) + b"x").status, 403)

    def test_other_etags_than_those_that_arrived_are_refused(self) -> None:
        named = self.send_parts(1, 2, 3)
        answer = self.complete(self.started, parts=[*named[:2], {"number": 3, "etag": "f" * 32}], status=400)
        self.assert_refused(answer, "INVALID_REQUEST")
        self.complete(self.started, parts=named)

    def test_the_storage_takes_no_part_once_the_file_is_complete(self) -> None:
        self.complete(self.started, parts=self.send_parts(1, 2, 3))
        self.assertEqual(exchange("PUT", self.parts[2]["url"], self.piece(self.parts[2])).status, 404)

    def test_a_completion_that_broke_off_half_way_is_finished_by_the_next(self) -> None:
        named = self.send_parts(1, 2, 3)
        with patch.object(completing, "inspect", side_effect=DomainError(ErrorCode.UNAVAILABLE)):
            self.complete(self.started, parts=named, status=503)
        self.assertEqual(self.complete(self.started, parts=named)["file"]["status"], "ready")

    def test_a_single_upload_gets_a_fresh_address_in_the_same_way(self) -> None:
        started = self.start(picture())
        answer = self.call(self.ann, "get", f"files/{started['file']['id']}/parts")
        self.assertEqual(answer["arrived"], [])
        self.send(answer, picture())
        self.complete(started)
