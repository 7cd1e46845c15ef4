"""The main database, the vectors' database, and what Redis does beside the broker."""

import socket
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from gochat_site.settings.base import env, service_url
from gochat_site.settings.kafka import KAFKA_TOPIC_PREFIX

DATABASE_URL = service_url("DATABASE_URL", "postgresql://gochat@127.0.0.1:5432/gochat")
REDIS_URL = service_url("REDIS_URL", "redis://127.0.0.1:6379/0")


def _database(url: str) -> dict[str, Any]:
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("postgresql"):
        # Threads of the gateway come and go; a pool keeps their connections. Pools do not mix with persistent ones.
        options["pool"] = {"min_size": 0, "max_size": env.int("DATABASE_POOL_SIZE", 16), "timeout": 5, "max_idle": 60}
        options["connect_timeout"] = 5
        # A server that vanished without a word (its machine, or the network to it, is gone) is given up after 15 s.
        options |= {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 15_000}
        # Only what asks for it is prepared on the server (messaging.store.postgres); None would forbid even that.
        options["prepare_threshold"] = 1_000_000
        # A write that cannot get its conversation within 2 s is retried or refused, never left hanging.
        # Who holds a lock and has fallen asleep (a stopped process, a paused machine) loses it after 10 s.
        options["options"] = "-c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
    else:
        options.update(charset="utf8mb4", isolation_level="read committed", connect_timeout=5)
        # The same; whoever needs longer than this for one statement has lost it.
        options.update(read_timeout=60, write_timeout=60)
        # The comment is for MariaDB alone: MySQL has no such time-out.
        options["init_command"] = (
            "SET sql_mode='STRICT_TRANS_TABLES', time_zone='+00:00', innodb_lock_wait_timeout=2"
            " /*M! , idle_transaction_timeout=10 */"
        )
        config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
    return config


DATABASES = {"default": _database(DATABASE_URL)}
# Vectors need PostgreSQL with pgvector: the main database, or one of their own.
VECTOR_DATABASE_URL = service_url("VECTOR_DATABASE_URL")
VECTOR_DATABASE = "vectors" if VECTOR_DATABASE_URL else "default"
if VECTOR_DATABASE_URL:
    DATABASES["vectors"] = _database(VECTOR_DATABASE_URL)
if not DATABASES[VECTOR_DATABASE]["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("VECTOR_DATABASE_URL must name a PostgreSQL where DATABASE_URL names none.")
DATABASE_ROUTERS = ["search.router.VectorRouter"]
# By the same: a connection on which nothing is acknowledged is given up, also one that only listens.
_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 15_000}
REDIS_KEEPALIVE: dict[str, Any] = {
    "socket_keepalive": True,
    "socket_keepalive_options": {
        getattr(socket, name): value for name, value in _KEEPALIVE.items() if hasattr(socket, name)
    },
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            # No keepalive here: redis-py spins on a connection that ends by it. core.moments finds out for itself.
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2}],
            "prefix": f"gochat.{KAFKA_TOPIC_PREFIX}",
        },
    }
}
