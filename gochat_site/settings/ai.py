"""Language models: the one that turns text into vectors, and the one that agents speak with."""

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

# Any chat API of OpenAI's kind, and the model that agents use unless they name another; without either no model is
# configured, and agents answer with the passages that they find.
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
AI_MODEL = env.str("AI_MODEL", "")
# What a question may hold in all (instructions, earlier turns, passages), in tokens.
AI_PROMPT_TOKENS = env.int("AI_PROMPT_TOKENS", 6_000)
# The ids of the users that are agents, as a callable; empty: there are none.
AGENT_ROSTER = "ai_agent.roster.agent_ids"
# Days for which people can see which of their messages went to which model, and the staff what was used.
AI_LEDGER_KEPT_DAYS = env.int("AI_LEDGER_KEPT_DAYS", 365)
AI_USE_KEPT_DAYS = env.int("AI_USE_KEPT_DAYS", 400)
