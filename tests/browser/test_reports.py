"""Due process in the browser: people report and learn the outcome; who is sanctioned learns why and objects."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Page, expect

from accounts.models import User
from core import clock
from messaging.models import Conversation, Message
from moderation.models import Appeal, AppealState, Case, FilterRule, Outcome, Report, Sanction, SanctionKind
from moderation.serializers import REASONS
from moderation.services import cases, sanctions
from moderation.services.appeals import decide_appeal
from moderation.services.filtering_rules import save_rule
from moderation.services.hiding import hide_message, restore_message
from moderation.services.sanctions import NewSanction
from tests.browser.base import BrowserCase
from tests.browser.people import PASSWORD, Person

INSULT = "you are an idiot"
FILTER_WITHIN_MS = 5_000
"""How soon a new rule of the word filter holds everywhere."""
WORKERS_WITHIN_MS = 2_000
"""How soon a worker has heard that a sanction is lifted; the person is told at once."""
TRIES = 20


class DueProcessCase(BrowserCase):
    def setUp(self) -> None:
        super().setUp()
        self.moderator = User.objects.create_user("mo", None, is_staff=True)
        self.colleague = User.objects.create_user("colleague", None, is_staff=True)

    async def impose(self, person: Person, kind: SanctionKind, **fields: Any) -> Sanction:
        """A decision about a person, for an hour."""

        def do() -> Sanction:
            user = User.objects.get(display_name=person.name)
            ends_at = clock.now() + timedelta(hours=1)
            new = NewSanction(user_id=user.pk, kind=kind, reason="Insulting others", ends_at=ends_at, **fields)
            return sanctions.impose(new, actor=self.moderator)

        return await sync_to_async(do)()

    async def decide_appeal(self, *, is_granted: bool, answer: str) -> None:
        """Somebody else reviews the only appeal."""

        def do() -> None:
            found = Appeal.objects.get(state=AppealState.OPEN)
            decide_appeal(found.pk, actor=self.colleague, is_granted=is_granted, answer=answer)

        await sync_to_async(do)()

    async def act_on(self, text: str, act: Callable[..., None]) -> None:
        """Hide or restore a message."""
        await sync_to_async(lambda: act(Message.objects.get(text=text).pk, actor=self.moderator, why="rude"))()

    async def choose(self, page: Page, text: str, action: str) -> None:
        """Choose an action from a message's menu."""
        await page.locator(".message", has_text=text).last.locator(".bubble").click(button="right")
        await page.get_by_role("menuitem", name=action, exact=True).click()

    async def object(self, place: Locator, text: str) -> None:
        """Write an appeal and send it."""
        await place.get_by_label("Why should this be decided otherwise?").fill(text)
        await place.get_by_role("button", name="Send appeal").click()

    async def open_settings(self, person: Person) -> None:
        """Go to the settings."""
        await person.page.locator('a[href="/settings"]').first.click()
        await expect(person.page.get_by_role("heading", name="Your reports")).to_be_visible()


