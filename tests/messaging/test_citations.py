"""What answers cite: kept with the answer, taken back with the source, and shown to each reader as they may see it."""

from datetime import timedelta
from typing import Any

import msgspec

from accounts.models import User
from core import clock
from messaging.models import Citation, Conversation, Member, Message
from messaging.selectors.access import access_place
from messaging.selectors.citations import citations_of
from messaging.selectors.history import HistoryQuery, history_page
from messaging.services.erasure import erase_user_messages
from messaging.services.membership import remove_member
from moderation.services.hiding import hide_message, restore_message
from tests.messaging.agent_case import AgentCase, answer, replacement, source
from tests.messaging.write_case import edit, frame_of, item, recall


class CitationCase(AgentCase):
    """Ann and Bob have talked; the agent has answered Ann from it."""

    def setUp(self) -> None:
        super().setUp()
        self.said = self.say(self.bob, self.direct, "the door code is 1234")
        self.question = self.say(self.ann, self.talk, "what is the code?")
        self.answer = self.reply(self.question, "1234 [1]", source(self.said, "door code is 1234"))

    def shown(self, reader: User, message: Message) -> list[tuple[str, bool]]:
        """(quote, withdrawn) of what the message cites, as the reader gets it with history."""
        place = access_place(reader.pk, str(message.conversation_id))
        page = msgspec.to_builtins(history_page(place, HistoryQuery(limit=50)))
        again = msgspec.to_builtins(history_page(place, HistoryQuery(limit=50)))  # out of Redis, this time
        self.assertEqual(page, again)
        [view] = [row for row in page["results"] if row["message_id"] == str(message.pk)]
        return [(row["quote"], row["withdrawn"]) for row in view.get("citations", [])]


class KeepingTests(CitationCase):
    def test_an_answer_shows_what_it_cites(self) -> None:
        self.assertEqual(self.shown(self.ann, self.answer), [("door code is 1234", False)])

    def test_the_push_of_an_agent_s_conversation_carries_the_quotes_but_not_what_differs_by_reader(self) -> None:
        question = self.say(self.ann, self.talk)
        pending = self.send(self.agent, answer(question, "x", [source(self.said, "door code")]))
        conversation_id, seq = str(self.direct.pk), self.said.seq
        cited = {"message_id": str(self.said.pk), "conversation_id": conversation_id, "seq": seq, "quote": "door code"}
        self.assertEqual(frame_of(pending)["message"]["citations"], [cited])

    def test_a_page_kept_for_all_holds_no_quote(self) -> None:
        question = self.say(self.ann, self.talk)
        written = self.write_answer(question, "x", source(self.said, "door code"))
        self.assertNotIn(b"door code", b"".join(written))
        self.assertIn(b"citations", b"".join(written))

    def write_answer(self, question: Message, body: str, *sources: Any) -> list[bytes]:
        written = self.write(item(self.agent, answer(question, body, sources)))
        return written.logs[question.conversation_id].recent

    def test_pushes_to_a_group_carry_quotes_where_all_members_may_see_them(self) -> None:
        said = self.say(self.bob, self.group, "a secret")
        question = self.say(self.ann, self.group)
        frame = frame_of(self.send(self.agent, answer(question, "x", [source(said)])))
        self.assertEqual(frame["message"]["citations"][0]["quote"], "a secret")

    def test_and_none_where_a_member_came_later(self) -> None:
        said = self.say(self.bob, self.group, "a secret")
        question = self.say(self.ann, self.group)
        Member.objects.filter(conversation=self.group, user=self.bob).update(visible_from=question.seq)
        self.raise_version()
        frame = frame_of(self.send(self.agent, answer(question, "x", [source(said)])))
        self.assertEqual(frame["message"]["citations"][0]["quote"], "")
        stored = Message.objects.get(pk=int(frame["message"]["message_id"]))
        self.assertEqual(self.shown(self.ann, stored), [("a secret", False)])
        self.assertEqual(self.shown(self.bob, stored), [("", True)])

    def raise_version(self) -> None:
        """What every change of members does."""
        row = Conversation.objects.get(pk=self.group.pk)
        Conversation.objects.filter(pk=row.pk).update(members_version=row.members_version + 1)

    def test_a_replacement_takes_the_place_of_what_was_cited(self) -> None:
        other = self.say(self.bob, self.direct, "it is 5678 now")
        pending = self.send(self.agent, replacement(self.answer.pk, self.talk, "5678 [1]", [source(other)]))
        self.assertEqual(frame_of(pending)["message"]["citations"][0]["quote"], "it is 5678 now")
        self.assertEqual(self.shown(self.ann, self.answer), [("it is 5678 now", False)])
        self.assertEqual(Citation.objects.filter(answer_id=self.answer.pk).count(), 1)

    def test_an_answer_that_is_recalled_keeps_no_quotes(self) -> None:
        self.store(self.agent, recall(self.talk, str(self.answer.pk)))
        self.assertFalse(Citation.objects.exists())

    def test_messages_that_are_no_replies_ask_for_no_citations(self) -> None:
        place = access_place(self.ann.pk, str(self.direct.pk))
        with self.assertNumQueries(3) as asked:
            history_page(place, HistoryQuery(limit=20, before_seq=100))
        self.assertNotIn("citation", " ".join(query["sql"] for query in asked.captured_queries))


