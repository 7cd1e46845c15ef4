"""What the tests of the search share: a site without an engine, and answers that are put in the server's place.

The engine is away, so the server searches the database and says so; what only an engine answers (pages, meaning,
refusals) is put in its place on the way to the page.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, Request, Route, expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person

CALLS = "**/api/v1/search/messages*"
NOWHERE = "http://127.0.0.1:9"


class SearchCase(BrowserCase):
    """Without an engine and without embeddings."""

    env: ClassVar[dict[str, str]] = {"ELASTICSEARCH_URL": NOWHERE, "EMBEDDINGS_BASE_URL": f"{NOWHERE}/v1"}

    async def say_stored(self, person: Person, text: str) -> None:
        """Write a message and wait until it is stored."""
        await person.say(text)
        ticks = (await person.reads(text)).locator(".tick-stored, .tick-delivered, .tick-read")
        await expect(ticks).to_have_count(1)

    async def open_search(self, person: Person, words: str = "") -> None:
        """Go to the search and type."""
        await person.page.keyboard.press("Control+Shift+F")
        await expect(person.page.locator(".search-input")).to_be_focused()
        if words:
            await person.page.keyboard.type(words)
            await expect(person.page.locator(".search-count").first).not_to_be_empty()


def note_questions(page: Page) -> list[tuple[str, dict[str, str]]]:
    """Fills with the words and all parameters of every search for messages from now on."""
    asked: list[tuple[str, dict[str, str]]] = []

    def note(request: Request) -> None:
        if "/search/messages" in request.url:
            query = question_of(request)
            asked.append((query["q"], query))

    page.on("request", note)
    return asked


def question_of(request: Request) -> dict[str, str]:
    """The parameters of a call."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def make_hit(n: int, text: str, *, ranges: list[list[int]] | None = None) -> dict[str, Any]:
    """A hit as the contract has it; its first letters are marked unless `ranges` say otherwise."""
    row = {
        "message_id": str(n),
        "conversation_id": "1",
        "seq": n + 1,
        "sender_id": "1",
        "client_msg_id": str(n),
        "kind": "text",
        "content": {"text": text},
        "reply_to": None,
        "mentions": [],
        "created_at": "2026-01-01T08:00:00.000Z",
        "edited_at": None,
        "recalled": False,
        "reactions": {},
    }
    marked = [[0, 4]] if ranges is None else ranges
    return {"message": row, "highlights": [{"text": text, "ranges": marked}], "score": 1.0}


async def put(route: Route, rows: list[dict[str, Any]], **fields: Any) -> None:
    """Answer a search."""
    body = {"results": rows, "total": len(rows), "more": False, "degraded": False, "next_cursor": None} | fields
    await route.fulfill(content_type="application/json", body=json.dumps(body))


def answering(rows: list[dict[str, Any]]) -> Callable[[Route], Awaitable[None]]:
    """A handler that finds these rows whatever is asked."""

    async def answer(route: Route) -> None:
        await put(route, rows)

    return answer
