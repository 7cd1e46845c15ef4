"""Summaries of what is unread, the brief over all chats, and the ledger of what models were given."""

import threading

from playwright.async_api import expect

from tests.browser.agents_case import AgentsCase, answers
from tests.browser.people import Person
from tests.fakes.openai import Reply

DECIDED = "We go to the lake on Friday"


class DigestsTest(AgentsCase):
    async def have_unread(self, ann: Person, ben: Person, count: int) -> None:
        """Ben writes to Ann, who looks elsewhere: what was decided, and so much more."""
        await ben.start_direct("Ann")
        await ben.say(DECIDED, *(f"detail number {n}" for n in range(1, count)))
        await expect(ann.page.locator(".row", has_text="Ben").locator(".badge")).to_have_text(str(count))

    async def test_what_is_unread_is_summed_up_with_its_sources(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_unread(ann, ben, 14)
            await ann.open_chat("Ben")
            gate = threading.Event()
            self.model.script(Reply("Ben says that the lake is on Friday [1].", gate=gate))
            await ann.page.locator(".unread-divider").get_by_role("button", name="Summarise unread").click()
            summary = ann.page.get_by_role("region", name="Summary of what is new")
            await expect(summary.locator(".skeleton").first).to_be_visible()
            gate.set()
            await expect(summary).to_contain_text("the lake is on Friday")
            await expect(summary).to_contain_text("14 messages read")
            await summary.locator(".source", has_text=DECIDED).click()
            await expect(ann.page.locator(".message-flash")).to_contain_text(DECIDED)
            message = await ben.reads(DECIDED)
            await message.scroll_into_view_if_needed()
            await message.click(button="right")
            await ben.page.get_by_role("menuitem", name="Recall").click()
            await ben.page.get_by_role("alertdialog").get_by_role("button", name="Recall").click()
            await expect(summary.locator(".source-gone")).to_have_count(1)
            await expect(summary).not_to_contain_text("the lake is on Friday")
            await summary.get_by_role("button", name="Close").click()
            await expect(summary).to_have_count(0)

    async def test_a_summary_can_be_given_up(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_unread(ann, ben, 3)
            await ann.open_chat("Ben")
            # So few are read sooner than they are summed up: nothing is offered at the divider.
            await expect(ann.page.locator(".unread-divider")).to_be_visible()
            await expect(ann.page.locator(".divider-button")).to_have_count(0)
            gate = threading.Event()
            self.model.script(Reply("Too late [1].", gate=gate))
            await ben.say("one more")
            await ann.reads("one more")
            await ann.page.get_by_role("button", name="More", exact=True).first.click()
            await ann.page.get_by_role("menuitem", name="Summarise unread").click()
            summary = ann.page.get_by_role("region", name="Summary of what is new")
            await summary.get_by_role("button", name="Cancel").click()
            await expect(summary).to_have_count(0)
            gate.set()

    async def test_the_brief_tells_what_is_asked_and_opens_it(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_unread(ann, ben, 2)
            self.model.script(Reply("D: The lake, on Friday [1]\nQ: Does Ann bring the map? [2]"))
            await ann.page.get_by_role("link", name="Catch up").click()
            chat = ann.page.locator(".brief-chat")
            await expect(chat).to_contain_text("Questions to you")
            await expect(chat.locator(".brief-part", has_text="Decisions")).to_contain_text("The lake, on Friday")
            await expect(chat).to_contain_text("Does Ann bring the map?")
            await expect(chat).to_contain_text("2 unread")
            await chat.locator(".source", has_text=DECIDED).click()
            await expect(ann.page.locator(".chat-title")).to_have_text("Ben")
            await expect(ann.page.locator(".message-flash")).to_contain_text(DECIDED)

    async def test_everyone_sees_which_of_their_messages_went_to_which_model(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, "The rollback takes four minutes")
            await self.open_agent(ann)
            self.model.script(Reply("Four [1]."))
            await ann.say("rollback minutes")
            await expect(answers(ann).locator(".source")).to_have_count(1)
            await ben.page.get_by_role("link", name="Settings").click()
            await ben.page.get_by_role("link", name="AI and my messages").click()
            await expect(ben.page.locator(".card", has_text="What AI may read")).to_contain_text("Release desk")
            use = ben.page.locator(".ledger-line")
            await expect(use).to_have_count(1)
            await expect(use).to_contain_text("Answer by Sage · fake-model")
            await expect(use).to_contain_text("Asked by Ann")
            await use.get_by_role("button").click()
            await expect(ben.page.locator(".message-flash")).to_contain_text("four minutes")
