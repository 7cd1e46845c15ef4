"""Which database holds what: the vectors may live in a PostgreSQL of their own, beside a main database of any kind."""

from typing import Any, Final

from django.conf import settings
from django.db.models import Model

VECTOR_MODELS: Final = frozenset({"embeddingmodel", "embeddedconversation", "passage"})


class VectorRouter:
    """Keeps the vector models in `settings.VECTOR_DATABASE`, and everything else out of a database made for them."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str | None:
        return settings.VECTOR_DATABASE if _holds_vectors(model._meta.app_label, model._meta.model_name) else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        """`hints["vectors"]` marks an operation without a model that belongs to the vectors."""
        if hints.get("vectors") or _holds_vectors(app_label, model_name):
            return db == settings.VECTOR_DATABASE
        return None if db == "default" else False


def _holds_vectors(app_label: str, model_name: str | None) -> bool:
    return app_label == "search" and model_name in VECTOR_MODELS
