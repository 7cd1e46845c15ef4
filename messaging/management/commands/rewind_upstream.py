"""`manage.py rewind_upstream SINCE`: the logic workers read again what came since then. After a restore: what clients
sent after the backup is still in Kafka for a day, and what is stored already is not stored twice."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.kafka import pure
from core.kafka.port import KafkaError
from core.kafka.topics import UPSTREAM, UPSTREAM_GROUP


class Command(BaseCommand):
    help = "Lets the logic workers, all of which must be stopped, read again the commands that came since a time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("since", type=datetime.fromisoformat, help="ISO 8601; without an offset it is UTC")

    def handle(self, *args: Any, **options: Any) -> None:
        since: datetime = options["since"]
        if timezone.is_naive(since):
            since = timezone.make_aware(since, timezone.get_default_timezone())
        group = f"{settings.KAFKA_TOPIC_PREFIX}{UPSTREAM_GROUP}"
        try:
            offsets = pure.rewind_group(
                settings.KAFKA_BOOTSTRAP_SERVERS, group, UPSTREAM.name, int(since.timestamp() * 1000)
            )
        except KafkaError as error:
            raise CommandError(f"{error}. Are all logic workers stopped?") from error
        for (topic, partition), offset in sorted(offsets.items()):
            self.stdout.write(f"{topic}/{partition}: from {offset} on")
