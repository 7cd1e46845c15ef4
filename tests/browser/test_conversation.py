"""Two people, a conversation, a group, one of them away for a while: everything arrives once, in order."""

from asgiref.sync import sync_to_async
from playwright.async_api import expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person


class ConversationTest(BrowserCase):
    async def test_a_message_goes_from_sent_to_read(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("Hello Ben")
            await expect(ann.page.locator(".message-own .tick-delivered")).to_be_visible()
            await ben.open_chat("Ann")
            await ben.reads("Hello Ben")
            await expect(ann.page.locator(".message-own .tick-read")).to_be_visible()

    async def test_unread_messages_are_counted_until_they_are_read(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("one", "two", "three")
            row = ben.page.locator(".row", has_text="Ann")
            await expect(row.locator(".badge")).to_have_text("3")
            await expect(ben.page).to_have_title("(3) GoChat")
            await ben.open_chat("Ann")
            await expect(row.locator(".badge")).to_have_count(0)
            await expect(ben.page).to_have_title("GoChat")

    async def test_what_comes_while_one_looks_elsewhere_stands_below_a_divider(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("seen")
            await ben.open_chat("Ann")
            await ben.say("noted")
            await expect(ann.page.locator(".message-own .tick-read")).to_be_visible()
            await ben.page.reload()
            await ben.reads("noted")
            await expect(ben.page.locator(".unread-divider")).to_have_count(0)
            await ben.page.evaluate("document.hasFocus = () => false")
            await ann.say("not seen")
            await ben.reads("not seen")
            await expect(ben.page.locator(".unread-divider + .message")).to_contain_text("not seen")
            await expect(ben.page).to_have_title("(1) GoChat")
            await ben.page.evaluate("delete document.hasFocus, dispatchEvent(new Event('focus'))")
            await expect(ben.page).to_have_title("GoChat")
            await expect(ben.page.locator(".unread-divider")).to_have_count(1)

    async def test_who_was_offline_gets_everything_once_and_in_order(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("before")
            await ben.open_chat("Ann")
            await ben.reads("before")
            await ben.go_offline()
            await ann.say(*[f"while away {number}" for number in range(12)])
            await ben.say("from the train 1", "from the train 2")
            await expect(ben.page.locator(".message .tick-sending")).to_have_count(2)
            await ben.go_online()
            await ann.reads("from the train 2")
            await ben.reads("while away 11")
            await expect(ben.page.locator(".message .tick-sending")).to_have_count(0)
            others = [f"while away {number}" for number in range(12)]
            await self.assert_same_log(["before", *others, "from the train 1", "from the train 2"], ann, ben)
            await expect(ann.page.locator(".message-own .tick-read")).to_have_count(13)

    async def test_what_was_not_sent_survives_a_reload_and_is_sent_once(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("first")
            await expect(ann.page.locator(".message-own .tick-sending")).to_have_count(0)
            await ann.page.route("**/api/v1/auth/ws-ticket", lambda route: route.abort())
            await ann.page.reload()
            await ann.reads("first")
            await ann.say("second", "third")
            await ann.page.reload()
            await ann.reads("third")
            await ann.page.unroute("**/api/v1/auth/ws-ticket")
            await ben.open_chat("Ann")
            await ben.reads("third")
            await expect(ann.page.locator(".message .tick-sending")).to_have_count(0)
            await self.assert_same_log(["first", "second", "third"], ann, ben)

    async def test_a_group_talks_and_knows_who_it_mentions(self) -> None:
        async with self.people("Ann", "Ben", "Cleo") as (ann, ben, cleo):
            await ann.start_group("Hikers", ["Ben", "Cleo"])
            await ann.page.locator(".composer-input").press_sequentially("Morning @Be")
            await expect(ann.page.locator(".completion-option")).to_contain_text("Ben")
            await ann.page.locator(".composer-input").press("Enter")
            await expect(ann.page.locator(".composer-input")).to_have_value("Morning @Ben ")
            await ann.page.locator(".composer-input").press("Enter")
            await expect(ben.page.locator(".row", has_text="Hikers").locator(".badge").first).to_have_text("@")
            await expect(cleo.page.locator(".row", has_text="Hikers").locator(".badge")).to_have_text("1")
            await ben.open_chat("Hikers")
            await ben.say("Hello all")
            await cleo.open_chat("Hikers")
            await cleo.reads("Hello all")
            await ann.reads("Hello all")
            await self.assert_same_log(["Morning @Ben", "Hello all"], ann, ben, cleo)
            await expect(cleo.page.locator(".notice", has_text="Ann added")).to_have_text("Ann added Ben and you")

    async def test_a_killed_gateway_costs_nothing_but_a_wait(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("before")
            await ben.open_chat("Ann")
            await ben.reads("before")
            await sync_to_async(self.gateway.kill)()
            await ann.say("into the dark")
            await expect(ann.page.locator(".banner").first).to_be_visible()
            await sync_to_async(self.gateway.start)()
            await ben.reads("into the dark")
            await expect(ann.page.locator(".banner")).to_have_count(0, timeout=40_000)
            await expect(ann.page.locator(".message .tick-sending")).to_have_count(0)
            await self.assert_same_log(["before", "into the dark"], ann, ben)

    async def test_two_tabs_of_one_person_show_the_same(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            other_tab = await ann.context.new_page()
            ann.watch(other_tab)
            await other_tab.goto(ann.page.url)
            await other_tab.wait_for_selector(".composer-input")
            await ann.say("from the first tab")
            await expect(other_tab.locator(".message-own")).to_have_count(1)
            await other_tab.locator(".composer-input").fill("from the second tab")
            await other_tab.locator(".composer-input").press("Enter")
            await ann.reads("from the second tab")
            await ben.open_chat("Ann")
            await ben.reads("from the second tab")
            await self.assert_same_log(["from the first tab", "from the second tab"], ann, ben)

    async def assert_same_log(self, texts: list[str], *people: Person) -> None:
        """The same messages, each once, in one order, on everyone's page."""
        orders = [await person.texts() for person in people]
        self.assertEqual(sorted(orders[0]), sorted(texts))
        for order in orders[1:]:
            self.assertEqual(order, orders[0])
