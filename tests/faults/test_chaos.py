"""The whole site, two of each process, under random faults: the short form of `make chaos`."""

from contextlib import ExitStack
from itertools import pairwise
from typing import ClassVar

from asgiref.sync import async_to_sync
from django.test import SimpleTestCase, TransactionTestCase, tag

from devstack.proxied import proxied_world
from devstack.worlds import visiting
from tests.chaos.plan import Cast, Fault, Kind, plan_round
from tests.chaos.report import draw_acks, render_table
from tests.chaos.rounds import Outcome, Struck, judge_again, play_round
from tests.chaos.site import ChaosSite, chaos_site
from tests.faults.traffic import pick_seed

ROUNDS = 2
CAST = Cast(gateways=("g-1", "g-2"), upstream=("u-1", "u-2"), others=("c-1",), servers=("redis", "kafka"))


@tag("faults", "chaos")
class PlanTest(SimpleTestCase):
    def test_the_same_seed_plans_the_same_faults_and_another_seed_others(self) -> None:
        self.assertEqual(plan_round(7, 1, CAST), plan_round(7, 1, CAST))
        self.assertNotEqual(plan_round(7, 1, CAST), plan_round(7, 2, CAST))
        self.assertNotEqual(plan_round(7, 1, CAST), plan_round(8, 1, CAST))

    def test_no_two_faults_hold_the_same_target_at_once_and_every_kind_occurs(self) -> None:
        kinds = set()
        for number in range(200):
            plan = plan_round(1, number, CAST)
            kinds |= {fault.kind for fault in plan}
            for target in {fault.target for fault in plan}:
                holds = sorted((f.at_s, f.ends_s) for f in plan if f.target == target)
                self.assertTrue(all(ended < began for (_, ended), (began, _) in pairwise(holds)), plan)
        self.assertEqual(kinds, set(Kind))


@tag("faults", "chaos")
class ReportTest(SimpleTestCase):
    def test_it_counts_what_was_lost_and_tells_when_each_fault_was_healed(self) -> None:
        struck = [
            Struck(Fault(1, Kind.KILL, "u-1"), 10.0, 10.0, 2.5),
            Struck(Fault(2, Kind.CUT, "redis", 3), 12.0, 15.0),
        ]
        violations = ["lost: ann's x was acknowledged", "twice: y"]
        outcome = Outcome(1, struck, [9.0, 9.5, 16.0], sent=9, acknowledged=8, repeated=1, violations=violations)
        table = render_table([outcome], seed=3)
        for line in (
            "| kill -9 | u-1 | 1 | 2.5 | 2.5 |", "| network cut | redis | 1 | - | - |", "| lost | 1 |",
            "| stored twice | 1 |", "| acknowledged | 8 |", "- round 1: twice: y",
        ):  # fmt: skip
            self.assertIn(line, table)
        plot = draw_acks([outcome], seed=3)
        self.assertEqual(plot.count("fill-opacity"), len(struck))
        self.assertIn("3 acks, 2 faults", plot)


@tag("faults", "chaos")
class ChaosTest(TransactionTestCase):
    site: ClassVar[ChaosSite]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        world = stack.enter_context(proxied_world())
        stack.enter_context(visiting(world.direct_env))
        cls.site = stack.enter_context(chaos_site(world))

    def test_rounds_of_random_faults_break_no_promise(self) -> None:
        seed = pick_seed()
        outcomes = []
        for number in range(1, ROUNDS + 1):
            plan = plan_round(seed, number, self.site.cast)
            outcomes.append(async_to_sync(play_round)(self.site, plan, seed=seed, number=number))
        for outcome in outcomes:
            judge_again(outcome)
            plan = [struck.fault for struck in outcome.struck]
            message = f"GOCHAT_FAULT_SEED={seed}, round {outcome.number}: {plan}\n{self.site.describe()}"
            self.assertEqual(outcome.violations, [], message)
            self.assertGreater(outcome.acknowledged, 0)
