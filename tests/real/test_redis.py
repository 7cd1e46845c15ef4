"""Redis itself, not one that speaks like it."""

from django.test import SimpleTestCase

from core.redis import get_redis


class RedisTest(SimpleTestCase):
    def test_the_server_is_redis(self) -> None:
        told = get_redis().info("server")
        self.assertIn("redis_version", told)
        self.assertNotIn("valkey_version", told)
