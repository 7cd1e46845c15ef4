"""Documents of people, kept up with their names: a row of what is pending, in the transaction of the change.

Rows instead of a column `changed_at` on users: the index follows whatever happens to Celery or Redis, and the users'
table carries no index for it.
"""

from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import User
from core.logs import get_logger
from core.redis import RedisError
from search import documents
from search.engine import ActionsRefusedError
from search.models import PendingPerson

INDEX_PEOPLE: Final = "search.index_people"
"""The task's name: tasks.py, which has it, imports this module."""
INDEX_QUEUE: Final = "indexing"
"""Where it waits (CELERY_TASK_ROUTES), as do batches of documents."""
AT_ONCE: Final = 500
log = get_logger(__name__)


def note_person(user_id: int) -> None:
    """This user's names, or who may find them, have changed: their document will, soon after the transaction commits.

    A PROFILE_HOOKS entry: called in the transaction of the change.
    """
    PendingPerson.objects.create(user_id=user_id)
    transaction.on_commit(_ask)


def index_pending() -> int:
    """Brings the documents of all who are pending up to date; returns how many. Raises EngineUnavailableError.

    The rows stay locked until the engine has the documents, so that of two changes the later one is written last.
    """
    done = 0
    while taken := _index_some():
        done += taken
    return done


@transaction.atomic
def _index_some() -> int:
    pending = list(PendingPerson.objects.select_for_update().order_by("pk")[:AT_ONCE])
    if pending:
        users = User.objects.filter(pk__in={row.user_id for row in pending})
        try:
            documents.write(documents.person_action(user) for user in users)
        except ActionsRefusedError as exc:
            log.warning("documents were refused", count=len(exc.refused))
        PendingPerson.objects.filter(pk__in=[row.pk for row in pending]).delete()
    return len(pending)


def _ask() -> None:
    try:
        current_app.send_task(INDEX_PEOPLE, retry=False)
    except (RedisError, BrokerError, OSError) as exc:
        log.warning("indexing a person waits for the sweep", error=repr(exc))
