"""`make check`: no migration is missing, the socket's document is the code's, and Django's deployment checks pass."""

import os
import secrets
import subprocess
import sys

PRODUCTION = {
    "DEBUG": "off",
    "ALLOWED_HOSTS": "chat.example.org",
    "ALLOWED_ORIGINS": "https://chat.example.org",
    "PUBLIC_URL": "https://chat.example.org",
    "DATABASE_URL": "postgres://gochat@db.example.org/gochat",
    "REDIS_URL": "redis://cache.example.org/0",
    "KAFKA_BOOTSTRAP_SERVERS": "broker.example.org:9092",
}


def main() -> None:
    """Run all three; the exit code is 1 when one of them found something."""
    migrations = _manage("makemigrations", "--check", "--dry-run")
    document = _manage("asyncapi", "--check")
    keys = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SIGNING_KEY")}
    deployment = _manage("check", "--deploy", "--fail-level", "WARNING", env=PRODUCTION | keys)
    sys.exit(1 if migrations or document or deployment else 0)


def _manage(*arguments: str, env: dict[str, str] | None = None) -> int:
    # A warning that the database, which nothing here needs, cannot be reached would only distract.
    command = [sys.executable, "-W", "ignore::RuntimeWarning", "manage.py", *arguments]
    return subprocess.run(command, env=os.environ | (env or {}), check=False).returncode


if __name__ == "__main__":
    main()
