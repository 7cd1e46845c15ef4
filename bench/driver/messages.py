"""The messages that the driver sends and what it reads of the answers.

Each text has 100 bytes and begins with the message's number in its conversation and the moment of sending, so that a
receiver can tell the order and the time on the way without any table.
"""

import json
import time
import uuid
from typing import NamedTuple

from bench.driver.sockets import DriverError, text_frame

TEXT_BYTES = 100
_NUMBER_DIGITS, _TIME_DIGITS = 8, 19
_PADDING = "." * (TEXT_BYTES - _NUMBER_DIGITS - _TIME_DIGITS - 2)
_MARK = b'"text":"'
_ID_MARK = b'"client_msg_id":"'
_TYPE_WITHIN = 48
_NEW, _ACK, _ERROR = b'"new-message"', b'"message-ack"', b'"error"'


class Delivery(NamedTuple):
    """A message that arrived: its number, and when it was sent (`time.perf_counter_ns`)."""

    number: int
    sent_ns: int


class Writer:
    """Builds one sender's frames for one conversation; numbers count from 0."""

    def __init__(self, conversation_id: str) -> None:
        stem = str(uuid.uuid4())[:24]
        self._head = f'{{"type":"send-message","client_msg_id":"{stem}'
        self._body = f'","conversation_id":"{conversation_id}","kind":"text","content":{{"text":"'
        self.next_number = 0

    def build_frame(self) -> bytes:
        """The next message's frame, stamped with the present moment."""
        number = self.next_number
        self.next_number += 1
        text = f"{number:08d} {time.perf_counter_ns():019d} {_PADDING}"
        return text_frame(f'{self._head}{number:012x}{self._body}{text}"}}}}'.encode())


def find_delivery(payload: bytes) -> Delivery | None:
    """What a `new-message` frame carries; None for any other frame. Raises DriverError for a message that is not
    ours."""
    if _NEW not in payload[:_TYPE_WITHIN]:
        return None
    at = payload.find(_MARK) + len(_MARK)
    try:
        return Delivery(int(payload[at : at + 8]), int(payload[at + 9 : at + 28]))
    except ValueError:
        raise DriverError(f"a message that nobody here sent: {payload[:300]!r}") from None


def find_ack(payload: bytes) -> int | None:
    """The number of the message that a `message-ack` is for; None for any other frame. Raises DriverError for an
    error."""
    kind = payload[:_TYPE_WITHIN]
    if _ACK in kind:
        at = payload.find(_ID_MARK) + len(_ID_MARK) + 24
        return int(payload[at : at + 12], 16)
    if _ERROR in kind:
        raise DriverError(f"the server refused a message: {describe_error(payload)}")
    return None


def describe_error(payload: bytes) -> str:
    """Code and text of an `error` frame."""
    error = json.loads(payload)
    hint = " (start the product with GOCHAT_RATE_LIMITS=off)" if error.get("code") == "RATE_LIMITED" else ""
    return f"{error.get('code')}: {error.get('message')}{hint}"
