import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import TestCase, TransactionTestCase

from core.redis import get_redis
from devstack.programs import is_gateway_ready
from devstack.testing import gateway, orm_in, private_world, worker
from tests.devstack.process_case import is_alive


class SiteProcessTests(TestCase):
    def test_a_gateway_keeps_its_port_through_a_kill(self) -> None:
        with gateway("gw-testing") as process:
            port, pid = process.port, process.pid
            process.restart()
            self.assertEqual(process.port, port)
            self.assertTrue(is_gateway_ready(port))
            self.assertFalse(is_alive(pid))
            last = process.pid
        self.assertFalse(is_alive(last))

    def test_a_worker_stops_when_asked_and_its_log_can_be_read(self) -> None:
        with worker("upstream", env={"LOG_LEVEL": "INFO"}) as process:
            self.assertEqual(process.stop(), 0)
            self.assertTrue(process.has_ended())

    def test_the_log_of_a_process_comes_with_the_failure_of_its_test(self) -> None:
        with self.assertRaises(AssertionError) as caught, worker("upstream") as process:
            process.log.write_text("what it said\n")
            self.fail("on purpose")
        self.assertIn("what it said", "\n".join(caught.exception.__notes__))


# Without a transaction at home: the server ends one that idles for as long as other servers take to start.
class PrivateWorldTests(TransactionTestCase):
    def test_its_servers_may_be_killed_and_the_tests_own_are_untouched(self) -> None:
        with private_world() as world:
            self.assertNotEqual(world.env["DATABASE_URL"], os.environ["DATABASE_URL"])
            home = settings.REDIS_URL
            with orm_in(world):
                get_user_model().objects.create_user("visitor", "a-long-password")
                get_redis().set("where", "away")
                self.assertEqual(settings.REDIS_URL, world.env["REDIS_URL"])
            self.assertFalse(get_user_model().objects.filter(username="visitor").exists())
            self.assertIsNone(get_redis().get("where"))
            self.assertEqual((settings.REDIS_URL, os.environ["REDIS_URL"]), (home, home))

            world.kill(world.database_name)
            world.kill("kafka", wipe=True)
            world.start(world.database_name)
            world.start("kafka")
            with orm_in(world):
                self.assertTrue(get_user_model().objects.filter(username="visitor").exists())
                self.assertIn("im-upstream-topic: exists", world.manage("ensure_topics"))

    def test_a_paused_server_goes_on_where_it_was(self) -> None:
        with private_world() as world, orm_in(world):
            world.pause(world.database_name)
            world.resume(world.database_name)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                self.assertEqual(cursor.fetchone(), (1,))
            world.kill("redis")
            world.start("redis")
            self.assertTrue(get_redis().ping())
