"""What operators see of search in every process, from the moment this module is imported: health."""

from core import health
from search.embeddings import api
from search.engine import check_engine

health.register("search", check_engine)
health.register("embeddings", api.answers)
