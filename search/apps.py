from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from search.engine import connect_documents


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = _("Search")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the documents their connection, and operators a view of what search needs."""
        connect_documents()
        import_module("search.watching")
