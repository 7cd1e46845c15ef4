"""Puts every sealed secret under the first key of SEALING_KEYS, so that the keys behind it may be taken away."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.second_factor import reseal_authenticators


class Command(BaseCommand):
    help = "Seal the keys of authenticators anew, with the first of SEALING_KEYS. Recovery codes stay under theirs."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Sealed {reseal_authenticators()} authenticators with the first key.")
