"""Tables for spreadsheets: CSV in which no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.http import StreamingHttpResponse

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
EXPORTED: Final = 10_000
"""Rows of a list that are exported at once."""
BOM: Final = "\ufeff"
"""Without it, Excel reads UTF-8 as something else."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_response(filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file for download, row by row as `rows` gives them."""
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + str(writer.writerow([escape_cell(cell) for cell in header]))
    for row in rows:
        yield str(writer.writerow([escape_cell(cell) for cell in row]))


def escape_cell(value: Any) -> str:
    """The value as text that no spreadsheet calculates: what could begin a formula gets an apostrophe before it
    (OWASP, CSV Injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text
