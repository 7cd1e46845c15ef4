"""Who may have how much of AI in a day: reserved before a request leaves, settled when it is done.

A day is UTC's. Four accounts may bound a request: the person's, the person's with this agent, the agent's, and the
site's. What a request may cost at most is set aside in all of them in one transaction, each by one conditional UPDATE
and always in this order, so that no number of processes can together go beyond a budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.utils.functional import lazy
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from ai_agent.models import Agent, ModelPrice, ModelUse, Reservation, TokenAccount
from ai_agent.services.limits import get_limits
from core import clock
from core.clock import to_wire
from core.errors import DomainError, ErrorCode

Scope = Literal["user", "agent", "site", "off"]
RESERVED_S: Final = 300
"""Longer than any request takes: a reservation that is older belongs to a process that has died."""
DEFAULT_TOKENS: Final = 1_000
_SWEPT_AT_ONCE: Final = 500


class BudgetExceededError(DomainError):
    """AI may not be asked now. `scope` says whose budget is used up, `resets_at` when it begins anew; with "off" AI, or
    this agent, is switched off, and nobody knows until when.

    RATE_LIMITED (FORBIDDEN when it is off), with details `{scope, resets_at, retry_after_ms}`.
    """

    def __init__(self, scope: Scope, resets_at: datetime | None = None) -> None:
        self.scope: Scope = scope
        self.resets_at = resets_at
        details: dict[str, object] = {"scope": scope, "resets_at": to_wire(resets_at) if resets_at else None}
        if resets_at is not None:
            wait = resets_at - clock.now()
            details["retry_after_ms"] = max(1, int(wait.total_seconds() * 1000))
        code = ErrorCode.RATE_LIMITED if resets_at is not None else ErrorCode.FORBIDDEN
        super().__init__(code, lazy(partial(_say, scope, resets_at), str)(), details)


def _say(scope: Scope, resets_at: datetime | None) -> str:
    if resets_at is None:
        return _("AI is switched off here at the moment.")
    wait = {"wait": timeuntil(resets_at, clock.now(), depth=1)}
    if scope == "user":
        return _("You have used up your share of AI for today. It begins anew in %(wait)s.") % wait
    if scope == "agent":
        return _("This agent has used up its budget for today. It answers again in %(wait)s.") % wait
    return _("AI has used up its budget for today. It is back in %(wait)s.") % wait


@dataclass(frozen=True, slots=True)
class _Account:
    """One budget that a request draws on."""

    scope: Scope
    user_id: int
    agent_id: int


def check(asker_id: int, agent_id: int | None, *, tokens: int | None = None) -> int:
    """Sets aside what a request may cost at most; the reservation's id, for `settle` or `release`.

    `tokens` is that cost, prompt and answer together; without it, the agent's longest answer to the longest prompt.
    What is neither settled nor released is given back after RESERVED_S. Raises BudgetExceededError. Safe however many
    ask at once.
    """
    limits = get_limits()
    agent = Agent.objects.filter(pk=agent_id).first() if agent_id is not None else None
    if not limits.is_on or (agent_id is not None and (agent is None or not agent.enabled)):
        raise BudgetExceededError("off")
    longest = agent.max_answer_tokens if agent is not None else DEFAULT_TOKENS
    today, wanted = _today(), tokens if tokens is not None else cost_at_most(longest)
    accounts = _accounts(asker_id, agent_id)
    bounds = _bounds(limits.daily_tokens_per_user, limits.daily_tokens, agent)
    _open(today, accounts)
    _give_back_expired(asker_id)
    with transaction.atomic():
        for account, limit in zip(accounts, bounds, strict=True):
            if not _take(today, account, limit, wanted):
                raise BudgetExceededError(account.scope, _end_of(today))
        reservation = Reservation.objects.create(
            day=today,
            user_id=asker_id,
            agent_id=agent_id or 0,
            tokens=wanted,
            expires_at=clock.now() + timedelta(seconds=RESERVED_S),
        )
    return int(reservation.pk)


def settle(
    *,
    asker_id: int,
    agent_id: int | None,
    model: str,
    purpose: str,
    prompt_tokens: int,
    completion_tokens: int,
    reservation: int | None = None,
) -> None:
    """Counts what a request has really cost, on the day it was reserved, and gives back the rest.

    Without `reservation`, the oldest of this asker and agent is meant. Counted even where there is none any more: what
    was used was used.
    """
    price = ModelPrice.objects.filter(model=model).first()
    accounts, today = _accounts(asker_id, agent_id), _today()
    _open(today, accounts)
    use = {"day": today, "model": model, "purpose": purpose, "agent_id": agent_id or 0}
    if not ModelUse.objects.filter(**use).exists():
        ModelUse.objects.bulk_create([ModelUse(**use)], ignore_conflicts=True)
    with transaction.atomic():
        taken = _drop(_find(asker_id, agent_id, reservation))
        day = taken.day if taken is not None else today
        spent = prompt_tokens + completion_tokens
        _move(day, accounts, used=spent, reserved=-taken.tokens if taken is not None else 0)
        ModelUse.objects.filter(**use).update(
            requests=F("requests") + 1,
            prompt_tokens=F("prompt_tokens") + prompt_tokens,
            completion_tokens=F("completion_tokens") + completion_tokens,
            cost_micros=F("cost_micros") + _cost(price, prompt_tokens, completion_tokens),
        )


def release(reservation: int) -> None:
    """Gives all of a reservation back: nothing was asked. Nothing happens where it is gone."""
    with transaction.atomic():
        taken = _drop(Reservation.objects.filter(pk=reservation).first())
        if taken is not None:
            _move(taken.day, _accounts(taken.user_id, taken.agent_id or None), used=0, reserved=-taken.tokens)


def release_expired() -> int:
    """Gives back what requests have left behind whose process died; how many."""
    keys = Reservation.objects.filter(expires_at__lt=clock.now()).order_by("expires_at").values_list("pk", flat=True)
    found = list(keys[:_SWEPT_AT_ONCE])
    for key in found:
        release(key)
    return len(found)


def used_today(*, user_id: int = 0, agent_id: int = 0) -> int:
    """Tokens that an account has used and reserved since 00:00 UTC; (0, 0) is the site's."""
    row = TokenAccount.objects.filter(day=_today(), user_id=user_id, agent_id=agent_id).first()
    return row.used + row.reserved if row is not None else 0


