"""Another name or picture is seen at once by those who talk with the person alone, and by nobody else."""

from unittest.mock import patch

import msgspec

from core.models import OutboxEntry
from files.services.avatars import remove_user_avatar, set_user_picture
from messaging.services import profiles
from messaging.services.relay import render
from tests.messaging.api_case import MessagingApiCase
from tests.messaging.building import make_direct, make_group, make_user


class ProfileTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.bob, self.cho = make_user("ann"), make_user("bob"), make_user("cho")
        self.direct = make_direct(self.ann, self.bob)
        make_group(self.ann, self.bob, self.cho)

    def told(self) -> list[tuple[int, object]]:
        """(conversation, users) of what waits to be pushed."""
        rows = OutboxEntry.objects.order_by("pk").values_list("conversation_id", "payload")
        return [(conversation_id, payload["updated"]) for conversation_id, payload in rows]

    def test_a_new_name_reaches_the_other_side_of_a_direct_conversation(self) -> None:
        self.call(self.ann, "patch", "users/me", {"display_name": "Annabel"})
        self.assertEqual(self.told(), [(self.direct.pk, [self.bob.pk])])
        [push] = render([OutboxEntry.objects.get()], lambda ids: ids)
        frame = msgspec.json.decode(push.frame)
        self.assertEqual((frame["type"], list(push.users or ())), ("conversation-updated", [self.bob.pk]))
        self.assertEqual(frame["conversation"]["title"], "Annabel")

    def test_so_does_a_new_picture_and_none(self) -> None:
        with patch("files.services.avatars.get_store"):
            set_user_picture(self.ann.pk, b"a picture")
            [push] = render([OutboxEntry.objects.get()], lambda ids: ids)
            conversation = msgspec.json.decode(push.frame)["conversation"]
            self.ann.refresh_from_db()
            self.assertTrue(conversation["avatar_url"].endswith(self.ann.avatar))
            remove_user_avatar(self.ann.pk)
        self.assertEqual(self.told(), [(self.direct.pk, [self.bob.pk])] * 2)

    def test_what_others_do_not_see_is_told_to_nobody(self) -> None:
        self.call(self.ann, "patch", "users/me", {"settings": {"language": "en"}})
        self.assertEqual(self.told(), [])

    def test_of_very_many_conversations_those_that_moved_last_are_told(self) -> None:
        later = [make_direct(self.ann, make_user(f"late{number}")) for number in range(3)]
        with patch.object(profiles, "TOLD", 3):
            profiles.note_profile(self.ann.pk)
        self.assertEqual([conversation_id for conversation_id, _users in self.told()], [row.pk for row in later])

    def test_a_new_account_talks_with_nobody_yet(self) -> None:
        new = make_user("new")
        with self.assertNumQueries(1):
            profiles.note_profile(new.pk)
