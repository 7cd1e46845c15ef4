"""The outcome as a table, JSON and a plot."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import msgspec

from bench.relevance.measures import Answer, Score

_COLOURS: Final = ("#9ca3af", "#6b7280", "#2563eb", "#d97706", "#0e7c66")
_ROW, _LEFT, _WIDTH, _BAR = 26, 130, 520, 5


def as_table(scores: Sequence[Score]) -> str:
    """Classes down, contestants across; recall@5 and MRR in each cell."""
    contestants = list(dict.fromkeys(score.contestant for score in scores))
    kinds = sorted({score.kind for score in scores}, key=lambda kind: (kind == "all", kind))
    cells = {(score.kind, score.contestant): score for score in scores}
    lines = [f"{'recall@5 / MRR':<22}" + "".join(f"{name:>16}" for name in contestants)]
    for kind in kinds:
        row = [cells[kind, name] for name in contestants]
        label = f"{kind} ({row[0].queries})"
        lines.append(f"{label:<22}" + "".join(f"{one.recall_at_5:>8.2f} /{one.mrr:>6.2f}" for one in row))
    times = [cells["all", name].median_ms for name in contestants]
    lines.append(f"{'median ms':<22}" + "".join(f"{ms:>16.1f}" for ms in times))
    return "\n".join(lines)


def as_plot(scores: Sequence[Score]) -> str:
    """Recall@5 as bars, an SVG."""
    contestants = list(dict.fromkeys(score.contestant for score in scores))
    kinds = sorted({score.kind for score in scores}, key=lambda kind: (kind == "all", kind))
    values = {(score.kind, score.contestant): score.recall_at_5 for score in scores}
    group = _BAR * len(contestants) + 12
    height = 60 + group * len(kinds)
    parts = [_text(10, 20, "Recall at 5", 15)]
    for place, name in enumerate(contestants):
        parts.append(
            _bar(_LEFT + place * 105, 34, 10, 10, _COLOURS[place]) + _text(_LEFT + 14 + place * 105, 43, name, 12)
        )
    for row, kind in enumerate(kinds):
        top = 56 + row * group
        parts.append(_text(10, top + group / 2, kind, 12))
        parts += [
            _bar(_LEFT, top + place * _BAR, max(1.0, _WIDTH * values[kind, name]), _BAR - 1, _COLOURS[place])
            for place, name in enumerate(contestants)
        ]
    body = "\n".join(parts)
    size = f'viewBox="0 0 {_LEFT + _WIDTH + 20} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif">\n{body}\n</svg>\n'


def write_report(folder: Path, answers: Sequence[Answer], scores: Sequence[Score]) -> None:
    """relevance.json, with every answer, and relevance.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relevance.json").write_bytes(
        msgspec.json.format(msgspec.json.encode({"scores": scores, "answers": answers}))
    )
    (folder / "relevance.svg").write_text(as_plot(scores), encoding="utf-8")


def _text(x: float, y: float, text: str, size: int) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}">{escape(text)}</text>'


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" fill="{colour}"/>'
