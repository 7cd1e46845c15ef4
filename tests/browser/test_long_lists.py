"""Lists longer than a page: who has read a message, who is in a group, whom a search finds."""

from asgiref.sync import sync_to_async
from playwright.async_api import expect

from accounts.models import User
from groups.services.profile import create_group
from tests.browser.base import BrowserCase
from tests.browser.people import Person

CROWD = 230


class LongListsTest(BrowserCase):
    async def test_a_crowd_is_listed_to_its_end(self) -> None:
        async with self.people("Ann") as (ann,):
            await sync_to_async(make_crowd)(ann.name)
            await ann.page.reload()
            await ann.open_chat("Stadium")
            await ann.say("can you all hear me?")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await self.scroll_through(ann, ".details .person-row", CROWD + 1)
            message = await ann.reads("hear me")
            await expect(message.locator(".tick-sending")).to_have_count(0)
            await message.locator(".bubble").click(button="right")
            await ann.page.get_by_role("menuitem", name="Who has read it").click()
            await expect(ann.page.get_by_role("dialog")).to_contain_text(f"Not yet · {CROWD}")
            await self.scroll_through(ann, ".dialog .person-row", CROWD)
            await ann.page.keyboard.press("Escape")
            await ann.page.get_by_role("button", name="New chat").first.click()
            await ann.page.get_by_role("dialog").get_by_role("searchbox").fill("Fan")
            await self.scroll_through(ann, ".dialog .person-row", CROWD)

    async def scroll_through(self, person: Person, rows: str, count: int) -> None:
        """Scroll to the last row, again and again, until there are so many and no way to more."""
        for _ in range(count):
            await person.page.locator(rows).last.scroll_into_view_if_needed()
            if await person.page.locator(rows).count() == count:
                break
            await person.page.wait_for_timeout(100)
        await expect(person.page.locator(rows)).to_have_count(count)
        await expect(person.page.locator(".more")).to_have_count(0)


def make_crowd(owner: str) -> None:
    """A group of the owner and many people who cannot log in."""
    users = [User(username=f"fan_{n}", username_folded=f"fan_{n}", display_name=f"Fan {n:03}") for n in range(CROWD)]
    for user in users:
        user.display_name_folded = user.display_name.lower()
        user.set_unusable_password()
    ids = [user.pk for user in User.objects.bulk_create(users)]
    create_group(User.objects.get(display_name=owner), name="Stadium", member_ids=ids, profile={})
