"""The one way into the audit."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.models import User
from moderation.models import AuditEntry

Target = Model | tuple[str, object]


def record(
    *,
    actor: User | int | None,
    action: str,
    target: Target,
    why: str,
    request: HttpRequest | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Adds an entry, in the caller's transaction: what is rolled back has not been done.

    `actor` is None for the program itself. `action` is a kebab-case verb (`report-claimed`); a look at what people
    wrote begins with `looked-at-`. `target` is a row, or its kind (`accounts.user`) and key. `details` holds ids and
    numbers, never content.
    """
    kind, key = (target._meta.label_lower, target.pk) if isinstance(target, Model) else target
    return AuditEntry.objects.create(
        actor_id=actor.pk if isinstance(actor, User) else actor,
        action=action,
        target_kind=kind,
        target_id=str(key),
        why=why,
        details=dict(details or {}),
        address=client_address(request.META) if request is not None else None,
    )
