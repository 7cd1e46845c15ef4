"""`manage.py ensure_world`: the world room, which every site has; part of every deployment, after `migrate`."""

from typing import Any

from django.core.management.base import BaseCommand

from messaging.services.conversations import ensure_world


class Command(BaseCommand):
    help = "Makes the world room where there is none yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The world room is conversation {ensure_world().pk}.")
