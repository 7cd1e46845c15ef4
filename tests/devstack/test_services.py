import os
import struct
from pathlib import Path
from unittest import mock

import psycopg
from django.test import SimpleTestCase
from jgo.env import LockFile

from core.errors import DomainError
from devstack.errors import DevstackError
from devstack.ports import exchange
from devstack.services import Kafka, ObjectStorage, Postgres, Service, Valkey, kafka_jars
from devstack.services.base import open_tree
from devstack.services.kafka import make_cluster_id
from devstack.stack import await_restart
from devstack.test_services import RunningServices, run_services
from files.storage import ObjectStorage as S3ObjectStorage


class ServiceCase(SimpleTestCase):
    kind: type[Service]

    def setUp(self) -> None:
        self.running: RunningServices = run_services((self.kind,))
        self.addCleanup(self.running.stop)
        (self.service,) = self.running.services

    def start_again(self) -> None:
        self.service.prepare()
        log = self.running.directory / f"{self.service.name}.log"
        await_restart(self.service, self.running.spawn(self.service), log=log)

    def kill(self) -> None:
        self.running.children[self.service.name].kill()


class PostgresTests(ServiceCase):
    kind = Postgres

    def test_what_was_committed_survives_a_kill_and_the_address_stays(self) -> None:
        url = self.service.url
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        self.kill()
        self.assertFalse(self.service.is_ready())
        self.start_again()
        self.assertEqual(self.service.url, url)
        with psycopg.connect(url) as connection:
            self.assertEqual(connection.execute("SELECT seven FROM kept").fetchone(), (7,))

    def test_vectors_are_available(self) -> None:
        with psycopg.connect(self.service.url) as connection:
            connection.execute("CREATE EXTENSION vector")
            row = connection.execute("SELECT '[1,2]'::vector <-> '[4,6]'::vector").fetchone()
        self.assertEqual(row, (5.0,))

    def test_nobody_enters_without_the_password(self) -> None:
        stranger = self.service.url.replace(self.service.secret(), "guessed")
        with self.assertRaisesRegex(psycopg.OperationalError, "password authentication failed"):
            psycopg.connect(stranger)

    def test_an_initialisation_that_was_cut_short_is_made_anew(self) -> None:
        half_made = Postgres(self.running.directory / "half", self.service.port, durable=False)
        cluster = half_made.data_dir / "data"
        (cluster / "base").mkdir(parents=True)
        (cluster / "postgresql.conf").touch()
        half_made.prepare()
        self.assertTrue((cluster / "PG_VERSION").exists())


class ValkeyTests(ServiceCase):
    kind = Valkey

    def test_it_asks_for_its_password_and_is_back_after_a_kill(self) -> None:
        self.assertIn(b"NOAUTH", exchange(self.service.port, b"PING\r\n"))
        self.kill()
        self.assertFalse(self.service.is_ready())
        self.start_again()
        self.assertTrue(self.service.is_ready())


class KafkaTests(ServiceCase):
    kind = Kafka

    def topic_error(self, topic: str) -> int:
        """The error code of a Metadata request for one topic, which would create it where that is allowed."""
        name = topic.encode()
        request = struct.pack(">hhihih", 3, 1, 1, -1, 1, len(name)) + name
        answer = exchange(self.service.port, struct.pack(">i", len(request)) + request)
        head = answer[: -(2 + 2 + len(name) + 1 + 4)]  # the answer ends with: error, name, is internal, no partitions
        return int.from_bytes(answer[len(head) : len(head) + 2], "big")

    def test_no_topic_is_created_by_being_asked_for(self) -> None:
        unknown_topic = 3
        self.assertEqual(self.topic_error("im-typo-topic"), unknown_topic)
        self.assertEqual(self.topic_error("im-typo-topic"), unknown_topic)

    def test_a_broker_that_lost_its_disk_comes_back_on_its_port(self) -> None:
        self.kill()
        data = self.service.data_dir / "data"
        for path in sorted(data.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        data.rmdir()
        self.start_again()
        self.assertTrue(self.service.is_ready())


class ObjectStorageTests(ServiceCase):
    kind = ObjectStorage

    def open_store(self, secret: str) -> S3ObjectStorage:
        """The program's own client, with this secret."""
        return S3ObjectStorage(
            endpoint_url=f"http://127.0.0.1:{self.service.port}",
            bucket_name="kept",
            access_key="gochat",
            secret_key=secret,
            region_name="us-east-1",
        )

    def test_what_was_stored_survives_a_kill_and_the_account_stays(self) -> None:
        url, store = self.service.url, self.open_store(self.service.secret())
        store.ensure_bucket()
        store.write("a/b", b"seven", content_type="text/plain")
        self.kill()
        self.assertFalse(self.service.is_ready())
        self.start_again()
        self.assertEqual(self.service.url, url)
        self.assertEqual(store.read("a/b", most=10), b"seven")

    def test_nobody_enters_without_the_secret(self) -> None:
        with self.assertRaises(DomainError):
            self.open_store("guessed").ensure_bucket()
        self.assertIn(b" 403 ", self.ask())

    def test_nothing_that_it_serves_may_run_in_a_browser(self) -> None:
        """Beside what the signer says of the type and of saving, which holds on every storage."""
        self.assertIn(b"content-security-policy: sandbox; default-src 'none'\r\n", self.ask())

    def ask(self) -> bytes:
        """What an unsigned request gets."""
        return exchange(self.service.port, b"GET /kept/a HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")


class ClusterIdTests(SimpleTestCase):
    def test_an_id_never_looks_like_an_option(self) -> None:
        with mock.patch("uuid.uuid4", return_value=mock.Mock(bytes=b"\xff" * 16)):
            cluster_id = make_cluster_id()
        self.assertRegex(cluster_id, r"\A[A-Za-z0-9][A-Za-z0-9_-]{21}\Z")


class KafkaJarTests(SimpleTestCase):
    def test_a_jar_with_another_content_than_the_locked_one_is_refused(self) -> None:
        genuine = kafka_jars.fetch_jars()
        locked = LockFile.load(kafka_jars.LOCK_FILE).dependencies
        self.assertEqual(len(genuine), len(locked))
        forged = locked[0]
        forged.sha256 = "0" * 64
        lock = mock.Mock(dependencies=[forged])
        with (
            mock.patch.object(LockFile, "load", return_value=lock),
            self.assertRaisesRegex(DevstackError, "its sha256 differs"),
        ):
            kafka_jars.fetch_jars()
        kafka_jars.fetch_jars()


class PermissionTests(ServiceCase):
    kind = Valkey

    def test_programs_that_a_tight_umask_has_closed_are_opened_to_the_servers_user(self) -> None:
        root = Path(self.running.directory) / "installation"
        root.mkdir(mode=0o700)
        program, data = root / "postgres", root / "data"
        program.touch(mode=0o700)
        data.touch(mode=0o600)
        open_tree(root)
        modes = [os.stat(path).st_mode & 0o777 for path in (root, program, data)]
        self.assertEqual(modes, [0o705, 0o705, 0o604])
