"""The moderators' pages as one of them sees them, with a report to work on."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from core import clock
from core.reauthentication import SESSION_KEY
from messaging.models import Conversation, Message
from moderation.models import Case
from moderation.services.reporting import report_flagged
from tests.admin.case import AdminCase
from tests.factories import make_user
from tests.messaging.building import Log, make_group
from tests.moderation.case import make_staff

CANARY = "canary-in-a-coal-mine"
WHY = {"why": "insults"}


class PagesCase(AdminCase):
    """A report of what Ben wrote in Ann's group; a moderator is logged in."""

    moderator: User
    colleague: User
    ann: User
    ben: User
    group: Conversation
    message: Message
    case: Case

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.moderator, cls.colleague = make_staff("moderator", "mo"), make_staff("moderator", "colleague")
        cls.ann, cls.ben = make_user("ann"), make_user("ben")
        cls.group = make_group(cls.ann, cls.ben)
        cls.message = Log(cls.group).send(cls.ben, CANARY)
        report_flagged(cls.message.pk, comment="rule 1")
        cls.case = Case.objects.get()

    def setUp(self) -> None:
        self.enter(self.moderator)

    def enter(self, staff: User, *, password_given_at: float | None = None) -> None:
        """Log in, with the password given just now or at another time."""
        self.client.force_login(staff)
        session = self.client.session
        session[SESSION_KEY] = clock.now().timestamp() if password_given_at is None else password_given_at
        session.save()

    def decide(self, page: str, key: object, **fields: object) -> Any:
        """Send a filled-in dialog."""
        return self.client.post(reverse(f"admin:{page}", args=[key]), {"_form_submitted": "on", **fields})

    @property
    def evidence_address(self) -> str:
        """The page of what the report is about."""
        return reverse("admin:moderation_case_evidence", args=[self.case.pk])
