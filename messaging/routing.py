"""WebSocket routes."""

from typing import Any

from django.urls import URLPattern, path, re_path

from messaging.consumers import ChatConsumer, refuse_path

# ASGI applications, where django-stubs knows only views.
_chat: Any = ChatConsumer.as_asgi()
_nothing: Any = refuse_path
websocket_urlpatterns: list[URLPattern] = [path("ws/", _chat), re_path("", _nothing)]
