"""URL map of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("messaging.urls")),
    path("api/v1/", include("groups.urls")),
    path("", include("messaging.urls_docs")),
    path("", include("core.urls")),
    path("", include("webclient.urls")),
]
