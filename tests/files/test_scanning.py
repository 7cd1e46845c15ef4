"""clamd: spoken to in its own protocol, and nothing is let in that it has not seen."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from io import BufferedReader

from django.test import override_settings

from devstack.ports import pick_free_port
from files.models import File
from files.objects import get_store
from tests.files.case import FilesCase

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """Answers INSTREAM as clamd does (clamd(8)): FOUND for the test virus, an error beyond `most` bytes."""

    def __init__(self, most: int = 10**9) -> None:
        self.most = most
        self.seen: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "FakeClamd":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()
        # Wakes an accept() that waits.
        host, port = self.address.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            pass
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                if stream.read(10) == b"zINSTREAM\0":
                    connection.sendall(self._answer(b"".join(self._pieces(stream))))

    def _pieces(self, stream: BufferedReader) -> Iterator[bytes]:
        total = 0
        while length := struct.unpack(">I", stream.read(4))[0]:
            total += length
            if total > self.most:
                return
            yield stream.read(length)

    def _answer(self, data: bytes) -> bytes:
        self.seen.append(data)
        if EICAR in data:
            return b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
        return b"stream: OK\0"


class LimitedClamd(FakeClamd):
    """One that looks into four bytes at most."""

    def __init__(self) -> None:
        super().__init__(most=4)

    def _answer(self, data: bytes) -> bytes:
        return b"INSTREAM size limit exceeded. ERROR\0"


class BrokenClamd(FakeClamd):
    """One that cannot scan."""

    def _answer(self, data: bytes) -> bytes:
        return b"Can't allocate memory ERROR\0"


class ScanTest(FilesCase):
    def assert_infected(self, data: bytes) -> None:
        """The file is rejected as dangerous, and not kept."""
        started = self.start(data, "a.bin", "application/octet-stream")
        self.send(started, data)
        answer = self.complete(started, status=422)
        self.assertEqual(answer["details"], {"reason": "infected"})
        self.assertIsNone(get_store().find(File.objects.get().key))

    def assert_undecided(self, data: bytes) -> None:
        """Completing answers UNAVAILABLE, and the file waits."""
        started = self.start(data, "a.bin", "application/octet-stream")
        self.send(started, data)
        self.assert_refused(self.complete(started, status=503), "UNAVAILABLE")
        self.assertEqual(File.objects.get().status, "pending")

    def test_every_byte_goes_by_it(self) -> None:
        data = bytes(range(256)) * 5000  # more than one piece
        with FakeClamd() as clamd, override_settings(CLAMAV_ADDRESS=clamd.address):
            self.upload(data, "a.bin", "application/octet-stream")
            self.assertEqual(clamd.seen, [data])

    def test_what_it_finds_is_rejected(self) -> None:
        with FakeClamd() as clamd, override_settings(CLAMAV_ADDRESS=clamd.address):
            self.assert_infected(b"header " + EICAR)

    def test_what_is_larger_than_it_will_look_at_is_rejected(self) -> None:
        with LimitedClamd() as clamd, override_settings(CLAMAV_ADDRESS=clamd.address):
            self.assert_infected(b"12345")

    def test_what_it_could_not_scan_is_not_let_in(self) -> None:
        with BrokenClamd() as clamd, override_settings(CLAMAV_ADDRESS=clamd.address):
            self.assert_undecided(b"12345")

    def test_while_it_is_away_nothing_is_let_in(self) -> None:
        with override_settings(CLAMAV_ADDRESS=f"127.0.0.1:{pick_free_port()}"):
            self.assert_undecided(b"12345")
