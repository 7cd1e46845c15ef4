"""The Celery application: tasks are named in each app's tasks.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")

app = Celery("gochat_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
