"""Appeals: one for each sanction, decided by someone else than who decided the sanction."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from moderation.models import Appeal, AppealState, Sanction
from moderation.services.audit import record
from moderation.services.enforcing import read_appeal_token
from moderation.services.notices import tell_later
from moderation.services.pushing import push_change
from moderation.services.sanctions import lift


def appeal(sanction_id: int, user_id: int, text: str) -> Appeal:
    """Leaves the person's objection in the moderators' queue.

    Raises NOT_FOUND for a sanction that is not the person's (or is none), CONFLICT where it has ended or has been
    appealed against already.
    """
    sanction = Sanction.objects.filter(pk=sanction_id, user_id=user_id).first()
    if sanction is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if not sanction.stands:
        raise DomainError(ErrorCode.CONFLICT, _("This sanction has ended already."))
    try:
        with transaction.atomic():
            push_change([user_id])
            return Appeal.objects.create(sanction=sanction, text=text, created_at=clock.now())
    except IntegrityError as exc:
        raise DomainError(ErrorCode.CONFLICT, _("You have appealed against this already.")) from exc


def appeal_by_token(sanction_id: int, token: str, text: str) -> Appeal:
    """As `appeal`, for who holds the appeal_token of this sanction instead of a session. Raises AUTH_FAILED too."""
    if read_appeal_token(token) != sanction_id:
        raise DomainError(ErrorCode.AUTH_FAILED)
    user_id = Sanction.objects.filter(pk=sanction_id).values_list("user_id", flat=True).first()
    return appeal(sanction_id, user_id or 0, text)


@transaction.atomic
def decide_appeal(
    appeal_id: int, *, actor: User, is_granted: bool, answer: str, request: HttpRequest | None = None
) -> Appeal:
    """Grants an appeal, which lifts the sanction, or upholds the sanction; the person is told either way.

    Raises NOT_FOUND, CONFLICT where it has been decided, FORBIDDEN for who decided the sanction, a superuser too, and
    for the person concerned.
    """
    found = Appeal.objects.select_for_update().filter(pk=appeal_id).first()
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if found.state != AppealState.OPEN:
        raise DomainError(ErrorCode.CONFLICT, _("This appeal has been decided already."))
    sanction = found.sanction
    if actor.pk in {sanction.decided_by_id, sanction.user_id}:
        raise DomainError(ErrorCode.FORBIDDEN, _("Someone else than who decided it must review a sanction."))
    found.state = AppealState.GRANTED if is_granted else AppealState.UPHELD
    found.reviewer, found.answer, found.decided_at = actor, answer, clock.now()
    found.save(update_fields=["state", "reviewer", "answer", "decided_at"])
    record(actor=actor, action=f"appeal-{found.state}", target=found, why=answer, request=request)
    if is_granted and sanction.stands:
        lift(sanction.pk, actor=actor, why=answer, request=request)
    else:
        push_change([sanction.user_id])
        tell_later("appeal", found.pk)
    return found
