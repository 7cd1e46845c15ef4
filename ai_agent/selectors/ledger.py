"""The ledger as people see it."""

from ai_agent.digests.wire import LedgerLine
from ai_agent.models import LedgerEntry
from core.clock import to_wire
from core.paging import Page, PageRequest, make_page


def own_entries(user_id: int, page: PageRequest) -> Page[LedgerLine]:
    """Uses of the messages that someone wrote, the newest first. One query."""
    rows = LedgerEntry.objects.filter(sender_id=user_id).order_by("-pk")
    if (after := page.after_as(int)) is not None:
        rows = rows.filter(pk__lt=after[0])
    found = make_page(list(rows[: page.limit + 1]), page.limit, lambda entry: (entry.pk,))
    return Page([_view(entry) for entry in found.rows], found.next_after)


def _view(entry: LedgerEntry) -> LedgerLine:
    return LedgerLine(
        message_id=str(entry.message_id),
        conversation_id=str(entry.conversation_id),
        seq=entry.seq,
        model=entry.model,
        purpose=entry.purpose,
        agent_id=str(entry.agent_id) if entry.agent_id is not None else None,
        asked_by=str(entry.asked_by_id),
        at=to_wire(entry.at),
    )
