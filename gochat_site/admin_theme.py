"""How the admin looks and what its sidebar has: the value of settings.UNFOLD."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    """Shows an entry to those who may open it."""
    return lambda request: request.user.has_perm(permission)


def _entry(title: Any, icon: str, model: str) -> dict[str, Any]:
    """A sidebar entry for the list of `app.model`."""
    app, _dot, name = model.partition(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may_view(f"{app}.view_{name}"),
    }


# Jade: 600 is the accent of the light theme (#0E7C66), 400 that of the dark one (#3ECFA8).
JADE = {
    "50": "#effcf7",
    "100": "#d2f7e8",
    "200": "#a8eed5",
    "300": "#72e0bf",
    "400": "#3ecfa8",
    "500": "#17a987",
    "600": "#0e7c66",
    "700": "#0f6553",
    "800": "#115044",
    "900": "#113f37",
    "950": "#042621",
}
# The quiet greens of the web client's surfaces.
STONE = {
    "50": "#f7f8f7",
    "100": "#eef0ef",
    "200": "#dfe3e1",
    "300": "#c6ccc9",
    "400": "#929b97",
    "500": "#68726d",
    "600": "#4d5652",
    "700": "#38403d",
    "800": "#252c2a",
    "900": "#1a201e",
    "950": "#111514",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "GoChat",
    "SITE_HEADER": "GoChat",
    "SITE_SUBHEADER": _("Moderation and support"),
    "SITE_SYMBOL": "forum",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "10px",
    "COLORS": {"base": STONE, "primary": JADE},
    "DASHBOARD_CALLBACK": "gochat_site.dashboard.fill",
    "ACCOUNT": {
        "navigation": [{"title": _("Second factor"), "link": reverse_lazy("admin:second_factor_set_up")}],
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": None,
                "items": [{"title": _("Overview"), "icon": "monitoring", "link": reverse_lazy("admin:index")}],
            },
            {
                "title": _("Moderation"),
                "separator": True,
                "items": [
                    _entry(_("Reports"), "flag", "moderation.case"),
                    _entry(_("Sanctions"), "gavel", "moderation.sanction"),
                    _entry(_("Appeals"), "balance", "moderation.appeal"),
                    _entry(_("Bulk erasures"), "delete_sweep", "moderation.bulkerasure"),
                    _entry(_("Frozen groups"), "ac_unit", "moderation.freeze"),
                    _entry(_("Announcements"), "campaign", "moderation.announcement"),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _entry(_("Users"), "person", "accounts.user"),
                    _entry(_("Sessions"), "devices", "accounts.session"),
                    _entry(_("Friendships"), "handshake", "accounts.friendship"),
                    _entry(_("Friend requests"), "person_add", "accounts.friendrequest"),
                    _entry(_("Blocks"), "block", "accounts.block"),
                ],
            },
            {
                "title": _("Groups"),
                "separator": True,
                "items": [
                    _entry(_("Groups"), "groups", "groups.group"),
                    {
                        "title": _("World room"),
                        "icon": "public",
                        "link": reverse_lazy("admin:messaging_conversation_world"),
                        "permission": _may_view("messaging.view_conversation"),
                    },
                    _entry(_("Invites"), "link", "groups.invite"),
                    _entry(_("Join requests"), "how_to_reg", "groups.joinrequest"),
                ],
            },
            {
                "title": _("Conversations"),
                "separator": True,
                "items": [
                    _entry(_("Conversations"), "forum", "messaging.conversation"),
                    _entry(_("Members"), "badge", "messaging.member"),
                    _entry(_("Messages"), "chat_bubble", "messaging.message"),
                    _entry(_("Events"), "history", "messaging.logevent"),
                ],
            },
            {
                "title": _("Rules"),
                "separator": True,
                "items": [
                    _entry(_("Word filter"), "filter_alt", "moderation.filterrule"),
                    _entry(_("Rehearsals"), "query_stats", "moderation.filterrehearsal"),
                    _entry(_("Anti-spam limits"), "speed", "moderation.spamlimits"),
                ],
            },
            {
                "title": _("AI"),
                "separator": True,
                "items": [
                    _entry(_("Agents"), "smart_toy", "ai_agent.agent"),
                    _entry(_("AI budgets"), "toggle_on", "ai_agent.ailimits"),
                    _entry(_("AI use"), "monitoring", "ai_agent.modeluse"),
                    _entry(_("Model prices"), "payments", "ai_agent.modelprice"),
                    _entry(_("AI ledger"), "receipt_long", "ai_agent.ledgerentry"),
                ],
            },
            {
                "title": _("Operation"),
                "separator": True,
                "items": [
                    _entry(_("Outbox"), "outbox", "core.outboxentry"),
                    _entry(_("Search index"), "manage_search", "search.indexedconversation"),
                    _entry(_("Vectors"), "hub", "search.embeddedconversation"),
                    _entry(_("Staff permissions"), "shield_person", "auth.group"),
                    _entry(_("Audit"), "fact_check", "moderation.auditentry"),
                ],
            },
        ],
    },
}
