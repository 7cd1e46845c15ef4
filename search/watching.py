"""What operators see of search, from the moment this module is imported: health, and how far it is behind."""

from core import health
from search.embeddings import api
from search.engine import check_engine
from search.lag import show_lag

health.register("search", check_engine)
health.register("embeddings", api.answers)
show_lag()
