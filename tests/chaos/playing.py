"""Rounds of chaos, one after the other, until the time is up; then everything is judged once more."""

import asyncio
import sys
import time
from pathlib import Path

from devstack.proxied import ProxiedWorld
from tests.chaos.plan import plan_round
from tests.chaos.report import draw_acks, render_table, render_timeline
from tests.chaos.rounds import Outcome, judge_again, play_round
from tests.chaos.site import ChaosSite, chaos_site

FOLDER = Path(__file__).resolve().parents[2] / "var" / "chaos"


def play(world: ProxiedWorld, *, seed: int, minutes: float) -> bool:
    """Play for about this long; True when no promise was broken. The process's ORM must speak to `world`."""
    say(f"SEED={seed} MINUTES={minutes:g} repeats the faults of this run")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chaos_site(world) as site:
        outcomes = play_rounds(site, seed=seed, minutes=minutes)
    table = render_table(outcomes, seed=seed)
    (FOLDER / f"{seed}.md").write_text(table)
    (FOLDER / f"{seed}.svg").write_text(draw_acks(outcomes, seed=seed))
    say(f"\n{table}\nwritten to {FOLDER / str(seed)}.md, with a plot beside it (.svg)")
    return not any(outcome.violations for outcome in outcomes)


def play_rounds(site: ChaosSite, *, seed: int, minutes: float) -> list[Outcome]:
    """At least one round; what earlier rounds were acknowledged is looked for again at the end."""
    outcomes: list[Outcome] = []
    ends_at = time.monotonic() + minutes * 60
    while not outcomes or time.monotonic() < ends_at:
        number = len(outcomes) + 1
        plan = plan_round(seed, number, site.cast)
        outcome = asyncio.run(play_round(site, plan, seed=seed, number=number))
        outcomes.append(outcome)
        say(render_timeline(outcome))
        if outcome.violations:
            say("\n".join(f"BROKEN: {violation[:2000]}" for violation in outcome.violations[:10]))
            (FOLDER / f"{seed}-round-{number}.log").write_text(site.describe())
    for outcome in outcomes:
        judge_again(outcome)
    return outcomes


def say(text: str) -> None:
    """To the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
