"""Where the documents of the contract are: /api/schema/, /api/docs/ and /api/socket/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from messaging.api.docs import socket_document

urlpatterns = [
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/socket/", socket_document, name="socket-document"),
]
