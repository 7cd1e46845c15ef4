"""What the server tells every client about itself."""

import msgspec
from django.apps import apps
from django.conf import settings

from core.paging import MAX_LIMIT
from messaging.selectors.members import MAX_WITH_POSITIONS
from messaging.serializers import MAX_DRAFT


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes in characters, members, bytes or pixels; windows in seconds.

    `image_bytes` and `image_pixels` are for PNG, JPEG, GIF and WebP; above `file_parts_above_bytes` files go up in
    parts.
    """

    text_characters: int
    draft_characters: int
    edit_window_s: int
    recall_window_s: int
    group_members: int
    receipt_members: int
    page_size: int
    file_bytes: int
    image_bytes: int
    image_pixels: int
    file_quota_bytes: int
    file_parts_above_bytes: int


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What this server has."""

    direct: bool
    groups: bool
    world: bool
    guests: bool
    friends: bool
    reactions: bool
    pins: bool
    receipts: bool
    presence: bool
    files: bool
    search: bool
    agents: bool
    reports: bool


class ConfigView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET config. `public_keys` has the keys that browsers need, by purpose."""

    limits: Limits
    features: Features
    public_keys: dict[str, str]
    heartbeat_ms: int


def view_config() -> ConfigView:
    """Limits from the settings; a feature is true when the app that brings it is installed."""
    return ConfigView(
        limits=Limits(
            text_characters=settings.MESSAGE_MAX_CHARACTERS,
            draft_characters=MAX_DRAFT,
            edit_window_s=settings.MESSAGE_EDIT_WINDOW_S,
            recall_window_s=settings.MESSAGE_RECALL_WINDOW_S,
            group_members=settings.MAX_GROUP_MEMBERS,
            receipt_members=MAX_WITH_POSITIONS,
            page_size=MAX_LIMIT,
            file_bytes=settings.FILE_MAX_BYTES,
            image_bytes=settings.FILE_IMAGE_MAX_BYTES,
            image_pixels=settings.FILE_IMAGE_MAX_PIXELS,
            file_quota_bytes=settings.FILE_QUOTA_BYTES,
            file_parts_above_bytes=settings.FILE_MULTIPART_ABOVE_BYTES,
        ),
        features=Features(
            direct=True,
            groups=apps.is_installed("groups"),
            world=True,
            guests=True,
            friends=True,
            reactions=True,
            pins=True,
            receipts=True,
            presence=True,
            files=apps.is_installed("files"),
            search=apps.is_installed("search"),
            agents=apps.is_installed("ai_agent"),
            reports=apps.is_installed("moderation"),
        ),
        public_keys={},
        heartbeat_ms=settings.HEARTBEAT_MS,
    )
