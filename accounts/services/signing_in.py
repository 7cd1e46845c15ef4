"""Whether an account may have a session now, as higher apps see it."""

from django.conf import settings
from django.utils.module_loading import import_string


def check_may_sign_in(user_id: int) -> None:
    """Raises what a hook of SIGN_IN_HOOKS raises (BANNED). Asked with the user's or the session's row locked."""
    for path in settings.SIGN_IN_HOOKS:
        import_string(path)(user_id)
