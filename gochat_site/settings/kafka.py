"""Kafka: the log of what is sent, and of what is delivered."""

from gochat_site.settings.base import env, service_url

KAFKA_BOOTSTRAP_SERVERS = service_url("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
KAFKA_CLIENT = env.str("KAFKA_CLIENT", "confluent")
KAFKA_TOPIC_PREFIX = env.str("KAFKA_TOPIC_PREFIX", "")
# How many brokers keep each record, and how many of them must have it before it counts as written: a majority.
KAFKA_REPLICATION_FACTOR = int(service_url("KAFKA_REPLICATION_FACTOR", "1"))
KAFKA_MIN_INSYNC_REPLICAS = env.int("KAFKA_MIN_INSYNC_REPLICAS", KAFKA_REPLICATION_FACTOR // 2 + 1)
