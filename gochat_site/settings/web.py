"""Where the site is reached, and the files that it serves itself."""

from urllib.parse import urlsplit

from gochat_site.settings.base import BASE_DIR, DEBUG, env
from gochat_site.settings.files import FILE_STORAGE

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
# Exact origins that browsers may open sockets from; empty: the address that the request itself came to.
ALLOWED_ORIGINS = env.list("ALLOWED_ORIGINS", default=[])
CSRF_TRUSTED_ORIGINS = [origin for origin in ALLOWED_ORIGINS if urlsplit(origin).scheme]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var/static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "webclient.storage.HashedStaticFilesStorage"},
    "files": FILE_STORAGE,
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
# Scrapers present this as a Bearer token; without one, /metrics answers only while DEBUG is on.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
PUBLIC_URL = env.str("PUBLIC_URL", "")
