"""Whether a broker answers, without a client: one ApiVersions request (https://kafka.apache.org/protocol, key 18)."""

import socket

from django.conf import settings

# Length, API key 18, version 0, correlation id 1, client id "probe".
_API_VERSIONS = b"\x00\x00\x00\x0f\x00\x12\x00\x00\x00\x00\x00\x01\x00\x05probe"


def answers(timeout_s: float) -> bool:
    """Whether one of the bootstrap servers answers, each within `timeout_s`."""
    return any(_answers(address, timeout_s) for address in settings.KAFKA_BOOTSTRAP_SERVERS.split(","))


def _answers(address: str, timeout_s: float) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_API_VERSIONS)
            return len(connection.recv(8)) > 0
    except (OSError, ValueError):
        return False
