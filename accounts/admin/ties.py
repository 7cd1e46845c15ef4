"""Friendships, requests and blocks: looked at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, FriendRequest, Friendship, fold_username
from core.admin_base import ReadOnlyAdmin


class TieAdmin(ReadOnlyAdmin):
    """Rows between two users, found by the id or name of either."""

    sides: ClassVar[tuple[str, str]]
    ordering = ("-pk",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.sides, "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.sides)


@admin.register(Friendship)
class FriendshipAdmin(TieAdmin):
    """Friendships: a row for each side. Remarks are the user's own business."""

    sides = ("user", "friend")
    fields = ("user", "friend", "created_at")
    id_lookups = ("user_id", "friend_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A user, by id or name")


@admin.register(Block)
class BlockAdmin(TieAdmin):
    """Who accepts no direct messages from whom."""

    sides = ("blocker", "blocked")
    fields = ("blocker", "blocked", "created_at")
    id_lookups = ("blocker_id", "blocked_id")
    text_lookups: ClassVar = {
        "blocker__username_folded__has_prefix": fold_username,
        "blocked__username_folded__has_prefix": fold_username,
    }
    search_help_text = FriendshipAdmin.search_help_text


@admin.register(FriendRequest)
class FriendRequestAdmin(TieAdmin):
    """Open friend requests, without what was written in them."""

    sides = ("sender", "recipient")
    fields = ("sender", "recipient", "created_at")
    id_lookups = ("sender_id", "recipient_id")
    text_lookups: ClassVar = {
        "sender__username_folded__has_prefix": fold_username,
        "recipient__username_folded__has_prefix": fold_username,
    }
    search_help_text = FriendshipAdmin.search_help_text
