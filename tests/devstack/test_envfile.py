import re
import stat
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from devstack.envfile import ensure_env_file


class EnvFileTests(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name) / ".env"

    def keys(self) -> list[str]:
        return re.findall(r"^(?:SECRET_KEY|JWT_SIGNING_KEY)=(\S+)$", self.path.read_text(), flags=re.MULTILINE)

    def test_the_first_start_writes_two_different_long_keys_that_only_the_owner_can_read(self) -> None:
        self.assertTrue(ensure_env_file(self.path))
        secret_key, jwt_key = self.keys()
        self.assertNotEqual(secret_key, jwt_key)
        self.assertGreaterEqual(min(len(secret_key), len(jwt_key)), 50)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_every_checkout_gets_keys_of_its_own(self) -> None:
        ensure_env_file(self.path)
        first = self.keys()
        self.path.unlink()
        ensure_env_file(self.path)
        self.assertFalse(set(first) & set(self.keys()))

    def test_a_file_that_exists_is_never_overwritten(self) -> None:
        self.path.write_text("DEBUG=off\n")
        self.assertFalse(ensure_env_file(self.path))
        self.assertEqual(self.path.read_text(), "DEBUG=off\n")
