"""Language models: the one that turns text into vectors."""

from gochat_site.settings.base import env, service_url

# Any embeddings API of OpenAI's kind. `{kind}` in the model's name becomes "query" or "passage", for servers that tell
# the two apart by it; others want a prefix before the text, or neither.
EMBEDDINGS_BASE_URL = service_url("EMBEDDINGS_BASE_URL", "http://127.0.0.1:8081/v1")
EMBEDDINGS_API_KEY = env.str("EMBEDDINGS_API_KEY", "")
EMBEDDINGS_MODEL = env.str("EMBEDDINGS_MODEL", "multilingual-e5-small-{kind}")
EMBEDDINGS_DIMENSIONS = env.int("EMBEDDINGS_DIMENSIONS", 384)
EMBEDDINGS_QUERY_PREFIX = env.str("EMBEDDINGS_QUERY_PREFIX", "")
EMBEDDINGS_PASSAGE_PREFIX = env.str("EMBEDDINGS_PASSAGE_PREFIX", "")
# Passages in one request. An embedded server works on one request at a time: a query waits for no more than one.
EMBEDDINGS_BATCH = env.int("EMBEDDINGS_BATCH", 4)
