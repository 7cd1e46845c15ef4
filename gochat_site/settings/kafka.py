"""Kafka: the log of what is sent, and of what is delivered."""

from gochat_site.settings.base import env, service_url

KAFKA_BOOTSTRAP_SERVERS = service_url("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
KAFKA_CLIENT = env.str("KAFKA_CLIENT", "confluent")
KAFKA_TOPIC_PREFIX = env.str("KAFKA_TOPIC_PREFIX", "")
KAFKA_REPLICATION_FACTOR = env.int("KAFKA_REPLICATION_FACTOR", 1)
