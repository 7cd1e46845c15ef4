"""List, show and replay the records that could not be handled."""

import base64
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.kafka import dead_letters
from core.kafka.port import KafkaError


class Command(BaseCommand):
    help = "List, show and replay the records that could not be handled. Only `show` prints what users wrote."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="one line for each: number, time, origin, size, reason")
        listing.add_argument(
            "--start", type=int, default=0, metavar="NUMBER", help="leave out those before this number"
        )
        showing = actions.add_parser("show", help="everything about one, its body included")
        showing.add_argument("number", type=int)
        replaying = actions.add_parser("replay", help="send to the original topic again")
        which = replaying.add_mutually_exclusive_group(required=True)
        which.add_argument("number", type=int, nargs="?")
        which.add_argument("--all", action="store_true", help="replay every one that is kept")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["action"]:
                case "list":
                    self._list(options["start"])
                case "show":
                    self._show(_get_entry(options["number"]))
                case "replay":
                    self._replay(
                        list(dead_letters.list_entries()) if options["all"] else [_get_entry(options["number"])]
                    )
        except KafkaError as error:
            raise CommandError(str(error)) from error

    def _list(self, start: int) -> None:
        count = 0
        for entry in dead_letters.list_entries(start):
            letter = entry.letter
            count += 1
            origin = f"{letter.topic}/{letter.partition}/{letter.offset}"
            size = f"{len(letter.value)} bytes"
            self.stdout.write("\t".join((str(entry.number), letter.failed_at, origin, size, letter.reason)))
        self.stderr.write(f"{count} dead letters")

    def _show(self, entry: dead_letters.Entry) -> None:
        shown = {"number": entry.number, **msgspec.structs.asdict(entry.letter)}
        shown["key"] = None if entry.letter.key is None else entry.letter.key.hex()
        shown["value"] = _readable(entry.letter.value)
        self.stdout.write(msgspec.json.format(msgspec.json.encode(shown)).decode())

    def _replay(self, entries: list[dead_letters.Entry]) -> None:
        for entry in entries:
            dead_letters.replay(entry)
            self.stdout.write(f"{entry.number} was sent to {entry.letter.topic}")


def _get_entry(number: int) -> dead_letters.Entry:
    entry = dead_letters.find_entry(number)
    if entry is None:
        raise CommandError(f"there is no dead letter with the number {number}")
    return entry


def _readable(value: bytes) -> Any:
    """The body as the objects that it encodes, or as base64 when it is neither JSON nor msgpack."""
    for decode in (msgspec.json.decode, msgspec.msgpack.decode):
        try:
            return decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return base64.b64encode(value).decode()
