"""Asking an AI agent: the answer as it is written, its sources, stopping it, and asking it in a group."""

import threading

from asgiref.sync import sync_to_async
from playwright.async_api import expect

from messaging.models import Citation
from tests.browser.agents_case import GREETING, AgentsCase, answers, stored_answers
from tests.fakes.openai import Reply

ROLLBACK = "The rollback takes four minutes"
ANSWER = "It takes four minutes [1]. Ask the person on duty before you begin."


class AnswersTest(AgentsCase):
    async def test_an_answer_is_seen_as_it_is_written_and_stands_once_with_its_sources(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, ROLLBACK)
            await self.open_agent(ann)
            await ann.reads(GREETING)
            gate = threading.Event()
            self.model.script(Reply(ANSWER, gate=gate, gate_after=3))
            await ann.say("rollback minutes")
            writing = ann.page.locator(".bubble-writing")
            await expect(writing).to_contain_text("It takes four minutes")
            await expect(writing.get_by_role("button", name="Stop")).to_be_visible()
            await expect(ann.page.locator(".row", has_text="Sage")).to_contain_text("typing…")
            self.assertEqual(await stored_answers(), [])
            row = await writing.locator("xpath=ancestor::article").element_handle()
            gate.set()
            await expect(ann.page.locator(".source")).to_have_count(1)
            await expect(writing).to_have_count(0)
            await expect(answers(ann)).to_have_count(1)
            await expect(answers(ann)).to_contain_text("Ask the person on duty")
            # The row in which it was written is the row in which it stands.
            self.assertTrue(await ann.page.evaluate("(row) => row.isConnected && !!row.querySelector('.source')", row))
            [stored] = await stored_answers()
            self.assertIn("[1]", stored)

    async def test_a_source_opens_its_message_and_is_withdrawn_when_that_is_recalled(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, ROLLBACK)
            await self.open_agent(ann)
            self.model.script(Reply(ANSWER))
            await ann.say("rollback minutes")
            await expect(ann.page.locator(".source")).to_contain_text(ROLLBACK)
            await expect(ann.page.locator(".source")).to_contain_text("Release desk")
            await ann.page.locator("button.cite").first.click()
            await expect(ann.page.locator(".chat-title")).to_have_text("Release desk")
            await expect(ann.page.locator(".message-flash")).to_contain_text(ROLLBACK)
            await ann.open_chat("Sage")
            await expect(ann.page.locator(".source")).to_have_count(1)
            message = await ben.reads(ROLLBACK)
            await message.click(button="right")
            await ben.page.get_by_role("menuitem", name="Recall").click()
            await ben.page.get_by_role("alertdialog").get_by_role("button", name="Recall").click()
            await expect(ann.page.locator(".source-gone")).to_have_text("1Source withdrawn")
            await expect(answers(ann)).to_contain_text("Sentence removed with its source")
            await expect(answers(ann)).not_to_contain_text("four minutes")
            await expect(answers(ann)).to_contain_text("Ask the person on duty")
            await ann.page.reload()
            await expect(ann.page.locator(".source-gone")).to_have_count(1)
            await expect(answers(ann)).not_to_contain_text("four minutes")
            quotes = await sync_to_async(lambda: list(Citation.objects.values_list("quote", flat=True)))()
            self.assertEqual(quotes, [""])

    async def test_sources_in_a_chat_that_was_left_are_withdrawn_at_once(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ben, ann, "nothing yet")
            await self.choose(ben, "Also elsewhere")
            await ben.say(ROLLBACK)
            await ann.reads(ROLLBACK)
            await self.open_agent(ann)
            self.model.script(Reply(ANSWER))
            await ann.say("rollback minutes")
            await expect(ann.page.locator(".source")).to_contain_text(ROLLBACK)
            await ben.page.get_by_role("button", name="Details", exact=True).click()
            await ben.page.get_by_role("button", name="Actions for Ann").click()
            await ben.page.get_by_role("menuitem", name="Remove from group").click()
            await ben.page.get_by_role("alertdialog").get_by_role("button", name="Remove from group").click()
            await expect(ann.page.locator(".source-gone")).to_have_count(1)
            await expect(answers(ann)).not_to_contain_text("four minutes")

    async def test_a_stopped_answer_stands_as_far_as_it_came_and_can_be_had_anew(self) -> None:
        async with self.people("Ann") as (ann,):
            await self.open_agent(ann)
            self.model.script(Reply("one two three four " * 200, piece_after_s=0.1), Reply("Something shorter."))
            await ann.say("count for me")
            writing = ann.page.locator(".bubble-writing")
            await expect(writing).to_contain_text("one two three")
            await writing.get_by_role("button", name="Stop").click()
            await expect(writing).to_have_count(0)
            await expect(answers(ann)).to_have_count(1)
            await expect(answers(ann)).to_contain_text("one two three")
            await answers(ann).get_by_role("button", name="Regenerate").click()
            await expect(answers(ann)).to_contain_text("Something shorter.")
            await expect(writing).to_have_count(0)
            await expect(answers(ann)).not_to_contain_text("one two")
            await expect(answers(ann)).to_have_count(1)
            self.assertEqual(len(await stored_answers()), 1)

    async def test_addresses_in_answers_open_only_when_someone_says_so(self) -> None:
        async with self.people("Ann") as (ann,):
            await self.open_agent(ann)
            self.model.script(Reply("See https://example.com/plan for it."))
            await ann.say("what is at https://example.com/plan ?")
            await expect(answers(ann)).to_contain_text("See https://example.com/plan")
            await expect(answers(ann).locator("a, img")).to_have_count(0)
            await answers(ann).get_by_role("button", name="https://example.com/plan").click()
            await expect(ann.page.get_by_role("alertdialog", name="Open this address?")).to_contain_text(
                "https://example.com/plan"
            )

    async def test_a_model_that_is_away_is_said_in_words(self) -> None:
        async with self.people("Ann") as (ann,):
            await self.open_agent(ann)
            self.model.default = Reply(status=503)
            await ann.say("are you there?")
            await expect(answers(ann)).to_contain_text("The language model cannot be reached at the moment.")
            await expect(ann.page.locator(".bubble-writing")).to_have_count(0)


