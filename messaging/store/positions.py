"""The SQL of read and received positions, the same on every database.

Written by hand: the ORM's CASE expressions cost more processor time than the statements themselves.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from core.ids import log_id, split_log_id

_PROBE = "(SELECT %s AS bound, ordinal FROM messaging_message WHERE id >= %s AND id <= %s ORDER BY id DESC LIMIT 1)"


class Position(NamedTuple):
    """Where a member row is to stand."""

    member_id: int
    read_seq: int
    read_ordinal: int
    received_seq: int


def find_ordinals(bounds: Iterable[int]) -> dict[int, int]:
    """The ordinal of the last message at or below each log id, in its conversation; none where there is no message.

    One statement of constant ranges: each is one probe of the primary key, which a correlated subquery is not on every
    database.
    """
    wanted = list(bounds)
    if not wanted:
        return {}
    parameters = [value for bound in wanted for value in (bound, log_id(split_log_id(bound)[0], 0), bound)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_PROBE] * len(wanted)), parameters)
        return dict(cursor.fetchall())


def raise_positions(positions: Sequence[Position]) -> None:
    """Moves each row's positions up to these, never down, in one statement; stamps `changed_at`."""
    case = "CASE id " + "WHEN %s THEN %s " * len(positions) + "END"
    marks = ", ".join(["%s"] * len(positions))
    sets = ", ".join(f"{name} = GREATEST({name}, {case})" for name in Position._fields[1:])
    statement = f"UPDATE messaging_member SET {sets}, changed_at = CURRENT_TIMESTAMP(6) WHERE id IN ({marks})"  # noqa: S608 -- names and marks alone; every value is a parameter
    parameters = [
        value for name in Position._fields[1:] for row in positions for value in (row.member_id, getattr(row, name))
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *(row.member_id for row in positions)])
