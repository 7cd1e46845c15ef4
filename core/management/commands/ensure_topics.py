"""Create the Kafka topics that the project reads and writes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.kafka.port import KafkaError
from core.kafka.topics import ALL, ensure_topics


class Command(BaseCommand):
    help = "Create the Kafka topics that do not exist yet; existing ones are left as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            created = set(ensure_topics())
        except KafkaError as error:
            raise CommandError(str(error)) from error
        for topic in ALL:
            self.stdout.write(f"{topic.name}: {'created' if topic.name in created else 'exists'}")
