"""From a few letters to a message in its place, however far back it is, and back to what was found."""

import uuid

from asgiref.sync import sync_to_async
from django.utils import timezone
from playwright.async_api import expect

from accounts.models import User
from messaging.models import Conversation
from tests.browser.people import Person
from tests.browser.search_case import SearchCase
from tests.messaging.building import Log, make_direct

FAR_BACK = 160
IN_SIGHT = """
(id) => {
  const box = document.querySelector('.log').getBoundingClientRect();
  const rect = document.querySelector(`[data-message-id="${id}"]`)?.getBoundingClientRect();
  return !!rect && rect.top >= box.top && rect.bottom <= box.bottom;
}
"""
MARKED = "() => [...(CSS.highlights.get('found') ?? [])].map((range) => range.toString())"


class SearchJumpTest(SearchCase):
    async def test_a_word_leads_to_a_message_far_back_and_back_again(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            early, late = await sync_to_async(make_history)(ann.name, ben.name)
            await self.open_search(ann, "zebra")
            page = ann.page
            await expect(page.locator(".found")).to_have_count(2)
            await expect(page.locator(".found mark")).to_have_text(["zebra", "Zebra"])
            await expect(page.locator(".banner")).to_contain_text("limited right now")
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("Enter")
            await expect(page.locator(".message-flash")).to_contain_text("The first Zebra")
            self.assertTrue(await page.evaluate(IN_SIGHT, str(early)))
            self.assertEqual(await page.evaluate(MARKED), ["Zebra"])
            await expect(page.locator(".stepper")).to_contain_text("Result 2 of 2")
            await expect(page.locator(".search-input")).to_be_focused()
            await page.get_by_role("button", name="Previous result").click()
            await expect(page.locator(".message-flash")).to_contain_text("The last zebra")
            self.assertTrue(await page.evaluate(IN_SIGHT, str(late)))
            await page.go_back()
            await expect(page.locator(".stepper")).to_have_count(0)
            await expect(page.locator(".found")).to_have_count(2)
            await expect(page.locator(".search-input")).to_have_value("zebra")

    async def test_a_reload_shows_the_same_message_and_results(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            early, _late = await sync_to_async(make_history)(ann.name, ben.name)
            await self.open_search(ann, "first zebra")
            await ann.page.keyboard.press("Enter")
            await expect(ann.page.locator(".message-flash")).to_be_visible()
            await ann.page.reload()
            await expect(ann.page.locator(".message-flash")).to_contain_text("The first Zebra")
            self.assertTrue(await ann.page.evaluate(IN_SIGHT, str(early)))
            await expect(ann.page.locator(".stepper")).to_contain_text("Result 1 of 1")
            self.assertNotIn("?", ann.page.url)
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.locator(".stepper")).to_have_count(0)
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.locator(".search-input")).to_have_value("")
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.locator(".list-pane")).to_be_visible()

    async def test_searching_here_keeps_the_conversation_in_sight(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_group("Hikers", ["Ben"])
            await self.say_stored(ann, "meet at the station")
            await ann.start_direct("Ben")
            await self.say_stored(ann, "the station again")
            await ann.page.get_by_role("button", name="Search here").click()
            await ann.page.keyboard.type("station")
            await expect(ann.page.locator(".found")).to_have_count(1)
            await expect(ann.page.locator(".chat-title")).to_have_text("Ben")
            await ann.page.get_by_role("button", name="Remove filter: Chat").click()
            await expect(ann.page.locator(".found")).to_have_count(2)
            await ann.page.get_by_role("button", name="Chat", exact=True).click()
            await ann.page.get_by_role("searchbox", name="Name of a chat").fill("hik")
            await ann.page.keyboard.press("Enter")
            await expect(ann.page.locator(".found")).to_have_count(1)
            await expect(ann.page.locator(".found-place")).to_have_text("Hikers")

    async def test_a_recalled_message_leaves_the_results_at_once(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ben.open_chat("Ann")
            await ben.say("a secret plan", "another plan")
            await ann.reads("another plan")
            await self.open_search(ann, "plan")
            await expect(ann.page.locator(".found")).to_have_count(2)
            await (await ben.reads("a secret plan")).locator(".bubble").click(button="right")
            await ben.page.get_by_role("menuitem", name="Recall").click()
            await ben.page.get_by_role("alertdialog").get_by_role("button", name="Recall").click()
            await expect(ann.page.locator(".found")).to_have_count(1)
            await expect(ann.page.locator(".search-tab[aria-selected=true]")).to_contain_text("1")

    async def test_on_a_phone_a_hit_covers_the_results_and_back_uncovers_them(self) -> None:
        async with self.browser() as browser:
            ann = await self.newcomer(browser, "Ann")
            phone = await Person.arrive(browser, self.gateway.url, phone=True)
            await phone.register(f"phil_{uuid.uuid4().hex[:8]}", "Phil")
            await ann.start_direct("Phil")
            await ann.say("the lighthouse at dusk")
            await phone.page.locator(".row", has_text="lighthouse").wait_for()
            await phone.page.locator(".list-search").tap()
            await phone.page.keyboard.type("lighthouse")
            await phone.page.locator(".found").tap()
            await expect(phone.page.locator(".message-flash")).to_contain_text("lighthouse")
            await expect(phone.page.locator(".search-pane")).to_have_count(0)
            await phone.page.get_by_role("button", name="Back to the results").first.tap()
            await expect(phone.page.locator(".found")).to_have_count(1)
            self.assert_clean(ann, phone)


def make_history(first: str, second: str) -> tuple[int, int]:
    """A long conversation of two with a zebra at either end; the ids of the two messages."""
    ann, ben = (User.objects.get(display_name=name) for name in (first, second))
    log = Log(make_direct(ann, ben))
    early = log.send(ben, "The first **Zebra** of the day")
    for n in range(FAR_BACK):
        log.send(ben if n % 3 else ann, f"filling {n}")
    late = log.send(ben, "The last zebra of the day")
    Conversation.objects.filter(pk=log.conversation.pk).update(changed_at=timezone.now())
    return early.pk, late.pk