def cost_at_most(max_answer_tokens: int = DEFAULT_TOKENS) -> int:
    """Tokens of the longest prompt and an answer: a budget below it only ever refuses."""
    return max_answer_tokens + int(settings.AI_PROMPT_TOKENS)


def _accounts(asker_id: int, agent_id: int | None) -> Sequence[_Account]:
    """In the order in which they are locked: the site's, which all want, last and for the shortest time."""
    mine = [_Account("user", asker_id, 0)]
    if agent_id is not None:
        mine += [_Account("user", asker_id, agent_id), _Account("agent", 0, agent_id)]
    return [*mine, _Account("site", 0, 0)]


def _bounds(per_user: int, site: int, agent: Agent | None) -> list[int]:
    """The limit of each of `_accounts`."""
    of_agent = [agent.daily_tokens_per_user, agent.daily_tokens] if agent is not None else []
    return [per_user, *of_agent, site]


def _open(day: date, accounts: Sequence[_Account]) -> None:
    """Makes the rows that are missing, outside of the transaction that locks them: on MySQL an insert that meets a row
    keeps it shared, and two of those would wait for each other."""
    for account in accounts:
        key = {"day": day, "user_id": account.user_id, "agent_id": account.agent_id}
        if not TokenAccount.objects.filter(**key).exists():
            TokenAccount.objects.bulk_create([TokenAccount(**key)], ignore_conflicts=True)


def _take(day: date, account: _Account, limit: int, tokens: int) -> bool:
    """One UPDATE that finds the row only where there is room: who waits for its lock looks again."""
    rows = TokenAccount.objects.filter(day=day, user_id=account.user_id, agent_id=account.agent_id)
    if limit:
        rows = rows.filter(used__lte=Value(limit - tokens) - F("reserved"))
    return bool(rows.update(reserved=F("reserved") + tokens))


def _move(day: date, accounts: Sequence[_Account], *, used: int, reserved: int) -> None:
    for account in accounts:
        rows = TokenAccount.objects.filter(day=day, user_id=account.user_id, agent_id=account.agent_id)
        rows.update(used=F("used") + used, reserved=F("reserved") + reserved)


def _find(asker_id: int, agent_id: int | None, reservation: int | None) -> Reservation | None:
    rows = Reservation.objects.filter(user_id=asker_id, agent_id=agent_id or 0)
    return (rows.filter(pk=reservation) if reservation is not None else rows).order_by("pk").first()


def _drop(reservation: Reservation | None) -> Reservation | None:
    """Takes the row away; None where another process was first."""
    if reservation is None:
        return None
    gone, _by_model = Reservation.objects.filter(pk=reservation.pk).delete()
    return reservation if gone else None


def _give_back_expired(asker_id: int) -> None:
    for key in Reservation.objects.filter(user_id=asker_id, expires_at__lt=clock.now()).values_list("pk", flat=True):
        release(key)


def _cost(price: ModelPrice | None, prompt_tokens: int, completion_tokens: int) -> int:
    """In millionths: a price for a million tokens is as many millionths for one."""
    if price is None:
        return 0
    return int(price.prompt_per_million * prompt_tokens + price.completion_per_million * completion_tokens)


def _today() -> date:
    return clock.now().astimezone(UTC).date()


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
