"""Users, their sessions and tokens, and the post that reaches them."""

from gochat_site.settings.base import DEBUG, SECRET_KEY, env

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
# What seals secrets in the database (core.sealing), the newest first: random values. Those before it, and SECRET_KEY,
# open what they have sealed until `manage.py reseal_secrets` has been run.
SEALING_KEYS = [*env.list("SEALING_KEYS", default=[]), SECRET_KEY]
# How long a password that was given again is good for dangerous acts in the admin, in seconds.
REAUTHENTICATION_S = 15 * 60
ACCESS_TOKEN_LIFETIME_S = env.int("ACCESS_TOKEN_LIFETIME_S", 15 * 60)
REFRESH_TOKEN_LIFETIME_S = env.int("REFRESH_TOKEN_LIFETIME_S", 30 * 24 * 3600)
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_TIMEOUT", 3600)
# From the request to the erasure of an account, in seconds: how long support can still undo it.
ACCOUNT_ERASURE_GRACE_S = env.int("ACCOUNT_ERASURE_GRACE_S", 24 * 3600)
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "GoChat <no-reply@localhost>")
