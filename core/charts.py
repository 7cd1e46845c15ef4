"""Charts as SVG: no script, in the colours of the page's theme, readable without seeing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH: Final = 480
HEIGHT: Final = 180
_TOP: Final = 14
_BASE: Final = 152
_LABELS: Final = 7
_LANE: Final = 26
_LANE_START: Final = 104
_TICKS_MS: Final = (
    *((1, "1 ms"), (10, "10 ms"), (100, "100 ms"), (1_000, "1 s"), (10_000, "10 s")),
    *((60_000, "1 min"), (600_000, "10 min"), (3_600_000, "1 h"), (86_400_000, "1 d")),
)
_TICK: Final = (
    '<path d="M{} 0V{}" stroke="currentColor" stroke-opacity="0.1"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How wide a value's place and its bar are, and the value at the top."""

    step: float
    width: float
    most: float


def bar_chart(title: Any, labels: Sequence[str], values: Sequence[float]) -> SafeString:
    """One bar a value, each with its label and value as a tooltip; the greatest value stands at the top."""
    step = WIDTH / max(len(values), 1)
    scale = _Scale(step, min(step * 0.7, 28), max([*values, 1]))
    bars = (
        (_bar(scale, index, label, value),) for index, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" class="w-full h-auto" role="img" aria-label="{}">'
        '<g stroke="currentColor" stroke-opacity="0.15">{}</g>'
        '<g fill="currentColor" fill-opacity="0.7" font-size="12">{}{}</g>'
        '<g fill="var(--color-primary-500)">{}</g></svg>',
        WIDTH,
        HEIGHT,
        f"{title}: {localize(sum(values))}",
        _grid(),
        format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', WIDTH, _TOP - 4, localize(round(scale.most))),
        _labels(labels, step),
        format_html_join("", "{}", bars),
    )


def _grid() -> SafeString:
    lines = (_TOP, (_TOP + _BASE) / 2, _BASE)
    return format_html_join("", '<line x1="0" x2="{}" y1="{}" y2="{}"/>', ((WIDTH, y, y) for y in lines))


def _labels(labels: Sequence[str], step: float) -> SafeString:
    """As many labels as there is room for, from the first on."""
    every = max(1, -(-len(labels) // _LABELS))
    last = len(labels) - 1
    anchors = {0: ("1", "start"), last: (str(WIDTH), "end")}
    lines = []
    for index in range(0, len(labels), every):
        x, anchor = anchors.get(index, (f"{(index + 0.5) * step:.1f}", "middle"))
        lines.append((x, HEIGHT - 10, anchor, labels[index]))
    return format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>', lines)


def _bar(scale: _Scale, index: int, label: str, value: float) -> SafeString:
    """The bar, and its whole place as what shows the tooltip."""
    height = max((_BASE - _TOP) * value / scale.most, 2) if value else 0
    start = index * scale.step
    return format_html(
        '<g><title>{}: {}</title><rect x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect x="{}" y="{}" width="{}" height="{}" fill="transparent"/></g>',
        label,
        localize(value),
        f"{start + (scale.step - scale.width) / 2:.1f}",
        f"{_BASE - height:.1f}",
        f"{scale.width:.1f}",
        f"{height:.1f}",
        f"{start:.1f}",
        _TOP,
        f"{scale.step:.1f}",
        _BASE - _TOP,
    )


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of a timeline: what happened, and each time that it did, in ms after the beginning, with a tooltip."""

    label: str
    points: Sequence[tuple[float, str]]


def timeline(title: Any, lanes: Sequence[Lane]) -> SafeString:
    """One line a lane, and a dot a point, by the logarithm of the time: milliseconds and hours on one picture."""
    last = max([point[0] for lane in lanes for point in lane.points] + [1])
    height = _LANE * len(lanes) + 24
    ticks = [(ms, label) for ms, label in _TICKS_MS if ms <= last] or [_TICKS_MS[0]]
    marks = ((_place(ms, last), height - 20, _place(ms, last), height - 4, label) for ms, label in ticks)
    return format_html(
        '<svg viewBox="0 0 {} {}" class="w-full h-auto" role="img" aria-label="{}">'
        '<g stroke="currentColor" stroke-opacity="0.15">{}</g>'
        '<g fill="currentColor" fill-opacity="0.7" font-size="11">{}</g>{}</svg>',
        WIDTH,
        height,
        title,
        format_html_join(
            "", '<line x1="{}" x2="{}" y1="{}" y2="{}"/>', ((_LANE_START, WIDTH, y, y) for y in _lane_ys(lanes))
        ),
        format_html_join("", _TICK, marks),
        format_html_join("", "{}", ((_lane(lane, y, last),) for lane, y in zip(lanes, _lane_ys(lanes), strict=True))),
    )


def _lane(lane: Lane, y: float, last: float) -> SafeString:
    dots = ((text, f"{_place(ms, last)}", y) for ms, text in lane.points)
    return format_html(
        '<text x="0" y="{}" fill="currentColor" font-size="12">{}</text><g fill="var(--color-primary-500)">{}</g>',
        y + 4,
        lane.label,
        format_html_join("", '<g><title>{}</title><circle cx="{}" cy="{}" r="5" fill-opacity="0.8"/></g>', dots),
    )


def _lane_ys(lanes: Sequence[Lane]) -> list[float]:
    return [_LANE * (number + 0.5) for number in range(len(lanes))]


def _place(ms: float, last: float) -> str:
    """Where a time stands between the labels and the right edge."""
    share = math.log10(max(ms, 0) + 1) / math.log10(last + 1)
    return f"{_LANE_START + 8 + share * (WIDTH - _LANE_START - 24):.1f}"
