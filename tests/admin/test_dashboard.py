"""The first page: figures for those who may see what is behind them, without a script."""

import re
from datetime import timedelta

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Session
from core import clock
from gochat_site.dashboard import fill
from gochat_site.figures import collect
from moderation.models import Case
from moderation.roles import grant_roles
from tests.admin.case import AdminCase
from tests.groups.factories import make_user


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

    def test_charts_need_no_script(self) -> None:
        page = self.get_page(reverse("admin:index"))
        self.assertEqual(len(re.findall("<svg viewBox", page)), 4)
        self.assertFalse(re.findall(r'(?:src|href)="(?:https?:)?//', page))
