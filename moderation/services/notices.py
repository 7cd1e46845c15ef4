"""Telling people by e-mail what was decided: those who reported, and those whom it concerns.

The API says the same at any time (`users/me/reports`, `users/me/sanctions`): a mail that gets lost hides nothing.
"""

from collections.abc import Callable
from typing import Final

from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from core.logs import get_logger
from moderation.models import Appeal, AppealState, Case, Sanction

log = get_logger(__name__)


def tell_later(about: str, key: int) -> None:
    """Have the people concerned told once this transaction has committed. Never raises.

    `about` is `report` (a resolved case, to its reporters), `sanction`, `lifted` or `appeal` (to the person).
    """
    transaction.on_commit(lambda: _request(about, key))


def _request(about: str, key: int) -> None:
    try:
        current_app.send_task("moderation.tasks.tell_people", args=[about, key], retry=False)
    except OperationalError as exc:
        log.warning("nobody could be asked to send a notice", about=about, key=key, error=str(exc))


def tell(about: str, key: int) -> int:
    """Sends the mails of one decision; how many. People without an address read it in the app."""
    return _TELLERS[about](key)


def describe_outcome(case: Case) -> str:
    """What a reporter is told, in the language that is active now: the moderator's words, or those for the outcome."""
    if case.answer:
        return case.answer
    texts = {
        "no_violation": _("We looked into it and found nothing that breaks the rules."),
        "content_removed": _("We removed what you reported. Thank you."),
        "warned": _("We warned the person concerned. Thank you."),
        "muted": _("The person concerned cannot write for a while. Thank you."),
        "banned": _("The person concerned has been banned. Thank you."),
        "group_action": _("We took action against the group. Thank you."),
        "duplicate": _("This has been dealt with in another report. Thank you."),
    }
    return texts.get(case.outcome, "")


def _tell_reporters(case_id: int) -> int:
    case = Case.objects.get(pk=case_id)
    reporters = User.objects.filter(reports__case_id=case_id).exclude(email="").order_by("pk")
    return sum(
        _mail(user, lambda: (_("Your report has been dealt with"), describe_outcome(case))) for user in reporters
    )


def _tell_sanctioned(sanction_id: int) -> int:
    sanction = Sanction.objects.select_related("user", "conversation").get(pk=sanction_id)
    return _mail(sanction.user, lambda: (_("A decision about your account"), _describe_sanction(sanction)))


def _describe_sanction(sanction: Sanction) -> str:
    decided = {
        "warn": _("You have been warned."),
        "mute": _("You cannot write for a while."),
        "ban": _("You have been banned."),
    }[sanction.kind]
    lines = [decided, _("Reason: %(reason)s") % {"reason": sanction.reason}]
    if sanction.conversation is not None:
        lines.append(_("In: %(title)s") % {"title": sanction.conversation.title})
    if sanction.ends_at is not None:
        lines.append(_("Until: %(time)s (UTC)") % {"time": date_format(sanction.ends_at, "DATETIME_FORMAT")})
    lines.append(_("You may appeal once, in the app: someone else will look at it."))
    return "\n\n".join(lines)


def _tell_lifted(sanction_id: int) -> int:
    sanction = Sanction.objects.select_related("user").get(pk=sanction_id)
    return _mail(sanction.user, lambda: (_("A decision about your account"), _("The sanction has been lifted.")))


def _tell_appellant(appeal_id: int) -> int:
    found = Appeal.objects.select_related("sanction__user").get(pk=appeal_id)

    def words() -> tuple[str, str]:
        upheld = _("Your appeal was reviewed; the sanction stands.")
        decided = _("Your appeal was granted.") if found.state == AppealState.GRANTED else upheld
        return _("Your appeal"), "\n\n".join(filter(None, (decided, found.answer)))

    return _mail(found.sanction.user, words)


def _mail(user: User, words: Callable[[], tuple[str, str]]) -> int:
    """One mail, its subject and text made in the language of the account; 0 where there is no address."""
    if not user.email:
        return 0
    with translation.override(language_of(user) or settings.LANGUAGE_CODE):
        subject, text = words()
    send_mail(subject, text, None, [user.email])
    return 1


def language_of(user: User) -> str | None:
    """The language in which the account reads, None where it has not chosen one."""
    return _LANGUAGES.get(str(user.settings.get("language")).lower())


_LANGUAGES: Final = {"zh": "zh-hans", "zh-cn": "zh-hans", "zh-hans": "zh-hans", "en": "en"}
_TELLERS: Final[dict[str, Callable[[int], int]]] = {
    "report": _tell_reporters,
    "sanction": _tell_sanctioned,
    "lifted": _tell_lifted,
    "appeal": _tell_appellant,
}
