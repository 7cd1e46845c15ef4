"""Files in the client: dropped, pasted and picked, on their way, in the conversation, and out of reach of others."""

import asyncio
import io
import re
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import FilePayload, Locator, Route, expect

from files.models import File
from tests.browser.files_case import ASK, FilesCase, give, slow_storage
from tests.browser.people import Person
from tests.files.case import picture

MIB = 1024 * 1024
VARIANT = re.compile(r"/api/v1/files/\d+/url\?variant=(\w+)")


class PicturesTest(FilesCase):
    async def test_a_dropped_picture_shows_progress_then_a_thumbnail_and_opens_for_the_other(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            async with slow_storage(ann.page) as release:
                await give(ann.page, "drop", picture(size=(900, 600)))
                tray = ann.page.get_by_role("list", name="Files to send")
                await expect(tray.get_by_role("progressbar", name="Upload of red.png")).to_be_visible()
                await ann.page.locator(".composer-input").fill("the **coast**")
                await self.press_send(ann)
                await expect(tray).to_have_count(0)
                bubble = ann.page.locator(".message", has_text="the coast")
                await expect(bubble.get_by_role("progressbar")).to_be_visible()
                await expect(bubble.locator(".tick-sending")).to_be_visible()
                release()
            await expect(bubble.get_by_role("progressbar")).to_have_count(0)
            await expect(bubble.locator(".tick-stored, .tick-delivered, .tick-read")).to_be_visible()
            await ben.open_chat("Ann")
            image = (await ben.reads("the coast")).get_by_role("img", name="Picture from Ann: the coast")
            await self.assert_loaded(image, 512)
            await image.click()
            viewer = ben.page.get_by_role("dialog", name="Picture")
            await self.assert_loaded(viewer.locator(".lightbox-image"), 900)
            await ben.page.keyboard.press("Escape")
            await expect(viewer).to_have_count(0)
            await expect(ben.page.locator(".picture")).to_be_focused()

    async def test_a_pasted_picture_keeps_its_place_before_it_is_there(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await give(ann.page, "paste", picture(size=(400, 300)), "shot.png")
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            await self.assert_loaded(ann.page.get_by_role("img", name="Picture from Ann: shot.png"), 400)
            held: list[Route] = []

            async def hold(route: Route) -> None:
                held.append(route)

            await ben.page.route("**/*X-Amz-Signature*", hold)
            await ben.open_chat("Ann")
            box = ben.page.locator(".picture-box")
            await expect(box).to_be_visible()
            before = await box.bounding_box()
            await ben.page.wait_for_function("() => document.querySelector('.picture-image')")
            for route in held:
                await route.continue_()
            await ben.page.unroute_all()
            await self.assert_loaded(ben.page.locator(".picture-image"), 400)
            self.assertEqual(await box.bounding_box(), before)
            self.assertEqual(before and (before["width"], before["height"]), (320, 240))

    async def test_several_pictures_stand_in_a_grid_and_the_arrows_walk_through_them(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            for name in ("one.png", "two.png", "three.png"):
                await give(ann.page, "drop", picture(size=(200, 150)), name)
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_have_count(3)
            await self.press_send(ann)
            await ben.open_chat("Ann")
            await expect(ben.page.locator(".album .album-tile")).to_have_count(3)
            await expect(ben.page.locator(".message")).to_have_count(1)
            await ben.page.get_by_role("img", name="one.png").click()
            viewer = ben.page.get_by_role("dialog", name="Picture")
            for key, name, count in (
                ("ArrowRight", "two.png", "2 of 3"),
                ("End", "three.png", "3 of 3"),
                ("ArrowRight", "three.png", "3 of 3"),
                ("ArrowLeft", "two.png", "2 of 3"),
            ):
                await ben.page.keyboard.press(key)
                await expect(viewer.locator(".lightbox-image")).to_have_attribute("alt", f"Picture from Ann: {name}")
                await expect(viewer.locator(".lightbox-count")).to_have_text(count)
            for _ in range(6):
                await ben.page.keyboard.press("Tab")
                self.assertTrue(await viewer.evaluate("(box) => box.contains(document.activeElement)"))

    async def test_an_address_that_has_ended_is_renewed(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await give(ann.page, "drop", picture(size=(200, 150)))
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            asked: list[str] = []

            async def end_first(route: Route) -> None:
                asked.append(route.request.url)
                await (route.fulfill(status=403) if len(asked) == 1 else route.continue_())

            await ben.page.route("**/*X-Amz-Signature*", end_first)
            await ben.open_chat("Ann")
            await self.assert_loaded(ben.page.get_by_role("img", name="red.png"), 200)
            self.assertEqual(len(asked), 2)

    async def test_a_gif_stands_still_for_who_wants_no_motion_until_they_play_it(self) -> None:
        frames = [Image.new("RGB", (120, 90), colour) for colour in ("red", "blue")]
        gif = io.BytesIO()
        frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
        async with self.browser() as browser:
            ann = await self.newcomer(browser, "Ann")
            ben = await Person.arrive(browser, self.gateway.url, reduced_motion="reduce")
            await ben.register("ben_stands_still", "Ben")
            variants: list[str] = []
            ben.page.on("request", lambda request: variants.extend(VARIANT.findall(request.url)))
            await ann.start_direct("Ben")
            await give(ann.page, "drop", gif.getvalue(), "wave.gif", "image/gif")
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            await ben.open_chat("Ann")
            await self.assert_loaded(ben.page.get_by_role("img", name="wave.gif"), 120)
            await expect(ben.page.locator(".picture-tag")).to_have_text("GIF")
            await ben.page.locator(".picture").click()
            viewer = ben.page.get_by_role("dialog", name="Picture")
            await self.assert_loaded(viewer.locator(".lightbox-image"), 120)
            self.assertEqual(set(variants), {"thumbnail"})
            await viewer.get_by_role("button", name="Play").click()
            await expect(viewer.get_by_role("button", name="Play")).to_have_count(0)
            await self.assert_loaded(viewer.locator(".lightbox-image"), 120)
            self.assertEqual(set(variants), {"thumbnail", "preview"})
            self.assert_clean(ann, ben)

    async def test_a_picture_that_is_recalled_leaves_the_viewer_that_shows_it(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await give(ann.page, "drop", picture(size=(200, 150)))
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            await ben.open_chat("Ann")
            await ben.page.get_by_role("img", name="red.png").click()
            await expect(ben.page.get_by_role("dialog", name="Picture")).to_be_visible()
            await ann.page.locator(".picture").click(button="right")
            await ann.page.get_by_role("menuitem", name="Recall").click()
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Recall").click()
            await expect(ben.page.get_by_role("dialog", name="Picture")).to_have_count(0)
            await expect(ben.page.locator(".notice-recalled")).to_be_visible()

    async def test_an_outsider_gets_404_for_each_address_of_a_file(self) -> None:
        async with self.people("Ann", "Ben", "Eve") as (ann, ben, eve):
            await ann.start_direct("Ben")
            await give(ann.page, "drop", picture(size=(200, 150)))
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            await ben.open_chat("Ann")
            await self.assert_loaded(ben.page.get_by_role("img", name="red.png"), 200)
            file = await File.objects.alatest("pk")
            for tail in ("", "/url", "/url?variant=preview", "/url?variant=thumbnail", "/content", "/thumbnail"):
                path = f"/api/v1/files/{file.pk}{tail}"
                self.assertEqual(await eve.page.evaluate(ASK, path), 404, path)
                self.assertNotEqual(await ben.page.evaluate(ASK, path), 404, path)

    async def assert_loaded(self, image: Locator, width: int) -> None:
        """The picture is there, in its full width in px."""
        await expect(image).to_be_visible()
        await expect(image).to_have_js_property("naturalWidth", width)


class OtherFilesTest(FilesCase):
    async def test_html_under_a_pictures_name_is_refused_in_words_and_sends_nothing(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await give(ann.page, "drop", b"<html><script>alert(1)</script></html>", "holiday.png")
            refusal = ann.page.get_by_role("list", name="Files to send").get_by_role("alert")
            await expect(refusal).to_have_text("The content is not what the name says.")
            await expect(ann.page.get_by_role("button", name="Retry holiday.png")).to_have_count(0)
            await expect(ann.page.get_by_role("button", name="Send", exact=True)).to_have_count(0)
            await ann.page.get_by_role("button", name="Remove holiday.png").click()
            await expect(ann.page.get_by_role("list", name="Files to send")).to_have_count(0)
            await expect(ann.page.locator(".message")).to_have_count(0)

    async def test_a_file_is_a_card_that_downloads_under_its_name(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            notes = FilePayload(name="会议 notes.txt", mimeType="text/plain", buffer=b"as agreed\n" * 300)
            await ann.page.locator(".composer-files").set_input_files([notes])
            await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible()
            await self.press_send(ann)
            await ben.open_chat("Ann")
            card = ben.page.get_by_role("button", name="Download 会议 notes.txt")
            await expect(card).to_contain_text("3 kB · TXT")
            async with ben.page.expect_download() as download:
                await card.click()
            saved = await download.value
            self.assertEqual(saved.suggested_filename, "会议 notes.txt")
            self.assertEqual(await asyncio.to_thread((await saved.path()).read_bytes), notes["buffer"])
            self.assertEqual(ben.page.url.removeprefix(self.gateway.url)[:3], "/c/")

    async def test_an_upload_that_is_cancelled_is_given_up_on_the_server_too(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            async with slow_storage(ann.page):
                await give(ann.page, "drop", picture(), "wrong.png")
                await expect(ann.page.get_by_role("progressbar", name="Upload of wrong.png")).to_be_visible()
                await ann.page.wait_for_function("() => document.querySelector('.tray-item[data-state=sending]')")
                async with ann.page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
                    await ann.page.get_by_role("button", name="Remove wrong.png").click()
                self.assertEqual((await answer.value).status, 204)
            await expect(ann.page.locator(".tray-item")).to_have_count(0)
            self.assertFalse(await File.objects.filter(filename="wrong.png", status="ready").aexists())

    async def test_a_big_file_goes_on_after_a_reload_where_it_is_picked_again(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.bin"
            path.write_bytes(b"\x01" * (20 * MIB))
            async with self.people("Ann", "Ben") as (ann, ben):
                await ann.start_direct("Ben")
                sent: list[str] = []
                await ann.page.route("**/*partNumber=3*", lambda route: route.abort())
                ann.page.on("requestfinished", lambda request: note_part(sent, request.method, request.url))
                await ann.page.locator(".composer-files").set_input_files(path)
                await ann.page.wait_for_function("() => localStorage.getItem('gochat.uploads')")
                while len(set(sent)) < 2:
                    await ann.page.wait_for_timeout(100)
                await ann.page.unroute_all()
                await ann.page.reload()
                first = set(sent)
                self.assertEqual(first, {"1", "2"})
                sent.clear()
                await ann.page.locator(".composer-files").set_input_files(path)
                await expect(ann.page.locator(".tray-item[data-state=ready]")).to_be_visible(timeout=60_000)
                self.assertEqual(set(sent), {"3"})
                self.assertIsNone(await ann.page.evaluate("localStorage.getItem('gochat.uploads')"))
                await self.press_send(ann)
                await ben.open_chat("Ann")
                await expect(ben.page.get_by_role("button", name="Download film.bin")).to_be_visible()
            self.assertEqual(await File.objects.filter(filename="film.bin").acount(), 1)


def note_part(sent: list[str], method: str, url: str) -> None:
    """Note the number of a part that arrived."""
    if method == "PUT" and "partNumber=" in url:
        sent.append(url.partition("partNumber=")[2].partition("&")[0])
