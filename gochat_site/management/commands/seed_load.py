"""`manage.py seed_load`: many users, a group and direct conversations for load tests, in bulk (development only)."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gochat_site.seeding.load import LoadPlan, seed_load


class Command(BaseCommand):
    help = "Makes users load-1 ... load-N, a group of the first M and P directs; prints one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, required=True, metavar="N")
        parser.add_argument("--group", default="", metavar="NAME")
        parser.add_argument("--group-size", type=int, default=0, metavar="M")
        parser.add_argument("--directs", type=int, default=0, metavar="P")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("seed_load is for development: it is refused when DEBUG is off.")
        users, directs, group_size = options["users"], options["directs"], options["group_size"]
        if users < 1 or not 0 <= directs * 2 <= users or not 0 <= group_size <= users:
            raise CommandError("--users must be at least 1, twice --directs, and --group-size.")
        if bool(options["group"]) != bool(group_size):
            raise CommandError("--group and --group-size go together.")
        for line in seed_load(LoadPlan(users, directs, options["group"], group_size)):
            self.stdout.write(json.dumps(line))
