"""A case on its way through the queue: claimed by one moderator, given back, resolved; looked into, with a reason."""

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from moderation.models import Case, CaseState, Evidence, Outcome
from moderation.services.audit import record
from moderation.services.notices import tell_later


@transaction.atomic
def claim(case_id: int, *, actor: User, request: HttpRequest | None = None) -> None:
    """Takes a case, so that nobody else works on it; one's own stays one's own. Raises NOT_FOUND, and CONFLICT where
    someone else has it or it is resolved."""
    case = _lock(case_id)
    if case.state == CaseState.CLAIMED and case.claimed_by_id == actor.pk:
        return
    if case.state != CaseState.OPEN:
        raise DomainError(ErrorCode.CONFLICT, _("Someone else has taken this report, or it is resolved."))
    case.state, case.claimed_by, case.claimed_at = CaseState.CLAIMED, actor, clock.now()
    case.save(update_fields=["state", "claimed_by", "claimed_at"])
    record(actor=actor, action="claimed-report", target=case, why="", request=request)


@transaction.atomic
def release(case_id: int, *, actor: User, request: HttpRequest | None = None) -> None:
    """Puts a claimed case back into the queue: one's own, or that of a colleague who is away. Raises NOT_FOUND,
    CONFLICT."""
    case = _lock(case_id)
    if case.state != CaseState.CLAIMED:
        raise DomainError(ErrorCode.CONFLICT, _("Nobody has taken this report."))
    details = {"claimed_by": case.claimed_by_id}
    case.state, case.claimed_by, case.claimed_at = CaseState.OPEN, None, None
    case.save(update_fields=["state", "claimed_by", "claimed_at"])
    record(actor=actor, action="released-report", target=case, why="", request=request, details=details)


@transaction.atomic
def resolve(
    case_id: int, *, actor: User, outcome: Outcome, answer: str = "", note: str = "", request: HttpRequest | None = None
) -> None:
    """Closes a case; its reporters are told the outcome (`answer`, or the words for it). The next report of the same
    opens another. Raises NOT_FOUND, and CONFLICT where it is resolved or someone else has it."""
    case = _lock(case_id)
    if case.state == CaseState.RESOLVED:
        raise DomainError(ErrorCode.CONFLICT, _("This report has been resolved already."))
    if case.state == CaseState.CLAIMED and case.claimed_by_id != actor.pk:
        raise DomainError(ErrorCode.CONFLICT, _("Someone else has taken this report."))
    case.state, case.open_key = CaseState.RESOLVED, None
    case.resolved_by, case.resolved_at = actor, clock.now()
    case.outcome, case.answer, case.note = outcome, answer, note
    case.save(update_fields=["state", "open_key", "resolved_by", "resolved_at", "outcome", "answer", "note"])
    details = {"outcome": outcome.value}
    record(actor=actor, action="resolved-report", target=case, why=note, request=request, details=details)
    tell_later("report", case.pk)


@transaction.atomic
def look_into(case_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> Evidence | None:
    """The evidence of a case; each look is audited with its reason. None where it has been erased by time.

    Raises NOT_FOUND.
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    details = {"message": case.message_id, "conversation": case.conversation_id}
    record(actor=actor, action="looked-at-evidence", target=case, why=why, request=request, details=details)
    return Evidence.objects.filter(pk=case_id, erased_at=None).first()


def _lock(case_id: int) -> Case:
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return case
