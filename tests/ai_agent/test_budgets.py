"""Budgets: reserved before, settled after, never exceeded however many ask at once, and refused in words."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.utils.translation import override

from ai_agent.models import Agent, AiLimits, ModelPrice, ModelUse, Reservation, TokenAccount
from ai_agent.services import budgets
from ai_agent.services.agents import make_agent
from ai_agent.services.budgets import BudgetExceededError, check, release, release_expired, settle, used_today
from core.errors import ErrorCode
from tests.factories import fake_clock, make_user

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
DEADLINE_S = 60


def set_limits(**fields: object) -> None:
    """The site's budgets."""
    AiLimits.objects.update_or_create(pk=AiLimits.ONLY, defaults=fields)


def spend(asker_id: int, agent_id: int | None, tokens: int, *, model: str = "m", purpose: str = "answer") -> None:
    """A request that has cost so many tokens, half of them read."""
    check(asker_id, agent_id, tokens=tokens)
    half = tokens // 2
    settle(
        asker_id=asker_id,
        agent_id=agent_id,
        model=model,
        purpose=purpose,
        prompt_tokens=half,
        completion_tokens=tokens - half,
    )


class BudgetTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.agent = make_agent(
            username="helper", display_name="Helper", max_answer_tokens=400, daily_tokens_per_user=0, daily_tokens=0
        )
        set_limits(daily_tokens=0, daily_tokens_per_user=0)

    def refusal(self, asker_id: int, agent_id: int | None, tokens: int | None = None) -> BudgetExceededError:
        """What a request is refused with."""
        with self.assertRaises(BudgetExceededError) as raised:
            check(asker_id, agent_id, tokens=tokens)
        return raised.exception

    def test_what_is_under_way_counts_with_its_maximum_until_it_is_settled_with_what_it_cost(self) -> None:
        set_limits(daily_tokens_per_user=1_000)
        first = check(self.ann.pk, None, tokens=700)
        self.assertEqual(self.refusal(self.ann.pk, None, 400).scope, "user")
        settle(
            asker_id=self.ann.pk,
            agent_id=None,
            model="m",
            purpose="summary",
            prompt_tokens=100,
            completion_tokens=50,
            reservation=first,
        )
        self.assertEqual(used_today(user_id=self.ann.pk), 150)
        check(self.ann.pk, None, tokens=850)
        self.assertEqual(self.refusal(self.ann.pk, None, 1).scope, "user")

    def test_a_refused_request_leaves_nothing_set_aside(self) -> None:
        set_limits(daily_tokens=500)
        self.assertEqual(self.refusal(self.ann.pk, self.agent.pk, 600).scope, "site")
        self.assertEqual(used_today(user_id=self.ann.pk), 0)
        self.assertEqual(used_today(agent_id=self.agent.pk), 0)
        self.assertFalse(Reservation.objects.exists())

    def test_each_budget_refuses_under_its_own_name(self) -> None:
        Agent.objects.filter(pk=self.agent.pk).update(daily_tokens_per_user=100, daily_tokens=150)
        spend(self.ann.pk, self.agent.pk, 100)
        self.assertEqual(self.refusal(self.ann.pk, self.agent.pk, 10).scope, "user")
        spend(self.ben.pk, self.agent.pk, 50)
        self.assertEqual(self.refusal(self.ben.pk, self.agent.pk, 10).scope, "agent")
        check(self.ben.pk, None, tokens=10)

    def test_one_persons_share_is_not_anothers(self) -> None:
        set_limits(daily_tokens_per_user=100)
        spend(self.ann.pk, None, 100)
        self.assertEqual(self.refusal(self.ann.pk, None, 1).scope, "user")
        check(self.ben.pk, None, tokens=100)

    def test_the_share_of_all_agents_together_is_bounded_as_well(self) -> None:
        set_limits(daily_tokens_per_user=100)
        other = make_agent(username="other", display_name="Other")
        spend(self.ann.pk, self.agent.pk, 60)
        self.assertEqual(self.refusal(self.ann.pk, other.pk, 50).scope, "user")

    def test_a_new_day_begins_at_midnight_utc(self) -> None:
        set_limits(daily_tokens_per_user=100)
        with fake_clock(NOON) as clock:
            spend(self.ann.pk, None, 100)
            refusal = self.refusal(self.ann.pk, None, 1)
            self.assertEqual(refusal.resets_at, datetime(2026, 3, 6, tzinfo=UTC))
            clock.advance(12 * 3600)
            check(self.ann.pk, None, tokens=100)

    def test_what_was_reserved_before_midnight_is_counted_on_its_own_day(self) -> None:
        with fake_clock(NOON + timedelta(hours=11, minutes=59)) as clock:
            check(self.ann.pk, None, tokens=100)
            clock.advance(120)
            settle(
                asker_id=self.ann.pk, agent_id=None, model="m", purpose="answer", prompt_tokens=5, completion_tokens=5
            )
            self.assertEqual(used_today(user_id=self.ann.pk), 0)
        row = TokenAccount.objects.get(day=NOON.date(), user_id=self.ann.pk, agent_id=0)
        self.assertEqual((row.used, row.reserved), (10, 0))

    def test_without_a_number_the_agents_longest_answer_to_the_longest_prompt_is_set_aside(self) -> None:
        with self.settings(AI_PROMPT_TOKENS=1_000):
            check(self.ann.pk, self.agent.pk)
        self.assertEqual(used_today(agent_id=self.agent.pk), 1_400)

    def test_released_means_as_if_it_had_never_been_asked(self) -> None:
        release(key := check(self.ann.pk, self.agent.pk, tokens=100))
        release(key)
        self.assertEqual((used_today(), used_today(user_id=self.ann.pk)), (0, 0))

    def test_what_a_dead_process_had_reserved_comes_back(self) -> None:
        set_limits(daily_tokens=100)
        with fake_clock(NOON) as clock:
            check(self.ann.pk, None, tokens=100)
            clock.advance(budgets.RESERVED_S - 1)
            self.assertEqual((release_expired(), used_today()), (0, 100))
            clock.advance(2)
            self.assertEqual((release_expired(), used_today()), (1, 0))
            check(self.ben.pk, None, tokens=100)
            clock.advance(budgets.RESERVED_S + 1)
            check(self.ben.pk, None, tokens=100)

    def test_what_was_used_counts_even_where_its_reservation_is_gone(self) -> None:
        check(self.ann.pk, None, tokens=100)
        Reservation.objects.all().delete()
        settle(asker_id=self.ann.pk, agent_id=None, model="m", purpose="answer", prompt_tokens=7, completion_tokens=3)
        self.assertEqual(TokenAccount.objects.get(user_id=self.ann.pk).used, 10)

    def test_switched_off_refuses_at_once_and_says_not_when(self) -> None:
        set_limits(is_on=False)
        refusal = self.refusal(self.ann.pk, None)
        self.assertEqual((refusal.scope, refusal.resets_at, refusal.code), ("off", None, ErrorCode.FORBIDDEN))
        self.assertNotIn("retry_after_ms", refusal.details)

    def test_an_agent_that_is_off_or_gone_refuses_for_itself_alone(self) -> None:
        Agent.objects.filter(pk=self.agent.pk).update(enabled=False)
        self.assertEqual(self.refusal(self.ann.pk, self.agent.pk).scope, "off")
        self.assertEqual(self.refusal(self.ann.pk, self.ben.pk).scope, "off")
        check(self.ann.pk, None)


