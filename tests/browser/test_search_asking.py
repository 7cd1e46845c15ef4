"""How the search asks, and what it makes of each kind of answer."""

import asyncio
import json

from playwright.async_api import Route, expect

from tests.browser.search_case import CALLS, SearchCase, answering, make_hit, note_questions, put, question_of
from tests.browser.test_page import DOUBLE_IDS, HIDDEN_FOCUS, UNNAMED


class AskingTest(SearchCase):
    async def test_nothing_is_asked_while_an_input_method_composes(self) -> None:
        async with self.people("Ann") as (ann,):
            asked = note_questions(ann.page)
            await self.open_search(ann)
            session = await ann.context.new_cdp_session(ann.page)
            for typed in ("h", "hu", "hui", "hui d"):
                await session.send(
                    "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
                )
            await ann.page.wait_for_timeout(600)
            self.assertEqual(asked, [])
            await session.send("Input.insertText", {"text": "灰度"})
            await expect(ann.page.locator(".empty h2").first).to_have_text("Nothing found")
            self.assertEqual([words for words, _query in asked], ["灰度"])

    async def test_an_older_question_is_given_up(self) -> None:
        async with self.people("Ann") as (ann,):
            held = asyncio.Event()

            async def answer(route: Route) -> None:
                words = question_of(route.request)["q"]
                if words == "slow":
                    await held.wait()
                await put(route, [make_hit(1, f"found for {words}")])

            await ann.page.route(CALLS, answer)
            given_up: list[str] = []
            ann.page.on("requestfailed", lambda request: given_up.append(question_of(request)["q"]))
            async with ann.page.expect_request(CALLS):
                await self.open_search(ann)
                await ann.page.keyboard.type("slow")
            await ann.page.locator(".search-input").fill("quick")
            await expect(ann.page.locator(".found")).to_contain_text("found for quick")
            held.set()
            await ann.page.wait_for_timeout(300)
            await expect(ann.page.locator(".found")).to_contain_text("found for quick")
            self.assertEqual(given_up, ["slow"])

    async def test_filters_and_modes_are_asked_for(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            asked = note_questions(ann.page)
            await self.open_search(ann, "word")
            await ann.page.get_by_role("button", name="From", exact=True).click()
            await ann.page.get_by_role("menuitem", name="Ben").click()
            await ann.page.get_by_role("button", name="Kind").click()
            await ann.page.get_by_role("menuitemradio", name="Photos").click()
            await ann.page.get_by_role("button", name="Date").click()
            await ann.page.get_by_role("menuitemradio", name="Last 7 days").click()
            await ann.page.get_by_role("button", name="How to search: Smart").click()
            async with ann.page.expect_response(CALLS) as response:
                await ann.page.get_by_role("menuitemradio", name="Exact").click()
            self.assertEqual((await response.value).status, 200)
            _words, last = asked[-1]
            ben_id = await ann.page.evaluate("new URLSearchParams(location.hash.slice(1)).get('by')")
            self.assertEqual((last["mode"], last["kind"], last["sender_id"]), ("keyword", "image", ben_id))
            self.assertIn("from", last)
            await ann.page.get_by_role("button", name="Remove the filters").click()
            await expect(ann.page.locator(".filter-chip[data-on=true]")).to_have_count(0)

    async def test_recent_searches_stay_until_they_are_cleared_or_one_signs_out(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await self.say_stored(ann, "umbrella")
            await self.open_search(ann, "umbrella")
            await ann.page.keyboard.press("Enter")
            await expect(ann.page.locator(".message-flash")).to_be_visible()
            await ann.page.goto(f"{self.gateway.url}/search")
            await ann.page.locator(".recent-words", has_text="umbrella").click()
            await expect(ann.page.locator(".found")).to_have_count(1)
            await ann.page.get_by_role("button", name="Clear the words").click()
            await ann.page.locator(".recent").get_by_role("button", name="Clear", exact=True).click()
            await expect(ann.page.locator(".recent-words")).to_have_count(0)
            await self.open_search(ann, "umbrella")
            await ann.page.keyboard.press("Enter")
            await ann.page.locator('a[href="/settings"]').first.click()
            await ann.page.locator(".leaving").get_by_role("button", name="Sign out").click()
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Sign out").click()
            await expect(ann.page.get_by_label("Username")).to_be_visible()
            self.assertIsNone(await ann.page.evaluate("localStorage.getItem('gochat.searches')"))


class AnswersTest(SearchCase):
    async def test_further_pages_come_as_one_scrolls(self) -> None:
        async with self.people("Ann") as (ann,):

            async def answer(route: Route) -> None:
                first = "cursor" not in question_of(route.request)
                rows = [make_hit(n, f"line {n}") for n in (range(30) if first else range(30, 45))]
                await put(route, rows, total=45, next_cursor="next" if first else None)

            await ann.page.route(CALLS, answer)
            await self.open_search(ann, "line")
            await expect(ann.page.locator(".search-tab[aria-selected=true]")).to_contain_text("45")
            await ann.page.locator(".found").last.scroll_into_view_if_needed()
            await expect(ann.page.locator(".found")).to_have_count(45)
            await expect(ann.page.locator(".more")).to_have_count(0)

    async def test_marks_stand_on_the_words_whatever_is_before_them(self) -> None:
        async with self.people("Ann") as (ann,):
            text = "🎉🎉 the **rate limit** is `20`\n> per second 限流"
            start = len("🎉🎉 the **".encode("utf-16-le")) // 2
            end = start + len("rate limit")
            found = make_hit(1, text, ranges=[[start, end], [len(text.encode("utf-16-le")) // 2 - 2, 99]])
            await ann.page.route(CALLS, answering([found, make_hit(2, "by meaning", ranges=[])]))
            await self.open_search(ann, "rate limit")
            await expect(ann.page.locator(".found").first.locator("mark")).to_have_text(["rate limit", "限流"])
            await expect(ann.page.locator(".snippet").first).to_have_text("🎉🎉 the rate limit is 20 per second 限流")
            await expect(ann.page.locator(".found").first).not_to_contain_text("meaning")
            await expect(ann.page.locator(".found").nth(1)).to_contain_text("Found by its meaning")

    async def test_a_search_that_fails_says_so_and_is_tried_again(self) -> None:
        async with self.people("Ann") as (ann,):
            broken = [True]

            async def answer(route: Route) -> None:
                if broken.pop() if broken else False:
                    body = {"code": "UNAVAILABLE", "message": "Try later.", "details": {}}
                    await route.fulfill(status=503, content_type="application/json", body=json.dumps(body))
                else:
                    await put(route, [make_hit(1, "here after all")])

            await ann.page.route(CALLS, answer)
            await self.open_search(ann)
            await ann.page.keyboard.type("here")
            await expect(ann.page.get_by_role("alert")).to_contain_text("Try later.")
            await ann.page.get_by_role("button", name="Try again").click()
            await expect(ann.page.locator(".found")).to_contain_text("here after all")

    async def test_people_and_groups_are_found_by_name(self) -> None:
        async with self.people("Ann", "Benedikt") as (ann, _ben):
            await ann.start_group("Hikers", ["Benedikt"])
            await self.open_search(ann)
            await ann.page.keyboard.type("hikers")
            await ann.page.get_by_role("tab", name="Groups").click()
            await expect(ann.page.locator(".found")).to_contain_text("2 members")
            await ann.page.get_by_role("tab", name="People").click()
            await ann.page.locator(".search-input").fill("bened")
            await ann.page.locator(".found", has_text="Benedikt").click()
            await expect(ann.page.get_by_role("dialog", name="Profile")).to_contain_text("Benedikt")

    async def test_files_are_found_by_name_and_lead_to_their_message(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await self.say_stored(ann, "here is the report")
            article = await ann.reads("here is the report")
            stored = make_hit(int(await article.get_attribute("data-message-id") or 0), "here is the report")
            file = {"id": "1", "filename": "report-2026.pdf", "content_type": "application/pdf", "size": 1_900_000}
            place = {"conversation_id": ann.page.url.rsplit("/", 1)[1], "seq": 1, "kind": "file"}
            stored["message"] |= place | {"content": {"file": file | {"status": "ready"}}}
            stored["highlights"] = [{"text": "report-2026.pdf", "ranges": [[0, 6]]}]
            await ann.page.route("**/api/v1/search/files*", answering([stored]))
            await self.open_search(ann, "report")
            await ann.page.get_by_role("tab", name="Files").click()
            await expect(ann.page.locator(".found mark")).to_have_text("report")
            await expect(ann.page.locator(".found")).to_contain_text("1.8 MB")
            await ann.page.locator(".found").click()
            await expect(ann.page.locator(".message-flash")).to_contain_text("here is the report")
            await expect(ann.page.locator(".stepper")).to_contain_text("Result 1 of 1")

    async def test_every_control_has_a_name(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await self.say_stored(ann, "the umbrella is yours")
            for words in ("", "umbrella", "nothing like it"):
                await ann.page.goto(f"{self.gateway.url}/search#q={words}")
                await ann.page.reload()
                await ann.page.locator(".empty, .found").first.wait_for()
                if words == "umbrella":
                    await ann.page.locator(".found").click()
                    await expect(ann.page.locator(".message-flash")).to_be_visible()
                self.assertEqual(await ann.page.evaluate(UNNAMED), [], words)
                self.assertEqual(await ann.page.evaluate(DOUBLE_IDS), [], words)
                self.assertEqual(await ann.page.evaluate(HIDDEN_FOCUS), 0, words)

    async def test_the_switcher_leads_on_to_messages(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await self.say_stored(ann, "the umbrella is yours")
            await ann.page.keyboard.press("Control+k")
            await ann.page.keyboard.type("umbrella")
            await ann.page.get_by_role("option", name="Search messages for").click()
            await expect(ann.page.locator(".found")).to_contain_text("umbrella is yours")
