"""What users change about themselves."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import invalid_field
from accounts.services.locks import lock_user
from accounts.services.names import clean_display_name
from accounts.services.telling import tell_profile_changed

MAX_SETTINGS_BYTES = 16 * 1024


def update_profile(user_id: int, changes: Mapping[str, Any]) -> User:
    """Apply `display_name`, `email`, `settings` and `privacy`, those that are given.

    `settings` belongs to the clients: given keys replace stored ones, null removes one, at most 16 KiB as JSON.
    `privacy` is merged in the same way. Raises INVALID_REQUEST.
    """
    with transaction.atomic():
        user = lock_user(user_id)
        if "display_name" in changes:
            user.set_names(user.username, clean_display_name(changes["display_name"]))
        if "email" in changes:
            user.email = changes["email"].lower()
        if "settings" in changes:
            user.settings = _merge_settings(user.settings, changes["settings"])
        if "privacy" in changes:
            user.privacy = {**user.privacy, **changes["privacy"]}
        user.save(update_fields=["display_name", "display_name_folded", "email", "settings", "privacy"])
        if changes.keys() & {"display_name", "privacy"}:
            tell_profile_changed([user_id])
    return user


def _merge_settings(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in {**stored, **changes}.items() if value is not None}
    if len(msgspec.json.encode(merged)) > MAX_SETTINGS_BYTES:
        raise invalid_field("settings", _("These settings are too large."))
    return merged
