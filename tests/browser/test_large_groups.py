"""Groups of more people than a page lists: nobody is loaded along with the conversation, and everybody can be found."""

import re

from asgiref.sync import sync_to_async
from playwright.async_api import Page, expect

from accounts.models import User
from devstack.ports import wait_until
from groups.services.members import add_to_group
from messaging.models import Conversation, Member
from tests.browser.base import BrowserCase
from tests.browser.people import Person
from tests.browser.test_long_lists import CROWD, make_crowd
from tests.messaging.building import Log

WRITERS = 30


class LargeGroupsTest(BrowserCase):
    async def test_opening_loads_no_members_and_all_names_at_once(self) -> None:
        async with self.people("Ann") as (ann,):
            await sync_to_async(make_crowd)(ann.name)
            await sync_to_async(let_the_crowd_write)()
            await ann.page.reload()
            calls = note_calls(ann.page)
            await ann.open_chat("Stadium")
            await ann.reads(f"from fan {WRITERS - 1}")
            await expect(ann.page.locator(".sender-name").last).to_have_text(f"Fan {WRITERS - 1:03}")
            await expect(ann.page.locator(".chat-sub")).to_have_text(f"{CROWD + 1} members")
            self.assertEqual([path for path in calls if "/members" in path], [])
            self.assertEqual([path for path in calls if re.match(r"users/\d", path)], [])
            self.assertLessEqual(len([path for path in calls if path.startswith("users?")]), 2)

    async def test_members_are_paged_and_found_by_name(self) -> None:
        async with self.people("Ann") as (ann,):
            await sync_to_async(make_crowd)(ann.name)
            await ann.page.reload()
            await ann.open_chat("Stadium")
            calls = note_calls(ann.page)
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            rows = ann.page.locator(".details .person-row")
            await expect(rows).to_have_count(50)
            self.assertEqual(len([path for path in calls if "/members" in path]), 1)
            await ann.page.get_by_role("searchbox", name="Find a member by name").fill("fan 22")
            await expect(rows).to_have_count(10)
            await expect(rows.first).to_contain_text("Fan 220")
            await ann.page.get_by_role("searchbox", name="Find a member by name").fill("nobody")
            await expect(ann.page.locator(".details")).to_contain_text("Nobody found by that name.")

    async def test_what_is_done_to_a_member_leaves_the_list_where_it_is(self) -> None:
        async with self.people("Ann") as (ann,):
            await sync_to_async(make_crowd)(ann.name)
            await ann.page.reload()
            await ann.open_chat("Stadium")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            rows = ann.page.locator(".details .person-row")
            await rows.last.scroll_into_view_if_needed()
            await expect(rows).to_have_count(100)
            await ann.page.get_by_role("button", name="Actions for Fan 070").click()
            await ann.page.get_by_role("menuitem", name="Mute for an hour").click()
            await expect(ann.page.locator(".person-line", has_text="Fan 070")).to_contain_text("Muted until")
            await ann.page.get_by_role("button", name="Actions for Fan 071").click()
            await ann.page.get_by_role("menuitem", name="Remove from group").click()
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Remove from group").click()
            await expect(rows).to_have_count(99)
            await expect(ann.page.locator(".chat-sub")).to_have_text(f"{CROWD} members")

    async def test_anyone_can_be_mentioned(self) -> None:
        async with self.people("Ann", "Zacharias") as (ann, zacharias):
            await sync_to_async(make_crowd)(ann.name)
            await sync_to_async(bring_in)(ann.name, zacharias.name)
            await ann.page.reload()
            await ann.open_chat("Stadium")
            await ann.page.locator(".composer-input").press_sequentially("see here @zach")
            await ann.page.get_by_role("option", name="Zacharias").wait_for()
            await ann.page.keyboard.press("Enter")
            await expect(ann.page.locator(".composer-input")).to_have_value("see here @Zacharias ")
            await ann.page.keyboard.press("Enter")
            await expect(zacharias.page.locator(".row", has_text="Stadium")).to_contain_text("@you")

    async def test_readers_are_counted_exactly_and_listed_on_either_side(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await sync_to_async(make_crowd)(ann.name)
            await sync_to_async(bring_in)(ann.name, ben.name)
            await ann.page.reload()
            await ann.open_chat("Stadium")
            await ann.say("who is here?")
            await ben.open_chat("Stadium")
            await ben.reads("who is here?")
            await sync_to_async(self.wait_until_read)(ben.name)
            await ann.page.locator(".read-by").click()
            dialog = ann.page.get_by_role("dialog", name="Who has read it")
            await expect(dialog.get_by_role("radio", name="Read · 1")).to_have_attribute("aria-checked", "true")
            await expect(dialog.locator(".person-name")).to_have_text(["Ben"])
            await dialog.get_by_role("radio", name=f"Not yet · {CROWD}").click()
            await expect(dialog.locator(".person-row")).to_have_count(100)
            await dialog.locator(".person-row").last.scroll_into_view_if_needed()
            await expect(dialog.locator(".person-row")).to_have_count(200)
            box = await dialog.bounding_box()
            assert box is not None
            self.assertGreater(box["y"], 0)

    def wait_until_read(self, name: str) -> None:
        """Until the position of this person is in the database."""
        unread = Member.objects.filter(user__display_name=name, read_ordinal__gt=0)
        self.assertTrue(wait_until(unread.exists, timeout_s=20))


class RulesTest(BrowserCase):
    async def test_slow_mode_counts_down_and_sends_what_waits(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await set_slow_mode(ann, "5 sec")
            await expect(ben.page.locator(".typing-line")).to_contain_text("one message every 5 sec")
            await ben.say("first")
            await expect(ben.page.locator(".typing-line")).to_contain_text(re.compile("you can write again in [1-5]"))
            await expect(ben.page.locator(".send-wait")).to_have_text(re.compile("[1-5]"))
            await ben.say("second")
            await expect(ben.page.locator(".typing-line")).to_contain_text(re.compile("goes out in [1-5]"))
            await expect(ben.page.locator(".message-own .tick-sending")).to_have_count(1)
            await ann.reads("second")
            await expect(ben.page.locator(".message-own .tick-sending")).to_have_count(0)
            await (await ben.reads("first")).locator(".bubble").hover()
            await ben.page.get_by_role("button", name="React").first.click()
            await ben.page.locator(".emoji-cell").first.click()
            await expect(ann.page.locator(".reaction:not(.reaction-add)")).to_have_count(1)

    async def test_the_pause_is_known_from_the_refusal_too(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await set_slow_mode(ann, "10 sec")
            await expect(ben.page.locator(".typing-line")).to_contain_text("one message every 10 sec")
            await ben.say("first")
            await ann.reads("first")
            await ben.page.reload()
            await ben.say("second")
            await expect(ben.page.locator(".typing-line")).to_contain_text(re.compile(r"goes out in \d"))
            await ann.reads("second")

    async def test_where_only_leaders_write_the_others_are_told_why_they_cannot(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("News", ["Ben"])
            await ben.open_chat("News")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.locator(".details").get_by_role("button", name="Group settings").click()
            await ann.page.get_by_role("switch", name=re.compile("Announcements only")).click()
            await expect(ben.page.locator(".composer-off")).to_contain_text("Only owner and admins write here.")
            await ben.page.reload()
            await expect(ben.page.locator(".composer-off")).to_contain_text("Only owner and admins write here.")
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.locator(".composer-input")).to_be_visible()


async def set_slow_mode(person: Person, pause: str) -> None:
    """In the settings of the group that stands open."""
    await person.page.get_by_role("button", name="Details", exact=True).click()
    await person.page.locator(".details").get_by_role("button", name="Group settings").click()
    await person.page.get_by_role("radiogroup", name="Slow mode").get_by_role("radio", name=pause).click()
    await person.page.keyboard.press("Escape")


def note_calls(page: Page) -> list[str]:
    """Fills with the paths and parameters of every call of the API from now on."""
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url.partition("/api/v1/")[2]))
    return calls


def let_the_crowd_write() -> None:
    """A message from each of many people."""
    log = Log(Conversation.objects.get(title="Stadium"))
    for n, fan in enumerate(User.objects.filter(username__startswith="fan_").order_by("pk")[:WRITERS]):
        log.send(fan, f"from fan {n}")


def bring_in(owner: str, name: str) -> None:
    """Add a person to the crowd."""
    stadium = Conversation.objects.get(title="Stadium")
    add_to_group(stadium.pk, User.objects.get(display_name=owner).pk, [User.objects.get(display_name=name).pk])
