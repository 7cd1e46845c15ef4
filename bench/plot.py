"""Latency curves as SVG: percentiles across, milliseconds up, on a logarithmic scale."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 860, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 300, 50, 50
_COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")


@dataclass(frozen=True, slots=True)
class Curve:
    """`values` are milliseconds by percentile (`p50`, `p99` ...); every curve has the same percentiles."""

    label: str
    values: Mapping[str, float]
    is_dashed: bool


def draw_curves(title: str, curves: Sequence[Curve]) -> str:
    """The document. Dashed curves take their colours in the order of the others, so that pairs are told by colour."""
    drawn = [curve for curve in curves if curve.values]
    percentiles = list(drawn[0].values) if drawn else []
    highest = max((value for curve in drawn for value in curve.values.values()), default=1.0)
    lowest = min((value for curve in drawn for value in curve.values.values()), default=1.0)
    low, high = math.floor(math.log10(max(lowest, 0.01))), math.ceil(math.log10(max(highest, 0.1)))
    parts = [_text(_LEFT, 26, title, 16), *_draw_grid(percentiles, low, high)]
    order = {False: 0, True: 0}
    for row, curve in enumerate(drawn):
        colour = _COLOURS[order[curve.is_dashed] % len(_COLOURS)]
        order[curve.is_dashed] += 1
        parts.append(_draw_curve(curve, colour, low, max(high, low + 1)))
        parts += _draw_legend(curve, colour, row)
    style = 'font-family="system-ui, sans-serif" fill="#111827"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {style}>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _draw_grid(percentiles: Sequence[str], low: int, high: int) -> list[str]:
    parts = []
    for exponent in range(low, max(high, low + 1) + 1):
        y = _y(10.0**exponent, low, max(high, low + 1))
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#e5e7eb"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{10.0**exponent:g} ms", 12, anchor="end"))
    for index, percentile in enumerate(percentiles):
        parts.append(_text(_x(index, len(percentiles)), _HEIGHT - _BOTTOM + 20, percentile, 12, anchor="middle"))
    return parts


def _draw_curve(curve: Curve, colour: str, low: int, high: int) -> str:
    points = " ".join(
        f"{_x(index, len(curve.values)):.1f},{_y(value, low, high):.1f}"
        for index, value in enumerate(curve.values.values())
    )
    dashes = ' stroke-dasharray="5 4"' if curve.is_dashed else ""
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _draw_legend(curve: Curve, colour: str, row: int) -> list[str]:
    x, y = _WIDTH - _RIGHT + 20, _TOP + 20 * row
    dashes = ' stroke-dasharray="5 4"' if curve.is_dashed else ""
    line = f'<path d="M{x} {y}h24" stroke="{colour}" stroke-width="2"{dashes}/>'
    return [line, _text(x + 32, y + 4, curve.label, 11)]


def _x(index: int, count: int) -> float:
    return _LEFT + index * (_WIDTH - _LEFT - _RIGHT) / max(1, count - 1)


def _y(value: float, low: int, high: int) -> float:
    share = (math.log10(max(value, 10.0**low)) - low) / (high - low)
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str, size: int, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
