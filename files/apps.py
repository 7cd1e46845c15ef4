"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import health
from files.probe import answers


class FilesConfig(AppConfig):
    name = "files"
    verbose_name = _("Files")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Report the storage's health; chat goes on without it."""
        health.register("s3", answers)
