"""Reports: what someone complains about becomes a case in the moderators' queue, or joins the one that is open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import get_active_user
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import parse_id, split_log_id
from core.ratelimits import check_rate
from groups.selectors import find_owner_id
from messaging.models import Conversation, ConversationKind, Member, Message
from messaging.selectors.access import Place, access_message, access_place
from moderation.models import Case, Reason, Report, Subject
from moderation.services.evidence import keep_conversation, keep_message, keep_profile

REPORTS_AN_HOUR: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a person says: exactly one of the three ids (as the wire has them), why, and in their own words."""

    reason: Reason
    comment: str = ""
    message_id: str | None = None
    user_id: str | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a complaint names, seen with the reporter's eyes: the case to open if none is, and what it keeps then."""

    subject: Subject
    key: int
    user_id: int | None
    message_id: int | None = None
    conversation_id: int | None = None
    keep: Callable[[Case], object]

    @property
    def open_key(self) -> str:
        """Two who report each other's conversation mean different people: that makes two cases."""
        concerned = f":{self.user_id}" if self.subject is Subject.CONVERSATION else ""
        return f"{self.subject.value}:{self.key}{concerned}"


def report(reporter: User, complaint: Complaint) -> Report:
    """Files a complaint. The same person's second one about an open case is answered with the first.

    Raises MESSAGE_NOT_FOUND, CONVERSATION_NOT_FOUND or NOT_FOUND alike for what the reporter may not see and for what
    does not exist; INVALID_REQUEST for oneself; RATE_LIMITED above REPORTS_AN_HOUR.
    """
    check_rate("report.user", str(reporter.pk), limit=REPORTS_AN_HOUR, period_s=3600)
    found = _find_subject(reporter, complaint)
    if found.user_id == reporter.pk:
        raise DomainError(ErrorCode.INVALID_REQUEST, _("You cannot report yourself."))
    return _file(found, reporter.pk, complaint.reason, complaint.comment)


def report_flagged(message_id: int, *, comment: str) -> Report | None:
    """Files what the word filter has flagged, in nobody's name; None where the message is not there any more."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return None
    last_seq = split_log_id(message_id)[1] + 1000
    return _file(_found_message(message, first_seq=1, last_seq=last_seq), None, Reason.FILTER, comment)


def _find_subject(reporter: User, complaint: Complaint) -> _Found:
    if complaint.message_id is not None:
        message_id = parse_id(complaint.message_id, ErrorCode.MESSAGE_NOT_FOUND)
        place = _enter(reporter.pk, str(split_log_id(message_id)[0]))
        message = access_message(place, complaint.message_id)
        return _found_message(message, first_seq=place.member.visible_from, last_seq=place.conversation.last_seq)
    if complaint.conversation_id is not None:
        return _found_conversation(access_place(reporter.pk, complaint.conversation_id))
    user = get_active_user(parse_id(complaint.user_id or ""))
    return _Found(subject=Subject.USER, key=user.pk, user_id=user.pk, keep=lambda case: keep_profile(case, user))


def _enter(user_id: int, conversation: str) -> Place:
    """The conversation of a message; what one may not enter looks like a message that is not there."""
    try:
        return access_place(user_id, conversation)
    except DomainError as exc:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND) from exc


def _found_message(message: Message, *, first_seq: int, last_seq: int) -> _Found:
    return _Found(
        subject=Subject.MESSAGE,
        key=message.pk,
        user_id=message.sender_id,
        message_id=message.pk,
        conversation_id=message.conversation_id,
        keep=lambda case: keep_message(case, message, first_seq=first_seq, last_seq=last_seq),
    )


def _found_conversation(place: Place) -> _Found:
    conversation, member = place.conversation, place.member
    return _Found(
        subject=Subject.CONVERSATION,
        key=conversation.pk,
        user_id=_find_concerned(conversation, member.user_id),
        conversation_id=conversation.pk,
        keep=lambda case: keep_conversation(
            case, conversation, first_seq=member.visible_from, last_seq=conversation.last_seq
        ),
    )


def _find_concerned(conversation: Conversation, reporter_id: int) -> int | None:
    """Whom the report of a conversation concerns: the other of two, the owner of a group unless they report it
    themselves (because of its members, then)."""
    if conversation.kind == ConversationKind.DIRECT:
        others = Member.objects.filter(conversation=conversation).exclude(user_id=reporter_id)
        return others.values_list("user_id", flat=True).first()
    owner_id = find_owner_id(conversation.pk) if conversation.kind == ConversationKind.GROUP else None
    return owner_id if owner_id != reporter_id else None


def _file(found: _Found, reporter_id: int | None, reason: Reason, comment: str) -> Report:
    try:
        return _join_or_open(found, reporter_id, reason, comment)
    except IntegrityError:
        # Someone else's report of the same came first, or one's own on another device: now it is there to join.
        return _join_or_open(found, reporter_id, reason, comment)


@transaction.atomic
def _join_or_open(found: _Found, reporter_id: int | None, reason: Reason, comment: str) -> Report:
    case = Case.objects.select_for_update().filter(open_key=found.open_key).first()
    if case is None:
        case = Case.objects.create(
            subject=found.subject,
            open_key=found.open_key,
            message_id=found.message_id,
            conversation_id=found.conversation_id,
            user_id=found.user_id,
            reason=reason,
            opened_at=clock.now(),
        )
        found.keep(case)
    filed = Report.objects.filter(case=case, reporter_id=reporter_id).first()
    if filed is not None:
        return filed
    Case.objects.filter(pk=case.pk).update(report_count=F("report_count") + 1)
    return Report.objects.create(
        case=case, reporter_id=reporter_id, reason=reason, comment=comment, created_at=clock.now()
    )
