"""Deciding, lifting and ending sanctions. Each decision is audited; the person reads the reason and may appeal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.sessions import BANNED, end_user_sessions
from core import clock
from core.errors import DomainError, ErrorCode
from groups.services.invites import revoke_invites_of
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.services.log import lock_conversation
from messaging.services.membership import remove_member
from moderation.models import Sanction, SanctionKind
from moderation.services.audit import record
from moderation.services.enforcing import IN_FORCE
from moderation.services.notices import tell_later
from moderation.services.pushing import push_change

SITE: Final = 0
"""The actor of events that moderators cause: the log does not tell the members who it was, the audit does."""
_ENDED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSanction:
    """What is decided. `conversation_id` None: everywhere; `ends_at` None: for good; `reason` is for the person."""

    user_id: int
    kind: SanctionKind
    reason: str
    conversation_id: int | None = None
    ends_at: datetime | None = None
    note: str = ""
    case_id: int | None = None


@transaction.atomic
def impose(new: NewSanction, *, actor: User, request: HttpRequest | None = None) -> Sanction:
    """Decides a sanction. It holds in the write path within two seconds; a ban everywhere ends every session at once
    (4403 with the reason), a ban from a group removes the person from it and keeps them out. Sockets that stay open are
    told (`sanctions-changed`).

    Raises NOT_FOUND for who is not there, FORBIDDEN for oneself and, unless the actor is a superuser, for staff;
    INVALID_REQUEST for an end in the past or a place where this sanction makes no sense; CONFLICT for the ban of a
    group's owner, who first hands the group over.
    """
    person = _lock_person(new.user_id)
    _check_may_decide(actor, person)
    _check_sense(new)
    sanction = Sanction.objects.create(
        user=person,
        kind=new.kind,
        conversation_id=new.conversation_id,
        reason=new.reason,
        note=new.note,
        case_id=new.case_id,
        decided_by=actor,
        starts_at=clock.now(),
        ends_at=None if new.kind == SanctionKind.WARN else new.ends_at,
    )
    if new.kind == SanctionKind.BAN:
        _carry_out_ban(sanction)
    details = {"sanction": sanction.pk, "conversation": new.conversation_id, "report": new.case_id}
    record(
        actor=actor, action=f"decided-{new.kind.value}", target=person, why=new.reason, request=request, details=details
    )
    IN_FORCE.note_change()
    push_change([person.pk])
    tell_later("sanction", sanction.pk)
    return sanction


@transaction.atomic
def lift(sanction_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> Sanction:
    """Ends a sanction before its time; the person is told. Raises NOT_FOUND, CONFLICT where it has ended already, and
    FORBIDDEN for a sanction against oneself."""
    sanction = lock_sanction(sanction_id)
    if sanction.user_id == actor.pk:
        raise DomainError(ErrorCode.FORBIDDEN, _("This sanction is against you."))
    if not sanction.stands:
        raise DomainError(ErrorCode.CONFLICT, _("This sanction has ended already."))
    sanction.lifted_at = sanction.closed_at = clock.now()
    sanction.lifted_by = actor
    sanction.save(update_fields=["lifted_at", "lifted_by", "closed_at"])
    record(actor=actor, action="lifted-sanction", target=sanction, why=why, request=request)
    IN_FORCE.note_change()
    push_change([sanction.user_id])
    tell_later("lifted", sanction.pk)
    return sanction


def end_due() -> int:
    """Closes the sanctions whose time is over; how many. They stopped holding at that moment by themselves."""
    total = 0
    while keys := list(
        Sanction.objects.filter(closed_at=None, ends_at__lte=clock.now()).values_list("pk", flat=True)[:_ENDED_AT_ONCE]
    ):
        total += _close(keys)
    return total


@transaction.atomic
def _close(keys: Sequence[int]) -> int:
    """Notes that these are over, as far as nobody has meanwhile; how many."""
    ended = list(Sanction.objects.select_for_update().filter(pk__in=keys, closed_at=None).order_by("pk"))
    for sanction in ended:
        Sanction.objects.filter(pk=sanction.pk).update(closed_at=sanction.ends_at)
        record(actor=None, action="sanction-ended", target=sanction, why="")
    IN_FORCE.note_change()
    push_change({sanction.user_id for sanction in ended})
    return len(ended)


def lock_sanction(sanction_id: int) -> Sanction:
    """The sanction, locked until the transaction ends. Raises NOT_FOUND."""
    found = Sanction.objects.select_for_update().filter(pk=sanction_id).first()
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def _lock_person(user_id: int) -> User:
    """The account, active or not; a log-in that goes on at the same time waits for the decision."""
    rows = User.objects.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    person = rows.filter(pk=user_id, erased_at=None).first()
    if person is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return person


def _check_may_decide(actor: User, person: User) -> None:
    if person.pk == actor.pk:
        raise DomainError(ErrorCode.FORBIDDEN, _("You cannot sanction yourself."))
    if (person.is_staff or person.is_superuser) and not actor.is_superuser:
        raise DomainError(ErrorCode.FORBIDDEN, _("Only a superuser can sanction staff."))


def _check_sense(new: NewSanction) -> None:
    if new.ends_at is not None and new.ends_at <= clock.now():
        raise _invalid("ends_at", _("The end lies in the past."))
    if new.conversation_id is None:
        return
    kind = Conversation.objects.filter(pk=new.conversation_id).values_list("kind", flat=True).first()
    if kind is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    if new.kind == SanctionKind.BAN and kind != ConversationKind.GROUP:
        raise _invalid("conversation_id", _("One can be banned from a group only; elsewhere, mute."))


def _carry_out_ban(sanction: Sanction) -> None:
    if sanction.conversation_id is None:
        end_user_sessions(sanction.user_id, reason=BANNED, told=f"{BANNED}: {sanction.reason}")
        return
    conversation = lock_conversation(sanction.conversation_id)
    seat = Member.objects.filter(conversation=conversation, user_id=sanction.user_id, left_at=None).first()
    if seat is None:
        return
    if seat.role == Role.OWNER:
        raise DomainError(ErrorCode.CONFLICT, _("They own this group. Give it another owner first."))
    revoke_invites_of(conversation.pk, sanction.user_id)
    remove_member(conversation, sanction.user_id, actor_id=SITE, event="member-removed")


def _invalid(field: str, message: str) -> DomainError:
    return DomainError(ErrorCode.INVALID_REQUEST, message, {"fields": {field: [message]}})
