import json
import stat
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from devstack.addresses import Addresses
from devstack.services import Kafka, Valkey
from devstack.stack import make_services


class AddressesTests(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.addresses = Addresses(self.directory)

    def test_the_settings_find_the_servers_and_nobody_else_reads_their_passwords(self) -> None:
        valkey, kafka = make_services((Valkey, Kafka), self.directory)
        self.addresses.write([valkey, kafka])
        path = self.directory / "services.json"
        self.assertEqual(
            json.loads(path.read_text()),
            {
                "REDIS_URL": f"redis://:{valkey.secret()}@127.0.0.1:{valkey.port}/0",
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka.port}",
            },
        )
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE((self.directory / "redis" / "secret").stat().st_mode), 0o600)

    def test_the_next_start_uses_the_same_ports_where_they_are_free(self) -> None:
        self.addresses.write(make_services((Valkey, Kafka), self.directory))
        again = make_services((Valkey, Kafka), self.directory, ports=self.addresses.last_ports())
        self.assertEqual({service.name: service.port for service in again}, self.addresses.last_ports())

    def test_a_damaged_file_only_means_new_ports(self) -> None:
        (self.directory / "ports.json").write_text("{")
        self.assertEqual(self.addresses.last_ports(), {})
