"""Settings, all from the environment (or the checkout's `.env`), safe by default.

With DEBUG on, services whose URL is not given are looked up in `var/run/services.json`, which devstack writes.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from gochat_site.admin_theme import UNFOLD as UNFOLD

django_stubs_ext.monkeypatch()  # generic fields, managers and admins may be subscripted at run time too
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEFAULT_KEY = "insecure-default-key"
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", DEFAULT_KEY)
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", DEFAULT_KEY)
if not DEBUG:
    for _name, _key in (("SECRET_KEY", SECRET_KEY), ("JWT_SIGNING_KEY", JWT_SIGNING_KEY)):
        if _key == DEFAULT_KEY or len(_key) < 32:
            raise ImproperlyConfigured(
                f"{_name} must be set to a random value of at least 32 characters when DEBUG is off."
            )
    if SECRET_KEY == JWT_SIGNING_KEY:
        raise ImproperlyConfigured("JWT_SIGNING_KEY must be a key of its own, not SECRET_KEY.")


def _embedded_services() -> dict[str, str]:
    path = Path(env.str("GOCHAT_SERVICES_FILE", str(BASE_DIR / "var/run/services.json")))
    if not DEBUG or not path.is_file():
        return {}
    services: dict[str, str] = json.loads(path.read_text())
    return services


_services = _embedded_services()


def _service_url(name: str, default: str = "") -> str:
    return str(env.str(name, _services.get(name, default)))


if env.str("GOCHAT_CRASH_POINT", "") and not DEBUG:
    raise ImproperlyConfigured("GOCHAT_CRASH_POINT is for the fault tests; it is refused when DEBUG is off.")

# --- Services -------------------------------------------------------------------------------------------------------
DATABASE_URL = _service_url("DATABASE_URL", "postgresql://gochat@127.0.0.1:5432/gochat")
REDIS_URL = _service_url("REDIS_URL", "redis://127.0.0.1:6379/0")
KAFKA_BOOTSTRAP_SERVERS = _service_url("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
KAFKA_CLIENT = env.str("KAFKA_CLIENT", "confluent")
KAFKA_TOPIC_PREFIX = env.str("KAFKA_TOPIC_PREFIX", "")
KAFKA_REPLICATION_FACTOR = env.int("KAFKA_REPLICATION_FACTOR", 1)
ELASTICSEARCH_URL = _service_url("ELASTICSEARCH_URL", "http://127.0.0.1:9200")
# The client is search/engine.py's; documents follow the log through indexing, not through signals.
ELASTICSEARCH_DSL: dict[str, Any] = {}
ELASTICSEARCH_DSL_AUTOSYNC = False
ELASTICSEARCH_DSL_AUTO_REFRESH = False
ELASTICSEARCH_DSL_SIGNAL_PROCESSOR = "django_elasticsearch_dsl.signals.BaseSignalProcessor"
# Any embeddings API of OpenAI's kind. `{kind}` in the model's name becomes "query" or "passage", for servers that tell
# the two apart by it; others want a prefix before the text, or neither.
EMBEDDINGS_BASE_URL = _service_url("EMBEDDINGS_BASE_URL", "http://127.0.0.1:8081/v1")
EMBEDDINGS_API_KEY = env.str("EMBEDDINGS_API_KEY", "")
EMBEDDINGS_MODEL = env.str("EMBEDDINGS_MODEL", "multilingual-e5-small-{kind}")
EMBEDDINGS_DIMENSIONS = env.int("EMBEDDINGS_DIMENSIONS", 384)
EMBEDDINGS_QUERY_PREFIX = env.str("EMBEDDINGS_QUERY_PREFIX", "")
EMBEDDINGS_PASSAGE_PREFIX = env.str("EMBEDDINGS_PASSAGE_PREFIX", "")
# Passages in one request. An embedded server works on one request at a time: a query waits for no more than one.
EMBEDDINGS_BATCH = env.int("EMBEDDINGS_BATCH", 4)


def _database(url: str) -> dict[str, Any]:
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("postgresql"):
        # Threads of the gateway come and go; a pool keeps their connections. Pools do not mix with persistent ones.
        options["pool"] = {"min_size": 0, "max_size": env.int("DATABASE_POOL_SIZE", 16), "timeout": 5, "max_idle": 60}
        options["connect_timeout"] = 5
        # Only what asks for it is prepared on the server (messaging.store.postgres); None would forbid even that.
        options["prepare_threshold"] = 1_000_000
        # A write that cannot get its conversation within 2 s is retried or refused, never left hanging.
        # Who holds a lock and has fallen asleep (a stopped process, a paused machine) loses it after 10 s.
        options["options"] = "-c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
    else:
        options.update(charset="utf8mb4", isolation_level="read committed", connect_timeout=5)
        # The comment is for MariaDB alone: MySQL has no such time-out.
        options["init_command"] = (
            "SET sql_mode='STRICT_TRANS_TABLES', time_zone='+00:00', innodb_lock_wait_timeout=2"
            " /*M! , idle_transaction_timeout=10 */"
        )
        config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
    return config


DATABASES = {"default": _database(DATABASE_URL)}
# Vectors need PostgreSQL with pgvector: the main database, or one of their own.
VECTOR_DATABASE_URL = _service_url("VECTOR_DATABASE_URL")
VECTOR_DATABASE = "vectors" if VECTOR_DATABASE_URL else "default"
if VECTOR_DATABASE_URL:
    DATABASES["vectors"] = _database(VECTOR_DATABASE_URL)
if not DATABASES[VECTOR_DATABASE]["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("VECTOR_DATABASE_URL must name a PostgreSQL where DATABASE_URL names none.")
DATABASE_ROUTERS = ["search.router.VectorRouter"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": f"gochat.{KAFKA_TOPIC_PREFIX}"},
    }
}
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "GoChat <no-reply@localhost>")

# --- Application ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "gochat_site.admin_config.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "gochat_site",
    "core",
    "accounts",
    "files",
    "messaging",
    "groups",
    "search",
    "django_elasticsearch_dsl",  # below search, whose search_index takes the place of its own
    "moderation",
    "webclient",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "gochat_site.urls"
ASGI_APPLICATION = "gochat_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
TEST_RUNNER = "devstack.test_runner.EmbeddedServicesRunner"

# --- Users and tokens -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "/admin/"
AUTHENTICATION_BACKENDS = ["accounts.backends.ThrottledModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Whether the staff needs a second factor for the admin. (Who has set one up is always asked for it.)
STAFF_TOTP_REQUIRED = env.bool("STAFF_TOTP_REQUIRED", not DEBUG)
OTP_TOTP_ISSUER = env.str("OTP_TOTP_ISSUER", "GoChat")
# How long a password that was given again is good for dangerous acts in the admin, in seconds.
REAUTHENTICATION_S = 15 * 60
ACCESS_TOKEN_LIFETIME_S = env.int("ACCESS_TOKEN_LIFETIME_S", 15 * 60)
REFRESH_TOKEN_LIFETIME_S = env.int("REFRESH_TOKEN_LIFETIME_S", 30 * 24 * 3600)
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_TIMEOUT", 3600)
# From the request to the erasure of an account, in seconds: how long support can still undo it.
ACCOUNT_ERASURE_GRACE_S = env.int("ACCOUNT_ERASURE_GRACE_S", 24 * 3600)

# --- HTTP API -------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionJWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.StrictJSONParser"],
    "EXCEPTION_HANDLER": "core.api.handle_exception",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GoChat",
    "VERSION": "1",
    "DESCRIPTION": "The HTTP half of the GoChat contract. The socket's half is an AsyncAPI document at /api/socket/.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "AudienceEnum": ["everyone", "friends"],
        "UserKindEnum": "accounts.models.UserKind",
        "RoleEnum": "messaging.models.Role",
        "GivenRoleEnum": ["admin", "member"],
        "SentKindEnum": ["text", "image", "file", "voice"],
    },
}

# --- Messaging ------------------------------------------------------------------------------------------------------
GATEWAY_ID = env.str("GATEWAY_ID", "gw-1")
LARGE_GROUP_THRESHOLD = env.int("LARGE_GROUP_THRESHOLD", 500)
# How a larger group is reached: by naming its members ("paging") or the group itself ("online"), or as is cheaper.
LARGE_GROUP_DELIVERY = env.str("LARGE_GROUP_DELIVERY", "auto")
if LARGE_GROUP_DELIVERY not in {"auto", "paging", "online"}:
    raise ImproperlyConfigured("LARGE_GROUP_DELIVERY is one of auto, paging and online.")
# Members that the fan-out of a larger group looks up, and delivers to, at a time.
FANOUT_PAGE_MEMBERS = env.int("FANOUT_PAGE_MEMBERS", 5_000)
MAX_GROUP_MEMBERS = env.int("MAX_GROUP_MEMBERS", 200_000)
MESSAGE_MAX_CHARACTERS = 16_000
MESSAGE_EDIT_WINDOW_S = env.int("MESSAGE_EDIT_WINDOW_S", 24 * 3600)
MESSAGE_RECALL_WINDOW_S = env.int("MESSAGE_RECALL_WINDOW_S", 120)
# Dotted paths of callables that may refuse a message before any row is locked; higher apps add theirs here.
MESSAGE_POLICIES: list[str] = [
    "moderation.services.enforcing.check_standing",
    "moderation.services.filtering.filter_command",
]
# The same for what counts commands: asked once for each time that one comes in.
INTAKE_POLICIES = ["moderation.services.spam.check_spam"]
# Called with {message_id: marks}, in the transaction that stored the messages, for those that a policy has marked.
STORED_HOOKS = ["moderation.services.filtering.note_hits"]
# Called with a name, title or short note that others will see; raise to refuse it.
NAME_POLICIES = ["moderation.services.filtering.check_name"]
# Writes down what the staff does and looks at (core.audit).
AUDIT_SINK = "moderation.services.audit.record"
# Called with (blocker_id, blocked_id) after a block or unblock; with (user_id) when an account is erased;
# with (user_id) in the transaction that makes an account or changes its names or who may find it.
PROFILE_HOOKS = ["search.services.people.note_person"]
BLOCK_HOOKS = ["messaging.services.conversations.note_block_change"]
ERASURE_HOOKS = [
    "groups.services.leaving.leave_all",
    "messaging.services.conversations.erase_user_messages",
    "files.services.erasure.erase_user_files",
    "moderation.services.keeping.erase_own_words",
]
# (user_id): raise what keeps the account from signing in; (conversation_id, user_ids): those who may not come in;
# (message, "edited" | "recalled"): a message is about to lose its content.
SIGN_IN_HOOKS = ["moderation.services.enforcing.check_may_sign_in"]
JOIN_HOOKS = ["moderation.services.enforcing.find_kept_out"]
ORIGINAL_HOOKS = ["moderation.services.keeping.keep_original"]
# Days for which reports may still ask what a message said before, and for which a resolved report keeps its evidence.
ORIGINALS_KEPT_DAYS = env.int("ORIGINALS_KEPT_DAYS", 30)
EVIDENCE_KEPT_DAYS = env.int("EVIDENCE_KEPT_DAYS", 180)
# How long a banned person may appeal from the day they are told.
APPEAL_WINDOW_DAYS = env.int("APPEAL_WINDOW_DAYS", 90)
HEARTBEAT_MS = env.int("HEARTBEAT_MS", 25_000)
RATE_LIMITS = env.str("GOCHAT_RATE_LIMITS", "on") != "off"
if not RATE_LIMITS and not DEBUG:
    raise ImproperlyConfigured("GOCHAT_RATE_LIMITS=off is refused when DEBUG is off.")

# --- Files ----------------------------------------------------------------------------------------------------------
# The account may stand in the address (http://key:secret@host), or in variables of its own, or with the machine.
S3_ENDPOINT_URL = _service_url("S3_ENDPOINT_URL", "http://127.0.0.1:9000")
_s3 = urlsplit(S3_ENDPOINT_URL)
_s3_endpoint = _s3._replace(netloc=_s3.netloc.rpartition("@")[2]).geturl()
# Where browsers reach the storage, if that is another address.
S3_PUBLIC_URL = env.str("S3_PUBLIC_URL", "") or _s3_endpoint
S3_BUCKET = env.str("S3_BUCKET", f"gochat-{KAFKA_TOPIC_PREFIX}".rstrip("-."))
FILE_STORAGE = {
    "BACKEND": "files.storage.ObjectStorage",
    "OPTIONS": {
        "endpoint_url": _s3_endpoint,
        "public_url": S3_PUBLIC_URL,
        "bucket_name": S3_BUCKET,
        "access_key": env.str("S3_ACCESS_KEY_ID", unquote(_s3.username or "")) or None,
        "secret_key": env.str("S3_SECRET_ACCESS_KEY", unquote(_s3.password or "")) or None,
        "region_name": env.str("S3_REGION", "us-east-1"),
        "addressing_style": env.str("S3_ADDRESSING_STYLE", "path"),
    },
}
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 512 * 1024 * 1024)
# Pictures that are to be shown are read whole, and decoded.
FILE_IMAGE_MAX_BYTES = env.int("FILE_IMAGE_MAX_BYTES", 32 * 1024 * 1024)
# Above this a file goes up in parts of FILE_PART_BYTES (S3 takes no smaller ones than 5 MiB, but the last).
FILE_MULTIPART_ABOVE_BYTES = 16 * 1024 * 1024
FILE_PART_BYTES = 8 * 1024 * 1024
FILE_QUOTA_BYTES = env.int("FILE_QUOTA_BYTES", 5 * 1024**3)
FILE_GUEST_QUOTA_BYTES = env.int("FILE_GUEST_QUOTA_BYTES", 200 * 1024**2)
FILE_IMAGE_MAX_PIXELS = env.int("FILE_IMAGE_MAX_PIXELS", 40_000_000)
# How long a signed address is good: for a download (at most a minute), and for an upload.
FILE_URL_LIFETIME_S = 60
FILE_UPLOAD_URL_LIFETIME_S = 3600
# When the sweep takes what was never completed, never sent, or recalled: due process may ask for the last till then.
FILE_UPLOAD_TTL_S = env.int("FILE_UPLOAD_TTL_S", 24 * 3600)
FILE_UNSENT_TTL_S = env.int("FILE_UNSENT_TTL_S", 7 * 24 * 3600)
FILE_RECALLED_TTL_S = env.int("FILE_RECALLED_TTL_S", 30 * 24 * 3600)
# host:port of a clamd that looks into every upload; empty: none does.
CLAMAV_ADDRESS = env.str("CLAMAV_ADDRESS", "")
# (user_id, file_id) -> whether the user may see a message that carries the file; any of them lets in.
FILE_ACCESS_HOOKS = ["messaging.selectors.attachments.may_see"]
# (file_ids) -> those that a message carries.
FILE_USE_HOOKS = ["messaging.selectors.attachments.find_carried"]
# (file_ids), once these are erased for good.
FILE_ERASED_HOOKS = ["messaging.services.carrying.forget_erased"]

# --- Celery ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # but for the bridges' tasks, whose outcomes the bridges ask for
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"celery.{KAFKA_TOPIC_PREFIX}",
    "visibility_timeout": 600,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
}
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 120
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"global_keyprefix": f"celery.{KAFKA_TOPIC_PREFIX}"}
CELERY_REDIS_SOCKET_TIMEOUT = 5
CELERY_REDIS_SOCKET_CONNECT_TIMEOUT = 5
CELERY_TIMEZONE = "UTC"
# What a Celery worker adds to its niceness when it starts: for one whose queues can wait.
WORKER_NICENESS = env.int("WORKER_NICENESS", 0)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-documents": {"task": "search.sweep_documents", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-vectors": {"task": "search.sweep_vectors", "schedule": 10.0, "options": {"expires": 10}},
    "end-expired-sessions": {"task": "accounts.tasks.end_expired_sessions", "schedule": 3600.0},
    "erase-pending-accounts": {"task": "accounts.tasks.erase_pending_accounts", "schedule": 300.0},
    "sweep-files": {"task": "files.tasks.sweep_files", "schedule": 300.0},
    "end-sanctions": {"task": "moderation.tasks.end_sanctions", "schedule": 60.0},
    "resume-bulk-erasures": {"task": "moderation.tasks.resume_bulk_erasures", "schedule": 60.0},
    "forget-kept-originals": {"task": "moderation.tasks.forget_kept", "schedule": 3600.0},
    "report-flagged": {"task": "moderation.tasks.report_flagged", "schedule": 60.0, "options": {"expires": 60}},
    "resume-rehearsals": {"task": "moderation.tasks.resume_rehearsals", "schedule": 30.0, "options": {"expires": 30}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / "var/run/celerybeat-schedule")

# --- Web ------------------------------------------------------------------------------------------------------------
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
# Scrapers present this as a Bearer token; without one, /metrics answers only while DEBUG is on.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
PUBLIC_URL = env.str("PUBLIC_URL", "")

# --- Language, time, logs -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOGGING_CONFIG = "core.logs.configure"
LOGGING = {"level": LOG_LEVEL, "as_json": env.bool("LOG_JSON", not DEBUG)}
