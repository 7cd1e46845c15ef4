"""What the browser tests of AI share: an agent's processes, and a model that says what a test has scripted.

Search has no engine here: the database is searched for the words of a question, and the agent says so.
"""

import re
from contextlib import ExitStack
from typing import ClassVar

from asgiref.sync import sync_to_async
from playwright.async_api import Locator, expect

from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from devstack import testing
from messaging.models import Message
from tests.browser.base import BrowserCase
from tests.browser.people import Person
from tests.browser.search_case import NOWHERE
from tests.fakes.openai import FakeOpenAI, Reply

GREETING = "Ask me about your chats."


class AgentsCase(BrowserCase):
    """With the bridge of questions, Celery for the answers, and the agent Sage, who greets and looks things up."""

    model: ClassVar[FakeOpenAI]

    @classmethod
    def setUpClass(cls) -> None:
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        cls.model = stack.enter_context(FakeOpenAI())
        cls.env = {"ELASTICSEARCH_URL": NOWHERE, "EMBEDDINGS_BASE_URL": f"{NOWHERE}/v1"} | cls.model_env()
        super().setUpClass()
        env = {"GOCHAT_RATE_LIMITS": "off", "DEBUG": "on"} | cls.env
        stack.enter_context(testing.worker("agent", env=env))
        stack.enter_context(testing.celery_agent_worker(env=env))

    @classmethod
    def model_env(cls) -> dict[str, str]:
        """Which model the processes use."""
        return cls.model.env

    def setUp(self) -> None:
        super().setUp()
        self.model.requests.clear()
        self.model.default = Reply()
        self.agent: Agent = make_agent(
            username="sage", display_name="Sage", greeting=GREETING, description="Knows what was said."
        )

    async def open_agent(self, person: Person) -> None:
        """Go to the agents and ask Sage."""
        await person.page.get_by_role("link", name="AI agents").click()
        await person.page.get_by_role("button", name="Ask Sage").click()
        await expect(person.page.locator(".chat-title")).to_have_text("Sage")
        await person.page.wait_for_selector(".composer-input")

    async def choose(self, person: Person, setting: str) -> None:
        """Say in the open chat's details what AI may read of what the person writes there."""
        details = person.page.get_by_role("button", name="Details", exact=True)
        await details.click()
        radio = person.page.get_by_role("radio", name=re.compile(f"^{setting}"))
        await radio.click()
        await expect(radio).to_have_attribute("aria-checked", "true")
        await expect(radio).to_be_enabled()
        await details.click()

    async def have_group(self, ann: Person, ben: Person, *said: str, setting: str = "Also elsewhere") -> None:
        """Ann's group "Release desk", in which Ben lets AI read so much, and says this."""
        await ann.start_group("Release desk", [ben.name])
        await ben.open_chat("Release desk")
        await self.choose(ben, setting)
        await ben.say(*said)
        await ann.reads(said[-1])


def answers(person: Person) -> Locator:
    """The answers on the page, finished and unfinished."""
    return person.page.locator(".bubble-answer")


@sync_to_async
def stored_answers() -> list[str]:
    """The texts of all answers in the database."""
    return list(Message.objects.exclude(reply_to=None).order_by("pk").values_list("text", flat=True))
