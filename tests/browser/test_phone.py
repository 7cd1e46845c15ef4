"""Fingers: a long touch opens the menus that a mouse opens with its second button."""

from playwright.async_api import Locator, expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person

PRESS_MS = 700


class PhoneTest(BrowserCase):
    async def test_a_long_touch_on_a_message_leads_to_a_reply(self) -> None:
        async with self.browser() as browser:
            ann = await self.newcomer(browser, "Ann")
            phone = await Person.arrive(browser, self.gateway.url, phone=True)
            await phone.register("phil_fingers", "Phil")
            await ann.start_direct("Phil")
            await ann.say("touch me")
            await phone.open_chat("Ann")
            await press(phone, (await phone.reads("touch me")).locator(".bubble"))
            menu = phone.page.get_by_role("menu")
            await expect(menu).to_have_count(1)
            await menu.get_by_role("menuitem", name="Reply").tap()
            await phone.page.locator(".composer-input").fill("touched")
            await phone.page.get_by_role("button", name="Send").tap()
            await expect((await ann.reads("touched")).locator(".quote")).to_contain_text("touch me")
            self.assert_clean(ann, phone)

    async def test_a_long_touch_on_a_conversation_pins_it_and_does_not_open_it(self) -> None:
        async with self.browser() as browser:
            ann = await self.newcomer(browser, "Ann")
            phone = await Person.arrive(browser, self.gateway.url, phone=True)
            await phone.register("phil_pins", "Phil")
            await ann.start_direct("Phil")
            await ann.say("hello")
            row = phone.page.locator(".row", has_text="Ann")
            await row.locator(".badge").wait_for()
            await press(phone, row)
            await phone.page.get_by_role("menuitem", name="Pin to top").tap()
            await phone.page.wait_for_function("document.querySelector('.menu') === null")
            await expect(phone.page.locator(".composer-input")).to_have_count(0)
            await press(phone, row)
            await expect(phone.page.get_by_role("menuitem", name="Unpin")).to_be_visible()
            self.assert_clean(ann, phone)


async def press(person: Person, place: Locator) -> None:
    """Hold a finger on the middle of a place for a while, and lift it."""
    box = await place.bounding_box()
    assert box is not None
    session = await person.context.new_cdp_session(person.page)
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    await session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await person.page.wait_for_timeout(PRESS_MS)
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
