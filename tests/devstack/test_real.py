"""Which real servers a run has, and what happens where one cannot be had."""

import contextlib
import io
import tempfile
from pathlib import Path
from unittest import TestCase, mock

from django.test import SimpleTestCase

from devstack.errors import DevstackError
from devstack.ports import HOST, pick_free_port
from devstack.real import minio
from devstack.real.__main__ import run_once
from devstack.real.brokers import BROKERS, Broker
from devstack.real.debian import DebianMariaDB, Redis
from devstack.real.minio import MinIO
from devstack.real.opensearch import PORTS, OpenSearch
from devstack.real.skipping import skip_what_cannot_run
from devstack.real.stack import RealStack
from devstack.services import Embeddings, Kafka, ObjectStorage, Postgres, Search, VectorPostgres
from devstack.stack import make_services


def here(**answers: bool) -> contextlib.ExitStack:
    """Let the kinds of these names be here, or not; the others are."""
    stack = contextlib.ExitStack()
    for kind in (DebianMariaDB, Redis, Broker, MinIO, OpenSearch):
        stack.enter_context(mock.patch.object(kind, "is_here", return_value=answers.get(kind.__name__, True)))
    return stack


class StackTest(SimpleTestCase):
    def test_a_stack_is_named_by_its_database_and_its_brokers(self) -> None:
        self.assertIsNone(RealStack.named({}))
        self.assertIsNone(RealStack.named({"STACK": "embedded"}))
        self.assertEqual(RealStack.named({"STACK": "real"}), RealStack("postgres", 3))
        self.assertEqual(RealStack.named({"STACK": "mariadb/1"}), RealStack("mariadb", 1))
        for text in ("mariadb", "postgres/2", "oracle/3", "postgres/"):
            with self.subTest(text), self.assertRaisesRegex(DevstackError, "must be one of"):
                RealStack.named({"STACK": text})

    def test_beside_mariadb_a_postgresql_holds_the_vectors(self) -> None:
        with here():
            kinds = RealStack("mariadb", 3).kinds()
        self.assertEqual(kinds, (DebianMariaDB, VectorPostgres, Redis, *BROKERS, MinIO, OpenSearch, Embeddings))

    def test_what_is_missing_has_its_embedded_counterpart_in_its_place(self) -> None:
        with here(MinIO=False, OpenSearch=False, Broker=False):
            stack = RealStack("postgres", 3)
            self.assertEqual(stack.kinds(), (Postgres, Redis, Kafka, ObjectStorage, Search, Embeddings))
            self.assertEqual(set(stack.missing()), {"s3", "search", "kafka-1", "kafka-2", "kafka-3"})
            self.assertTrue(stack.describe().endswith("Missing: Apache Kafka, MinIO, OpenSearch."))

    def test_a_sentence_says_what_cannot_be_had_and_the_rest_is_fetched(self) -> None:
        refusal = DevstackError("MinIO is built by Go, which is not installed.")
        with (
            here(MinIO=False, OpenSearch=False),
            mock.patch.object(MinIO, "fetch", side_effect=refusal),
            mock.patch.object(OpenSearch, "fetch") as fetch,
            contextlib.redirect_stdout(io.StringIO()) as shown,
        ):
            sentences = RealStack().fetch()
        self.assertEqual(sentences, [str(refusal)])
        fetch.assert_called_once_with()
        self.assertIn("2/2", shown.getvalue())

    def test_without_go_there_is_no_minio(self) -> None:
        with (
            tempfile.TemporaryDirectory() as empty,
            mock.patch.dict("os.environ", GOCHAT_REAL_CACHE=empty, PATH=empty),
            mock.patch("devstack.real.base.SYSTEM_PROGRAMS", empty),
            mock.patch.object(minio, "GO_DIRECTORIES", empty),
        ):
            self.assertFalse(MinIO.is_here())
            with self.assertRaisesRegex(DevstackError, "built by Go, which is not installed"):
                MinIO.fetch()