class ReportsTest(DueProcessCase):
    async def test_a_message_of_another_is_reported_and_the_outcome_told(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ben.start_direct("Ann")
            await ben.say(INSULT)
            await ann.open_chat("Ben")
            await ann.say("stop it")
            await expect(ann.page.locator(".message-own .tick:not(.tick-sending)")).to_have_count(1)
            await ann.page.locator(".message-own .bubble").click(button="right")
            await expect(ann.page.get_by_role("menuitem", name="Copy text")).to_be_visible()
            await expect(ann.page.get_by_role("menuitem", name="Report")).to_have_count(0)
            await ann.page.keyboard.press("Escape")

            await self.choose(ann.page, INSULT, "Report")
            dialog = ann.page.get_by_role("dialog", name="Report message")
            await expect(dialog).to_contain_text("up to ten messages on either side of it")
            await expect(dialog).to_contain_text("Ben is not told who reported it.")
            offered = await dialog.get_by_role("radio").evaluate_all("(all) => all.map((each) => each.value)")
            self.assertEqual(sorted(offered), sorted(value for value, _label in REASONS))
            await expect(dialog.get_by_role("button", name="Send report")).to_be_disabled()
            await dialog.get_by_text("Harassment").click()
            await dialog.get_by_label("What should the moderators know?").fill("He does this daily.")
            await dialog.get_by_role("button", name="Send report").click()
            await expect(dialog).to_contain_text("Thank you for telling us")
            filed = await sync_to_async(lambda: Report.objects.select_related("case").get())()
            self.assertEqual((filed.reason, filed.comment), ("harassment", "He does this daily."))
            message = await sync_to_async(lambda: Message.objects.get(text=INSULT))()
            self.assertEqual(filed.case.message_id, message.pk)

            await dialog.get_by_role("button", name="Your reports").click()
            row = ann.page.locator(".conduct-row", has_text="Harassment")
            await expect(row).to_contain_text("Open")
            await sync_to_async(cases.resolve)(filed.case_id, actor=self.moderator, outcome=Outcome.WARNED)
            await ann.page.reload()
            await expect(row).to_contain_text("Closed")
            await expect(row).to_contain_text("We warned the person concerned. Thank you.")

    async def test_a_person_and_a_group_are_reported_from_their_cards(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ben.start_group("Cheap watches", ["Ann"])
            await ann.open_chat("Cheap watches")
            await ann.page.locator(".chat-who").click()
            await ann.page.locator(".details").get_by_role("button", name="Report group").click()
            await self.send_report(ann.page, "Report group", "Fraud")
            await ann.page.locator(".details .person-row", has_text="Ben").click()
            await ann.page.get_by_role("dialog", name="Profile").get_by_role("button", name="Report").click()
            await self.send_report(ann.page, "Report person", "Impersonation")
            found = await sync_to_async(lambda: set(Case.objects.values_list("subject", "reason")))()
            self.assertEqual(found, {("conversation", "fraud"), ("user", "impersonation")})
            await ben.page.locator(".chat-who").click()
            await expect(ben.page.locator(".details").get_by_role("button", name="Group settings")).to_be_visible()
            await expect(ben.page.locator(".details").get_by_role("button", name="Report group")).to_have_count(0)

    async def test_who_reports_a_person_decides_whether_moderators_see_their_chat(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ben.start_direct("Ann")
            await ben.say(INSULT)
            await ann.open_chat("Ben")
            await ann.page.locator(".chat-who").click()
            for shows, subject in ((True, "conversation"), (False, "user")):
                await ann.page.locator(".details").get_by_role("button", name="Report").click()
                dialog = ann.page.get_by_role("dialog", name="Report person")
                if not shows:
                    await dialog.get_by_role("switch", name="Show the moderators our latest messages").click()
                    await expect(dialog).to_contain_text("none of your messages")
                await self.send_report(ann.page, "Report person", "Harassment")
                newest = await sync_to_async(lambda: Case.objects.latest("pk"))()
                self.assertEqual(newest.subject, subject)

    async def send_report(self, page: Page, title: str, reason: str) -> None:
        """Choose a reason in the open dialog, send, and close it."""
        dialog = page.get_by_role("dialog", name=title)
        await dialog.get_by_text(reason, exact=True).click()
        await dialog.get_by_role("button", name="Send report").click()
        await dialog.get_by_role("button", name="Done").click()
        await expect(dialog).to_have_count(0)

    async def test_a_hidden_message_is_shown_as_such_everywhere_until_it_is_restored(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ben.start_direct("Ann")
            await ben.say(INSULT)
            await ann.open_chat("Ben")
            await ann.reads(INSULT)
            await self.choose(ann.page, INSULT, "Pin")
            await expect(ann.page.get_by_role("img", name="Pinned", exact=True)).to_be_visible()

            await self.act_on(INSULT, hide_message)
            gone = ann.page.locator(".notice-hidden")
            await expect(gone).to_contain_text("A message by Ben was hidden by moderators")
            await expect(ben.page.locator(".notice-hidden")).to_contain_text(
                "Moderators have hidden a message of yours"
            )
            await expect(ann.page.locator(".row", has_text="Ben")).to_contain_text("Hidden by moderators")
            await ann.page.get_by_role("button", name="Pinned messages").click()
            await expect(ann.page.get_by_role("dialog")).to_contain_text("Hidden by moderators")
            await ann.page.keyboard.press("Escape")
            await ann.page.reload()
            await expect(gone).to_be_visible()
            await expect(ann.page.locator(".shell")).not_to_contain_text(INSULT)

            await self.act_on(INSULT, restore_message)
            for person in (ann, ben):
                await person.reads(INSULT)
                await expect(person.page.locator(".notice-hidden")).to_have_count(0)
                await expect(person.page.locator(".row-preview", has_text=INSULT)).to_be_visible()

    async def test_what_the_word_filter_refuses_says_why_and_can_be_written_anew(self) -> None:
        rule = FilterRule(pattern="casino", action="reject", is_on=True)
        await sync_to_async(save_rule)(rule, actor=self.moderator, why="spam")
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.page.wait_for_timeout(FILTER_WITHIN_MS)
            await ann.say("join my casino", "another casino")
            refused = ann.page.locator(".message", has_text="join my casino")
            await expect(refused.locator(".not-sent")).to_contain_text("something that is not allowed here")
            await expect(refused.get_by_role("button", name="Retry")).to_have_count(0)
            await ann.page.locator(".not-sent").nth(1).get_by_role("button", name="Delete").click()
            await refused.get_by_role("button", name="Edit").click()
            await expect(ann.page.locator(".bubble-failed")).to_have_count(0)
            await expect(ann.page.locator(".composer-input")).to_have_value("join my casino")
            await ann.say("join my choir")
            await ben.open_chat("Ann")
            await ben.reads("join my choir")
            self.assertEqual(await ben.texts(), ["join my choir"])

            await self.choose(ann.page, "join my choir", "Edit")
            await ann.say("join my casino after all")
            refusal = ann.page.locator(".toast-danger")
            await expect(refusal).to_contain_text("something that is not allowed here")
            await expect(ann.page.locator(".message")).to_contain_text("join my choir")
            await refusal.get_by_role("button", name="Edit").click()
            await expect(ann.page.locator(".composer-input")).to_have_value("join my casino after all")


class SanctionsTest(DueProcessCase):
    async def test_what_a_muted_person_had_under_way_is_refused_with_the_reason(self) -> None:
        async with self.people("Ann", "Ben") as (_ann, ben):
            await ben.start_direct("Ann")
            await ben.say("hello")
            await ben.page.route("**/users/me/sanctions*", lambda route: route.abort())
            await self.impose(ben, SanctionKind.MUTE)
            await self.write_until_refused(ben)
            await expect(ben.page.locator(".not-sent").last).to_contain_text("Insulting others")

    async def test_who_is_muted_is_told_at_once_appeals_and_is_told_when_it_is_lifted(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ben.start_direct("Ann")
            await ben.say("hello")
            await ann.open_chat("Ben")
            await self.impose(ben, SanctionKind.MUTE)
            notice = ben.page.locator(".composer-muted")
            await expect(notice).to_contain_text("Moderators have muted you everywhere, until")
            await expect(notice).to_contain_text("Reason: Insulting others")
            await expect(ben.page.locator(".composer-input")).to_have_count(0)

            await notice.get_by_role("button", name="Appeal").click()
            dialog = ben.page.get_by_role("dialog", name="Appeal")
            await expect(dialog).to_contain_text("Someone other than who decided it will review it.")
            await self.object(dialog, "It was a quotation.")
            await expect(notice).to_contain_text("Appeal under review")
            await self.open_settings(ben)
            await expect(ben.page.locator(".conduct-row")).to_contain_text("It was a quotation.")
            await ben.page.go_back()

            await self.decide_appeal(is_granted=True, answer="Right.")
            await expect(ben.page.locator(".composer-input")).to_be_visible()
            await ben.page.wait_for_timeout(WORKERS_WITHIN_MS)
            await ben.say("I am heard")
            await ann.reads("I am heard")

    async def write_until_refused(self, person: Person) -> None:
        """Write until the decision has reached the workers, which it does within two seconds."""
        refused = person.page.locator(".not-sent")
        for number in range(TRIES):
            await person.say(f"am I heard {number}?")
            await expect(person.page.locator(".tick-sending")).to_have_count(0)
            if await refused.count():
                return
            await person.page.wait_for_timeout(250)
        await expect(refused).not_to_have_count(0)

    async def test_a_mute_in_one_group_leaves_the_rest_open_and_its_appeal_is_answered(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Tea", ["Ben"])
            await ben.start_direct("Ann")
            group = await sync_to_async(lambda: Conversation.objects.get(title="Tea"))()
            await self.impose(ben, SanctionKind.MUTE, conversation_id=group.pk)
            await ben.page.reload()
            await expect(ben.page.locator(".composer-input")).to_be_visible()
            await ben.open_chat("Tea")
            notice = ben.page.locator(".composer-muted")
            await expect(notice).to_contain_text("Moderators have muted you here, until")
            await notice.get_by_role("button", name="Appeal").click()
            await self.object(ben.page.get_by_role("dialog", name="Appeal"), "I was asked to.")
            await expect(notice).to_contain_text("Appeal under review")
            await self.decide_appeal(is_granted=False, answer="Nobody asked you.")
            await self.open_settings(ben)
            row = ben.page.locator(".conduct-row", has_text="Muted in Tea, until")
            await expect(row).to_contain_text("Appeal turned down")
            await expect(row).to_contain_text("Nobody asked you.")

    async def test_a_warning_stands_until_it_has_been_read(self) -> None:
        async with self.people("Ben") as (ben,):
            await self.impose(ben, SanctionKind.WARN)
            await ben.page.reload()
            warning = ben.page.get_by_role("alertdialog", name="A warning from the moderators")
            await expect(warning).to_contain_text("Insulting others")
            await warning.get_by_role("button", name="I have read it").click()
            await expect(warning).to_have_count(0)
            await ben.page.reload()
            await self.open_settings(ben)
            await expect(ben.page.locator(".conduct-row")).to_contain_text("Insulting others")
            await expect(warning).to_have_count(0)

    async def test_who_is_banned_reads_why_appeals_and_may_come_back(self) -> None:
        async with self.people("Ben") as (ben,):
            username = await sync_to_async(lambda: User.objects.get(display_name="Ben").username)()
            await self.impose(ben, SanctionKind.BAN)
            page = ben.page
            await expect(page.get_by_role("heading", name="This account is banned")).to_be_visible()
            await expect(page.locator(".banned")).to_contain_text("Insulting others")
            await page.reload()
            await page.get_by_role("button", name="Go to the sign-in page").click()
            await self.sign_in(page, username)
            await expect(page.locator(".banned")).to_contain_text("It cannot be used, until")
            await self.object(page.locator(".banned"), "I shall behave.")
            await expect(page.locator(".banned")).to_contain_text("Your appeal has been sent")
            await page.reload()
            await expect(page.locator(".banned")).to_contain_text("Your appeal has been sent")

            await self.decide_appeal(is_granted=True, answer="Welcome back.")
            await page.get_by_role("button", name="Go to the sign-in page").click()
            await self.sign_in(page, username)
            await page.wait_for_selector(".shell")

    async def sign_in(self, page: Page, username: str) -> None:
        """Fill the form and send it."""
        await page.get_by_label("Username").fill(username)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.locator("form").get_by_role("button", name="Sign in").click()
