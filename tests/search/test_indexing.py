"""From the log to documents: idempotent, in whatever order, and repaired by positions."""

from unittest import mock

from django.core.cache import cache
from django.test import override_settings

from core.bridges import BridgeItem, TryAgainError
from devstack.ports import pick_free_port
from messaging.models import Conversation
from messaging.records import VERSION, IndexingRecord, encode
from messaging.services.log import NewEvent, append_event
from search import documents, tasks
from search.documents import MESSAGES
from search.engine import EngineUnavailableError, get_engine, list_indices
from search.models import IndexedConversation
from search.services import filling, indexing, sweeping
from search.services.log import Span
from tests.messaging.building import Log, make_group, settle
from tests.search.query_case import QueryCase, refresh

AWAY = f"http://127.0.0.1:{pick_free_port()}"


class IndexingCase(QueryCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()

    def stored(self, index: str = "") -> set[int]:
        """The messages that the engine holds."""
        refresh()
        name = index or documents.alias_of(MESSAGES)
        answer = get_engine().search(index=name, query={"match_all": {}}, size=1000)
        return {int(hit["_id"]) for hit in answer["hits"]["hits"]}

    def sweep(self) -> int:
        """Turns until there is nothing to do; how many."""
        turns = 1
        while sweeping.sweep_documents():
            turns += 1
            self.assertLess(turns, 50)
        return turns

    def position(self) -> int:
        rows = IndexedConversation.objects.filter(index_name=indexing.live_identity())
        return rows.filter(conversation_id=self.group.pk).values_list("indexed_seq", flat=True).first() or 0


class FollowingTest(IndexingCase):
    def test_each_state_of_a_message_replaces_the_one_before(self) -> None:
        message, other = self.say("the launch is on friday"), self.say("noted")
        self.index(vectors=False)
        self.assertEqual(self.stored(), {message.pk, other.pk})
        self.log.edit(message, "the launch is on monday")
        self.index(vectors=False)
        self.assert_finds("monday", message)
        self.assert_finds("friday")
        self.log.recall(message)
        self.index(vectors=False)
        self.assertEqual(self.stored(), {other.pk})
        self.assertEqual(self.position(), 4)

    def test_to_index_again_changes_nothing(self) -> None:
        message = self.say("the launch is on friday")
        self.index(vectors=False)
        IndexedConversation.objects.all().delete()
        self.index(vectors=False)
        self.assertEqual(self.stored(), {message.pk})

    def test_who_read_an_older_state_does_not_overwrite_a_later_one(self) -> None:
        message = self.say("the launch is on friday")
        older = documents.message_action(message, version=1)
        self.log.recall(message)
        self.index(vectors=False)
        documents.write([older])
        self.assertEqual(self.stored(), set())

    def test_many_conversations_and_pages_are_taken_to_their_ends(self) -> None:
        logs = [Log(make_group(self.ann, title=f"group {number}")) for number in range(5)]
        messages = {log.send(self.ann, f"note {number}").pk for number in range(7) for log in logs}
        with mock.patch.object(indexing, "ENTRIES_AT_ONCE", 4), mock.patch.object(indexing, "SPANS_AT_ONCE", 2):
            self.index(*(log.conversation for log in logs), vectors=False)
        self.assertEqual(self.stored(), messages)
        self.assertEqual(set(IndexedConversation.objects.values_list("indexed_seq", flat=True)), {7})

    def test_where_very_much_is_missing_the_newest_comes_first_and_the_sweep_brings_the_rest(self) -> None:
        messages = [self.say(f"note {number}") for number in range(9)]
        settle()
        with mock.patch.object(indexing, "FAR_BEHIND", 5), mock.patch.object(indexing, "FRESH", 2):
            self.index(vectors=False)
            self.assertEqual(self.stored(), {message.pk for message in messages[-2:]})
            self.assertEqual(self.position(), 0)
            self.sweep()
        self.assertEqual(self.stored(), {message.pk for message in messages})
        self.assertEqual(self.position(), 9)

    def test_a_position_never_shrinks(self) -> None:
        for number in range(3):
            self.say(f"note {number}")
        self.index(vectors=False)
        row = Conversation.objects.get(pk=self.group.pk)
        indexing._move([Span(row, 0, 1, 3)], indexing.live_identity())
        self.assertEqual(self.position(), 3)

    def test_a_group_is_found_by_the_name_it_has_now(self) -> None:
        self.say("hello")
        self.index(vectors=False)
        self.assertEqual(len(self.get("groups", q="Rocket")["results"]), 1)
        row = Conversation.objects.get(pk=self.group.pk)
        Conversation.objects.filter(pk=row.pk).update(title="Comet")
        append_event(row, NewEvent(event="group-updated", actor_id=self.ann.pk))
        self.index(vectors=False)
        self.assertEqual(len(self.get("groups", q="Comet")["results"]), 1)
        self.assertEqual(len(self.get("groups", q="Rocket")["results"]), 0)

    def test_a_dissolved_group_leaves_the_index(self) -> None:
        self.say("hello")
        self.index(vectors=False)
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at="2026-01-01T00:00Z")
        self.index(vectors=False)
        self.assertEqual(self.stored(), set())
        self.assertFalse(IndexedConversation.objects.exists())


