"""Making agents."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User, UserKind
from accounts.services.names import clean_display_name, clean_username, username_taken
from accounts.services.telling import tell_profile_changed
from ai_agent import roster
from ai_agent.models import Agent


@transaction.atomic
def make_agent(*, username: str, display_name: str, **fields: Any) -> Agent:
    """A new agent with its user, who can never log in; `fields` are those of Agent.

    Raises INVALID_REQUEST for a bad name, CONFLICT for a taken one.
    """
    name = clean_username(username)
    user = User.objects.build(name, display_name=clean_display_name(display_name), kind=UserKind.AGENT)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as exc:
        raise username_taken() from exc
    tell_profile_changed([user.pk])
    agent = Agent.objects.create(user=user, **fields)
    roster.note_change()
    return agent
