"""`manage.py seed_demo`: named people, a small group and some talk in a new database (development only)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gochat_site.seeding.demo import ADMIN, PASSWORD, PEOPLE, seed_demo


class Command(BaseCommand):
    help = "Makes the world room and, in a database without users, the demo people and their chats; prints log-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("seed_demo is for development: it is refused when DEBUG is off.")
        if not seed_demo():
            self.stdout.write("No demo: this database has users of its own.")
            return
        names = ", ".join(person.username for person in PEOPLE)
        self.stdout.write(f"Demo log-ins: {names} (password {PASSWORD})")
        self.stdout.write(f"Admin at /admin/: {ADMIN} (password {PASSWORD})")
