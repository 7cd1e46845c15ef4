"""Django application of the browser client."""

from django.apps import AppConfig


class WebclientConfig(AppConfig):
    """Serves the shell page; owns no models."""

    name = "webclient"
    verbose_name = "Web client"
