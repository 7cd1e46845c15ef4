"""Conversations, their members, and the log: the messages and a second table for every other event, under one seq.

Log tables carry the conversation id in every key and have no foreign-key constraints, so that they can be sharded and
so that inserting a message checks nothing that the write path has not already checked under the conversation's lock.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import BinaryCharField


class ConversationKind(models.TextChoices):
    DIRECT = "direct", _("direct")
    GROUP = "group", _("group")
    WORLD = "world", _("world room")
    AGENT = "agent", _("agent")


class AiSetting(models.TextChoices):
    OFF = "off", _("off")
    ON_REQUEST = "on_request", _("on request")
    INDEXED = "indexed", _("indexed")


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ADMIN = "admin", _("admin")
    MEMBER = "member", _("member")


class MessageKind(models.TextChoices):
    TEXT = "text", _("text")
    IMAGE = "image", _("image")
    FILE = "file", _("file")
    VOICE = "voice", _("voice")


class Conversation(models.Model):
    """One log and who may take part. Its row lock orders every write to the log.

    `last_seq` counts log entries, `last_ordinal` messages alone. `members_version` is raised by every transaction that
    changes who is a member or what a member may do; caches of the members are valid for exactly one version.
    `changed_at` is set by the database's clock with every log entry and every change of the conversation's own fields.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=ConversationKind.choices)
    direct_key = BinaryCharField(max_length=41, unique=True, null=True, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=100, blank=True)
    avatar = BinaryCharField(max_length=43, blank=True, default="", editable=False)  # see accounts.avatars
    last_seq = models.BigIntegerField(_("last seq"), default=0)
    last_ordinal = models.BigIntegerField(default=0)
    last_message_seq = models.BigIntegerField(default=0)
    members_version = models.BigIntegerField(default=1)
    member_count = models.PositiveIntegerField(_("members"), default=0)
    muted_all = models.BooleanField(_("muted for all"), default=False)
    announcement_only = models.BooleanField(_("announcements only"), default=False)
    slow_mode_s = models.PositiveIntegerField(_("slow mode (s)"), default=0)
    ai_max = models.CharField(max_length=10, choices=AiSetting.choices, default=AiSetting.INDEXED)
    created_at = models.DateTimeField(_("created"), default=clock.now, db_index=True)
    changed_at = models.DateTimeField(_("changed"), db_default=Now())
    dissolved_at = models.DateTimeField(_("dissolved"), null=True, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.title}".strip()


def direct_key(user_id: int, other_id: int) -> str:
    """The key that the same two people always share, whoever asks."""
    return f"{min(user_id, other_id)}:{max(user_id, other_id)}"


class Member(models.Model):
    """A person's place in a conversation. Who has left keeps the row with `left_at`, so that `sync` can say "removed".

    `visible_from` is the first seq the member may see (`first_seq` on the wire). `read_ordinal` is the ordinal of the
    last message at or below `read_seq`, so that the unread count is a subtraction. `muted_until` silences the member;
    `muted`, `pinned`, `archived` and `draft` are the member's own view of the chat.
    """

    # No index for either alone: the two below begin with them, and a group of 100,000 is inserted with them.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    role = models.CharField(_("role"), max_length=6, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(_("joined"), default=clock.now)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    visible_from = models.BigIntegerField(default=1)
    read_seq = models.BigIntegerField(_("read"), default=0)
    read_ordinal = models.BigIntegerField(default=0)
    received_seq = models.BigIntegerField(_("received"), default=0)
    muted_until = models.DateTimeField(_("silenced until"), null=True, blank=True)
    muted = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    draft = models.TextField(blank=True, default="")
    ai = models.CharField(max_length=10, choices=AiSetting.choices, default=AiSetting.ON_REQUEST)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "user"], name="one_membership")]
        indexes: ClassVar = [models.Index(fields=["user", "left_at"], name="member_of")]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.user_id}"


class Message(models.Model):
    """A message: its own row is its `message-stored` event. The primary key is `core.ids.log_id(conversation, seq)`.

    `ordinal` numbers the messages of a conversation without the other events. `payload_hash` tells a repetition of a
    command from another command under the same client_msg_id. Recalled and hidden messages keep their row, without
    content.
    """

    id = models.BigIntegerField(primary_key=True)
    conversation_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    ordinal = models.BigIntegerField()
    sender_id = models.BigIntegerField()
    client_msg_id = BinaryCharField(max_length=36)
    payload_hash = models.BigIntegerField()
    kind = models.CharField(max_length=6, choices=MessageKind.choices, default=MessageKind.TEXT)
    text = models.TextField(blank=True)
    file_id = models.BigIntegerField(null=True, blank=True)
    mentions = models.JSONField(null=True, blank=True)
    reply_to = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions: ClassVar = [("trace_message", _("Can trace the delivery of messages"))]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation_id", "sender_id", "client_msg_id"], name="one_message")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Attachment(models.Model):
    """A message carries a file. Both may be many to each other over time: a file can be sent again, and forwarded.

    Rows are written with the message and deleted with its content, so that who may see a file, and whether any message
    still carries it, is looked up here, and the message's own table needs no index for it.
    """

    file_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField()
    seq = models.BigIntegerField()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints: ClassVar = [models.UniqueConstraint(fields=["file_id", "message_id"], name="one_attachment")]

    def __str__(self) -> str:
        return f"{self.file_id} on {self.message_id}"


class Citation(models.Model):
    """A message that an agent's answer rests on, by its place in the answer (from 1), with the words that were quoted.

    `taken_at` is when these words were read. Once the cited message is edited, recalled, hidden or erased, the row is
    `withdrawn` and its quote empty: an answer keeps nothing that its source has taken back.
    """

    answer_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField()
    message_id = models.BigIntegerField(db_index=True)
    quote = models.TextField(blank=True)
    taken_at = models.DateTimeField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        constraints: ClassVar = [models.UniqueConstraint(fields=["answer_id", "position"], name="one_citation")]

    def __str__(self) -> str:
        return f"{self.answer_id} [{self.position}]"


class LogEvent(models.Model):
    """Every entry of the log that is not a message: edits, recalls, reactions, pins, membership, group changes.

    `payload` holds what the event is about as ids, never content: an event is shown with the message's present state.
    """

    id = models.BigIntegerField(primary_key=True)
    conversation_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    event = models.CharField(max_length=24)
    actor_id = models.BigIntegerField()
    client_msg_id = BinaryCharField(max_length=36, null=True, blank=True)
    payload_hash = models.BigIntegerField(default=0)
    message_id = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation_id", "actor_id", "client_msg_id"], name="one_event")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class Mention(models.Model):
    """Who a message names: a row per member, or one row with EVERYONE for @all."""

    EVERYONE: ClassVar = 0

    conversation_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    user_id = models.BigIntegerField()
    sender_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "conversation_id", "seq"], name="one_mention")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq} @{self.user_id}"


class Reaction(models.Model):
    """One person's one emoji on one message."""

    message_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    emoji = BinaryCharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message_id", "emoji", "user_id"], name="one_reaction")
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.emoji}"


class Pin(models.Model):
    """A message pinned for everyone in its conversation."""

    conversation_id = models.BigIntegerField()
    message_id = models.BigIntegerField(unique=True)
    pinned_by_id = models.BigIntegerField()
    pinned_at = models.DateTimeField()

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        indexes: ClassVar = [models.Index(fields=["conversation_id", "pinned_at"], name="pins_of")]

    def __str__(self) -> str:
        return str(self.message_id)
