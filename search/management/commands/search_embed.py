"""`manage.py search_embed`: vectors of everything that has none of the present model, with a bar.

After a change of EMBEDDINGS_MODEL. The sweep does the same in the background; this is for those who want to watch, or
whose new model makes vectors of another length (`--dimensions`).
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction
from django.db.models import Sum

from core.management.progress import Bar
from messaging.models import Conversation
from search.embeddings import EmbeddingsUnavailableError, current_model
from search.models import EmbeddedConversation, Passage
from search.services import embedding

PAGE = 200


class Command(BaseCommand):
    help = (
        "Embeds what has no vectors of the present model; --dimensions first fits the column to EMBEDDINGS_DIMENSIONS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dimensions", action="store_true", help="drop all vectors, fit the column")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dimensions"]:
            fit_dimensions()
        try:
            self._embed(current_model().pk)
        except EmbeddingsUnavailableError as exc:
            raise CommandError(f"The embeddings API is away: {exc}") from exc

    def _embed(self, model_id: int) -> None:
        live = Conversation.objects.filter(dissolved_at=None)
        total = live.aggregate(total=Sum("last_seq"))["total"] or 0
        done = EmbeddedConversation.objects.filter(model_id=model_id).aggregate(total=Sum("embedded_seq"))["total"] or 0
        bar = Bar(settings.EMBEDDINGS_MODEL, max(0, total - done), self.stdout)
        # The newest first: they are what people look for.
        last = None
        while page := list(self._page(live, last)):
            embedding.catch_up(page, progress=bar.advance)
            last = page[-1]
        bar.finish()

    @staticmethod
    def _page(live: Any, last: int | None) -> Any:
        rows = live if last is None else live.filter(pk__lt=last)
        return rows.order_by("-pk").values_list("pk", flat=True)[:PAGE]


def fit_dimensions() -> None:
    """Empties the vectors' tables and gives the column EMBEDDINGS_DIMENSIONS."""
    connection = connections[settings.VECTOR_DATABASE]
    table = connection.ops.quote_name(Passage._meta.db_table)
    with transaction.atomic(using=settings.VECTOR_DATABASE), connection.cursor() as cursor:
        Passage.objects.all().delete()
        EmbeddedConversation.objects.all().delete()
        cursor.execute(f"ALTER TABLE {table} ALTER COLUMN embedding TYPE vector({int(settings.EMBEDDINGS_DIMENSIONS)})")
