"""What is logged, and how."""

from gochat_site.settings.base import DEBUG, env

LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOGGING_CONFIG = "core.logs.configure"
LOGGING = {"level": LOG_LEVEL, "as_json": env.bool("LOG_JSON", not DEBUG)}
