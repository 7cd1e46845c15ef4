"""What every other part stands on: the environment, the two keys, and where services are found.

With DEBUG on, services whose URL is not given are looked up in `var/run/services.json`, which devstack writes.
"""

import json
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
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


def service_url(name: str, default: str = "") -> str:
    return str(env.str(name, _services.get(name, default)))


if env.str("GOCHAT_CRASH_POINT", "") and not DEBUG:
    raise ImproperlyConfigured("GOCHAT_CRASH_POINT is for the fault tests; it is refused when DEBUG is off.")
