"""Rules as a process has them in memory, without the thread that follows the database."""

from typing import Any
from unittest import mock

from accounts.models import User
from moderation.filter import live
from moderation.filter.live import FILTERING, Filtering
from moderation.models import FilterRule, SpamLimits
from moderation.services.filtering_rules import save_limits, save_rule
from moderation.services.spam import forget_tries
from tests.messaging.write_case import WriteCase


class FilterCase(WriteCase):
    """People who write, and a moderator who makes rules. A test sees its own rules once it has `reload`ed them."""

    def setUp(self) -> None:
        super().setUp()
        self.moderator = User.objects.create_user("mod", None, is_staff=True)
        watching = mock.patch.object(FILTERING, "_watch")
        watching.start()
        self.addCleanup(watching.stop)
        self.addCleanup(self.forget)
        self.reload()

    def forget(self) -> None:
        """As at the start of a process."""
        live._Last.value = None
        FILTERING._forget()
        forget_tries()

    def reload(self) -> Filtering:
        """What the watching thread does when the version has moved."""
        return FILTERING.reload()

    def add_rule(self, pattern: str, action: str = "mask", **fields: Any) -> FilterRule:
        """A rule that is on, and known to this process."""
        rule = FilterRule(pattern=pattern, action=action, is_on=True, **fields)
        save_rule(rule, actor=self.moderator, why="a test")
        self.reload()
        return rule

    def set_limits(self, **numbers: int) -> None:
        """Anti-spam numbers, known to this process."""
        save_limits(SpamLimits(**numbers), actor=self.moderator, why="a test")
        self.reload()
