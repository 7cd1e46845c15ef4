"""A moderator in the browser: a report is taken, read and judged; the person is refused with the reason, then freed."""

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group as Role
from playwright.async_api import Browser, Page, expect

from accounts.models import User
from messaging.models import Message
from moderation.models import AuditEntry, Reason, Sanction
from moderation.roles import grant_roles
from moderation.services.appeals import appeal, decide_appeal
from moderation.services.reporting import Complaint, report
from tests.browser.base import BrowserCase
from tests.browser.people import DESKTOP, PASSWORD, Person

INSULT = "you are an idiot"
TRIES = 20


class ModerationTest(BrowserCase):
    def setUp(self) -> None:
        super().setUp()
        grant_roles()  # what the migration has made was emptied with the tables of the test before
        moderator = User.objects.create_user("mo", PASSWORD, is_staff=True)
        moderator.groups.add(Role.objects.get(name="moderator"))
        self.colleague = User.objects.create_user("colleague", None, is_staff=True)

    async def test_from_a_report_to_a_mute_and_its_end(self) -> None:
        async with self.browser() as browser:
            ann, ben = await self.newcomer(browser, "Ann"), await self.newcomer(browser, "Ben")
            await ben.start_direct("Ann")
            await ben.say("good morning", INSULT)
            await ann.open_chat("Ben")
            await ann.reads(INSULT)
            case_id = await sync_to_async(self.file_report)()

            page = await self.enter_admin(browser)
            await page.goto(f"{self.gateway.url}/admin/moderation/case/")
            await expect(page.locator("#result_list")).to_contain_text("harassment")
            await page.goto(f"{self.gateway.url}/admin/moderation/case/{case_id}/change/")
            await self.decide(page, "claim")
            await expect(page.get_by_text("This report is yours.")).to_be_visible()
            await self.read_evidence(page)
            await self.decide(page, "sanction", kind="mute", duration="3600", preset="insults")
            await expect(page.get_by_text("Decided. It holds at once.")).to_be_visible()

            closed = ben.page.locator(".composer-muted")
            await expect(closed).to_contain_text("You insulted or harassed someone.")
            await expect(ben.page.locator(".composer-input")).to_have_count(0)
            await sync_to_async(self.grant_appeal)()
            await expect(closed).to_have_count(0)
            await self.say_until_heard(ben)
            self.assert_clean(ann, ben)
            found = await sync_to_async(lambda: set(AuditEntry.objects.values_list("action", flat=True)))()
            acts = {"claimed-report", "looked-at-evidence", "decided-mute", "appeal-granted", "lifted-sanction"}
            self.assertLessEqual(acts, found)

    def file_report(self) -> int:
        """Ann reports what Ben wrote; the case."""
        message, ann = Message.objects.get(text=INSULT), User.objects.get(display_name="Ann")
        complaint = Complaint(reason=Reason.HARASSMENT, comment="This hurts.", message_id=str(message.pk))
        return report(ann, complaint).case_id

    def grant_appeal(self) -> None:
        """Ben objects, a colleague agrees."""
        sanction = Sanction.objects.get()
        found = appeal(sanction.pk, sanction.user_id, "It was a joke.")
        decide_appeal(found.pk, actor=self.colleague, is_granted=True, answer="Right.")

    async def enter_admin(self, browser: Browser) -> Page:
        """The moderator, logged in."""
        context = await browser.new_context(locale="en-US", viewport=DESKTOP)
        page = await context.new_page()
        await page.goto(f"{self.gateway.url}/admin/")
        await page.fill("input[name=username]", "mo")
        await page.fill("input[name=password]", PASSWORD)
        await page.locator("button[type=submit]").click()
        await page.wait_for_url("**/admin/")
        return page

    async def decide(self, page: Page, act: str, **fields: str) -> None:
        """Open a dialog of the page, choose, and send it."""
        await page.locator(f'a[hx-get*="/{act}"]').first.click()
        dialog = page.locator("#dialog")
        await dialog.wait_for()
        for name, value in fields.items():
            await dialog.locator(f"[name={name}]").select_option(value)
        await dialog.locator("button[type=submit]").click()
        await dialog.wait_for(state="hidden")

    async def read_evidence(self, page: Page) -> None:
        """The conversation is shown once a reason is given, not before."""
        await page.locator('a[href*="/read"]').first.click()
        await page.locator("[name=reason]").select_option("to judge the report")
        await expect(page.get_by_text(INSULT)).to_have_count(0)
        await page.get_by_role("button", name="Read it").click()
        await expect(page.get_by_text(INSULT)).to_be_visible()
        await page.get_by_role("link", name="Back to the report").click()

    async def say_until_heard(self, person: Person) -> None:
        """Write until a message is sent: the workers hear within two seconds that a sanction is lifted."""
        for number in range(TRIES):
            text = f"thank you {number}"
            await person.say(text)
            message = await person.reads(text)
            await expect(message.locator(".tick-sending")).to_have_count(0)
            if "Not sent" not in await message.inner_text():
                return
            await person.page.wait_for_timeout(250)
        raise AssertionError("no message was sent")
