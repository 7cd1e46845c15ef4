"""The reference's worker: `python -m bench.reference.worker`. Consume, insert a batch in one transaction, produce."""

import argparse
import gc
import json
import signal
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import confluent_kafka as ck
import msgspec
import psycopg

from bench.reference.wire import Command, Message, MessageAck, NewMessage, Push, text_frame

_COMMIT_S = 0.25
_MAX_RECORDS = 500

_decode = msgspec.msgpack.Decoder(list[Command]).decode
_encode = msgspec.msgpack.Encoder().encode
_to_json = msgspec.json.Encoder().encode

_INSERT = """
INSERT INTO bench_reference_message (id, conversation_id, seq, sender_id, client_msg_id, kind, text, created_at)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[],
                     %b::timestamptz[])
"""


class Worker:
    """Members and last seq of every conversation are in memory, so nothing is looked up."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._members: dict[str, list[int]] = json.loads(Path(options.members).read_text())
        self._last_seq: dict[str, int] = defaultdict(int)
        self._uncommitted: dict[int, int] = {}
        self._committed_at = time.monotonic()
        self._topic = f"{options.prefix}downstream"
        self._upstream = f"{options.prefix}upstream"
        self._database = psycopg.connect(options.database)
        connection = {"bootstrap.servers": options.servers, "socket.nagle.disable": True}
        self._producer = ck.Producer(
            connection | {"acks": "all", "enable.idempotence": True, "linger.ms": 0, "delivery.report.only.error": True}
        )
        self._consumer = ck.Consumer(
            connection
            | {"group.id": f"{options.prefix}worker", "auto.offset.reset": "earliest", "enable.auto.commit": False}
        )
        self._consumer.subscribe([self._upstream])

    def run_once(self) -> None:
        """Handle what is there, or nothing after a second."""
        first = self._consumer.poll(1.0)
        if first is None:
            self._commit()
            return
        records = [first, *self._consumer.consume(_MAX_RECORDS, 0)]
        commands: list[Command] = []
        for record in records:
            commands += _decode(record.value() or b"")
        messages = [self._number(command) for command in commands]
        self._insert(messages)
        self._publish(commands, messages)
        for record in records:
            self._uncommitted[record.partition() or 0] = (record.offset() or 0) + 1
        self._commit()

    def _number(self, command: Command) -> Message:
        asked = command.command
        seq = self._last_seq[asked.conversation_id] + 1
        self._last_seq[asked.conversation_id] = seq
        return Message(
            message_id=str(int(asked.conversation_id) << 30 | seq),
            conversation_id=asked.conversation_id,
            seq=seq,
            sender_id=str(command.sender_id),
            client_msg_id=asked.client_msg_id,
            kind=asked.kind,
            content=asked.content,
            reply_to=None,
            mentions=[],
            created_at=self._now,
            edited_at=None,
            recalled=False,
            reactions={},
        )

    @property
    def _now(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _insert(self, messages: list[Message]) -> None:
        columns = (
            [int(message.message_id) for message in messages],
            [int(message.conversation_id) for message in messages],
            [message.seq for message in messages],
            [int(message.sender_id) for message in messages],
            [message.client_msg_id for message in messages],
            [message.kind for message in messages],
            [message.content.text for message in messages],
            [datetime.now(UTC)] * len(messages),
        )
        self._database.execute(_INSERT, columns, prepare=True)
        self._database.commit()

    def _publish(self, commands: list[Command], messages: list[Message]) -> None:
        """One record for the whole batch; what goes to the same sockets is joined, to be one write there."""
        acks: dict[int, bytes] = {}
        news: dict[tuple[str, int], bytes] = {}
        for command, message in zip(commands, messages, strict=True):
            asked = command.command
            ack = MessageAck(
                asked.client_msg_id,
                "send-message",
                message.message_id,
                asked.conversation_id,
                message.seq,
                message.created_at,
            )
            socket_id = command.socket_id
            acks[socket_id] = acks.get(socket_id, b"") + text_frame(_to_json(ack))
            to = (asked.conversation_id, socket_id)
            news[to] = news.get(to, b"") + text_frame(_to_json(NewMessage(message)))
        pushes = [Push(frames, [], socket_id) for socket_id, frames in acks.items()]
        pushes += [Push(frames, self._members[where], socket_id) for (where, socket_id), frames in news.items()]
        self._producer.produce(self._topic, _encode(pushes), None, 0)
        if self._producer.flush(30):
            raise RuntimeError("the downstream record was not stored")

    def _commit(self) -> None:
        now = time.monotonic()
        if self._uncommitted and now - self._committed_at >= _COMMIT_S:
            offsets = self._uncommitted.items()
            places = [ck.TopicPartition(self._upstream, partition, offset) for partition, offset in offsets]
            self._consumer.commit(offsets=places, asynchronous=True)
            self._uncommitted.clear()
            self._committed_at = now


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--members", required=True)
    worker = Worker(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gc.freeze()
    print("ready", flush=True)
    while True:
        worker.run_once()


if __name__ == "__main__":
    main()
