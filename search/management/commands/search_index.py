"""`manage.py search_index --rebuild --use-alias`: the search indices anew, without a moment in which nothing is found.

Takes the place of django-elasticsearch-dsl's command of this name, which would copy rows while they change and lose
what is written meanwhile.
"""

from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.management.progress import Bar
from search import documents
from search.documents import DOCUMENTS
from search.engine import EngineUnavailableError
from search.services import sweeping
from search.services.filling import Progress
from search.services.rebuilding import BASES, rebuild

LOCK = "search-index-rebuild"
LOCK_S = 300


class Command(BaseCommand):
    help = (
        "Makes the search indices that are missing (--create), brings them up to date (--populate), or builds new ones."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        action = parser.add_mutually_exclusive_group(required=True)
        action.add_argument("--create", action="store_true", help="make what is missing")
        action.add_argument("--populate", action="store_true", help="bring what there is up to date")
        action.add_argument("--rebuild", action="store_true", help="build new indices beside those in use")
        parser.add_argument("--use-alias", action="store_true", help="with --rebuild: change over at the end")
        parser.add_argument("--index", choices=sorted(DOCUMENTS), action="append", help="these alone (all)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"] and not options["use_alias"]:
            raise CommandError("--rebuild needs --use-alias: nothing would be found while the index is filled.")
        try:
            if options["create"]:
                made = documents.ensure_indices()
                self.stdout.write(f"Made: {', '.join(made)}." if made else "Every index is there.")
            elif options["populate"]:
                self._populate()
            else:
                self._rebuild(options["index"] or BASES)
        except EngineUnavailableError as exc:
            raise CommandError(f"The search engine is away: {exc}") from exc

    def _populate(self) -> None:
        while sweeping.sweep_documents():
            pass
        self.stdout.write("The indices are up to date.")

    def _rebuild(self, bases: list[str] | tuple[str, ...]) -> None:
        if not cache.add(LOCK, "1", LOCK_S):
            raise CommandError("Another rebuild is at work (or was, until a few minutes ago).")
        bars: list[Bar] = []

        def announce(title: str, total: int) -> Progress:
            if bars:
                bars[-1].finish()
            bar = Bar(title, total, self.stdout)
            bars.append(bar)

            def progress(count: int) -> None:
                cache.touch(LOCK, LOCK_S)
                bar.advance(count)

            return progress

        try:
            for base in bases:
                rebuild(base, announce)
        finally:
            cache.delete(LOCK)
        bars[-1].finish()
        self.stdout.write("The new indices are in use.")