class CostTests(TestCase):
    def test_use_is_added_up_by_day_model_and_purpose_at_the_price_of_then(self) -> None:
        ann = make_user("ann")
        ModelPrice.objects.create(model="m", prompt_per_million=Decimal("2.5"), completion_per_million=Decimal(10))
        spend(ann.pk, None, 2_000)
        ModelPrice.objects.update(prompt_per_million=0, completion_per_million=0)
        spend(ann.pk, None, 2_000)
        spend(ann.pk, None, 10, model="free", purpose="brief")
        use = ModelUse.objects.get(model="m")
        self.assertEqual((use.requests, use.prompt_tokens, use.completion_tokens), (2, 2_000, 2_000))
        self.assertEqual(use.cost_micros, 2_500 + 10_000)
        self.assertEqual(ModelUse.objects.get(model="free").cost_micros, 0)


class WordsTests(SimpleTestCase):
    def test_a_refusal_says_whose_budget_it_was_and_when_it_begins_anew_in_the_readers_language(self) -> None:
        with fake_clock(NOON):
            said = {}
            for scope in ("user", "agent", "site"):
                refusal = BudgetExceededError(scope, NOON + timedelta(hours=12))
                self.assertEqual(refusal.code, ErrorCode.RATE_LIMITED)
                self.assertEqual(refusal.details["retry_after_ms"], 12 * 3600 * 1000)
                self.assertEqual(refusal.details["resets_at"], "2026-03-06T00:00:00.000Z")
                said[scope] = str(refusal.message)
                self.assertIn("12\xa0hours", said[scope])
                with override("zh-hans"):
                    self.assertIn("12 小时", str(refusal.message).replace("\xa0", " "))
            self.assertEqual(len(set(said.values())), 3)


