"""Which messages carry a file, and who may see one of them: what the files app asks through its hooks."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from messaging.models import Attachment, Member, Message
from messaging.selectors.world import find_world


def may_see(user_id: int, file_id: int) -> bool:
    """Whether a message that the user may see now carries the file: in a conversation that they are in, within what
    is visible to them there, neither recalled nor hidden. One query for a member, at most four."""
    shown = Message.objects.filter(pk=OuterRef("message_id"), recalled_at=None, hidden_at=None)
    carrying = Attachment.objects.filter(Exists(shown), file_id=file_id)
    place = Member.objects.filter(
        user_id=user_id,
        conversation_id=OuterRef("conversation_id"),
        conversation__dissolved_at=None,
        left_at=None,
        visible_from__lte=OuterRef("seq"),
    )
    return carrying.filter(Exists(place)).exists() or _may_see_in_world(user_id, carrying)


def _may_see_in_world(user_id: int, carrying: QuerySet[Attachment]) -> bool:
    """Everyone is in the world room, with a row or without, but who was removed from it."""
    world = find_world()
    if world is None or not carrying.filter(conversation_id=world.pk).exists():
        return False
    return not Member.objects.filter(conversation_id=world.pk, user_id=user_id).exists()


def find_carried(file_ids: Collection[int]) -> set[int]:
    """Which of these files a message carries. One query."""
    return set(Attachment.objects.filter(file_id__in=file_ids).values_list("file_id", flat=True).distinct())
