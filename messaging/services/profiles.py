"""When someone is called otherwise, or has another picture: those who talk with them alone see it without asking."""

from typing import Final

from messaging.models import ConversationKind, Member
from messaging.services.log import leave_in_outbox

TOLD: Final = 100
"""Direct conversations whose other side is told, those that moved last; the rest see it with the next look."""


def note_profile(user_id: int) -> None:
    """A `conversation-updated` to the other side of the user's direct conversations, where they are online.

    A PROFILE_HOOKS entry: called in the transaction of the change, and heard of once that has committed.
    """
    of_user = Member.objects.filter(user_id=user_id, left_at=None, conversation__kind=ConversationKind.DIRECT)
    newest = of_user.order_by("-conversation__changed_at").values_list("conversation_id", flat=True)
    places = list(newest[:TOLD])
    if not places:
        return
    others = Member.objects.filter(conversation_id__in=places, left_at=None).exclude(user_id=user_id)
    for conversation_id, other_id in others.order_by("conversation_id").values_list("conversation_id", "user_id"):
        leave_in_outbox(conversation_id, {"updated": [other_id]})
