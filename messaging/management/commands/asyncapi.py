"""`manage.py asyncapi`: writes the socket's contract as docs/asyncapi.yaml, or says whether that file is current."""

from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.asyncapi import build_document


class Command(BaseCommand):
    help = "Write the socket's contract (AsyncAPI 3) from the frames' structs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=Path(settings.BASE_DIR) / "docs/asyncapi.yaml")
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        text = yaml.safe_dump(build_document(), sort_keys=False, allow_unicode=True, width=120)
        if not options["check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            raise CommandError(f"{path} is not current: run manage.py asyncapi.")
