"""`manage.py gateway`: HTTP and WebSockets on one port."""

from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.presence import check_gateway_id
from messaging.gateway.server import serve


class Command(BaseCommand):
    help = "Serve HTTP and WebSockets until SIGTERM; then drain."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--gateway-id", default=settings.GATEWAY_ID)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_gateway_id(options["gateway_id"])
        except ValueError as exc:
            raise CommandError(str(exc)) from exc
        application = get_default_application()
        if not serve(application, gateway_id=options["gateway_id"], host=options["host"], port=options["port"]):
            raise CommandError("The gateway could not start; the reason is in the log.")
