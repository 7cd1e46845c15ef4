"""How far search is behind: counted, aged, shown, and said where it matters."""

import importlib
from datetime import timedelta
from unittest import mock

from django.core.cache import cache
from django.test import override_settings

from core import clock, metrics
from devstack.ports import pick_free_port
from gochat_site.workers import WORKERS
from messaging.models import Conversation
from search import watching
from search.embeddings import current_model
from search.engine import EngineUnavailableError
from search.lag import TOLERATED_S, Lag, is_behind, measure, read_lag, show_lag
from tests.search.query_case import QueryCase


class LagTest(QueryCase):
    def setUp(self) -> None:
        super().setUp()
        current_model()
        cache.clear()
        self.late = clock.now() - timedelta(seconds=2 * TOLERATED_S)

    def test_it_counts_what_is_missing_and_ages_the_oldest(self) -> None:
        self.log.send(self.ann, "first", at=self.late)
        self.say("second")
        lag = measure()
        self.assertEqual((lag.documents, lag.vectors), (2, 2))
        self.assertGreaterEqual(lag.oldest_s, 2 * TOLERATED_S)
        self.index(vectors=False)
        self.assertEqual(measure(), Lag(0, 2, 0.0))
        self.index()
        self.assertEqual(measure(), Lag(0, 0, 0.0))
        self.say("third")
        self.assertEqual(measure().documents, 1)

    def test_events_age_too(self) -> None:
        message = self.log.send(self.ann, "first", at=self.late)
        self.index(vectors=False)
        self.log.recall(message)
        self.assertLess(measure().oldest_s, TOLERATED_S)

    def test_a_dissolved_conversation_is_not_waited_for(self) -> None:
        self.say("hello")
        Conversation.objects.update(dissolved_at=clock.now())
        self.assertEqual(measure(), Lag(0, 0, 0.0))

    def test_the_figures_are_taken_once_for_a_while(self) -> None:
        read_lag()
        with self.assertNumQueries(0):
            self.assertEqual(read_lag(), Lag(0, 0, 0.0))

    def test_an_answer_from_an_index_that_is_far_behind_says_so(self) -> None:
        message = self.say("the launch is on friday")
        self.index(vectors=False)
        self.assertFalse(self.get("messages", q="friday", mode="keyword")["degraded"])
        self.log.send(self.ann, "not indexed", at=self.late)
        cache.clear()
        answer = self.get("messages", q="friday", mode="keyword")
        self.assertTrue(answer["degraded"])
        self.assertEqual([hit["message"]["message_id"] for hit in answer["results"]], [str(message.pk)])

    def test_operators_see_it(self) -> None:
        self.say("hello")
        WORKERS["indexing"]()
        shown = metrics.render().decode()
        self.assertIn("gochat_search_lag 1.0\n", shown)
        self.assertIn("gochat_vector_lag 1.0\n", shown)
        self.assertRegex(shown, r"gochat_search_lag_seconds \d")

    def test_metrics_of_other_processes_ask_the_database_for_nothing(self) -> None:
        with mock.patch.dict(metrics._gauges, clear=True):
            importlib.reload(watching)
            with self.assertNumQueries(0):
                self.assertNotIn("search_lag", metrics.render().decode())

    def test_while_the_engine_is_away_nobody_knows(self) -> None:
        with override_settings(ELASTICSEARCH_URL=f"http://127.0.0.1:{pick_free_port()}"):
            with self.assertRaises(EngineUnavailableError):
                read_lag()
            self.assertTrue(is_behind())
            show_lag()
            self.assertIn("gochat_search_lag NaN\n", metrics.render().decode())
