"""Telling higher apps that someone's names, or who may find them, have changed (`settings.PROFILE_HOOKS`)."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.module_loading import import_string


def tell_profile_changed(user_ids: Iterable[int]) -> None:
    """Run PROFILE_HOOKS for each of the users, in the caller's transaction. New accounts count as changed."""
    hooks = [import_string(path) for path in settings.PROFILE_HOOKS]
    for user_id in user_ids:
        for hook in hooks:
            hook(user_id)
