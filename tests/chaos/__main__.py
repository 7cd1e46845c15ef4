"""`make chaos SEED=... MINUTES=...`: random faults on a site of its own; ends with 1 where a promise was broken."""

import os
import random
import secrets
import sys
import tempfile

import django

from devstack.proxied import proxied_world


def main() -> None:
    """Read SEED and MINUTES, start the servers, play; what it came to is printed and written to var/chaos/."""
    seed = int(os.environ.get("SEED") or random.randrange(1 << 31))
    minutes = float(os.environ.get("MINUTES") or 5)
    with tempfile.TemporaryDirectory(prefix="gochat-chaos-logs-") as logs:
        os.environ.update(_environment(logs))
        with proxied_world() as world:
            os.environ.update(world.direct_env)
            django.setup()
            from tests.chaos.playing import play  # noqa: PLC0415 -- the models want settings with the addresses

            has_kept = play(world, seed=seed, minutes=minutes)
    sys.exit(0 if has_kept else 1)


def _environment(logs: str) -> dict[str, str]:
    """As a test run's: DEBUG on, keys of its own."""
    return {
        "DJANGO_SETTINGS_MODULE": "gochat_site.settings",
        "GOCHAT_TEST_DIR": logs,
        "DEBUG": "on",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }


if __name__ == "__main__":
    main()
