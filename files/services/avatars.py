"""Avatars: a small square picture made of an upload, under an address that nobody can guess and that changes with it.

Whoever is shown a user or a group may load the picture, browsers without any credentials; it may be kept for ever,
since another picture has another address.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import invalid_field
from accounts.services.locks import lock_user
from accounts.services.telling import tell_profile_changed
from core.errors import DomainError
from core.ids import new_token
from core.logs import get_logger
from files.imaging import TooManyPixelsError, UnreadableImageError, render_avatar
from files.kinds import IMAGES, MADE_TYPE, has_form
from files.models import FileStatus
from files.objects import get_store
from files.selectors import get_own_file

MAX_AVATAR_BYTES = 128 * 1024
log = get_logger(__name__)


def make_avatar(user_id: int, file_id: int) -> str:
    """Makes an avatar of the user's own ready picture; its token. Raises NOT_FOUND, INVALID_REQUEST, UNAVAILABLE."""
    file = get_own_file(user_id, file_id)
    if file.status != FileStatus.READY or file.content_type not in IMAGES:
        raise invalid_field("file_id", _("An avatar is made of a picture that has been uploaded."))
    picture = _render(get_store().read(file.key, most=file.size), file.content_type, field="file_id")
    return _keep(picture)


def render_picture(data: bytes, *, field: str) -> bytes:
    """The avatar that a picture's bytes make, for `set_user_picture`. Raises INVALID_REQUEST, naming `field`."""
    content_type = next((kind for kind in sorted(IMAGES) if has_form(kind, data)), None)
    if content_type is None:
        raise invalid_field(field, _("An avatar is made of a PNG, JPEG, GIF or WebP picture."))
    return _render(data, content_type, field=field)


def find_avatar(token: str) -> bytes | None:
    """The picture, None when no avatar has this token. Raises UNAVAILABLE."""
    return get_store().read(_key(token), most=MAX_AVATAR_BYTES) or None


def discard_avatars(tokens: Sequence[str]) -> None:
    """Deletes pictures that nobody shows any more. Never raises: an unknown address leads nowhere."""
    keys = [_key(token) for token in tokens if token]
    try:
        if keys:
            get_store().delete(keys)
    except DomainError:
        log.warning("an avatar was left behind", keys=keys)


def set_user_avatar(user_id: int, file_id: int) -> User:
    """Gives the user a new avatar. Raises as `make_avatar`."""
    return _replace(user_id, make_avatar(user_id, file_id))


def set_user_picture(user_id: int, picture: bytes) -> User:
    """Gives the user an avatar that `render_picture` has made. Raises UNAVAILABLE."""
    return _replace(user_id, _keep(picture))


def remove_user_avatar(user_id: int) -> None:
    """Takes the user's avatar away; nothing happens when there is none."""
    _replace(user_id, "")


def delete_user_avatar(user_id: int) -> None:
    """Deletes the avatar of a user who may be inactive, as erasure wants it. Raises UNAVAILABLE: it must be gone."""
    token = User.objects.filter(pk=user_id).values_list("avatar", flat=True).first()
    if token:
        get_store().delete([_key(token)])
        User.objects.filter(pk=user_id, avatar=token).update(avatar="")


@transaction.atomic
def _replace(user_id: int, token: str) -> User:
    user = lock_user(user_id)
    before, user.avatar = user.avatar, token
    user.save(update_fields=["avatar"])
    tell_profile_changed([user_id])
    transaction.on_commit(lambda: discard_avatars([before]))
    return user


def _render(data: bytes, content_type: str, *, field: str) -> bytes:
    try:
        return render_avatar(data, content_type)
    except (UnreadableImageError, TooManyPixelsError) as exc:
        raise invalid_field(field, _("This picture cannot be read.")) from exc


def _keep(picture: bytes) -> str:
    token = new_token()
    get_store().write(_key(token), picture, content_type=MADE_TYPE)
    return token


def _key(token: str) -> str:
    return f"avatars/{token}"
