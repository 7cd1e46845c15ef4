"""What a run of chaos came to: a table for people, and acks a second as SVG with the faults marked."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from tests.chaos.rounds import Outcome, Struck

_WIDTH, _HEIGHT = 1200, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 50, 150


def render_table(outcomes: Sequence[Outcome], *, seed: int) -> str:
    """Markdown: the faults by kind and target, then the totals, then every broken promise."""
    lines = [
        f"# Chaos, seed {seed}, {len(outcomes)} rounds",
        "",
        "| fault | target | times | heal p50 s | heal max s |",
    ]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    by_sort: dict[tuple[str, str], list[Struck]] = {}
    for struck in (struck for outcome in outcomes for struck in outcome.struck):
        by_sort.setdefault((struck.fault.kind.value, struck.fault.target), []).append(struck)
    for (kind, target), cases in sorted(by_sort.items()):
        heals = _heals(cases)
        lines.append(f"| {kind} | {target} | {len(cases)} | {_middle(heals)} | {_highest(heals)} |")
    heals = _heals(struck for outcome in outcomes for struck in outcome.struck)
    found = Counter(v.split(":")[0] for outcome in outcomes for v in outcome.violations)
    converged = [outcome.converged_s for outcome in outcomes]
    totals = {
        "faults": str(sum(len(outcome.struck) for outcome in outcomes)),
        "clients": str(sum(outcome.clients for outcome in outcomes)),
        "connections": str(sum(outcome.connections for outcome in outcomes)),
        "commands sent": str(sum(outcome.sent for outcome in outcomes)),
        "acknowledged": str(sum(outcome.acknowledged for outcome in outcomes)),
        "lost": str(found["lost"]),
        "stored twice": str(found["twice"]),
        "repeated by clients": str(sum(outcome.repeated for outcome in outcomes)),
        "time to heal, p50 / max, s": f"{_middle(heals)} / {_highest(heals)}",
        "equal to the database after the last answer, p50 / max, s": f"{_middle(converged)} / {_highest(converged)}",
        "broken promises": str(sum(found.values())),
    }
    lines += ["", "| | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in totals.items())]
    broken = [f"- round {outcome.number}: {v[:600]}" for outcome in outcomes for v in outcome.violations[:20]]
    return "\n".join([*lines, *(["", "## Broken promises", "", *broken] if broken else []), ""])


def render_timeline(outcome: Outcome) -> str:
    """Markdown of one round: each fault with its times, to be read beside the logs."""
    start = min((struck.began_at for struck in outcome.struck), default=0.0)
    rows = [
        f"| {struck.began_at - start:.1f} | {struck.fault.kind.value} {struck.fault.detail} | {struck.fault.target} "
        f"| {struck.ended_at - struck.began_at:.1f} | {'-' if struck.heal_s is None else f'{struck.heal_s:.1f}'} |"
        for struck in sorted(outcome.struck, key=lambda struck: struck.began_at)
    ]
    head = ("| at s | fault | target | held s | healed after s |", "| ---: | --- | --- | ---: | ---: |")
    return "\n".join((f"round {outcome.number}: {outcome.acknowledged} acknowledged", *head, *rows))


def draw_acks(outcomes: Sequence[Outcome], *, seed: int) -> str:
    """Acks a second over the whole run; a bar for as long as a fault held, with its name below."""
    acks = [moment for outcome in outcomes for moment in outcome.ack_times]
    struck = [one for outcome in outcomes for one in outcome.struck]
    start = min(acks, default=0.0)
    length_s = max(1.0, max(acks, default=0.0) - start)
    counts = Counter(int(moment - start) for moment in acks)
    peak = max(counts.values(), default=1)

    def x(moment: float) -> float:
        return _LEFT + (moment - start) / length_s * (_WIDTH - _LEFT - _RIGHT)

    def y(count: float) -> float:
        return _HEIGHT - _BOTTOM - count / peak * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_text(_LEFT, 26, f"Acks a second, seed {seed}: {len(acks)} acks, {len(struck)} faults", 16)]
    for count in (0, peak // 2, peak):
        parts.append(f'<path d="M{_LEFT} {y(count):.1f}H{_WIDTH - _RIGHT}" stroke="#e5e7eb"/>')
        parts.append(_text(_LEFT - 8, y(count) + 4, str(count), 12, anchor="end"))
    for one in struck:
        left, width = x(one.began_at), max(1.5, x(one.ended_at) - x(one.began_at))
        bar = f'<rect x="{left:.1f}" y="{_TOP}" width="{width:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}"'
        parts.append(f'{bar} fill="#dc2626" fill-opacity="0.18"/>')
        place = f"{left + 4:.1f} {_HEIGHT - _BOTTOM + 8}"
        label = escape(f"{one.fault.kind.value} {one.fault.target}")
        parts.append(f'<text transform="translate({place}) rotate(60)" font-size="10">{label}</text>')
    points = " ".join(f"{x(start + second):.1f},{y(counts[second]):.1f}" for second in range(int(length_s) + 1))
    parts.append(f'<polyline points="{points}" fill="none" stroke="#2563eb" stroke-width="1.5"/>')
    style = 'font-family="system-ui, sans-serif" fill="#111827"'
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {style}>'
    return f'{head}\n<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'


def _heals(struck: Iterable[Struck]) -> list[float]:
    return [one.heal_s for one in struck if one.heal_s is not None]


def _middle(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f}" if values else "-"


def _highest(values: Sequence[float]) -> str:
    return f"{max(values):.1f}" if values else "-"


def _text(x: float, y: float, text: str, size: int, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
