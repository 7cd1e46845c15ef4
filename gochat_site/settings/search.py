"""The full-text engine."""

from typing import Any

from gochat_site.settings.base import env, service_url

ELASTICSEARCH_URL = service_url("ELASTICSEARCH_URL", "http://127.0.0.1:9200")
# The client is search/engine.py's; documents follow the log through indexing, not through signals.
ELASTICSEARCH_DSL: dict[str, Any] = {}
ELASTICSEARCH_DSL_AUTOSYNC = False
ELASTICSEARCH_DSL_AUTO_REFRESH = False
ELASTICSEARCH_DSL_SIGNAL_PROCESSOR = "django_elasticsearch_dsl.signals.BaseSignalProcessor"
# Documents a second and process that follow the log; 0: as many as the engine takes.
INDEXING_MAX_PER_S = env.int("INDEXING_MAX_PER_S", 0)
