"""Two versions of the program side by side (docs/operations.md): what either makes of the other's Kafka records."""

from typing import Any

import msgspec
from django.test import SimpleTestCase

from messaging import records
from messaging.records import (
    VERSION,
    DownstreamRecord,
    FanoutRecord,
    Push,
    UnknownVersionError,
    UpstreamItem,
    UpstreamRecord,
    decode_downstream,
    decode_fanout,
    decode_indexing,
    decode_upstream,
)

CLIENT_MSG_ID = "6f2c1f6e-0000-4000-8000-000000000001"
COMMAND: dict[str, Any] = {
    "type": "send-message",
    "client_msg_id": CLIENT_MSG_ID,
    "conversation_id": "7",
    "kind": "text",
    "content": {"text": "hello"},
}


def pack(value: object) -> bytes:
    """What a program of another version writes."""
    return msgspec.msgpack.encode(value)


def item(command: dict[str, Any], *more: object) -> list[object]:
    return [3, 4, "c-1", "gw-1", 1_700_000_000_000, "en", command, *more]


class OlderTest(SimpleTestCase):
    """The other is the version before: its records lack what has been added since."""

    def test_a_push_without_the_newest_fields_is_a_push(self) -> None:
        (push,) = decode_downstream(pack([VERSION, [[b"\x81\x00", [5]]]])).pushes
        self.assertEqual(push, Push(b"\x81\x00", [5]))

    def test_a_fan_out_record_without_the_newest_fields_is_one(self) -> None:
        record = decode_fanout(pack([VERSION, 7, 3, 0, b"\x81\x00", 1, ["c-1"]]))
        self.assertEqual(record, FanoutRecord(VERSION, 7, 3, 0, b"\x81\x00", 1, ["c-1"]))
        self.assertEqual(record.trace, [])


class NewerTest(SimpleTestCase):
    """The other is the version to come: its records have more than this one knows, always at the end."""

    def test_what_stands_behind_the_known_fields_is_passed_over(self) -> None:
        known = Push(b"\x81\x00", [5], trace=[9])
        longer = [*msgspec.to_builtins(known, builtin_types=(bytes,)), {"new": "field"}]
        (push,) = decode_downstream(pack([VERSION, [longer], "more"])).pushes
        self.assertEqual(push, known)
        fanout = FanoutRecord(VERSION, 7, 3, 0, b"\x81\x00", 1, ["c-1"], [9])
        longer = [*msgspec.to_builtins(fanout, builtin_types=(bytes,)), 1, 2]
        self.assertEqual(decode_fanout(pack(longer)), fanout)
        self.assertEqual(decode_indexing(pack([VERSION, [[7, 3]], "more"])).changed, [(7, 3)])

    def test_a_command_with_more_around_it_is_the_command(self) -> None:
        (found,) = decode_upstream(pack([VERSION, [item(COMMAND, "more")], "more"])).items
        self.assertEqual((found.sender_id, found.gateway_id), (3, "gw-1"))
        self.assertEqual(records.encode(UpstreamRecord(VERSION, [found])), pack([VERSION, [item(found.command)]]))  # type: ignore[arg-type]

    def test_a_command_that_this_version_does_not_know_is_refused_as_a_whole(self) -> None:
        """It goes to the dead letters, from which it is replayed when the workers are new: workers go first."""
        for command in ({**COMMAND, "type": "send-thought"}, {**COMMAND, "conversation_id": 7}):
            with self.subTest(command=command), self.assertRaises(msgspec.DecodeError):
                decode_upstream(pack([VERSION, [item(command)]]))

    def test_another_layout_says_so_by_its_number(self) -> None:
        for decode, value in (
            (decode_upstream, [VERSION + 1, []]),
            (decode_downstream, [VERSION + 1, []]),
            (decode_fanout, [VERSION + 1, 7, 3, 0, b"", 1, []]),
            (decode_indexing, [VERSION + 1, []]),
        ):
            with self.subTest(decode=decode.__name__), self.assertRaises(UnknownVersionError):
                decode(pack(value))


class LayoutTest(SimpleTestCase):
    """The layout of version 1, field by field: a field is added at the end with a default, or the version is raised."""

    LAYOUT = (
        (UpstreamRecord, ("version", "items")),
        (
            UpstreamItem,
            ("sender_id", "session_id", "connection_id", "gateway_id", "received_ms", "language", "command"),
        ),
        (DownstreamRecord, ("version", "pushes")),
        (Push, ("framed", "users", "sockets", "exclude", "everyone", "count", "conversation", "seq", "seats")),
        (FanoutRecord, ("version", "conversation_id", "seq", "seen_from", "framed", "count", "exclude")),
    )

    def test_fields_keep_their_places_and_new_ones_have_defaults(self) -> None:
        self.assertEqual(VERSION, 1)
        for struct, first in self.LAYOUT:
            with self.subTest(struct=struct.__name__):
                fields = msgspec.structs.fields(struct)
                self.assertEqual(tuple(field.name for field in fields[: len(first)]), first)
                self.assertFalse([field.name for field in fields[len(first) :] if field.required])
