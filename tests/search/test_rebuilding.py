"""Indices built anew beside those in use, and vectors of another model, with bars that end."""

from io import StringIO
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import TestCase, override_settings

from accounts.models import User
from accounts.services.profile import update_profile
from devstack.ports import pick_free_port
from messaging.models import Conversation
from search import documents
from search.documents import GROUPS, MESSAGES, PEOPLE
from search.engine import get_engine, list_indices
from search.management.commands.search_embed import fit_dimensions
from search.models import EmbeddedConversation, IndexedConversation, Passage, PendingPerson
from search.services import embedding, filling, people, sweeping
from tests.messaging.building import Log, make_group, make_user, settle
from tests.search.query_case import QueryCase, refresh


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


class RebuildTest(QueryCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()

    def test_everything_is_found_in_the_new_indices_and_the_old_ones_are_gone(self) -> None:
        message = self.say("the launch is on friday")
        self.index(vectors=False)
        people.index_pending()
        old = {base: list_indices(documents.alias_of(base)) for base in (MESSAGES, PEOPLE, GROUPS)}
        said = run("search_index", "--rebuild", "--use-alias")
        self.assertIn("] 1/1\n", said)
        refresh()
        self.assert_finds("friday", message)
        self.assertEqual(len(self.get("users", q="ben")["results"]), 1)
        self.assertEqual(len(self.get("groups", q="Rocket")["results"]), 1)
        for base, names in old.items():
            new = list_indices(documents.alias_of(base))
            self.assertEqual(len(new), 1)
            self.assertFalse(set(names) & set(new))
            self.assertFalse(get_engine().indices.exists(index=names[0]))
        self.assertEqual(IndexedConversation.objects.values("index_name").distinct().count(), 1)

    def test_what_is_written_during_the_rebuild_is_found_after_it(self) -> None:
        first = self.say("the launch is on friday")
        self.index(vectors=False)
        real = documents.switch_index
        late: list[Any] = []

        def switch(base: str, index: str) -> None:
            if base == MESSAGES:
                late.append(self.say("later than the copy"))
                self.log.edit(first, "the launch is on monday")
                self.index(vectors=False)  # the bridge: into the index that is still in use
            elif base == GROUPS:
                row = Conversation.objects.get(pk=self.group.pk)
                Conversation.objects.filter(pk=row.pk).update(title="Comet", last_seq=row.last_seq)
            real(base, index)

        with mock.patch.object(documents, "switch_index", switch):
            run("search_index", "--rebuild", "--use-alias")
        settle()
        while sweeping.sweep_documents():
            pass
        refresh()
        self.assert_finds("monday", first)
        self.assert_finds("friday")
        self.assert_finds("copy", *late)
        self.assertEqual(len(self.get("groups", q="Comet")["results"]), 1)

    def test_while_the_copy_is_made_search_goes_on(self) -> None:
        message = self.say("the launch is on friday")
        self.index(vectors=False)
        seen = []
        real = filling.fill_messages

        def fill(index: str, **options: Any) -> None:
            real(index, **options)
            seen.append(self.find("friday"))

        with mock.patch.object(filling, "fill_messages", fill):
            run("search_index", "--rebuild", "--use-alias", "--index", MESSAGES)
        self.assertEqual(seen, [[str(message.pk)]])

    def test_what_a_broken_off_rebuild_has_left_is_dropped(self) -> None:
        left = documents.create_next_index(MESSAGES)
        run("search_index", "--rebuild", "--use-alias", "--index", MESSAGES)
        self.assertFalse(get_engine().indices.exists(index=left))

    def test_two_rebuilds_at_once_are_refused_and_so_is_one_without_alias(self) -> None:
        with self.assertRaisesRegex(CommandError, "--use-alias"):
            run("search_index", "--rebuild")
        cache.add("search-index-rebuild", "1", 10)
        with self.assertRaisesRegex(CommandError, "Another rebuild"):
            run("search_index", "--rebuild", "--use-alias")

    @override_settings(ELASTICSEARCH_URL=f"http://127.0.0.1:{pick_free_port()}")
    def test_an_engine_that_is_away_is_said_to_be_away(self) -> None:
        with self.assertRaisesRegex(CommandError, "away"):
            run("search_index", "--create")

    def test_missing_indices_are_made_once(self) -> None:
        get_engine().indices.delete(index=list_indices(documents.alias_of(GROUPS))[0])
        self.assertIn(GROUPS, run("search_index", "--create"))
        self.assertIn("is there", run("search_index", "--create"))


class PeopleTest(QueryCase):
    def test_a_change_of_name_is_noted_with_it_and_then_found(self) -> None:
        PendingPerson.objects.all().delete()
        update_profile(self.ben.pk, {"display_name": "Zebra Crossing"})
        self.assertEqual(PendingPerson.objects.get().user_id, self.ben.pk)
        self.assertEqual(people.index_pending(), 1)
        refresh()
        self.assertEqual([hit["id"] for hit in self.users("Zebra")], [str(self.ben.pk)])
        self.assertFalse(PendingPerson.objects.exists())

    def test_who_does_not_want_to_be_found_leaves_the_index(self) -> None:
        people.note_person(self.ben.pk)
        people.index_pending()
        update_profile(self.ben.pk, {"privacy": {"searchable": False}})
        people.index_pending()
        refresh()
        self.assertFalse(get_engine().exists(index=documents.alias_of(PEOPLE), id=str(self.ben.pk)))

    def test_settings_that_nobody_searches_for_are_not_noted(self) -> None:
        PendingPerson.objects.all().delete()
        update_profile(self.ben.pk, {"settings": {"theme": "dark"}})
        self.assertFalse(PendingPerson.objects.exists())

    def test_the_task_is_asked_for_once_the_change_is_committed(self) -> None:
        with (
            mock.patch("celery.current_app.send_task") as send,
            self.captureOnCommitCallbacks(execute=True),
        ):
            people.note_person(self.ben.pk)
            send.assert_not_called()
        send.assert_called_once()

    def test_many_are_taken_in_pages(self) -> None:
        PendingPerson.objects.all().delete()
        people_there = User.objects.count()
        filling.fill(PEOPLE)
        self.assertFalse(PendingPerson.objects.exists())
        refresh()
        self.assertEqual(get_engine().count(index=documents.alias_of(PEOPLE))["count"], people_there)

    def users(self, q: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("users", q=q)["results"]
        return found


class EmbedCommandTest(TestCase):
    databases = {"default", settings.VECTOR_DATABASE}

    def test_everything_gets_vectors_and_the_bar_ends(self) -> None:
        ann = make_user("ann")
        for number in range(3):
            Log(make_group(ann, title=str(number))).send(ann, f"note {number}")
        said = run("search_embed")
        self.assertIn("] 3/3\n", said)
        self.assertEqual(Passage.objects.count(), 3)
        self.assertIn("] 0/0\n", run("search_embed"))

    def test_the_column_takes_another_number_of_dimensions(self) -> None:
        ann = make_user("ann")
        log = Log(make_group(ann))
        log.send(ann, "hello")
        embedding.embed_conversations([log.conversation.pk])
        with override_settings(EMBEDDINGS_DIMENSIONS=12):
            fit_dimensions()
        self.assertFalse(EmbeddedConversation.objects.exists())
        with connections[settings.VECTOR_DATABASE].cursor() as cursor:
            cursor.execute(
                "SELECT atttypmod FROM pg_attribute WHERE attname = 'embedding' AND attrelid = %s::regclass",
                [Passage._meta.db_table],
            )
            self.assertEqual(cursor.fetchone(), (12,))
