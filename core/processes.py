"""Tuning for the long-lived processes that handle every message: the gateway and the workers."""

import gc
from typing import Any

from django.db.backends.signals import connection_created

_YOUNG_OBJECTS = 20_000


def tune_process() -> None:
    """Call it once, when everything is imported.

    What lives for ever is taken out of the garbage collector's sight, and young objects are looked at less often: a
    batch makes thousands that reference counting frees by itself. Queries are no longer kept for debugging, which with
    DEBUG on would copy every batch's SQL.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 50, 100)
    connection_created.connect(_keep_no_queries, dispatch_uid="core.processes")


def _keep_no_queries(connection: Any, **_kwargs: Any) -> None:
    connection.make_debug_cursor = connection.make_cursor
