"""The client's ES modules as the browser must find them: the import map, preloads and style sheets.

Modules import each other by relative path. Static files are served under hashed names, so the import map
names every module twice: the plain URL, which is what a relative import resolves to, and the hashed one.
One module can then change without changing the name of those that import it.
"""

import functools
import json
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

STATIC_ROOT = Path(__file__).resolve().parent / "static"
CLIENT_ROOT = STATIC_ROOT / "webclient"

PACKAGES = {
    "preact": "webclient/vendor/preact.js",
    "preact/hooks": "webclient/vendor/hooks.js",
    "@preact/signals-core": "webclient/vendor/signals-core.js",
    "@preact/signals": "webclient/vendor/signals.js",
    "htm": "webclient/vendor/htm.js",
}

STYLESHEETS = (
    "tokens",
    "base",
    "controls",
    "layout",
    "list",
    "chat",
    "message",
    "composer",
    "files",
    "media",
    "panels",
    "search",
    "auth",
    "moderation",
    "agents",
)


def list_modules() -> list[str]:
    """Return the static path of every module of the client, packages included, in a stable order."""
    return sorted(path.relative_to(STATIC_ROOT).as_posix() for path in CLIENT_ROOT.rglob("*.js"))


def build_import_map() -> str:
    """Return the import map as JSON that is safe inside a script element.

    Bare names point at the vendored packages; in addition the plain URL of each module points at its hashed URL.
    """
    if settings.DEBUG:
        return _build_import_map()
    return _cached_import_map()


@functools.lru_cache(maxsize=1)
def _cached_import_map() -> str:
    return _build_import_map()


def _build_import_map() -> str:
    imports = {name: static(path) for name, path in PACKAGES.items()}
    for path in list_modules():
        plain, served = f"{settings.STATIC_URL}{path}", static(path)
        if plain != served:
            imports[plain] = served
    text = json.dumps({"imports": imports}, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c")


def list_preloads() -> list[str]:
    """Return the served URLs of the modules that the first screen needs, to spare the import waterfall."""
    return [static(path) for path in list_modules()]


def list_stylesheets() -> list[str]:
    """Return the served URLs of the style sheets in the order of the cascade."""
    return [static(f"webclient/styles/{name}.css") for name in STYLESHEETS]
