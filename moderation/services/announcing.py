"""Announcements to the world room: messages of the site's own account, through the log like anyone's."""

import uuid
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User, UserKind
from core import clock
from core.errors import DomainError, ErrorCode
from messaging.models import Conversation, Message, Role
from messaging.selectors.access import access_place
from messaging.selectors.world import find_world
from messaging.services.conversations import join_world
from messaging.services.log import lock_conversation
from messaging.services.membership import update_member
from messaging.services.pins import pin_message
from messaging.services.posting import post_message
from moderation.models import Announcement
from moderation.services.audit import record
from moderation.services.enforcing import IN_FORCE, SPEAKER

_NAMESPACE: Final = uuid.UUID("5f0f8a0e-6d0a-4d3c-9a51-0a1d6f4b7c20")


def announce(text: str, *, is_pinned: bool, actor: User, request: HttpRequest | None = None) -> Announcement:
    """Writes to the world room. Raises as `send`; the announcement can then be sent again."""
    row = Announcement.objects.create(text=text, is_pinned=is_pinned, created_by=actor, created_at=clock.now())
    record(actor=actor, action="announced", target=row, why="", request=request)
    send(row.pk, actor=actor, request=request)
    return row


def send(announcement_id: int, *, actor: User, request: HttpRequest | None = None) -> None:
    """Hands an announcement to the write path, and pins it if so wished; however often it is sent, it is stored once.

    Not inside a transaction: the worker that stores it must not wait for ours. Raises NOT_FOUND, CONFLICT without a
    world room, UNAVAILABLE where it was not stored in time, and what any message is refused with.
    """
    announcement = Announcement.objects.filter(pk=announcement_id).first()
    if announcement is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    world = find_world()
    if world is None:
        raise DomainError(ErrorCode.CONFLICT, _("There is no world room."))
    speaker = _seat_speaker(world)
    body = {
        "client_msg_id": str(uuid.uuid5(_NAMESPACE, str(announcement.pk))),
        "kind": "text",
        "content": {"text": announcement.text},
    }
    stored = post_message(access_place(speaker.pk, str(world.pk)), body, session_id=0)
    if stored is None:
        raise DomainError(ErrorCode.UNAVAILABLE)
    message = Message.objects.get(pk=int(stored["message_id"]))
    if announcement.is_pinned:
        pin_message(speaker.pk, message)
    Announcement.objects.filter(pk=announcement.pk).update(message_id=message.pk)
    record(actor=actor, action="sent-announcement", target=announcement, why="", request=request)


@transaction.atomic
def _seat_speaker(world: Conversation) -> User:
    """The site's own account, as an admin of the world room: slow mode and a mute for all do not hold it up."""
    speaker = User.objects.filter(username_folded=SPEAKER).first()
    if speaker is None:
        speaker = User.objects.create_user(SPEAKER, None, display_name="GoChat", kind=UserKind.BOT)
        IN_FORCE.note_change()  # it speaks where everyone else is silent
    if join_world(world, speaker.pk).role != Role.ADMIN:
        update_member(lock_conversation(world.pk), speaker.pk, actor_id=speaker.pk, role=Role.ADMIN)
    return speaker
