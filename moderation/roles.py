"""What each role of the staff may do: as little as its work needs. Groups of these names carry the permissions.

A superuser is no role: it makes staff, hands out roles and changes them.
"""

from typing import Final

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

_PEOPLE: Final = ("accounts.view_user", "accounts.view_session", "accounts.view_friendship", "accounts.view_block")
_PLACES: Final = ("groups.view_group", "groups.view_invite", "groups.view_joinrequest", "messaging.view_conversation",
                  "messaging.view_member")  # fmt: skip
_LOG: Final = ("messaging.view_message", "messaging.view_logevent")
_FILTER_SEEN: Final = ("moderation.view_filterrule", "moderation.view_filterrehearsal", "moderation.view_spamlimits")

_SEARCH: Final = ("search.view_indexedconversation", "search.view_embeddedconversation", "search.view_embeddingmodel")

# By name alone: ai_agent and moderation do not know each other.
_AI_SEEN: Final = ("ai_agent.view_agent", "ai_agent.view_ailimits", "ai_agent.view_modelprice",
                   "ai_agent.view_modeluse")  # fmt: skip
_AI_RUN: Final = (
    "ai_agent.add_agent",
    "ai_agent.change_agent",
    "ai_agent.change_ailimits",
    "ai_agent.add_modelprice",
    "ai_agent.change_modelprice",
    "ai_agent.delete_modelprice",
    "ai_agent.switch_ailimits",
)

_CASES_SEEN: Final = (
    "moderation.view_case",
    "moderation.view_report",
    "moderation.view_sanction",
    "moderation.view_appeal",
    "moderation.view_bulkerasure",
    "moderation.view_freeze",
    "moderation.view_announcement",
)

ROLES: Final[dict[str, tuple[str, ...]]] = {
    "moderator": (
        *_PEOPLE,
        *_PLACES,
        *_LOG,
        *_CASES_SEEN,
        *_FILTER_SEEN,
        "moderation.change_case",
        "moderation.view_evidence",
        "moderation.add_sanction",
        "moderation.change_sanction",
        "moderation.change_appeal",
        "moderation.add_bulkerasure",
        "moderation.add_freeze",
        "moderation.delete_freeze",
        "moderation.add_announcement",
        "accounts.view_friendrequest",
        "accounts.change_session",
        "groups.change_group",
        "groups.change_invite",
        "moderation.add_filterrule",
        "moderation.change_filterrule",
        "moderation.delete_filterrule",
        "moderation.rehearse_filterrule",
        "moderation.change_spamlimits",
        "moderation.view_auditentry",
        "ai_agent.view_agent",
        "ai_agent.view_ailimits",
        "ai_agent.switch_ailimits",
    ),
    "support": (
        *_PEOPLE,
        "accounts.view_friendrequest",
        "accounts.change_user",
        "accounts.change_session",
        "groups.view_group",
        "groups.view_invite",
        "groups.view_joinrequest",
        "moderation.view_case",
        "moderation.view_sanction",
        "moderation.view_appeal",
    ),
    "operator": (
        "accounts.view_user",
        "accounts.view_session",
        "accounts.change_session",
        "messaging.view_conversation",
        *_LOG,
        "messaging.trace_message",
        "core.view_outboxentry",
        *_SEARCH,
        *_AI_SEEN,
        *_AI_RUN,
    ),
    "auditor": (
        *_PEOPLE,
        *_PLACES,
        *_CASES_SEEN,
        *_FILTER_SEEN,
        *_AI_SEEN,
        "ai_agent.view_ledgerentry",
        "auth.view_group",
        "moderation.view_auditentry",
        "moderation.export_auditentry",
    ),
}
"""Role -> permissions as `app.codename`."""


def grant_roles() -> None:
    """Makes the groups and gives each exactly its permissions. Idempotent. Raises LookupError for an unknown one.

    Permissions are made first: in a new database they would come after the last migration.
    """
    for label in sorted({name.partition(".")[0] for names in ROLES.values() for name in names}):
        create_permissions(apps.get_app_config(label), verbosity=0)
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in ROLES.items():
        missing = [name for name in names if name not in known]
        if missing:
            raise LookupError(f"No such permission: {', '.join(missing)}")
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names])
