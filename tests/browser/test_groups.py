"""Running a group from its pages: rules, roles, invites, leaving; and what the members see of it."""

import re

from playwright.async_api import expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person


class GroupsTest(BrowserCase):
    async def test_a_muted_group_says_so_to_its_members(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await expect(ben.page.locator(".composer-input")).to_be_visible()
            await self.open_settings(ann)
            await ann.page.get_by_role("switch", name=re.compile("Mute everyone")).click()
            await expect(ben.page.locator(".composer-off")).to_contain_text("The group is muted")
            await ann.page.get_by_role("switch", name=re.compile("Mute everyone")).click()
            await expect(ben.page.locator(".composer-input")).to_be_visible()

    async def test_slow_mode_tells_the_members_how_often_they_may_write(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await self.open_settings(ann)
            await ann.page.get_by_role("radiogroup", name="Slow mode").get_by_role("radio", name="5 sec").click()
            await expect(ben.page.locator(".typing-line")).to_contain_text("one message every 5 sec")
            await expect(ann.page.locator(".typing-line")).not_to_contain_text("Slow mode")
            await ben.say("first", "second")
            await expect(ben.page.locator(".message-own .tick-sending")).to_have_count(1)
            await expect(ann.page.locator(".message")).to_have_count(1)
            await ann.reads("second")

    async def test_a_new_name_and_announcement_reach_the_members(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await ben.page.get_by_role("button", name="Details", exact=True).click()
            await self.open_settings(ann)
            dialog = ann.page.get_by_role("dialog", name="Group settings")
            await dialog.get_by_label("Group name").fill("Climbers")
            await dialog.get_by_label("Announcement", exact=True).fill("Saturday at seven")
            await dialog.get_by_role("button", name="Save").click()
            await expect(ben.page.locator(".chat-title")).to_have_text("Climbers")
            await expect(ben.page.locator(".announcement")).to_contain_text("Saturday at seven")

    async def test_an_invite_link_leads_into_the_group(self) -> None:
        async with self.people("Ann", "Ben", "Cleo") as (ann, ben, cleo):
            await ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
            await ann.start_group("Hikers", ["Ben"])
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.locator(".details").get_by_role("button", name="Invite").click()
            await ann.page.get_by_role("button", name="Create invite link").click()
            await ann.page.locator(".invite-mark").wait_for()
            link = await ann.page.evaluate("navigator.clipboard.readText()")
            await cleo.page.goto(link)
            await expect(cleo.page.locator(".chat-title")).to_have_text("Hikers")
            await cleo.say("found it")
            await ben.open_chat("Hikers")
            await ben.reads("found it")
            await expect(ben.page.locator(".notice", has_text="Cleo joined")).to_be_visible()

    async def test_who_is_removed_or_leaves_loses_the_conversation(self) -> None:
        async with self.people("Ann", "Ben", "Cleo") as (ann, ben, cleo):
            await ann.start_group("Hikers", ["Ben", "Cleo"])
            await ben.open_chat("Hikers")
            await cleo.open_chat("Hikers")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.get_by_role("button", name="Actions for Ben").click()
            await ann.page.get_by_role("menuitem", name="Remove from group").click()
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Remove from group").click()
            await expect(ben.page.locator(".row", has_text="Hikers")).to_have_count(0)
            await expect(ben.page.locator(".chat-title")).to_have_count(0)
            await cleo.page.get_by_role("button", name="More").first.click()
            await cleo.page.get_by_role("menuitem", name="Leave group").click()
            await cleo.page.get_by_role("alertdialog").get_by_role("button", name="Leave group").click()
            await expect(cleo.page.locator(".row", has_text="Hikers")).to_have_count(0)
            await expect(ann.page.locator(".chat-sub")).to_contain_text("1 member")

    async def test_friends_find_each_other(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.page.locator('a[href="/contacts"]').first.click()
            await ann.page.locator(".page").get_by_role("searchbox").fill("Ben")
            await ann.page.locator(".picker .person-row", has_text="Ben").click()
            await ann.page.get_by_role("dialog").get_by_role("button", name="Add friend").click()
            await expect(ann.page.get_by_role("dialog")).to_contain_text("Waiting for an answer")
            await ann.page.get_by_role("dialog").get_by_role("button", name="Withdraw friend request").click()
            await ann.page.get_by_role("dialog").get_by_role("button", name="Add friend").click()
            await ben.page.locator('a[href="/contacts"]').first.click()
            await ben.page.get_by_role("button", name="Accept").click()
            await expect(ben.page.locator(".card", has_text="Friends · 1")).to_contain_text("Ann")

    async def open_settings(self, person: Person) -> None:
        """Open the settings of the group whose conversation stands open."""
        await person.page.get_by_role("button", name="Details", exact=True).click()
        await person.page.locator(".details").get_by_role("button", name="Group settings").click()
        await person.page.get_by_role("dialog", name="Group settings").get_by_label("Group name").wait_for()
