"""The audit is only ever added to, by whatever way; it says who, what, why and from where; and it can be taken out."""

from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from moderation.models import AppendOnly, AuditEntry
from moderation.roles import grant_roles
from moderation.services.audit import record
from tests.admin.case import AdminCase
from tests.groups.factories import make_user


class AppendOnlyTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.entry = record(actor=self.staff, action="case-claimed", target=self.staff, why="first")

    def test_the_orm_neither_changes_nor_deletes_an_entry(self) -> None:
        self.entry.why = "second"
        for attempt in (
            self.entry.save,
            self.entry.delete,
            lambda: AuditEntry.objects.update(why="second"),
            AuditEntry.objects.all().delete,
            lambda: AuditEntry.objects.bulk_update([self.entry], ["why"]),
            lambda: AuditEntry.objects.update_or_create(pk=self.entry.pk, defaults={"why": "second"}),
        ):
            with self.assertRaises(AppendOnly):
                attempt()
        self.assertEqual(AuditEntry.objects.get().why, "first")

    def test_the_database_refuses_what_goes_around_the_orm(self) -> None:
        for statement in (
            "UPDATE moderation_auditentry SET why = 'second'",
            "DELETE FROM moderation_auditentry",
        ):
            refused = self.assertRaisesMessage(DatabaseError, "only ever added to")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        self.assertEqual(AuditEntry.objects.get().why, "first")

    def test_no_page_changes_or_deletes_an_entry(self) -> None:
        change = reverse("admin:moderation_auditentry_change", args=[self.entry.pk])
        delete = reverse("admin:moderation_auditentry_delete", args=[self.entry.pk])
        self.assertEqual(self.client.post(change, {"why": "second"}).status_code, 403)
        self.assertEqual(self.client.post(delete, {"post": "yes"}).status_code, 403)
        self.act("moderation_auditentry", "delete_selected", self.entry.pk)
        self.assertEqual(AuditEntry.objects.get(pk=self.entry.pk).why, "first")

    def test_what_is_rolled_back_has_not_been_done(self) -> None:
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            record(actor=None, action="case-claimed", target=self.staff, why="")
            raise ZeroDivisionError
        self.assertEqual(AuditEntry.objects.count(), 1)

    def test_an_account_that_is_gone_does_not_take_its_entries_with_it(self) -> None:
        gone = make_user()
        record(actor=gone, action="case-claimed", target=gone, why="")
        gone.delete()
        self.assertEqual(AuditEntry.objects.filter(actor_id__isnull=False).count(), 2)


class RecordTests(AdminCase):
    def test_an_entry_says_who_what_whom_why_and_from_where(self) -> None:
        request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
        entry = record(
            actor=self.staff, action="case-claimed", target=("moderation.case", 5), why="mine", request=request
        )
        entry.refresh_from_db()
        self.assertEqual(
            (entry.actor_id, entry.action, entry.target_kind, entry.target_id, entry.why, entry.address),
            (self.staff.pk, "case-claimed", "moderation.case", "5", "mine", "192.0.2.7"),
        )

    def test_every_change_in_the_admin_is_written_down_by_the_names_of_its_fields(self) -> None:
        user = make_user(email="secret@example.org")
        address = reverse("admin:accounts_user_change", args=[user.pk])
        self.client.post(
            address, {"username": user.username, "display_name": "Renamed", "email": user.email, "is_active": "on"}
        )
        entry = AuditEntry.objects.get(action="changed")
        self.assertEqual((entry.target_kind, entry.target_id), ("accounts.user", str(user.pk)))
        self.assertEqual(entry.details, {"fields": ["Display name"]})

    def test_actions_on_chosen_rows_are_written_down_for_each(self) -> None:
        users = [make_user(), make_user()]
        self.act("accounts_user", "deactivate_selected", *(user.pk for user in users))
        entries = AuditEntry.objects.filter(action="deactivated")
        self.assertEqual({entry.target_id for entry in entries}, {str(user.pk) for user in users})


class AuditPageTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.mallory = make_user(username="mallory")
        record(actor=self.mallory, action="looked-at-case", target=("moderation.case", 7), why="=1+1")
        record(actor=self.staff, action="case-claimed", target=self.mallory, why="+49")

    def shown(self, **query: str) -> set[str]:
        page = self.client.get(reverse("admin:moderation_auditentry_changelist"), query)
        return {entry.action for entry in page.context["cl"].result_list}

    def test_it_is_searched_by_who_whom_what_and_target(self) -> None:
        both = {"looked-at-case", "case-claimed"}
        for term, found in (
            ("MALLORY", both),
            (str(self.mallory.pk), both),
            (self.staff.username, {"case-claimed"}),
            ("looked-at", {"looked-at-case"}),
            ("moderation.case/7", {"looked-at-case"}),
            ("moderation.case/8", set()),
            ("nobody", set()),
        ):
            self.assertEqual(self.shown(q=term), found, term)

    def test_looks_are_told_from_acts(self) -> None:
        self.assertEqual(self.shown(kind="look"), {"looked-at-case"})
        self.assertEqual(self.shown(kind="act"), {"case-claimed"})

    def test_the_list_looks_names_up_once(self) -> None:
        for _ in range(40):
            record(actor=make_user(), action="case-claimed", target=self.mallory, why="")
        self.assertLess(self.count_queries(reverse("admin:moderation_auditentry_changelist")), 20)

    def test_the_export_has_what_the_list_shows_and_no_formula(self) -> None:
        response = self.client.get(reverse("admin:moderation_auditentry_export"), {"q": "moderation.case/7"})
        lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined] # it streams
        self.assertEqual(len(lines), 2)
        self.assertIn("mallory", lines[1])
        self.assertIn("'=1+1", lines[1])
        self.assertTrue(AuditEntry.objects.filter(action="audit-exported", actor_id=self.staff.pk).exists())

    def test_reading_it_is_not_taking_it_out(self) -> None:
        grant_roles()
        moderator = make_user(is_staff=True)
        moderator.groups.add(Group.objects.get(name="moderator"))
        self.client.force_login(moderator)
        self.assertEqual(self.client.get(reverse("admin:moderation_auditentry_changelist")).status_code, 200)
        self.assertEqual(self.client.get(reverse("admin:moderation_auditentry_export")).status_code, 403)
        self.assertIsNotNone(User.objects.get(pk=moderator.pk))
