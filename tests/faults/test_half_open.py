"""Connections to Redis that have died without a word are noticed: also by who only listens, or asks now and then."""

import asyncio
import copy
import os
import sys
import unittest
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.cache import cache
from django.test import SimpleTestCase, override_settings, tag
from redis.exceptions import RedisError

from core import moments
from devstack.proxy import Proxy

NOTICED_WITHIN_S = 90.0
"""The settings say 15 s."""


@tag("faults")
@unittest.skipUnless(sys.platform == "linux", "a connection is made half-open by Linux's socket filters")
class HalfOpenRedisTest(SimpleTestCase):
    def setUp(self) -> None:
        url = urlsplit(os.environ["REDIS_URL"])
        assert url.port is not None
        self.proxy = Proxy(url.port)
        self.addCleanup(self.proxy.close)
        netloc = url.netloc.replace(f":{url.port}", f":{self.proxy.port}")
        self.address = urlunsplit(url._replace(netloc=netloc))

    async def test_a_gateway_that_listens_hears_again(self) -> None:
        layers: Any = copy.deepcopy(settings.CHANNEL_LAYERS)
        for host in layers["default"]["CONFIG"]["hosts"]:
            host["address"] = self.address
        heard: list[dict[str, Any]] = []
        with override_settings(CHANNEL_LAYERS=layers):
            listening = asyncio.create_task(moments.listen(heard.append))
            try:
                await self.tell_until_heard(heard)
                await asyncio.to_thread(self.proxy.half_open)
                await asyncio.to_thread(self.proxy.heal)  # new connections pass; the old one is dead
                heard.clear()
                await self.tell_until_heard(heard)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def tell_until_heard(self, heard: list[dict[str, Any]]) -> None:
        """Until a message of ours arrives."""
        async with asyncio.timeout(NOTICED_WITHIN_S):
            while not heard:
                await moments.atell_gateways({"type": "presence.changed", "changes": []})
                await asyncio.sleep(0.2)

    def test_the_cache_does_not_wait_for_an_answer_that_cannot_come(self) -> None:
        caches: Any = copy.deepcopy(settings.CACHES)
        caches["default"]["LOCATION"] = self.address
        with override_settings(CACHES=caches):
            cache.set("half-open", 1)
            self.proxy.half_open()
            with self.assertRaises(RedisError):
                cache.get("half-open")
            self.proxy.heal()
            self.assertEqual(cache.get("half-open"), 1)
            cache.delete("half-open")
