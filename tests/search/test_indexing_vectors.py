"""From the log to passages: they hold the present text of every message, once, whatever happened in between."""

import itertools
import random
from collections.abc import Sequence
from unittest import mock

from django.conf import settings
from django.test import TestCase, override_settings

from core.ids import log_id
from devstack.ports import pick_free_port
from messaging.models import Conversation, Message
from search.embeddings import EmbeddingsUnavailableError, Vector, current_model, versions
from search.models import EmbeddedConversation, Passage
from search.passages import cut
from search.services import embedding, sweeping
from search.services.log import Span
from tests.messaging.building import Log, make_group, make_user, settle

NOBODY = f"http://127.0.0.1:{pick_free_port()}/v1"


class VectorCase(TestCase):
    databases = {"default", settings.VECTOR_DATABASE}

    def setUp(self) -> None:
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.log = Log(self.group)

    def embed(self) -> None:
        embedding.embed_conversations([self.group.pk])

    def passages(self) -> list[Passage]:
        return list(Passage.objects.filter(conversation_id=self.group.pk).order_by("first_seq", "part"))

    def position(self) -> int:
        return EmbeddedConversation.objects.get(pk=self.group.pk).embedded_seq

    def live(self) -> list[Message]:
        rows = Message.objects.filter(conversation_id=self.group.pk, recalled_at=None, hidden_at=None)
        return list(rows.exclude(text="").order_by("pk"))

    def assert_up_to_date(self) -> None:
        """Each live message is in a passage, none in two, and each passage is of the present texts of its messages."""
        rows = self.passages()
        texts = {message.pk: message for message in self.live()}
        spans = sorted({(row.first_seq, row.last_seq) for row in rows})
        self.assertEqual(sorted({key for row in rows for key in row.message_ids}), sorted(texts))
        for (_first, last), (first, _last) in itertools.pairwise(spans):
            self.assertLess(last, first)
        for row in rows:
            [draft] = [each for each in cut([texts[key] for key in row.message_ids]) if each.part == row.part]
            self.assertEqual(row.text_hash, draft.text_hash)
            self.assertEqual((row.sender_ids, row.language), (draft.sender_ids, draft.language))


def stand_in(texts: Sequence[str]) -> list[Vector | None]:
    """Vectors that cost nothing: what these tests ask is which texts get one."""
    return [[1.0, *[0.0] * (settings.EMBEDDINGS_DIMENSIONS - 1)] for _text in texts]


