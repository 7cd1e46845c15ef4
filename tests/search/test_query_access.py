"""Who may find what: leaving, removal, recall, edit, hidden history, the world room; in every mode, before the index
knows."""

from typing import Any

from core import clock
from messaging.models import Conversation, Member, Message
from search.selectors.messages import Mode
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world
from tests.search.query_case import QueryCase

SECRET = "the treasure is buried under the old lighthouse 灯塔下面"
QUERIES = ("treasure", "lighthouse", "灯塔", "treasure buried lighthouse", "dengta", "宝藏埋在哪里")


class AccessTest(QueryCase):
    """Each test indexes first, and then changes what may be seen without telling the index."""

    def assert_hidden(self, message: Message, *, reader: str = "ben", **query: Any) -> None:
        """Nothing of the message shows in any mode: no hit, no count, no page beyond, no highlight."""
        for mode in Mode:
            for text in QUERIES:
                answer = self.get("messages", getattr(self, reader), q=text, mode=mode.value, **query)
                found = [hit["message"]["message_id"] for hit in answer["results"]]
                with self.subTest(mode=mode, query=text):
                    self.assertNotIn(str(message.pk), found)
                    self.assertEqual(answer["total"], len(answer["results"]))
                    self.assertIsNone(answer["next_cursor"])
                    self.assertFalse(answer["more"])
                    self.assertFalse(answer["degraded"])
                    self.assertNotIn("treasure", str(answer["results"]))

    def assert_shown(self, message: Message, *, reader: str = "ben", **query: Any) -> None:
        """Every mode finds it."""
        for mode in Mode:
            with self.subTest(mode=mode):
                found = self.find("treasure lighthouse", getattr(self, reader), mode=mode.value, **query)
                self.assertIn(str(message.pk), found)

    def bury(self, conversation: Conversation | None = None) -> Message:
        message = self.say(SECRET, log=Log(conversation) if conversation else None)
        self.index(conversation or self.group)
        return message

    def test_members_find_it_and_outsiders_do_not(self) -> None:
        message = self.bury()
        self.assert_shown(message)
        self.assert_hidden(message, reader="eve")

    def test_who_has_left_finds_nothing(self) -> None:
        message = self.bury()
        Member.objects.filter(conversation=self.group, user=self.ben).update(left_at=clock.now())
        self.assert_hidden(message)
        self.assert_shown(message, reader="ann")

    def test_who_comes_back_finds_only_what_they_may_see_again(self) -> None:
        before = self.bury()
        after = self.say("another treasure, near the lighthouse too, the second one")
        self.index()
        Member.objects.filter(conversation=self.group, user=self.ben).update(visible_from=after.seq)
        for mode in Mode:
            found = self.find("treasure lighthouse", self.ben, mode=mode.value)
            self.assertEqual(found, [str(after.pk)], mode)
        self.assert_shown(before, reader="ann")

    def test_hidden_history_stays_hidden_when_a_passage_reaches_over_its_edge(self) -> None:
        message = self.bury()
        self.say("hello everyone")
        self.index()
        Member.objects.filter(conversation=self.group, user=self.ben).update(visible_from=message.seq + 1)
        self.assert_hidden(message)

    def test_a_recalled_message_is_gone_at_once(self) -> None:
        message = self.bury()
        self.log.recall(message)
        self.assert_hidden(message)
        self.assert_hidden(message, reader="ann")

    def test_a_hidden_message_is_gone_at_once(self) -> None:
        message = self.bury()
        Message.objects.filter(pk=message.pk).update(hidden_at=clock.now())
        self.assert_hidden(message, reader="ann")

    def test_an_edited_message_is_not_found_by_what_it_said(self) -> None:
        message = self.bury()
        self.log.edit(message, "Lunch at noon, bring your umbrella and a sandwich")
        self.assert_hidden(message)

    def test_an_edited_message_is_found_again_by_its_new_text(self) -> None:
        message = self.bury()
        self.log.edit(message, "Lunch at noon, bring an umbrella")
        self.index()
        for mode in Mode:
            self.assertIn(str(message.pk), self.find("umbrella", mode=mode.value), mode)

    def test_a_dissolved_group_is_gone(self) -> None:
        message = self.bury()
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at=clock.now())
        self.assert_hidden(message, reader="ann")

    def test_direct_chats_are_for_the_two(self) -> None:
        message = self.bury(make_direct(self.ann, self.eve))
        self.assert_shown(message, reader="eve")
        self.assert_hidden(message)

    def test_the_world_room_is_for_all_but_who_was_removed(self) -> None:
        world = make_world()
        message = self.bury(world)
        self.assert_shown(message, reader="eve")
        Member.objects.create(conversation=world, user=self.eve, left_at=clock.now())
        self.assert_hidden(message, reader="eve")

    def test_a_conversation_that_one_is_not_in_is_none(self) -> None:
        other = make_group(self.eve, make_user("fay"))
        self.bury(other)
        for named in (str(other.pk), "999999999", "nonsense", "-1", "1e3"):
            refusal = self.get("messages", q="treasure", conversation_id=named, status=404)
            self.assertEqual(refusal["code"], "CONVERSATION_NOT_FOUND", named)

    def test_filters_do_not_open_what_access_closes(self) -> None:
        message = self.bury()
        for narrowed in ({"sender_id": str(self.ann.pk)}, {"kind": "text"}, {"from": "2020-01-01"}):
            self.assert_hidden(message, reader="eve", **narrowed)
            self.assert_shown(message, **narrowed)
