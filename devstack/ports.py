"""TCP ports of 127.0.0.1: which are free, and the one sentence for a port that is not."""

import contextlib
import socket
import time
from collections.abc import Callable

from devstack.errors import DevstackError

HOST = "127.0.0.1"


def is_port_free(port: int) -> bool:
    """Whether a server could bind this port of 127.0.0.1 now (a closed connection in TIME_WAIT does not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def pick_free_port() -> int:
    """A port that was free a moment ago, from the range that the kernel hands out."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def check_port_free(port: int, *, variable: str) -> None:
    """Raise DevstackError, naming the way out, when the port is taken."""
    if not 0 < port < 65536:
        raise DevstackError(f"{variable}={port} is not a port: choose one from 1 to 65535.")
    if not is_port_free(port):
        raise DevstackError(
            f"Port {port} of {HOST} is already in use: stop the program that holds it, "
            f"or choose another with {variable}=<port> make run."
        )


def exchange(port: int, request: bytes, *, timeout_s: float = 1.0) -> bytes:
    """Send `request` to a local port and return the first bytes that come back; b"" when nobody answers."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=timeout_s) as connection:
        connection.settimeout(timeout_s)
        connection.sendall(request)
        return connection.recv(4096)
    return b""


def wait_until(condition: Callable[[], bool], *, timeout_s: float, interval_s: float = 0.05) -> bool:
    """Poll `condition` until it holds; False when it still does not after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_s)
    return True