class WithdrawalTests(CitationCase):
    def assert_withdrawn(self) -> None:
        """Nothing of the source is left, in the row or on the wire."""
        self.assertEqual(list(Citation.objects.values_list("quote", "withdrawn")), [("", True)])
        self.assertEqual(self.shown(self.ann, self.answer), [("", True)])

    def test_a_source_that_is_recalled_is_withdrawn(self) -> None:
        self.store(self.bob, recall(self.direct, str(self.said.pk)))
        self.assert_withdrawn()

    def test_a_source_that_is_edited_is_withdrawn(self) -> None:
        self.store(self.bob, edit(self.direct, str(self.said.pk), "no code here"))
        self.assert_withdrawn()

    def test_a_source_that_is_hidden_is_withdrawn_for_good(self) -> None:
        moderator = User.objects.create_user("mod", None, is_staff=True)
        hide_message(self.said.pk, actor=moderator, why="test")
        self.assert_withdrawn()
        restore_message(self.said.pk, actor=moderator, why="test")
        self.assert_withdrawn()

    def test_a_source_that_changed_between_reading_and_answering_is_withdrawn_from_the_start(self) -> None:
        read_at = clock.now()
        self.store(self.bob, edit(self.direct, str(self.said.pk), "no code here"))
        question = self.say(self.ann, self.talk)
        late = self.reply(question, "x", source(self.said, "door code is 1234", at=read_at - timedelta(seconds=1)))
        self.assertEqual(self.shown(self.ann, late), [("", True)])
        self.assertFalse(Citation.objects.exclude(quote="").exists())

    def test_who_has_left_the_source_s_chat_sees_it_withdrawn_and_its_quote_stays_for_others(self) -> None:
        said = self.say(self.bob, self.group, "a plan")
        stored = self.reply(self.say(self.ann, self.talk), "x", source(said))
        self.assertEqual(self.shown(self.ann, stored), [("a plan", False)])
        remove_member(self.group, self.ann.pk, actor_id=self.bob.pk, event="member-removed")
        self.assertEqual(self.shown(self.ann, stored), [("", True)])
        self.assertEqual(Citation.objects.get(answer_id=stored.pk).quote, "a plan")

    def test_an_erased_account_takes_its_quotes_along_and_what_agents_have_answered_it(self) -> None:
        erase_user_messages(self.bob.pk)
        self.assert_withdrawn()
        self.assertEqual(Message.objects.get(pk=self.answer.pk).text, "1234 [1]")
        in_group = self.reply(self.say(self.ann, self.group), "said to all")
        erase_user_messages(self.ann.pk)
        self.assertEqual(Message.objects.get(pk=self.answer.pk).text, "")
        self.assertEqual(Message.objects.get(pk=in_group.pk).text, "said to all")
        self.assertFalse(Citation.objects.exists())

    def test_a_source_that_does_not_exist_is_withdrawn(self) -> None:
        missing = msgspec.structs.replace(source(self.said), message_id=self.said.pk + 1000)
        stored = self.reply(self.say(self.ann, self.talk), "x", missing)
        self.assertEqual(self.shown(self.ann, stored), [("", True)])

    def test_many_readers_get_neither_quotes_nor_states(self) -> None:
        [view] = citations_of([self.answer.pk], None)[self.answer.pk]
        self.assertEqual((view.quote, view.withdrawn), ("", msgspec.UNSET))
