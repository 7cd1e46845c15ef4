"""Voice messages recorded in the browser, and the pictures of people and groups."""

import contextlib
import re
from collections.abc import AsyncIterator

from playwright.async_api import Browser, FilePayload, Locator, async_playwright, expect

from tests.browser.base import BrowserCase
from tests.browser.people import CHROMIUM, CHROMIUM_ARGUMENTS, Person
from tests.files.case import picture

MICROPHONE = ["--use-fake-device-for-media-stream"]


class VoiceTest(BrowserCase):
    """A Chromium whose microphone beeps."""

    @contextlib.asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with async_playwright() as playwright:
            arguments = CHROMIUM_ARGUMENTS + MICROPHONE
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            try:
                yield browser
            finally:
                await browser.close()

    async def test_a_recording_is_sent_and_played_with_its_waveform_and_time(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.context.grant_permissions(["microphone"])
            await ann.start_direct("Ben")
            await self.record(ann)
            await ann.page.get_by_role("button", name="Send the voice message").click()
            await expect(ann.page.locator(".voice")).to_be_visible()
            await expect(ann.page.locator(".composer-input")).to_be_visible()
            await expect(ann.page.locator(".message .tick-stored, .message .tick-delivered")).to_be_visible()
            await ben.open_chat("Ann")
            voice = ben.page.locator(".voice")
            await expect(voice.locator(".voice-time")).to_have_text("0:02")
            await expect(ben.page.locator(".row-preview")).to_contain_text("[Voice message]")
            heights = await self.bars(voice)
            self.assertGreater(len(set(heights)), 3, heights)
            await voice.get_by_role("button", name="Play").click()
            await expect(voice.get_by_role("button", name="Pause")).to_be_visible()
            await expect(voice.locator(".waveform i[data-played=true]").nth(5)).to_be_attached()
            await expect(voice.get_by_role("button", name="Play")).to_be_visible()
            slider = voice.get_by_role("slider", name="Position")
            await slider.focus()
            await ben.page.keyboard.press("End")
            await expect(voice.locator(".waveform i[data-played=true]").nth(35)).to_be_attached()

    async def test_a_recording_that_is_discarded_lets_the_microphone_go_and_sends_nothing(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.context.grant_permissions(["microphone"])
            await ann.start_direct("Ben")
            await ann.page.evaluate(
                """() => {
                  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
                  navigator.mediaDevices.getUserMedia = async (wish) => (window.heard = await ask(wish));
                }"""
            )
            await self.record(ann)
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.locator(".record-bar")).to_have_count(0)
            self.assertEqual(
                await ann.page.evaluate("window.heard.getTracks().map((track) => track.readyState)"), ["ended"]
            )
            await expect(ann.page.locator(".message")).to_have_count(0)

    async def test_a_blocked_microphone_is_explained(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await ann.page.evaluate(
                """() => (navigator.mediaDevices.getUserMedia =
                  () => Promise.reject(new DOMException('no', 'NotAllowedError')))"""
            )
            await ann.page.get_by_role("button", name="Record a voice message").click()
            await expect(ann.page.locator(".toast")).to_contain_text("The microphone is blocked.")
            await expect(ann.page.locator(".composer-input")).to_be_visible()

    async def record(self, person: Person) -> None:
        """Record for a bit more than two seconds."""
        await person.page.get_by_role("button", name="Record a voice message").click()
        await expect(person.page.locator(".record-time")).to_have_text("0:02")
        await expect(person.page.locator(".record-levels i").nth(5)).to_be_attached()

    async def bars(self, voice: Locator) -> list[str]:
        """How high the bars of a waveform are, once it is there."""
        await expect(voice.locator(".waveform i[style*='100%']").first).to_be_attached()
        heights: list[str] = await voice.locator(".waveform i").evaluate_all(
            "(bars) => bars.map((bar) => bar.style.height)"
        )
        return heights


class AvatarsTest(BrowserCase):
    async def test_ones_own_picture_stands_where_the_letters_stood_and_goes_again(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.page.locator('a[href="/settings"]').first.click()
            await self.choose(ann.page.locator("section.card").first)
            await self.assert_drawn(ann.page.locator(".me .avatar-picture"))
            await self.assert_drawn(ann.page.locator(".rail .avatar-picture"))
            await ben.start_direct("Ann")
            await ben.say("hello")
            for place in (".row", ".chat-header"):
                await self.assert_drawn(ben.page.locator(f"{place} .avatar-picture"))
            await ann.page.get_by_role("button", name="Remove picture").click()
            await expect(ann.page.locator(".avatar-picture")).to_have_count(0)
            await expect(ann.page.locator(".me .avatar")).to_have_text("A")

    async def test_a_groups_picture_reaches_its_members(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ben.open_chat("Hikers")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ann.page.get_by_role("button", name="Group settings").click()
            await self.choose(ann.page.get_by_role("dialog", name="Group settings"))
            for person in (ann, ben):
                await self.assert_drawn(person.page.locator(".row .avatar-picture"))
                await self.assert_drawn(person.page.locator(".chat-header .avatar-picture"))

    async def test_what_is_no_picture_is_refused_in_words(self) -> None:
        async with self.people("Ann") as (ann,):
            await ann.page.locator('a[href="/settings"]').first.click()
            wrong = FilePayload(name="me.png", mimeType="image/png", buffer=b"<html></html>")
            await ann.page.locator(".avatar-file").set_input_files([wrong])
            await expect(ann.page.locator(".toast-danger")).to_have_text(re.compile("not what the name says"))
            await expect(ann.page.locator(".avatar-picture")).to_have_count(0)

    async def choose(self, place: Locator) -> None:
        """Choose a picture there."""
        face = FilePayload(name="face.png", mimeType="image/png", buffer=picture(size=(300, 200)))
        await place.locator(".avatar-file").set_input_files([face])

    async def assert_drawn(self, image: Locator) -> None:
        """The square picture has come."""
        await expect(image).to_have_js_property("naturalWidth", 200)
