"""search.documents and search.engine: the bulk actions, versions, aliases, and what an engine may do wrong."""

from django.test import override_settings

from core import clock
from devstack.ports import pick_free_port
from search import documents
from search.documents import GROUPS, MESSAGES, PEOPLE, alias_of
from search.engine import (
    ActionsRefusedError,
    EngineUnavailableError,
    check_engine,
    find_hits,
    get_engine,
    list_indices,
    write,
)
from tests.search.query_case import QueryCase, refresh

NOWHERE = f"http://127.0.0.1:{pick_free_port()}"


class DocumentTest(QueryCase):
    def stored(self, base: str = MESSAGES) -> list[str]:
        refresh()
        return [hit["_id"] for hit in find_hits(alias_of(base), {"query": {"match_all": {}}})]

    def test_an_older_state_never_replaces_a_later_one(self) -> None:
        message = self.say("部署")
        later = documents.message_action(message, version=7)
        message.recalled_at = clock.now()
        documents.write([later])
        documents.write([documents.message_action(message, version=6)])
        self.assertEqual(self.stored(), [str(message.pk)])
        documents.write([documents.message_action(message, version=7)])
        self.assertEqual(self.stored(), [])

    def test_deleting_what_is_not_there_is_success(self) -> None:
        message = self.say("部署")
        message.hidden_at = clock.now()
        documents.write([documents.message_action(message, version=1)])
        self.assertEqual(self.stored(), [])

    def test_the_engine_cannot_give_the_text_back(self) -> None:
        message = self.say("secret words 秘密")
        documents.write([documents.message_action(message, version=1)], refresh=True)
        [hit] = find_hits(alias_of(MESSAGES), {"query": {"match_all": {}}})
        self.assertEqual(set(hit["_source"]), {"conversation_id", "digest"})

    def test_a_conversation_goes_whole(self) -> None:
        kept, gone = self.say("one"), 987_654
        documents.write([documents.message_action(kept, version=1)], refresh=True)
        documents.delete_conversation(gone)
        self.assertEqual(self.stored(), [str(kept.pk)])
        documents.delete_conversation(self.group.pk)
        self.assertEqual(self.stored(), [])

    def test_people_who_do_not_want_to_be_found_are_not_there(self) -> None:
        documents.write([documents.person_action(self.ann), documents.person_action(self.ben)])
        self.assertEqual(set(self.stored(PEOPLE)), {str(self.ann.pk), str(self.ben.pk)})
        self.ann.privacy = {"searchable": False}
        self.ben.is_active = False
        documents.write([documents.person_action(self.ann), documents.person_action(self.ben)])
        self.assertEqual(self.stored(PEOPLE), [])

    def test_dissolved_groups_are_not_there(self) -> None:
        documents.write([documents.group_action(self.group)])
        self.assertEqual(self.stored(GROUPS), [str(self.group.pk)])
        self.group.dissolved_at = clock.now()
        documents.write([documents.group_action(self.group)])
        self.assertEqual(self.stored(GROUPS), [])


class IndexTest(QueryCase):
    def test_making_the_indices_again_changes_nothing(self) -> None:
        before = [documents.find_identity(base) for base in documents.DOCUMENTS]
        self.assertEqual(documents.ensure_indices(), [])
        self.assertEqual([documents.find_identity(base) for base in documents.DOCUMENTS], before)

    def test_an_engine_that_lost_everything_gets_an_index_of_another_identity(self) -> None:
        before = documents.find_identity(MESSAGES)
        for index in list_indices(alias_of(MESSAGES)):
            get_engine().indices.delete(index=index)
        self.assertIsNone(documents.find_identity(MESSAGES))
        self.assertEqual(documents.ensure_indices(), [MESSAGES])
        self.assertNotEqual(documents.find_identity(MESSAGES), before)

    def test_a_new_index_is_filled_beside_the_old_one_and_takes_its_place(self) -> None:
        message = self.say("部署")
        new = documents.create_next_index(MESSAGES)
        documents.write([documents.message_action(message, version=1, index=new)], refresh=True)
        self.assertEqual(find_hits(alias_of(MESSAGES), {"query": {"match_all": {}}}), [])
        documents.switch_index(MESSAGES, new)
        self.assertEqual(list_indices(alias_of(MESSAGES)), [new])
        self.assertEqual(len(find_hits(alias_of(MESSAGES), {"query": {"match_all": {}}})), 1)

    def test_nothing_is_written_where_there_is_no_alias(self) -> None:
        for index in list_indices(alias_of(MESSAGES)):
            get_engine().indices.delete(index=index)
        with self.assertRaises(EngineUnavailableError):
            documents.write([documents.message_action(self.say("部署"), version=1)])
        self.assertFalse(get_engine().indices.exists(index=alias_of(MESSAGES)))


class EngineTest(QueryCase):
    def test_an_engine_that_is_away_is_unavailable_for_everything(self) -> None:
        action = documents.message_action(self.say("部署"), version=1)
        with override_settings(ELASTICSEARCH_URL=NOWHERE):
            for call in (
                check_engine,
                documents.ensure_indices,
                lambda: write([action]),
                lambda: find_hits("any", {"query": {"match_all": {}}}),
                lambda: documents.delete_conversation(1),
                lambda: documents.find_identity(MESSAGES),
            ):
                with self.assertRaises(EngineUnavailableError):
                    call()
        check_engine()

    def test_what_is_refused_for_good_is_named_and_the_rest_is_written(self) -> None:
        good, bad = self.say("部署"), self.say("上线")
        actions = [documents.message_action(one, version=1) for one in (bad, good)]
        actions[0]["_source"]["created_at"] = "yesterday"
        with self.assertRaises(ActionsRefusedError) as caught:
            documents.write(actions, refresh=True)
        self.assertEqual(list(caught.exception.refused), [str(bad.pk)])
        self.assertEqual(len(find_hits(alias_of(MESSAGES), {"query": {"match_all": {}}})), 1)
