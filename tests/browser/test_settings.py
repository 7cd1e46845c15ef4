"""What a person decides about themselves: the address for a forgotten password, and who may reach and find them."""

from playwright.async_api import expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person


class SettingsTest(BrowserCase):
    async def test_who_is_not_searchable_is_not_found(self) -> None:
        async with self.people("Ann", "Benedikt") as (ann, ben):
            await self.open(ben)
            switch = ben.page.get_by_role("switch", name="People can find me by name")
            await expect(switch).to_have_attribute("aria-checked", "true")
            await switch.click()
            await expect(switch).to_have_attribute("aria-checked", "false")
            await ann.page.get_by_role("button", name="New chat").first.click()
            await ann.page.get_by_role("dialog").get_by_role("searchbox").fill("Benedikt")
            await expect(ann.page.get_by_role("dialog")).to_contain_text("Nobody found by that name")

    async def test_strangers_cannot_start_a_chat_where_only_friends_may(self) -> None:
        async with self.people("Ann", "Benedikt") as (ann, ben):
            await self.open(ben)
            friends = (
                ben.page.get_by_role("radiogroup", name="Who can start a chat with me").get_by_role("radio").nth(1)
            )
            await friends.click()
            await expect(friends).to_have_attribute("aria-checked", "true")
            await ben.page.reload()
            await expect(friends).to_have_attribute("aria-checked", "true")
            await ann.page.get_by_role("button", name="New chat").first.click()
            await ann.page.get_by_role("dialog").get_by_role("searchbox").fill("Benedikt")
            await ann.page.get_by_role("dialog").locator(".person-row", has_text="Benedikt").click()
            await expect(ann.page.locator(".toast-danger")).to_be_visible()
            await expect(ann.page.locator(".composer-input")).to_have_count(0)

    async def test_an_address_is_kept(self) -> None:
        async with self.people("Ann") as (ann,):
            await self.open(ann)
            form = ann.page.locator("form", has=ann.page.get_by_label("Email"))
            await form.get_by_label("Email").fill("ann@example.com")
            await form.get_by_role("button", name="Save").click()
            await expect(ann.page.locator(".toast")).to_contain_text("Saved")
            await ann.page.reload()
            await expect(ann.page.get_by_label("Email")).to_have_value("ann@example.com")

    async def open(self, person: Person) -> None:
        """Go to the settings."""
        await person.page.locator('a[href="/settings"]').first.click()
        await expect(person.page.get_by_role("heading", name="Privacy")).to_be_visible()
