"""Pages of the browser client: every deep link answers with the same shell."""

from django.urls import path

from webclient import views

app_name = "webclient"

urlpatterns = [
    path("", views.shell, name="home"),
    path("c/<str:conversation_id>", views.shell, name="conversation"),
    path("contacts", views.shell, name="contacts"),
    path("search", views.shell, name="search"),
    path("agents", views.shell, name="agents"),
    path("catch-up", views.shell, name="catch-up"),
    path("settings", views.shell, name="settings"),
    path("settings/ai", views.shell, name="ai-settings"),
    path("join/<str:invite>", views.shell, name="join"),
    path("reset-password", views.shell, name="reset-password"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
]