class GroupsTest(AgentsCase):
    async def test_an_agent_is_added_to_a_group_and_asked_by_name(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, ROLLBACK, setting="When asked here")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.get_by_role("button", name="Invite").click()
            await ann.page.get_by_role("dialog").get_by_role("checkbox", name="Sage").click()
            await ann.page.get_by_role("button", name="Add 1 person").click()
            await expect(ann.page.locator(".details .person-line", has_text="Sage").locator(".tag")).to_have_text("AI")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.locator(".composer-input").press_sequentially("@sa")
            await expect(ann.page.get_by_role("option", name="Sage")).to_contain_text("AI")
            await ann.page.keyboard.press("Enter")
            gate = threading.Event()
            self.model.script(Reply(ANSWER, gate=gate, gate_after=3))
            await ann.page.locator(".composer-input").press_sequentially("rollback minutes")
            await ann.page.keyboard.press("Enter")
            for person in (ann, ben):
                await expect(person.page.locator(".bubble-writing")).to_contain_text("It takes four minutes")
                await expect(person.page.locator(".sender-agent").last).to_have_text("Sage")
            await expect(ann.page.get_by_role("button", name="Stop")).to_have_count(1)
            await expect(ben.page.get_by_role("button", name="Stop")).to_have_count(0)
            gate.set()
            for person in (ann, ben):
                await expect(person.page.locator(".source")).to_contain_text(ROLLBACK)
                await expect(answers(person)).to_have_count(1)
                await expect(person.page.locator(".bubble-writing")).to_have_count(0)
            await expect(ben.page.get_by_role("button", name="Regenerate")).to_have_count(0)

    async def test_what_its_writer_keeps_from_ai_is_not_read(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, ROLLBACK, setting="Never")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.get_by_role("button", name="Invite").click()
            await ann.page.get_by_role("dialog").get_by_role("checkbox", name="Sage").click()
            await ann.page.get_by_role("button", name="Add 1 person").click()
            await expect(ann.page.locator(".details .person-line", has_text="Sage")).to_be_visible()
            self.model.script(Reply("I do not know."))
            await ann.say("@Sage rollback minutes")
            await expect(answers(ann)).to_contain_text("I do not know.")
            await expect(ann.page.locator(".source")).to_have_count(0)
            [asked] = self.model.requests
            self.assertNotIn("four minutes", asked.prompt)

    async def test_the_owner_caps_what_everyone_may_allow(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await self.have_group(ann, ben, "hello", setting="Also elsewhere")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.get_by_role("button", name="At most, for everyone").click()
            await ann.page.get_by_role("menuitemradio", name="Never").click()
            await ben.page.get_by_role("button", name="Details", exact=True).click()
            await expect(ben.page.get_by_text("This group allows at most: Never.")).to_be_visible()
            await expect(ben.page.get_by_role("radio", name="Also elsewhere")).to_be_disabled()
