"""The Celery application: tasks are named in each app's tasks.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")

app = Celery("gochat_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def give_way(**_kwargs: Any) -> None:
    """A worker of what can wait (indexing) gives way to chat: its children inherit the niceness."""
    if settings.WORKER_NICENESS:
        os.nice(settings.WORKER_NICENESS)
