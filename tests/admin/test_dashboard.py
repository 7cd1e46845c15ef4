"""The first page: figures for those who may see what is behind them, without a script."""

import re
from datetime import timedelta

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from accounts.models import Session
from core import clock
from core.dashboard import DashboardCard, Shown
from gochat_site.dashboard import fill
from gochat_site.figures import collect
from moderation.models import Case
from moderation.roles import grant_roles
from search.dashboard import LAG
from tests.admin.case import AdminCase
from tests.groups.factories import make_user

SPENT = DashboardCard(
    title="Spent", icon="payments", permission="core.view_outboxentry", read=lambda: 7,
    show=lambda value: Shown(f"{value} €", "of 5 €", is_late=True),
)  # fmt: skip
BROKEN = DashboardCard(
    title="Broken", icon="bug_report", permission="core.view_outboxentry", read=lambda: 1 // 0, show=str,  # type: ignore[arg-type] # never called
)  # fmt: skip


class DashboardTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()

    def titles(self, role: str) -> set[str]:
        """The cards that a role sees."""
        grant_roles()
        staff = make_user(is_staff=True)
        staff.groups.add(Group.objects.get(name=role))
        self.client.force_login(staff)
        request = self.client.get(reverse("admin:index")).wsgi_request
        return {card["title"] for card in fill(request, {})["cards"]}

    def test_figures_are_for_those_who_may_see_what_they_count(self) -> None:
        self.assertIn("Reports waiting", self.titles("moderator"))
        self.assertNotIn("Outbox", self.titles("moderator"))
        self.assertIn("Outbox", self.titles("operator"))
        self.assertNotIn("Reports waiting", self.titles("operator"))

    def test_reports_wait_with_the_age_of_the_oldest(self) -> None:
        opened = clock.now() - timedelta(days=2)
        for number in range(3):
            Case.objects.create(
                subject="user", open_key=f"user:{number}", user=self.staff, reason="spam",
                opened_at=opened + timedelta(hours=number), state="resolved" if number == 2 else "open",
            )  # fmt: skip
        figures = collect()
        self.assertEqual((figures["cases"], figures["cases_oldest"]), (2, opened))
        page = self.get_page(reverse("admin:index"))
        self.assertRegex(page, r"oldest: 2.days")

    def test_people_are_active_once_however_many_devices_they_have(self) -> None:
        user = make_user()
        now = clock.now()
        for hours in (1, 2, 30):
            Session.objects.create(
                user=user, expires_at=now + timedelta(days=1), last_seen_at=now - timedelta(hours=hours)
            )
        self.assertEqual(collect()["active"], 1)

    def test_days_end_today_and_nothing_older_is_counted(self) -> None:
        make_user(created_at=clock.now() - timedelta(days=13))
        make_user(created_at=clock.now() - timedelta(days=14))
        by_day = collect()["new_users"]
        self.assertEqual((len(by_day), by_day[0], by_day[-1]), (14, 1, 1))

    def test_the_page_costs_a_bounded_number_of_queries_and_none_for_figures_while_they_are_fresh(self) -> None:
        first = self.count_queries(reverse("admin:index"))
        self.assertLess(first, 30)
        self.assertLess(self.count_queries(reverse("admin:index")), 10)

    def test_apps_add_cards_of_their_own_and_a_broken_one_leaves_the_page_alone(self) -> None:
        with override_settings(DASHBOARD_CARDS=[f"{__name__}.SPENT", f"{__name__}.BROKEN"]):
            request = self.client.get(reverse("admin:index")).wsgi_request
            spent, broken = fill(request, {})["cards"][-2:]
            self.assertEqual((spent["value"], spent["note"], spent["late"]), ("7 €", "of 5 €", True))
            self.assertEqual((broken["title"], broken["value"]), ("Broken", "–"))
            self.client.force_login(self.make_moderator("view_user"))
            request = self.client.get(reverse("admin:index")).wsgi_request
            self.assertNotIn("Spent", {card["title"] for card in fill(request, {})["cards"]})

    def test_operators_see_how_far_search_is_behind(self) -> None:
        self.assertIn("Waiting for search", self.titles("operator"))
        self.assertNotIn("Waiting for search", self.titles("support"))
        shown = LAG.show({"documents": 1200, "vectors": 3, "oldest_s": 45.0})
        self.assertEqual((shown.value, shown.is_late), ("1200", True))
        self.assertEqual(shown.note, "oldest: 45 s, without vectors: 3")
        self.assertEqual(LAG.show({"documents": 0, "vectors": 0, "oldest_s": 0.0}), Shown("0"))

    def test_charts_need_no_script(self) -> None:
        page = self.get_page(reverse("admin:index"))
        self.assertEqual(len(re.findall("<svg viewBox", page)), 4)
        self.assertFalse(re.findall(r'(?:src|href)="(?:https?:)?//', page))
