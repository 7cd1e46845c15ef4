"""What browsers are told to refuse, TLS, cookies and rate limits."""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from gochat_site.settings.base import DEBUG, env
from gochat_site.settings.files import S3_PUBLIC_URL

_storage_origin = "{0.scheme}://{0.netloc}".format(urlsplit(S3_PUBLIC_URL))
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/docs/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", _storage_origin],
        "media-src": [SELF, "blob:", _storage_origin],
        "connect-src": [SELF, "ws:", "wss:", _storage_origin] if DEBUG else [SELF, "wss:", _storage_origin],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", False) else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 0 if DEBUG else 365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_AGE = 12 * 3600
RATE_LIMITS = env.str("GOCHAT_RATE_LIMITS", "on") != "off"
if not RATE_LIMITS and not DEBUG:
    raise ImproperlyConfigured("GOCHAT_RATE_LIMITS=off is refused when DEBUG is off.")
