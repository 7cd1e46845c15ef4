"""How far each conversation is in the search index and in vectors, for operators."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin_base import ReadOnlyAdmin, link_to
from messaging.models import Conversation
from search.models import EmbeddedConversation, EmbeddingModel, IndexedConversation


@admin.register(IndexedConversation)
class IndexedConversationAdmin(ReadOnlyAdmin):
    """Positions in the search index. One that stays behind means that neither a record nor the sweep gets through."""

    list_display = ("conversation_link", "indexed_seq", "behind", "indexed_at", "index_name")
    ordering = ("-indexed_at",)
    id_lookups = ("conversation_id",)
    search_help_text = _("A conversation's id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        ends = Conversation.objects.filter(pk=OuterRef("conversation_id")).values("last_seq")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(last_seq=Subquery(ends))
        return rows

    @admin.display(description=_("conversation"), ordering="conversation_id")
    def conversation_link(self, position: IndexedConversation) -> str:
        """Which."""
        return link_to(Conversation, position.conversation_id, position.conversation_id)

    @admin.display(description=_("behind"))
    def behind(self, position: Any) -> int:
        """How many log entries are missing."""
        return max(0, int(position.last_seq or 0) - int(position.indexed_seq))


@admin.register(EmbeddedConversation)
class EmbeddedConversationAdmin(ReadOnlyAdmin):
    """Positions in vectors."""

    list_display = ("conversation_id", "embedded_seq", "model_id", "embedded_at")
    ordering = ("-embedded_at",)
    id_lookups = ("pk",)
    search_help_text = _("A conversation's id")


@admin.register(EmbeddingModel)
class EmbeddingModelAdmin(ReadOnlyAdmin):
    """Versions of the embedding model; the newest is in use."""

    list_display = ("id", "name", "dimensions", "created_at")
    fields = list_display
    ordering = ("-created_at",)
