"""The proxy of the fault tests does to connections what it says."""

import socket
import sys
import threading
import unittest

from django.test import SimpleTestCase

from devstack.ports import HOST
from devstack.proxy import Proxy

SHORT_S, LONG_S = 0.3, 10.0


class EchoServer:
    """Answers every byte by itself, on a port of its own."""

    def __init__(self) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1024):
                    connection.sendall(data)
            except OSError:
                return


@unittest.skipUnless(sys.platform == "linux", "half-open connections are made by Linux's socket filters")
class ProxyTest(SimpleTestCase):
    def setUp(self) -> None:
        server = EchoServer()
        self.addCleanup(server.close)
        self.proxy = Proxy(server.port)
        self.addCleanup(self.proxy.close)

    def connect(self, timeout_s: float = LONG_S) -> socket.socket:
        connection = socket.create_connection((HOST, self.proxy.port), timeout=timeout_s)
        self.addCleanup(connection.close)
        return connection

    def exchange(self, connection: socket.socket) -> bytes:
        connection.sendall(b"x")
        return connection.recv(1)

    def test_bytes_pass_in_both_directions_and_the_end_does_too(self) -> None:
        connection = self.connect()
        self.assertEqual(self.exchange(connection), b"x")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.recv(1), b"")

    def test_a_slow_network_delivers_late(self) -> None:
        connection = self.connect()
        self.exchange(connection)
        self.proxy.delay(LONG_S)
        connection.settimeout(SHORT_S)
        with self.assertRaises(TimeoutError):
            self.exchange(connection)

    def test_a_reset_ends_connections_and_lets_new_ones_in(self) -> None:
        connection = self.connect()
        self.exchange(connection)
        self.proxy.reset()
        with self.assertRaises(ConnectionResetError):
            self.exchange(connection)
        self.assertEqual(self.exchange(self.connect()), b"x")

    def test_a_cut_refuses_new_connections_until_it_is_healed(self) -> None:
        connection = self.connect()
        self.exchange(connection)
        self.proxy.cut()
        with self.assertRaises(OSError):
            self.exchange(connection)
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"x")

    def test_half_open_is_silence_that_even_the_kernel_keeps_and_the_dead_stay_dead(self) -> None:
        connection = self.connect()
        self.exchange(connection)
        self.proxy.half_open()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
        with self.assertRaisesRegex(OSError, "timed out"):  # ETIMEDOUT: nobody acknowledged the byte
            self.exchange(connection)
        with self.assertRaises(TimeoutError):
            self.connect(SHORT_S)
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"x")
        with self.assertRaises(OSError):
            self.exchange(connection)
