"""Which environment variables the program reads: from its source, since settings that are not named have no effect."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
APPS = (
    "gochat_site",
    "webclient",
    "ai_agent",
    "moderation",
    "search",
    "groups",
    "messaging",
    "files",
    "accounts",
    "core",
)
_SETTING = re.compile(r"""\b(?:env(?:\.\w+)?|service_url)\(\s*["']([A-Z][A-Z0-9_]+)["']""")
_READ = re.compile(r"""\benviron(?:\.get\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']""")
_NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def list_settings() -> set[str]:
    """Every variable that the settings read, or a process itself."""
    found = {
        name for path in (CHECKOUT / "gochat_site/settings").glob("*.py") for name in _SETTING.findall(_text(path))
    }
    for app in APPS:
        for path in (CHECKOUT / app).rglob("*.py"):
            found.update(_READ.findall(_text(path)))
    return found - _NOT_OURS


def _text(path: Path) -> str:
    return path.read_text("utf-8")
