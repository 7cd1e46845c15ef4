"""What each role of the staff may open and do in the admin: all of it, page by page, against one table."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import Session, User
from ai_agent.models import AiLimits
from core import clock
from messaging.services.conversations import ensure_world
from moderation.models import Appeal, Case, FilterRehearsal, FilterRule, Sanction
from moderation.roles import ROLES, grant_roles
from tests.admin.case import AdminCase
from tests.admin.test_lists import make_message
from tests.groups.factories import make_group, make_user

# Lists that each role sees; every list of the admin that is not named here is closed to it.
PEOPLE: Final = {"accounts_user", "accounts_session", "accounts_friendship", "accounts_block"}
PLACES: Final = {"groups_group", "groups_invite", "groups_joinrequest", "messaging_conversation", "messaging_member"}
LOG: Final = {"messaging_message", "messaging_logevent"}
RULES: Final = {"moderation_filterrule", "moderation_filterrehearsal", "moderation_spamlimits"}
SEARCH: Final = {"search_indexedconversation", "search_embeddedconversation", "search_embeddingmodel"}
CASES: Final = {
    "moderation_case",
    "moderation_sanction",
    "moderation_appeal",
    "moderation_bulkerasure",
    "moderation_freeze",
    "moderation_announcement",
}
AI: Final = {"ai_agent_agent", "ai_agent_ailimits", "ai_agent_modelprice", "ai_agent_modeluse"}
SEEN: Final[dict[str, set[str]]] = {
    "moderator": PEOPLE
    | PLACES
    | LOG
    | RULES
    | CASES
    | {"accounts_friendrequest", "moderation_auditentry", "ai_agent_agent", "ai_agent_ailimits"},
    "support": PEOPLE
    | {"accounts_friendrequest", "groups_group", "groups_invite", "groups_joinrequest"}
    | {"moderation_case", "moderation_sanction", "moderation_appeal"},
    "operator": {"accounts_user", "accounts_session", "messaging_conversation", "core_outboxentry"} | LOG | SEARCH | AI,
    "auditor": PEOPLE | PLACES | RULES | CASES | AI | {"auth_group", "moderation_auditentry", "ai_agent_ledgerentry"},
}
ADDED: Final[dict[str, set[str]]] = {
    "moderator": {"moderation_filterrule"},
    "support": set(),
    "operator": {"ai_agent_agent", "ai_agent_modelprice"},
    "auditor": set(),
}
# Every button of the admin: who may press it. A button that is not here fails a test.
MODERATOR: Final = frozenset({"moderator"})
SIGNS_OUT: Final = frozenset({"moderator", "support", "operator"})
NOBODY: Final[frozenset[str]] = frozenset()
BUTTONS: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("accounts_session", "end_this"): SIGNS_OUT,
    ("accounts_user", "sanction"): MODERATOR,
    ("accounts_user", "erase"): MODERATOR,
    ("accounts_user", "end_all_sessions"): SIGNS_OUT,
    ("accounts_user", "remove_second_factor"): NOBODY,
    ("ai_agent_ailimits", "switch_off"): frozenset({"moderator", "operator"}),
    ("groups_group", "freeze"): MODERATOR,
    ("groups_group", "mute"): MODERATOR,
    ("groups_group", "hand_over"): MODERATOR,
    ("groups_group", "dissolve"): MODERATOR,
    ("messaging_conversation", "announce"): MODERATOR,
    ("messaging_conversation", "freeze"): MODERATOR,
    ("messaging_conversation", "mute"): MODERATOR,
    ("messaging_message", "hide"): MODERATOR,
    ("moderation_appeal", "grant"): MODERATOR,
    ("moderation_appeal", "uphold"): MODERATOR,
    ("moderation_auditentry", "export"): frozenset({"auditor"}),
    ("moderation_announcement", "write"): MODERATOR,
    ("moderation_case", "read"): MODERATOR,
    ("moderation_case", "claim"): MODERATOR,
    ("moderation_case", "sanction"): MODERATOR,
    ("moderation_case", "resolve"): MODERATOR,
    ("moderation_filterrule", "rehearse"): MODERATOR,
    ("moderation_sanction", "lift"): MODERATOR,
}
# Those that need another state than the rows here have; the same permission as their opposites'.
OF_ANOTHER_STATE: Final = {
    ("ai_agent_ailimits", "switch_on"),
    ("groups_group", "unfreeze"),
    ("messaging_conversation", "unfreeze"),
    ("messaging_message", "restore"),
    ("moderation_case", "hide"),
    ("moderation_case", "release"),
    ("moderation_case", "restore"),
    ("moderation_announcement", "send_again"),
}
# Actions on chosen rows: who finds them in the list.
BULK: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("accounts_session", "end_selected"): SIGNS_OUT,
    ("accounts_user", "end_selected_sessions"): frozenset({"support"}),
    ("accounts_user", "deactivate_selected"): frozenset({"support"}),
    ("accounts_user", "reactivate_selected"): frozenset({"support"}),
    ("accounts_user", "export_selected"): frozenset({"support"}),
    ("ai_agent_agent", "switch_on"): frozenset({"operator"}),
    ("ai_agent_agent", "switch_off"): frozenset({"operator"}),
    ("groups_invite", "revoke_selected"): MODERATOR,
    ("moderation_case", "claim_selected"): MODERATOR,
    ("moderation_case", "export_selected"): MODERATOR,
    ("moderation_filterrule", "switch_on"): MODERATOR,
    ("moderation_filterrule", "switch_off"): MODERATOR,
    ("moderation_sanction", "export_selected"): MODERATOR,
}
OF_LISTS: Final = {"export", "write"}


class RoleCase(AdminCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        grant_roles()
        cls.people = {role: cls.make_staff(role) for role in ROLES}
        cls.person = make_user()
        cls.group_id = make_group(cls.person, make_user())
        cls.rule = FilterRule.objects.create(pattern="spam")
        ends = clock.now() + timedelta(days=1)
        session = Session.objects.create(user=cls.person, expires_at=ends)
        message = make_message(cls.group_id, 10, cls.person.pk)
        message.save()
        case = Case.objects.create(subject="user", open_key="user:1", user=cls.person, reason="spam")
        sanction = Sanction.objects.create(user=cls.person, kind="mute", reason="spam", decided_by=cls.staff)
        appeal = Appeal.objects.create(sanction=sanction, text="no")
        cls.targets = {
            "accounts_session": session.pk,
            "accounts_user": cls.person.pk,
            "ai_agent_ailimits": AiLimits.objects.create().pk,
            "groups_group": cls.group_id,
            "messaging_conversation": ensure_world().pk,
            "messaging_message": message.pk,
            "moderation_appeal": appeal.pk,
            "moderation_case": case.pk,
            "moderation_filterrule": cls.rule.pk,
            "moderation_sanction": sanction.pk,
        }

    people: dict[str, User]
    person: User
    group_id: int
    rule: FilterRule
    targets: dict[str, Any]

    @classmethod
    def make_staff(cls, role: str) -> User:
        """Someone with just this role."""
        user = make_user(username=f"the-{role}", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    def enter(self, role: str) -> None:
        self.client.force_login(self.people[role])

    def models(self) -> list[str]:
        """`app_model` of everything registered."""
        return [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


class TableTests(RoleCase):
    def test_the_migration_has_made_each_role_with_exactly_its_permissions(self) -> None:
        for role, names in ROLES.items():
            permissions = Group.objects.get(name=role).permissions.select_related("content_type")
            had = {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}
            self.assertEqual(had, set(names), role)

    def test_granting_again_takes_back_what_a_role_should_not_have(self) -> None:
        auditors = Group.objects.get(name="auditor")
        auditors.permissions.set(Group.objects.get(name="moderator").permissions.all())
        grant_roles()
        self.assertEqual(auditors.permissions.count(), len(set(ROLES["auditor"])))

    def test_no_role_may_hand_out_power(self) -> None:
        for role, names in ROLES.items():
            for name in ("auth.add_group", "auth.change_group", "accounts.add_user", "accounts.delete_user"):
                self.assertNotIn(name, names, role)


class PageMatrixTests(RoleCase):
    def test_each_role_sees_its_lists_and_no_other(self) -> None:
        for role, seen in SEEN.items():
            self.enter(role)
            self.assertLessEqual(seen, set(self.models()), role)
            for model in self.models():
                with self.subTest(role=role, model=model):
                    response = self.client.get(reverse(f"admin:{model}_changelist"), follow=True)
                    self.assertEqual(response.status_code, 200 if model in seen else 403)

    def test_each_role_adds_what_it_may_and_nothing_else(self) -> None:
        for role, added in ADDED.items():
            self.enter(role)
            for model in self.models():
                with self.subTest(role=role, model=model):
                    response = self.client.get(reverse(f"admin:{model}_add"))
                    self.assertEqual(response.status_code, 200 if model in added else 403)

    def test_nobody_sees_what_is_not_listed_for_them_in_the_sidebar(self) -> None:
        for role, seen in SEEN.items():
            self.enter(role)
            page = self.client.get(reverse("admin:index")).content.decode()
            for model in self.models():
                address = reverse(f"admin:{model}_changelist")
                if f'href="{address}"' in page:
                    self.assertIn(model, seen, role)

    def test_who_is_no_staff_sees_nothing_at_all(self) -> None:
        self.client.force_login(self.person)
        for model in self.models():
            response = self.client.get(reverse(f"admin:{model}_changelist"))
            self.assertIn("/admin/login/", response.headers.get("Location", ""), model)


class ActionMatrixTests(RoleCase):
    def buttons(self, kind: str) -> set[tuple[str, str]]:
        """Every action of this kind (`actions`, `actions_detail`, `actions_list`) that the admin has of its own."""
        found = set()
        for model, model_admin in admin.site._registry.items():
            for entry in getattr(model_admin, kind, None) or ():
                names = entry["items"] if isinstance(entry, dict) else [entry]
                found |= {(f"{model._meta.app_label}_{model._meta.model_name}", name) for name in names}
        return found

    def test_every_button_is_in_the_table(self) -> None:
        pressed = self.buttons("actions_detail") | self.buttons("actions_list")
        self.assertEqual(pressed, set(BUTTONS) | OF_ANOTHER_STATE)
        self.assertEqual(self.buttons("actions"), set(BULK))

    def test_buttons_are_pressed_by_those_roles_alone(self) -> None:
        for (model, name), allowed in BUTTONS.items():
            for role in ROLES:
                with self.subTest(model=model, name=name, role=role):
                    self.enter(role)
                    key = [] if name in OF_LISTS else [self.targets[model]]
                    response = self.client.get(reverse(f"admin:{model}_{name}", args=key))
                    self.assertEqual(response.status_code == 403, role not in allowed)

    def test_a_form_that_is_sent_without_its_dialog_is_refused_all_the_same(self) -> None:
        for (model, name), allowed in BUTTONS.items():
            for role in (role for role in ROLES if role not in allowed):
                with self.subTest(model=model, name=name, role=role):
                    self.enter(role)
                    key = [] if name in OF_LISTS else [self.targets[model]]
                    response = self.client.post(reverse(f"admin:{model}_{name}", args=key), {"_form_submitted": "on"})
                    self.assertEqual(response.status_code, 403)

    def test_actions_on_chosen_rows_are_offered_to_those_roles_alone(self) -> None:
        for (model, name), allowed in BULK.items():
            for role in (role for role in ROLES if model in SEEN[role]):
                with self.subTest(model=model, name=name, role=role):
                    self.enter(role)
                    page = self.client.get(reverse(f"admin:{model}_changelist"))
                    form = page.context["action_form"]
                    offered = {choice for choice, _label in form.fields["action"].choices} if form else set()
                    self.assertEqual(name in offered, role in allowed)

    def test_an_action_that_is_not_offered_does_nothing(self) -> None:
        for role in ("auditor", "moderator", "operator"):
            self.enter(role)
            self.act("accounts_user", "deactivate_selected", self.person.pk)
            self.assertTrue(User.objects.get(pk=self.person.pk).is_active, role)
        self.enter("support")
        self.act("accounts_user", "deactivate_selected", self.person.pk)
        self.assertFalse(User.objects.get(pk=self.person.pk).is_active)

    def test_excerpts_of_a_rehearsal_are_for_those_who_rehearse(self) -> None:
        rehearsal = FilterRehearsal.objects.create(
            rule=self.rule, asked_by=self.staff, pattern="spam", since=self.person.created_at, samples=[1]
        )
        address = reverse("admin:moderation_filterrehearsal_change", args=[rehearsal.pk])
        for role, status in (("moderator", 200), ("auditor", 403)):
            self.enter(role)
            self.assertEqual(self.client.get(address).status_code, 200)
            self.assertEqual(self.client.get(address, {"samples": "1"}).status_code, status, role)
