"""`manage.py seed_demo`: named people, a small group, some talk and the world room, once (development only)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gochat_site.seeding.demo import ADMIN, PASSWORD, PEOPLE, seed_demo


class Command(BaseCommand):
    help = "Makes the demo people, their chats and the world room where there are none yet, and prints the log-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("seed_demo is for development: it is refused when DEBUG is off.")
        seed_demo()
        names = ", ".join(person.username for person in PEOPLE)
        self.stdout.write(f"Demo log-ins: {names} (password {PASSWORD})")
        self.stdout.write(f"Admin at /admin/: {ADMIN} (password {PASSWORD})")
