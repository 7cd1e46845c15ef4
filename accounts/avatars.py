"""Where the picture of a user or group is, for whoever is shown them. The files app makes the pictures."""

from django.conf import settings


def avatar_url(token: str) -> str | None:
    """The address behind `avatar_url` on the wire; None for who has no picture. On PUBLIC_URL where that is set."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/api/v1/avatars/{token}" if token else None
