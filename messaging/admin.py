"""Conversations, members and the log, for moderators: who, when and where, never what was written."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, TabularInline, as_number, display, link_to, link_to_list
from core.ids import MAX_CONVERSATION_ID, MAX_SEQ, SEQ_BITS, log_range
from core.models import OutboxEntry
from messaging.admin_trace import draw_timeline, show_trace
from messaging.models import Conversation, ConversationKind, LogEvent, Member, Message

ROLE_LABELS = {"owner": "success", "admin": "info", "member": "default"}
KIND_LABELS = {"direct": "default", "group": "info", "world": "success", "agent": "warning"}


class MemberInline(TabularInline):
    """A page of the members. The rows are the program's: they are looked at here."""

    model = Member
    fields = ("user_link", "role", "joined_at", "left_at", "muted_until", "read_seq", "received_seq")
    readonly_fields = fields
    per_page = 20
    extra = 0
    tab = True
    ordering = ("pk",)
    hide_title = True

    @admin.display(description=_("user"))
    def user_link(self, member: Member) -> str:
        """Who."""
        return link_to(User, member.user_id, member.user.username)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("user", "conversation").defer("draft")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Logs and who takes part in them."""

    list_display = ("id", "kind_label", "title", "member_count", "last_seq", "created_at", "dissolved_at")
    list_filter = (
        "kind",
        "muted_all",
        ("created_at", RangeDateTimeFilter),
        ("dissolved_at", admin.EmptyFieldListFilter),
    )
    list_filter_submit = True
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    search_help_text = _("A conversation's id")
    fields = (
        "kind", "title", "related", "member_count", "last_seq", "last_ordinal", "members_version", "muted_all",
        "announcement_only", "slow_mode_s", "ai_max", "created_at", "changed_at", "dissolved_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (MemberInline,)

    @display(description=_("kind"), ordering="kind", label=KIND_LABELS)
    def kind_label(self, conversation: Conversation) -> tuple[str, str]:
        """The kind as a coloured label."""
        return conversation.kind, conversation.get_kind_display()

    @admin.display(description=_("Belonging to this conversation"))
    def related(self, conversation: Conversation) -> str:
        """Links to what hangs on it."""
        links = [
            link_to_list(Member, _("Members"), conversation_id=conversation.pk),
            link_to_list(Message, _("Messages"), conversation_id=conversation.pk),
            link_to_list(LogEvent, _("Events"), conversation_id=conversation.pk),
            link_to_list(OutboxEntry, _("Outbox"), conversation_id=conversation.pk),
        ]
        if conversation.kind == ConversationKind.GROUP:
            links.insert(0, link_to(Conversation._meta.get_field("group").related_model, conversation.pk, _("Group")))
        return format_html_join(" · ", "{}", ((link,) for link in links))


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    """Who is, or was, in which conversation. Drafts are not shown."""

    list_display = ("id", "user_link", "conversation_link", "role_label", "joined_at", "left_at", "muted_until")
    list_filter = ("role", ("left_at", admin.EmptyFieldListFilter), "conversation__kind")
    list_filter_submit = True
    list_select_related = ("user", "conversation")
    ordering = ("-pk",)
    id_lookups = ("user_id", "conversation_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A user, by id or name, or a conversation's id")
    fields = (
        "user_link", "conversation_link", "role", "joined_at", "left_at", "visible_from", "read_seq", "received_seq",
        "muted_until", "muted", "pinned", "archived", "ai", "changed_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).defer("draft")

    @admin.display(description=_("user"), ordering="user")
    def user_link(self, member: Member) -> str:
        """Who."""
        return link_to(User, member.user_id, member.user.username)

    @admin.display(description=_("conversation"), ordering="conversation")
    def conversation_link(self, member: Member) -> str:
        """Where."""
        return link_to(Conversation, member.conversation_id, member.conversation)

    @display(description=_("role"), ordering="role", label=ROLE_LABELS)
    def role_label(self, member: Member) -> tuple[str, str]:
        """The role as a coloured label."""
        return member.role, member.get_role_display()


class LogAdmin(ReadOnlyAdmin):
    """One table of the log: empty until an entry or a conversation is named, since nobody browses a billion rows.

    A search term is an entry's id, `conversation/seq`, or a conversation's id (ids of entries start above it).
    """

    ordering = ("-pk",)
    search_help_text = _("An id, or conversation/seq")
    list_before_template = "core/lookup_hint.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        conversation_id = as_number(request.GET.get("conversation_id__exact", ""))
        if conversation_id is not None:
            queryset = queryset.filter(pk__range=log_range(conversation_id, 0, MAX_SEQ))
        term = search_term.strip()
        if not term:
            return (queryset if conversation_id is not None else queryset.none()), False
        return queryset.filter(pk__range=_named_range(term)), False

    @admin.display(description=_("conversation"))
    def conversation_link(self, entry: Message | LogEvent) -> str:
        """Where."""
        return link_to(Conversation, entry.conversation_id, entry.conversation_id)


def _named_range(term: str) -> tuple[int, int]:
    """The closed range of log ids that a search term names; an empty one where it names nothing."""
    conversation, slash, seq = term.partition("/")
    number, place = as_number(conversation), as_number(seq)
    if number is not None and not slash and number >> SEQ_BITS:
        return number, number
    if number is None or number > MAX_CONVERSATION_ID or (slash and place is None):
        return 0, -1
    return log_range(number, 0, MAX_SEQ) if place is None else log_range(number, place, place)


def _name_of(field: str) -> Subquery:
    """The username of whom a log row names: a look-up by key for each row shown, in the same query."""
    return Subquery(User.objects.filter(pk=OuterRef(field)).values("username")[:1])


@admin.register(Message)
class MessageAdmin(LogAdmin):
    """Messages: who, when and where. Their text does not leave the database here: content is for the report flow."""

    METADATA: ClassVar = (
        "id", "conversation_id", "seq", "ordinal", "sender_id", "client_msg_id", "kind", "file_id", "reply_to",
        "created_at", "edited_at", "recalled_at", "hidden_at",
    )  # fmt: skip
    list_display = ("id", "conversation_link", "seq", "sender_link", "kind", "created_at", "state")
    fields = (
        "id", "conversation_link", "seq", "ordinal", "sender_link", "client_msg_id", "kind", "file_id", "reply_link",
        "created_at", "edited_at", "recalled_at", "hidden_at",
    )  # fmt: skip
    readonly_fields = (*fields, "delivery")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, "delivery") if request.user.has_perm("messaging.trace_message") else self.fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.trace_view)
        return [path("<path:object_id>/trace/", view, name="messaging_message_trace"), *super().get_urls()]

    def trace_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where the message has been, and why somebody did not get it."""
        return show_trace(request, object_id, self.admin_site.each_context(request))

    @admin.display(description=_("delivery"))
    def delivery(self, message: Message) -> str:
        """The way it went, for who may see that."""
        return draw_timeline(message)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).only(*self.METADATA)
        named: QuerySet[Any] = rows.annotate(username=_name_of("sender_id"))
        return named

    @admin.display(description=_("sender"))
    def sender_link(self, message: Message) -> str:
        """Who wrote it."""
        return link_to(User, message.sender_id, getattr(message, "username", None) or message.sender_id)

    @admin.display(description=_("reply to"))
    def reply_link(self, message: Message) -> str:
        """What it answers."""
        return link_to(Message, message.reply_to, message.reply_to) if message.reply_to else "-"

    @display(description=_("state"), label={"recalled": "warning", "hidden": "danger", "edited": "info"})
    def state(self, message: Message) -> tuple[str, Any] | None:
        """What has become of it."""
        if message.hidden_at is not None:
            return "hidden", _("hidden")
        if message.recalled_at is not None:
            return "recalled", _("recalled")
        return ("edited", _("edited")) if message.edited_at is not None else None


@admin.register(LogEvent)
class LogEventAdmin(LogAdmin):
    """Every entry of the log that is not a message."""

    list_display = ("id", "conversation_link", "seq", "event", "actor_link", "at")
    fields = ("id", "conversation_link", "seq", "event", "actor_link", "message_link", "client_msg_id", "payload", "at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        named: QuerySet[Any] = super().get_queryset(request).annotate(username=_name_of("actor_id"))
        return named

    @admin.display(description=_("actor"))
    def actor_link(self, entry: LogEvent) -> str:
        """Who did it."""
        return link_to(User, entry.actor_id, getattr(entry, "username", None) or entry.actor_id)

    @admin.display(description=_("message"))
    def message_link(self, entry: LogEvent) -> str:
        """The message it is about."""
        return link_to(Message, entry.message_id, entry.message_id) if entry.message_id else "-"
