"""Why somebody did not get a message, in words: which step is missing, as far as anybody can know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Block, Session, User
from accounts.presence import Directory
from core import clock
from core.clock import to_wire
from messaging.delivery import tracing
from messaging.delivery.tracing import Step
from messaging.models import ConversationKind, Member
from messaging.selectors.trace import Trace

_ROUTES: Final = (tracing.PUBLISHED, tracing.FANNED_OUT)


def explain(trace: Trace, user: User) -> list[str]:
    """Sentences, the first the most telling; never empty."""
    member = Member.objects.filter(conversation_id=trace.conversation_id, user_id=user.pk).defer("draft").first()
    sentences = list(_explain_right(trace, member))
    if not sentences:
        sentences += _explain_way(trace, user, member)
        sentences += _explain_view(trace, member)
    return [*sentences, *_explain_account(user), *_explain_blocks(trace, user)]


def _explain_right(trace: Trace, member: Member | None) -> Iterator[str]:
    """Why it was not for them at all."""
    if member is None:
        if trace.conversation_kind != ConversationKind.WORLD:
            yield _("They are not a member of this conversation, and never were.")
        return
    if member.visible_from > trace.seq:
        yield _("They came later: they see the log from seq %(first)d on, and this is seq %(seq)d.") % {
            "first": member.visible_from,
            "seq": trace.seq,
        }
    elif member.left_at is not None and member.left_at <= trace.stored_at:
        yield _("They had left before: at %(at)s.") % {"at": to_wire(member.left_at)}


def _explain_way(trace: Trace, user: User, member: Member | None) -> Iterator[str]:
    if user.pk == trace.sender_id:
        yield _("They wrote it.")
    elif member is not None and member.read_seq >= trace.seq:
        yield _("They have read it%(at)s.") % {"at": _when(trace, user, tracing.READ)}
    elif member is not None and member.received_seq >= trace.seq:
        yield _("A device of theirs has it%(at)s; they have not read it.") % {
            "at": _when(trace, user, tracing.RECEIVED)
        }
    else:
        yield from _explain_steps(trace, user)
        yield _explain_present(user)
    if member is not None and member.left_at is not None and member.left_at > trace.stored_at:
        yield _("They have left since: at %(at)s.") % {"at": to_wire(member.left_at)}


def _when(trace: Trace, user: User, name: str) -> str:
    found = next((step for step in trace.steps or () if step.name == name and user.pk in step.users), None)
    return "" if found is None else _(", since %(at)s") % {"at": _time(found)}


def _explain_steps(trace: Trace, user: User) -> Iterator[str]:
    """What the sampled steps show of a push to somebody whose devices do not say that they have it."""
    if trace.steps is None:
        yield _("The steps of its delivery cannot be read: Redis does not answer.")
        return
    if not trace.steps:
        yield (
            _("The steps of its delivery are no longer kept.")
            if trace.is_sampled
            else _("Its delivery was not traced (TRACE_SAMPLE).")
        )
        return
    named = [step for step in trace.steps if step.name == tracing.PUSHED and user.pk in step.users]
    if named:
        for step in named:
            yield _("Pushed by gateway %(gateway)s at %(at)s; no device of theirs has said that it has it.") % {
                "gateway": step.gateway,
                "at": _time(step),
            }
        return
    yield _explain_unnamed(trace.steps, user)


def _explain_unnamed(steps: list[Step], user: User) -> str:
    """No gateway names them: how far it came."""
    routes = [step for step in steps if step.name in _ROUTES]
    theirs = next((step for step in routes if user.pk in step.users), None)
    queued = next((step for step in steps if step.name == tracing.QUEUED), None)
    if theirs is not None:
        return _(
            "Sent to gateway %(gateway)s at %(at)s, which has not pushed it to them: their socket was gone, or the "
            "gateway is."
        ) % {"gateway": theirs.gateway, "at": _time(theirs)}
    if queued is not None and not routes:
        return _("Left to the fan-out at %(at)s, which has not delivered it yet: look at its lag.") % {
            "at": _time(queued)
        }
    if not routes:
        return _("Stored, but not published as far as is known: look at the logic workers.")
    if any(step.gateway and not step.users for step in routes):
        return _("Sent to so many people that they are not named: nobody can say whether they had a socket.")
    return _("They had no socket when it was published, at %(at)s: nothing was pushed to them.") % {
        "at": _time(routes[0])
    }


def _explain_present(user: User) -> str:
    if Directory().list_online([user.pk])[user.pk]:
        return _("They are connected now, and get it at the latest when their client syncs.")
    return _("They are not connected now: they get it when they connect.")


def _explain_view(trace: Trace, member: Member | None) -> Iterator[str]:
    """What they see, or hear, of it."""
    if trace.hidden_at is not None:
        yield _("It was hidden by the staff at %(at)s.") % {"at": to_wire(trace.hidden_at)}
    if trace.recalled_at is not None:
        yield _("It was recalled at %(at)s.") % {"at": to_wire(trace.recalled_at)}
    if member is not None and member.muted:
        yield _("They have muted this conversation: it comes without a notification.")
    if member is not None and member.archived:
        yield _("They have archived this conversation: it is not in their list.")


def _explain_account(user: User) -> Iterator[str]:
    if user.erased_at is not None or not user.is_active:
        yield _("Their account is erased, or no longer active.")
    elif not Session.objects.filter(user=user, revoked_at=None, expires_at__gt=clock.now()).exists():
        yield _("They are signed in on no device.")


def _explain_blocks(trace: Trace, user: User) -> Iterator[str]:
    """Blocks stop direct messages, from the moment of the block on."""
    if trace.conversation_kind != ConversationKind.DIRECT or user.pk == trace.sender_id:
        return
    pair = Q(blocker_id=user.pk, blocked_id=trace.sender_id) | Q(blocker_id=trace.sender_id, blocked_id=user.pk)
    for block in Block.objects.filter(pair):
        values = {"at": to_wire(block.created_at)}
        if block.blocker_id == user.pk:
            yield _("They have blocked the sender, at %(at)s: what was sent since was refused.") % values
        else:
            yield _("The sender has blocked them, at %(at)s: what was sent since was refused.") % values


def _time(step: Step) -> str:
    return to_wire(datetime.fromtimestamp(step.at_ms / 1000, UTC))
