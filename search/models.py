"""How far the log has been taken into the search index and into vectors, and the vectors themselves.

Conversations, messages and people are named by their ids, without foreign keys: the vectors may live in another
database (search/router.py), and positions may be thrown away at any time: what they count is then done again.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from pgvector.django import HnswIndex, VectorField

from core.fields import BinaryCharField


class IndexedConversation(models.Model):
    """Up to which seq a conversation's log is in one index of the engine.

    A position counts for the index that it names (`search.documents.find_identity`) and for no other, so that an engine
    that has come back empty, or an index that is being built beside the one in use, simply begins at 0.
    """

    conversation_id = models.BigIntegerField(_("conversation"))
    index_name = BinaryCharField(_("index"), max_length=100)
    indexed_seq = models.BigIntegerField(_("indexed seq"), default=0)
    indexed_at = models.DateTimeField(_("indexed"), db_default=Now())

    class Meta:
        verbose_name = _("indexed conversation")
        verbose_name_plural = _("indexed conversations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation_id", "index_name"], name="one_index_position")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.indexed_seq}"


class FilledIndex(models.Model):
    """An index of people or groups that has been filled as a whole: another one of that name has not."""

    base = models.CharField(max_length=40)
    index_name = BinaryCharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.index_name


class PendingPerson(models.Model):
    """A user whose names have changed and whose document has not yet: written in the transaction of the change."""

    user_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.user_id)


class EmbeddingModel(models.Model):
    """A version of the embedding model: vectors of different versions are not compared with each other.

    `means` maps a language ("zh", "en", "other"; "query-zh" ... for queries) to the mean vector that is taken away
    before they are normalised; `differences` are the directions, each of length one and at right angles to the others,
    in which two languages say the same thing most differently, and which are taken out. The primary key is a digest of
    everything that the vectors depend on (the model's name, the prefixes, the text from which the means were
    estimated), so that every process names the same version alike.
    """

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(_("model"), max_length=200)
    dimensions = models.PositiveIntegerField(_("dimensions"))
    means = models.JSONField()
    differences = models.JSONField()
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        verbose_name = _("embedding model")
        verbose_name_plural = _("embedding models")

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class EmbeddedConversation(models.Model):
    """Up to which seq a conversation's log is in vectors of one version of the model.

    Changed in the transaction that writes the passages, under this row's lock.
    """

    conversation_id = models.BigIntegerField(_("conversation"), primary_key=True)
    embedded_seq = models.BigIntegerField(_("embedded seq"), default=0)
    model_id = models.BigIntegerField(_("embedding model"))
    embedded_at = models.DateTimeField(_("embedded"), db_default=Now())

    class Meta:
        verbose_name = _("embedded conversation")
        verbose_name_plural = _("embedded conversations")

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.embedded_seq}"


class Passage(models.Model):
    """A piece of a conversation with its vector: short messages that follow each other, or a part of a long one.

    Covers `first_seq` to `last_seq`; pieces of one conversation do not overlap, but for the parts (0, 1, ...) of one
    long message. `message_ids` and `sender_ids` are integers in the order of the log. The text is not kept: it is in
    the messages. `text_hash` tells whether the piece has changed.
    """

    conversation_id = models.BigIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    part = models.PositiveIntegerField(default=0)
    message_ids = models.JSONField(default=list)
    sender_ids = models.JSONField(default=list)
    language = models.CharField(max_length=5)
    text_hash = models.CharField(max_length=32)
    embedding = VectorField(dimensions=settings.EMBEDDINGS_DIMENSIONS)
    model_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation_id", "first_seq", "part"], name="one_passage")
        ]
        indexes: ClassVar = [
            HnswIndex(
                name="passage_nearest", fields=["embedding"], opclasses=["vector_cosine_ops"], m=16, ef_construction=64
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.first_seq}-{self.last_seq}"
