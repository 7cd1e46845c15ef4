"""Moves this test process from one set of servers to another: settings, environment, database connection."""

import contextlib
import copy
import importlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test.signals import setting_changed

from core.tally import Tally
from core.watched import Watched

DATABASE_SETTINGS = {"default": "DATABASE_URL", "vectors": "VECTOR_DATABASE_URL"}


def enter_world(number: int) -> None:
    """Point this process, and the processes that its tests start, at world `number`, and create its topics
    and its bucket."""
    redis = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = urlunsplit(redis._replace(path=f"/{number}"))
    os.environ["KAFKA_TOPIC_PREFIX"] = f"t{number}."
    reevaluate_settings()
    for alias in connections:
        setting = DATABASE_SETTINGS[alias]
        url = urlsplit(os.environ[setting])
        os.environ[setting] = urlunsplit(url._replace(path=f"/{connections[alias].settings_dict['NAME']}"))
        setattr(settings, setting, os.environ[setting])
    Watched.follows = False  # the value that a test gives must stand until the test ends
    Tally.writes_later = False  # a test's transaction is the only one
    with open(os.devnull, "w") as nowhere:
        call_command("ensure_topics", stdout=nowhere)
        call_command("ensure_bucket", stdout=nowhere)


def allow_idle_transactions() -> None:
    """Let this process's tests sit in their transaction for as long as they like: a TestCase is one, and may wait for a
    server. The processes that tests start keep the limit of production.
    """
    for alias in connections:
        options = connections[alias].settings_dict["OPTIONS"]
        for name in ("options", "init_command"):
            if name in options:
                options[name] = re.sub(r"(idle\w*_timeout=)\d+", r"\g<1>0", options[name])


def allow_emptying() -> None:
    """Let Django empty the tables between tests where it does so by DELETE, which the audit's trigger refuses."""
    for alias in connections:
        options = connections[alias].settings_dict["OPTIONS"]
        if "init_command" in options:
            options["init_command"] += ", @audit_may_be_emptied = 1"


def reevaluate_settings() -> None:
    """Evaluate the settings module with the environment of now; what comes out differently replaces the setting.

    Whatever is derived from an address thus follows it, and Django tells those who have built something on it.
    """
    module = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    before = {name: value for name, value in vars(module).items() if name.isupper()}
    for name in [name for name in sys.modules if name.startswith(f"{module.__name__}.")]:
        del sys.modules[name]  # the settings are a package: reloading it alone would import its old parts
    importlib.reload(module)
    changed = {name: value for name, value in vars(module).items() if name.isupper() and before.get(name) != value}
    for name, value in changed.items():
        if name == "DATABASES":  # connections are built once; visiting() replaces them
            continue
        setattr(settings, name, value)
        setting_changed.send(sender=reevaluate_settings, setting=name, value=value, enter=True)
    celery = importlib.import_module("gochat_site.celery").app
    celery.conf.update(
        {name.removeprefix("CELERY_").lower(): value for name, value in changed.items() if name.startswith("CELERY_")}
    )


@contextlib.contextmanager
def visiting(env: Mapping[str, str]) -> Iterator[None]:
    """Be in the world that `env` describes, and come back."""
    at_home = {name: os.environ[name] for name in env}
    module = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    os.environ.update(env)
    reevaluate_settings()
    homes = {alias: connections[alias] for alias in connections}
    for alias, config in connections.configure_settings(copy.deepcopy(module.DATABASES)).items():
        config["OPTIONS"].pop("pool", None)  # pools are found by alias: the guest would be handed a home's connection
        connections[alias] = type(homes[alias])(config, alias)
    try:
        yield
    finally:
        for alias, home in homes.items():
            connections[alias].close()
            connections[alias] = home
        os.environ.update(at_home)
        reevaluate_settings()
