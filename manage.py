#!/usr/bin/env python
"""Django's command line; finds the project's virtual environment by itself.

``python manage.py services`` works from any Python after ``make run``: when Django is not importable and ``.venv``
exists, the process is replaced by ``.venv/bin/python manage.py ...``. The ``test`` command starts the embedded servers
before the settings are read, so that every setting derived from a service's address is right from the first line.
"""

import importlib.util
import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
VENV_PYTHON = CHECKOUT / ".venv" / "bin" / "python"


def use_virtual_environment() -> None:
    """Replace this process by the virtual environment's Python when Django is missing here."""
    if importlib.util.find_spec("django") is not None:
        return
    if not VENV_PYTHON.exists() or Path(sys.prefix) == VENV_PYTHON.parent.parent:
        sys.exit("Django is not installed here: run `make run` or `make test` once, which create the environment.")
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), str(CHECKOUT / "manage.py"), *sys.argv[1:]])  # noqa: S606 - our own program


def main() -> None:
    """Run one management command."""
    use_virtual_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")
    if sys.argv[1:2] == ["test"] and not {"-h", "--help"} & set(sys.argv):
        from devstack.test_services import start_test_services

        start_test_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
