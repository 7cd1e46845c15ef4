"""What the word filter has caught: counted by rule and day, shown, and forgotten in time."""

from datetime import date, timedelta

from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from accounts.services.names import clean_display_name
from core import clock
from core.errors import DomainError
from gochat_site.dashboard import fill
from moderation.models import FilterHit, FilterRefusals, FilterRule
from moderation.services.filtering_counts import REFUSALS, Caught, count_caught, forget_caught, note_refusals
from moderation.tasks import forget_kept
from tests.admin.case import AdminCase
from tests.factories import fake_clock
from tests.messaging.write_case import text
from tests.moderation.filter_case import FilterCase


def today() -> date:
    return clock.now().date()


class CountTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        REFUSALS.forget()
        self.addCleanup(REFUSALS.forget)

    def refuse(self, words: str) -> None:
        """Somebody writes what is rejected."""
        self.assert_refused(self.send(self.ann, text(self.direct, words)), "CONTENT_REJECTED")

    def test_refusals_are_counted_by_the_rules_that_refuse(self) -> None:
        casino, spam, masked = self.add_rule("赌博", "reject"), self.add_rule("spam", "reject"), self.add_rule("发票")
        with self.assertNumQueries(0):
            note_refusals([casino.pk])
        self.refuse("赌博 赌博")
        self.refuse("赌 博 and spam and 发票")
        self.store(self.ann, text(self.direct, "发票"))
        self.assertFalse(FilterRefusals.objects.exists())
        REFUSALS.flush()
        REFUSALS.flush()
        self.assertEqual(count_caught(1, rule_id=casino.pk), {today(): Caught(0, 3)})
        self.assertEqual(count_caught(1, rule_id=spam.pk), {today(): Caught(0, 1)})
        self.assertEqual(count_caught(1, rule_id=masked.pk), {today(): Caught(1, 0)})
        self.assertEqual(count_caught(1), {today(): Caught(1, 4)})

    def test_a_refused_name_counts_too(self) -> None:
        rule = self.add_rule("官方客服", "mask", place="names")
        with self.assertRaises(DomainError):
            clean_display_name("官方客服")
        REFUSALS.flush()
        self.assertEqual(count_caught(1, rule_id=rule.pk)[today()].refused, 1)

    def test_each_day_has_a_count_of_its_own_and_a_day_without_has_none(self) -> None:
        with fake_clock() as now:
            first = today()
            note_refusals([7])
            now.advance(2 * 24 * 3600)
            note_refusals([7])
            note_refusals([7])
            REFUSALS.flush()
            figures = count_caught(3, rule_id=7)
        second, third = first + timedelta(days=1), first + timedelta(days=2)
        self.assertEqual(figures, {first: Caught(0, 1), second: Caught(), third: Caught(0, 2)})

    @override_settings(FILTER_HITS_KEPT_DAYS=10)
    def test_hits_and_counts_are_forgotten_once_their_days_are_over(self) -> None:
        now = clock.now()
        for days in (0, 9, 11, 400):
            at = now - timedelta(days=days)
            FilterHit.objects.create(message_id=days, rule_id=1, action="mask", at=at)
            FilterRefusals.objects.create(rule_id=1, day=at.date(), count=1)
        self.assertEqual(forget_caught(), 2)
        self.assertEqual(set(FilterHit.objects.values_list("message_id", flat=True)), {0, 9})
        self.assertEqual(FilterRefusals.objects.count(), 2)
        FilterHit.objects.create(message_id=12, rule_id=1, action="mask", at=now - timedelta(days=12))
        forget_kept()
        self.assertEqual(FilterHit.objects.count(), 2)


class ShownTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.rule = FilterRule.objects.create(pattern="casino", action="reject")
        FilterRefusals.objects.create(rule_id=self.rule.pk, day=today(), count=41)
        FilterHit.objects.create(message_id=1, rule_id=self.rule.pk, action="mask")

    def test_the_rules_page_shows_the_days_and_the_list_the_sum(self) -> None:
        page = self.get_detail("moderation_filterrule", self.rule.pk)
        self.assertIn("1 masked or flagged, 41 refused", page)
        self.assertRegex(page, "<svg[^>]*aria-label=[^>]*42")
        self.assertIn(">41<", self.get_list("moderation_filterrule").replace(" ", "").replace("\n", ""))

    def test_a_rule_that_is_being_made_has_no_figures(self) -> None:
        self.assertNotIn("masked or flagged", self.get_page(reverse("admin:moderation_filterrule_add")))

    def test_the_first_page_says_what_was_caught_today(self) -> None:
        request = self.client.get(reverse("admin:index")).wsgi_request
        cards = {card["title"]: card for card in fill(request, {})["cards"]}
        card = cards["Word filter today (UTC)"]
        self.assertEqual((card["value"], card["note"]), ("42", "refused: 41"))
        self.client.force_login(self.make_moderator("view_user"))
        request = self.client.get(reverse("admin:index")).wsgi_request
        self.assertNotIn(card["title"], {each["title"] for each in fill(request, {})["cards"]})
