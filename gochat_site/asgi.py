"""The ASGI application: Django for HTTP, Channels for /ws/. Served by `manage.py gateway` (uvicorn) and `runserver`."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")
django_application = get_asgi_application()

from messaging.routing import websocket_urlpatterns  # noqa: E402 -- needs the app registry

application = ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(websocket_urlpatterns)})
