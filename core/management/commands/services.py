"""`manage.py services`: the addresses in use, as one JSON object, for operators and tools."""

import json
import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

ADDRESSES = (
    "DATABASE_URL",
    "VECTOR_DATABASE_URL",
    "REDIS_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "S3_ENDPOINT_URL",
    "ELASTICSEARCH_URL",
    "EMBEDDINGS_BASE_URL",
    "OPENAI_BASE_URL",
)
PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):([^@\s]*)@")


class Command(BaseCommand):
    """Prints the settings that hold addresses and are set; their secrets only while DEBUG is on."""

    help = "Print the addresses of the services in use as one JSON object."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--redact", action="store_true", help="redact the secrets although DEBUG is on")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        redact = options["redact"] or not settings.DEBUG
        addresses = {name: value for name in ADDRESSES if (value := getattr(settings, name, ""))}
        if redact:
            addresses = {name: redact_password(value) for name, value in addresses.items()}
        self.stdout.write(json.dumps(addresses))


def redact_password(url: str) -> str:
    """The address with its password, if it has one, replaced by three asterisks."""
    return PASSWORD.sub(r"\1:***@", url)
