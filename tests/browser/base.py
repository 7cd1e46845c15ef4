"""What the browser tests share: the running product, Chromium, and people in profiles of their own."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar
from unittest import skipUnless

from django.test import TransactionTestCase, tag
from playwright.async_api import Browser, async_playwright

from devstack import testing
from devstack.testing import Gateway, SiteProcess
from tests.browser.people import CHROMIUM, CHROMIUM_ARGUMENTS, Person


@tag("browser")
@skipUnless(Path(CHROMIUM).exists(), "Needs Debian's chromium.")
class BrowserCase(TransactionTestCase):
    """One gateway and one logic worker for the class, with its `env`. Pages must end without errors in the console."""

    env: ClassVar[dict[str, str]] = {}
    gateway: ClassVar[Gateway]
    worker: ClassVar[SiteProcess]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        env = {"GOCHAT_RATE_LIMITS": "off", "DEBUG": "on"} | cls.env
        cls.worker = stack.enter_context(testing.worker(env=env))
        cls.gateway = stack.enter_context(testing.gateway("browser", env=env))

    @contextlib.asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """A Chromium for one test."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
            try:
                yield browser
            finally:
                await browser.close()

    @contextlib.asynccontextmanager
    async def people(self, *names: str) -> AsyncIterator[list[Person]]:
        """People with fresh profiles and new accounts; their pages must be without problems at the end."""
        async with self.browser() as browser:
            people = [await self.newcomer(browser, name) for name in names]
            yield people
            self.assert_clean(*people)

    async def newcomer(self, browser: Browser, name: str) -> Person:
        """A person who has just created an account."""
        person = await Person.arrive(browser, self.gateway.url)
        return await person.register(f"{name.lower()}_{uuid.uuid4().hex[:8]}", name)

    def assert_clean(self, *people: Person) -> None:
        """Nobody's page wrote an error, threw, or broke the content security policy."""
        self.assertEqual([person.problems for person in people], [[] for _ in people])