class RaceTests(TransactionTestCase):
    """Many requests at once, each on a connection of its own."""

    def run_together(self, count: int, asker_ids: list[int], agent_id: int, tokens: int) -> list[str]:
        """How each of `count` checks ended: "taken", or the scope of the refusal."""
        barrier = threading.Barrier(count)
        ends = ["lost"] * count

        def ask(place: int) -> None:
            try:
                barrier.wait(DEADLINE_S)
                check(asker_ids[place % len(asker_ids)], agent_id, tokens=tokens)
                ends[place] = "taken"
            except BudgetExceededError as refusal:
                ends[place] = refusal.scope
            finally:
                connection.close()

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        return ends

    def test_no_budget_is_exceeded_by_those_who_ask_at_the_same_moment(self) -> None:
        people = [make_user(name).pk for name in ("ann", "ben", "cho")]
        agent = make_agent(username="helper", display_name="Helper", daily_tokens_per_user=0, daily_tokens=0)
        set_limits(daily_tokens=500, daily_tokens_per_user=200)
        ends = self.run_together(12, people, agent.pk, 100)
        self.assertEqual(ends.count("taken"), 5)
        self.assertEqual({end for end in ends if end != "taken"} - {"user", "site"}, set())
        self.assertEqual(used_today(), 500)
        for person in people:
            self.assertLessEqual(used_today(user_id=person), 200)
        self.assertEqual(used_today(agent_id=agent.pk), 500)
        self.assertEqual(Reservation.objects.count(), 5)

    def test_settling_together_loses_no_token(self) -> None:
        ann = make_user("ann")
        set_limits(daily_tokens=0, daily_tokens_per_user=0)
        keys = [check(ann.pk, None, tokens=100) for _unused in range(8)]
        barrier = threading.Barrier(len(keys))

        def finish(key: int) -> None:
            try:
                barrier.wait(DEADLINE_S)
                settle(
                    asker_id=ann.pk,
                    agent_id=None,
                    model="m",
                    purpose="answer",
                    prompt_tokens=10,
                    completion_tokens=1,
                    reservation=key,
                )
                release(key)
            finally:
                connection.close()

        threads = [threading.Thread(target=finish, args=(key,)) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        row = TokenAccount.objects.get(user_id=ann.pk, agent_id=0)
        self.assertEqual((row.used, row.reserved), (88, 0))
        use = ModelUse.objects.get()
        self.assertEqual((use.requests, use.prompt_tokens, use.completion_tokens), (8, 80, 8))

    def test_a_reservation_is_given_back_once_by_whoever_is_first(self) -> None:
        ann = make_user("ann")
        key = check(ann.pk, None, tokens=100)
        found = Reservation.objects.get(pk=key)
        with patch.object(budgets, "_find", return_value=found):
            for _unused in range(2):
                settle(
                    asker_id=ann.pk,
                    agent_id=None,
                    model="m",
                    purpose="answer",
                    prompt_tokens=1,
                    completion_tokens=1,
                    reservation=key,
                )
        row = TokenAccount.objects.get(user_id=ann.pk, agent_id=0)
        self.assertEqual((row.used, row.reserved), (4, 0))