class SweepTest(IndexingCase):
    def test_what_no_record_told_of_is_found(self) -> None:
        message = self.say("nobody was told")
        settle()
        self.sweep()
        self.assertEqual(self.stored(), {message.pk})

    def test_what_was_written_just_now_is_left_to_the_bridge(self) -> None:
        self.say("on its way")
        self.sweep()
        self.assertEqual(self.stored(), set())

    def test_an_engine_that_comes_back_empty_is_filled_again(self) -> None:
        message = self.say("still here")
        settle()
        sweeping.sweep_documents()
        for base in documents.DOCUMENTS:
            for index in list_indices(documents.alias_of(base)):
                get_engine().indices.delete(index=index)
        self.sweep()
        self.assertEqual(self.stored(), {message.pk})
        self.assertEqual(len(self.get("users", q="ben")["results"]), 1)
        self.assertEqual(len(self.get("groups", q="Rocket")["results"]), 1)

    def test_a_dissolved_group_that_nobody_told_of_is_retired(self) -> None:
        self.say("hello")
        self.index(vectors=False)
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at="2026-01-01T00:00Z")
        self.sweep()
        self.assertEqual(self.stored(), set())
        self.assertFalse(IndexedConversation.objects.exists())

    def test_a_turn_whose_time_is_up_is_continued_by_the_next(self) -> None:
        logs = [self.log, *(Log(make_group(self.ann, title=f"group {number}")) for number in range(4))]
        messages = {log.send(self.ann, "hello").pk for log in logs}
        settle()
        filling.fill_new_indices()
        with mock.patch.object(sweeping, "BUDGET_S", 0.0), mock.patch.object(sweeping, "PAGE", 2):
            self.assertGreaterEqual(self.sweep(), 3)
        self.assertEqual(self.stored(), messages)

    def test_a_sweep_that_goes_on_keeps_another_from_beginning(self) -> None:
        turns = iter([True, True, False, False])
        with (
            mock.patch.object(sweeping, "sweep_documents", side_effect=lambda: next(turns)),
            mock.patch.object(tasks.sweep_documents, "delay") as delay,
        ):
            tasks.sweep_documents()
            delay.assert_called_once_with(continued=True)
            tasks.sweep_documents(continued=True)
            self.assertEqual(delay.call_count, 2)
            tasks.sweep_documents()  # the clock's: one goes on
            tasks.sweep_documents(continued=True)
            self.assertEqual(list(turns), [False])
            turns = iter([True])
            tasks.sweep_documents()
        self.assertEqual(delay.call_count, 3)

    @override_settings(ELASTICSEARCH_URL=AWAY)
    def test_an_engine_that_is_away_is_left_for_the_next_time(self) -> None:
        self.assertFalse(sweeping.sweep_documents())


class TaskTest(IndexingCase):
    def handle(self, *values: bytes) -> list[int]:
        """The offsets that the handler refuses."""
        items = [BridgeItem(0, offset, value) for offset, value in enumerate(values)]
        return [refused.offset for refused in tasks._handle(items, indexing.index_conversations)]

    def record(self) -> bytes:
        return encode(IndexingRecord(VERSION, [(self.group.pk, 1)]))

    def test_a_batch_brings_its_conversations_to_the_present_state(self) -> None:
        message = self.say("hello")
        late = self.say("later than the record")
        self.assertEqual(self.handle(self.record(), self.record()), [])
        self.assertEqual(self.stored(), {message.pk, late.pk})

    def test_records_that_cannot_be_read_are_refused_and_the_others_handled(self) -> None:
        message = self.say("hello")
        unknown = encode(IndexingRecord(VERSION + 1, []))
        self.assertEqual(self.handle(b"\xc1", self.record(), unknown), [0, 2])
        self.assertEqual(self.stored(), {message.pk})

    def test_while_the_engine_is_away_the_batch_is_asked_for_again(self) -> None:
        self.say("hello")
        with override_settings(ELASTICSEARCH_URL=AWAY), self.assertRaises(TryAgainError):
            self.handle(self.record())
        self.assertEqual(self.position(), 0)

    def test_a_document_that_the_engine_refuses_keeps_nobody_else_from_being_found(self) -> None:
        bad, good = self.say("bad"), self.say("good")
        real = documents.message_action

        def spoil(message: object, **options: object) -> dict[str, object]:
            action = real(message, **options)  # type: ignore[arg-type] # passed on as they came
            if action["_id"] == str(bad.pk):
                action["_source"]["created_at"] = "not a date"
            return action

        with mock.patch.object(documents, "message_action", spoil), self.assertLogs(level="WARNING"):
            self.assertEqual(self.handle(self.record()), [])
        self.assertEqual(self.stored(), {good.pk})
        self.assertEqual(self.position(), 2)

    def test_an_index_that_cannot_be_made_is_no_reason_to_lose_a_batch(self) -> None:
        self.say("hello")
        with (
            mock.patch.object(documents, "find_identity", return_value=None),
            self.assertRaises(EngineUnavailableError),
        ):
            indexing.index_conversations([self.group.pk])
