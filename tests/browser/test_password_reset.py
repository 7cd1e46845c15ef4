"""A forgotten password: the mail, its link and its code, the new password, and where the old one still worked."""

import asyncio
import re
import shutil
import tempfile
import uuid
from email import message_from_bytes, policy
from pathlib import Path
from typing import ClassVar

from playwright.async_api import Page, expect

from devstack import testing
from tests.browser.base import BrowserCase
from tests.browser.people import Person

NEW_PASSWORD = "another battery, another horse"
WAIT_S = 30


class PasswordResetTest(BrowserCase):
    """The mails are written to files by the Celery worker, as an operator may configure it."""

    mails: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.mails = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.mails, ignore_errors=True)
        env = {"EMAIL_URL": f"filemail:///{cls.mails}", "PUBLIC_URL": cls.gateway.url, "DEBUG": "on"}
        cls.enterClassContext(testing.celery_worker(env=env))

    async def test_the_link_of_the_mail_sets_a_new_password(self) -> None:
        async with self.browser() as browser:
            at_home = await Person.arrive(browser, self.gateway.url)
            username, address = await self.with_address(at_home)
            elsewhere = await Person.arrive(browser, self.gateway.url)
            page = elsewhere.page
            await self.ask_for_mail(page, address)
            mail = await self.mail_to(address)
            link = re.search(r"^http\S+/reset-password#\S+$", mail, re.MULTILINE)
            assert link is not None, mail
            await page.goto(link[0])
            await page.get_by_label("New password").fill("1234")
            await page.get_by_role("button", name="Set the password").click()
            await expect(page.locator(".field-error")).to_be_visible()
            await page.get_by_label("New password").fill(NEW_PASSWORD)
            await page.get_by_role("button", name="Set the password").click()
            await expect(page.locator(".auth-note")).to_contain_text("Your new password is set")
            self.assertNotIn("#", page.url)
            await expect(at_home.page.locator(".auth-note")).to_contain_text("Your session has ended")
            await self.sign_in(page, username)
            await page.goto(link[0])
            await page.get_by_label("New password").fill(NEW_PASSWORD)
            await page.get_by_role("button", name="Set the password").click()
            await expect(page.get_by_role("alert")).to_contain_text("has been used or is too old")
            self.assert_clean(at_home, elsewhere)

    async def test_the_code_of_the_mail_serves_without_the_link(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url)
            username, address = await self.with_address(person)
            page = (await Person.arrive(browser, self.gateway.url)).page
            await self.ask_for_mail(page, address)
            code = re.search(r"^[a-z0-9]+-[a-z0-9]+-[0-9a-f]+$", await self.mail_to(address), re.MULTILINE)
            assert code is not None
            await page.get_by_role("button", name="I have a code from the mail").click()
            await page.get_by_label("New password").fill(NEW_PASSWORD)
            await page.get_by_label("Code").fill("0-not-acode")
            await page.get_by_role("button", name="Set the password").click()
            await expect(page.locator(".field-error")).to_contain_text("has been used or is too old")
            await page.get_by_label("Code").fill(code[0])
            await page.get_by_role("button", name="Set the password").click()
            await self.sign_in(page, username)

    async def with_address(self, person: Person) -> tuple[str, str]:
        """Create an account with an e-mail address; returns its username and the address."""
        username = f"ann_{uuid.uuid4().hex[:8]}"
        address = f"{username}@example.com"
        await person.page.get_by_role("button", name="Create an account").click()
        await person.page.get_by_label("Email").fill(address)
        await person.fill_account(username, "Ann")
        return username, address

    async def ask_for_mail(self, page: Page, address: str) -> None:
        """From the sign-in page."""
        await page.get_by_role("button", name="Forgot password?").click()
        await page.get_by_label("Email").fill(address)
        await page.get_by_role("button", name="Send the link").click()
        await expect(page.locator(".auth-note")).to_contain_text("a link is on its way")

    async def sign_in(self, page: Page, username: str) -> None:
        """With the new password."""
        await page.get_by_label("Username").fill(username)
        await page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_selector(".shell")

    async def mail_to(self, address: str) -> str:
        """The text of the mail to this address, once it is there."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for path in self.mails.iterdir():
                    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
                    body = mail.get_body(("plain",))
                    # The separator below the body is the last thing that is written.
                    if mail["To"] == address and body is not None and "-" * 79 in path.read_text():
                        return str(body.get_content())
                await asyncio.sleep(0.1)