class ServerTest(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_three_brokers_are_one_cluster(self) -> None:
        brokers = [broker for broker in make_services(BROKERS, self.directory) if isinstance(broker, Broker)]
        addresses = ",".join(f"{HOST}:{broker.port}" for broker in brokers)
        for number, broker in enumerate(brokers, start=1):
            properties = broker.properties()
            self.assertEqual(properties["node.id"], str(number))
            self.assertEqual(properties["min.insync.replicas"], "2")
            self.assertEqual(properties["offsets.topic.replication.factor"], "3")
            self.assertEqual(properties["controller.quorum.voters"].count("@"), 3)
            self.assertEqual(broker.settings(), {"KAFKA_BOOTSTRAP_SERVERS": addresses, "KAFKA_REPLICATION_FACTOR": "3"})
        self.assertEqual(len({broker.cluster_id() for broker in brokers}), 1)
        self.assertEqual(len({broker.properties()["controller.quorum.voters"] for broker in brokers}), 1)

    def test_one_broker_alone_keeps_one_copy(self) -> None:
        [broker] = make_services(BROKERS[:1], self.directory)
        assert isinstance(broker, Broker)
        self.assertEqual(broker.properties()["min.insync.replicas"], "1")
        self.assertEqual(broker.settings()["KAFKA_REPLICATION_FACTOR"], "1")

    def test_opensearch_gets_a_port_that_its_runner_takes(self) -> None:
        self.assertIn(OpenSearch.choose_port(None), PORTS)
        self.assertIn(OpenSearch.choose_port(pick_free_port()), PORTS)


class SkippingTest(SimpleTestCase):
    def reason(self, module: str, stack: str) -> str | None:
        """Why a test of that module is skipped on the stack; None where it is not."""
        kind = type("SomeTest", (TestCase,), {"__module__": module, "runTest": lambda _self: None})
        with mock.patch.dict("os.environ", STACK=stack):
            skip_what_cannot_run([kind()])
        found: str | None = getattr(kind, "__unittest_skip_why__", None)
        self.assertEqual(getattr(kind, "__unittest_skip__", False), found is not None)
        return found

    def test_what_is_about_a_missing_server_is_skipped_and_the_rest_is_not(self) -> None:
        with here(MinIO=False):
            self.assertEqual(self.reason("tests.files.test_uploads", "real"), "MinIO is missing")
            self.assertEqual(self.reason("tests.real.test_minio", "real"), "MinIO is missing")
            self.assertIsNone(self.reason("tests.flows.test_flow2_direct_message", "real"))
        with here(DebianMariaDB=False):
            self.assertEqual(self.reason("tests.flows.test_draining", "mariadb/3"), "MariaDB is missing")
            self.assertIsNone(self.reason("tests.flows.test_draining", "postgres/3"))

    def test_embedded_servers_are_no_place_for_the_tests_of_the_real_ones(self) -> None:
        self.assertIn("make test-real", str(self.reason("tests.real.test_brokers", "embedded")))
        self.assertIsNone(self.reason("tests.files.test_uploads", "embedded"))


class CountingTest(SimpleTestCase):
    def run_with(self, output: str, code: int) -> tuple[int, int, int]:
        run = mock.MagicMock(returncode=code, stdout=io.StringIO(output))
        run.__enter__.return_value = run
        with (
            mock.patch("devstack.real.__main__.subprocess.Popen", return_value=run),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            return run_once("postgres/3", ["tests.flows"])

    def test_a_runs_counts_are_its_last_line(self) -> None:
        self.assertEqual(self.run_with("Found 3\n2 passed, 0 failed, 1 skipped\n", 0), (2, 0, 1))
        self.assertEqual(self.run_with("1 passed, 2 failed\n", 1), (1, 2, 0))

    def test_a_run_that_breaks_off_is_a_failure(self) -> None:
        self.assertEqual(self.run_with("PostgreSQL does not start.\n", 1), (0, 1, 0))
        self.assertEqual(self.run_with("3 passed, 0 failed\n", 139), (3, 1, 0))
