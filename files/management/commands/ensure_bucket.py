"""Create the bucket that files are kept in."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from files.objects import get_store


class Command(BaseCommand):
    help = "Create the bucket of S3_BUCKET when it does not exist yet."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            is_new = get_store().ensure_bucket()
        except DomainError as error:
            raise CommandError("Object storage cannot be reached, or refuses: see the log.") from error
        self.stdout.write(f"{settings.S3_BUCKET}: {'created' if is_new else 'exists'}")