class FollowingTest(VectorCase):
    def setUp(self) -> None:
        super().setUp()
        patch = mock.patch.object(embedding, "embed_passages", side_effect=stand_in)
        self.embed_passages = patch.start()
        self.addCleanup(patch.stop)

    def test_passages_are_the_same_however_the_log_was_divided(self) -> None:
        chance = random.Random(9)
        texts = ["好的", "数据库又超时了，请看一下日志", "release notes are on the wiki " * 4, "长文。" * 300]
        for _round in range(12):
            for _number in range(chance.randint(1, 6)):
                self.log.send(chance.choice([self.ann, self.ben]), chance.choice(texts))
            self.embed()
        self.assert_up_to_date()
        whole = [(d.first_seq, d.last_seq, d.part, d.text_hash) for d in cut(self.live())]
        self.assertEqual([(r.first_seq, r.last_seq, r.part, r.text_hash) for r in self.passages()], whole)
        self.assertEqual(self.position(), Conversation.objects.get(pk=self.group.pk).last_seq)

    def test_the_last_passage_is_continued(self) -> None:
        first = self.log.send(self.ann, "几点发布？")
        self.embed()
        second = self.log.send(self.ben, "今晚十点")
        self.embed()
        [row] = self.passages()
        self.assertEqual(row.message_ids, [first.pk, second.pk])
        self.assertEqual(row.sender_ids, [self.ann.pk, self.ben.pk])

    def test_what_has_not_changed_is_not_embedded_again(self) -> None:
        for _number in range(4):
            self.log.send(self.ann, "x" * 300)
        self.embed()
        keys = [row.pk for row in self.passages()]
        self.log.send(self.ann, "y" * 300)
        self.embed_passages.reset_mock()
        self.embed()
        self.embed_passages.assert_called_once_with(["y" * 300])
        self.assertEqual([row.pk for row in self.passages()][:4], keys)

    def test_edits_and_recalls_change_their_passages_alone(self) -> None:
        messages = [self.log.send(self.ann, f"note {number} " * 12) for number in range(20)]
        self.embed()
        before = self.passages()
        self.assertGreater(len(before), 4)
        self.log.edit(messages[5], "something else entirely")
        self.log.recall(messages[9])
        self.log.recall(messages[19])
        self.embed()
        self.assert_up_to_date()
        touched = {messages[number].pk for number in (5, 9, 19)}
        untouched = {row.pk for row in before if not touched & set(row.message_ids)}
        self.assertLessEqual(untouched, {row.pk for row in self.passages()})
        self.assertGreater(len(untouched), 1)

    def test_a_message_that_grows_long_and_one_that_goes(self) -> None:
        messages = [self.log.send(self.ann, text) for text in ("one", "two", "three")]
        self.embed()
        self.log.edit(messages[1], "A long story, told slowly. " * 60)
        self.embed()
        self.assert_up_to_date()
        self.assertGreater(len(self.passages()), 3)
        self.log.recall(messages[1])
        self.embed()
        self.assert_up_to_date()
        for message in (messages[0], messages[2]):
            self.log.recall(message)
        self.embed()
        self.assertEqual(self.passages(), [])

    def test_random_histories_end_up_to_date(self) -> None:
        chance = random.Random(2)
        alive: list[Message] = []
        for _step in range(60):
            what = chance.random()
            if what < 0.6 or not alive:
                alive.append(self.log.send(self.ann, chance.choice(["ok", "部署完成了", "a b c " * 40, "长。" * 500])))
            elif what < 0.8:
                self.log.edit(chance.choice(alive), chance.choice(["edited", "改过了" * 60]))
            else:
                self.log.recall(alive.pop(chance.randrange(len(alive))))
            if chance.random() < 0.4:
                self.embed()
        self.embed()
        self.assert_up_to_date()

    def test_who_planned_from_an_older_position_saves_nothing(self) -> None:
        message = self.log.send(self.ann, "to be recalled")
        row = Conversation.objects.get(pk=self.group.pk)
        plan = embedding._plan(Span(row, 0, 1, 1), current_model().pk)
        self.log.recall(message)
        self.embed()
        embedding._embed_and_save([plan])
        self.assertEqual(self.passages(), [])
        self.assertEqual(self.position(), 2)

    def test_a_dissolved_conversation_has_no_vectors(self) -> None:
        self.log.send(self.ann, "hello")
        self.embed()
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at="2026-01-01T00:00Z")
        self.embed()
        self.assertEqual(self.passages(), [])
        self.assertFalse(EmbeddedConversation.objects.exists())

    def test_a_text_that_the_api_refuses_is_passed_over(self) -> None:
        self.log.send(self.ann, "x" * 399)
        self.log.send(self.ann, "good")
        self.embed_passages.side_effect = lambda texts: [None, *stand_in(texts[1:])]
        self.embed()
        self.assertEqual([row.first_seq for row in self.passages()], [2])
        self.assertEqual(self.position(), 2)

    def test_message_ids_name_messages_by_their_place_in_the_log(self) -> None:
        self.log.send(self.ann, "hello")
        self.embed()
        [row] = self.passages()
        self.assertEqual(row.message_ids, [log_id(self.group.pk, 1)])


class CatchingUpTest(VectorCase):
    def test_while_the_api_is_away_nothing_is_lost(self) -> None:
        current_model()
        self.log.send(self.ann, "hello")
        settle()
        with override_settings(EMBEDDINGS_BASE_URL=NOBODY):
            with self.assertRaises(EmbeddingsUnavailableError):
                self.embed()
            self.assertFalse(sweeping.sweep_vectors())
        self.assertEqual(self.passages(), [])
        self.assertFalse(sweeping.sweep_vectors())
        self.assert_up_to_date()

    def test_a_conversation_that_is_far_behind_is_left_to_the_sweep(self) -> None:
        for _number in range(6):
            self.log.send(self.ann, "x" * 300)
        settle()
        with mock.patch.object(embedding, "FAR_BEHIND", 5):
            self.embed()
        self.assertEqual(self.passages(), [])
        with mock.patch.object(embedding, "ENTRIES_AT_ONCE", 4), mock.patch.object(sweeping, "BUDGET_S", 0.0):
            self.assertTrue(sweeping.sweep_vectors())
            self.assertEqual(self.position(), 4)
            while sweeping.sweep_vectors():
                pass
        self.assert_up_to_date()
        self.assertEqual(len(self.passages()), 6)

    def test_another_model_replaces_every_vector(self) -> None:
        for _number in range(3):
            self.log.send(self.ann, "x" * 300)
        self.embed()
        old = {row.pk for row in self.passages()}
        settle()
        model = current_model()
        with (
            override_settings(EMBEDDINGS_MODEL="another-{kind}"),
            mock.patch.object(versions, "estimate_correction", return_value=(model.means, model.differences)),
        ):
            while sweeping.sweep_vectors():
                pass
            self.assertEqual({row.model_id for row in self.passages()}, {versions.current_model_id()})
        self.assertFalse(old & {row.pk for row in self.passages()})
        self.assert_up_to_date()
