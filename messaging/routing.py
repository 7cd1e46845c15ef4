"""WebSocket routes."""

from typing import Any

from django.urls import URLPattern, path

from messaging.consumers import ChatConsumer

_consumer: Any = ChatConsumer.as_asgi()  # an ASGI application, where django-stubs knows only views
websocket_urlpatterns: list[URLPattern] = [path("ws/", _consumer)]
