"""Brings a site up to date before its processes start: migrations, topics, static files, demo data; in one process.

`python -m devstack.site_setup` loads the project at once, waits for a line on stdin, which says that the servers are
up, and prints the demo log-ins, where there are any, as its only output on stdout.
"""

import io
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command


def set_up_site() -> str:
    """Run the commands in their order; what `seed_demo` printed is returned (empty when DEBUG is off)."""
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    call_command("ensure_topics", stdout=sys.stderr)
    call_command("ensure_bucket", stdout=sys.stderr)
    call_command("ensure_world", stdout=sys.stderr)
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
        return ""
    demo = io.StringIO()
    call_command("seed_demo", stdout=demo)
    return demo.getvalue()


def load_project() -> None:
    """Import what the commands need: a second or two that pass while the servers start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")
    django.setup()


if __name__ == "__main__":
    load_project()
    if sys.stdin.readline():  # nothing comes from a supervisor that has given up
        sys.stdout.write(set_up_site())
