"""The outbox: what an HTTP write must still push, kept in the transaction that wrote it."""

from typing import ClassVar

from django.db import models


class OutboxEntry(models.Model):
    """One thing to push for one conversation.

    Written in the transaction that appended the event, deleted in the transaction of the relay that published it. Rows
    of a conversation are published in rising id; the conversation's row lock makes that its seq order.
    """

    conversation_id = models.BigIntegerField()
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "outbox entry"
        verbose_name_plural = "outbox entries"
        indexes: ClassVar = [
            models.Index(fields=["conversation_id", "id"], name="outbox_conversation"),
            models.Index(fields=["created_at"], name="outbox_age"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.pk}"
