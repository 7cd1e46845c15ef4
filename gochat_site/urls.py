"""URL map of the site."""

from django.contrib import admin
from django.urls import include, path

from core.views import refuse_path

handler400 = "core.views.refuse_request"
handler500 = "core.views.report_failure"
urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("files.urls")),
    path("api/v1/", include("messaging.urls")),
    path("api/v1/", include("groups.urls")),
    path("api/v1/", include("search.urls")),
    path("api/v1/", include("moderation.urls")),
    path("api/v1/", include("ai_agent.urls")),
    path("api/v1/<path:path>", refuse_path),
    path("", include("messaging.urls_docs")),
    path("", include("core.urls")),
    path("", include("webclient.urls")),
]
