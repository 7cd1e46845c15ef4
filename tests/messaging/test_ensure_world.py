"""The command that every deployment runs."""

from io import StringIO

from django.core.management import call_command
from django.test import TestCase

from messaging.models import Conversation, ConversationKind


class EnsureWorldTest(TestCase):
    def test_there_is_one_world_room_however_often_it_runs(self) -> None:
        printed = []
        for _run in range(2):
            out = StringIO()
            call_command("ensure_world", stdout=out)
            printed.append(out.getvalue())
        world = Conversation.objects.get(kind=ConversationKind.WORLD)
        self.assertEqual(printed, [f"The world room is conversation {world.pk}.\n"] * 2)
