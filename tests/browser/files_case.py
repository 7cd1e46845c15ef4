"""What the browser tests of files share: files as a browser hands them over, and a storage that can be held up."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress

from playwright.async_api import Error, Page, Route

from devstack import testing
from tests.browser.base import BrowserCase
from tests.browser.people import Person

# A file as the browser hands it over when it is dropped or pasted.
GIVE = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const target = document.querySelector(kind === 'drop' ? '.log' : '.composer-input');
  const paste = { bubbles: true, cancelable: true, clipboardData: transfer };
  if (kind === 'paste') return target.dispatchEvent(new ClipboardEvent('paste', paste));
  const drop = { bubbles: true, cancelable: true, dataTransfer: transfer };
  for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, drop));
}"""
# One request with the page's own session.
ASK = """async (path) => {
  const { access } = JSON.parse(localStorage.getItem('gochat.tokens'));
  const response = await fetch(path, { headers: { Authorization: `Bearer ${access}` }, redirect: 'manual' });
  return response.status;
}"""


async def give(page: Page, kind: str, data: bytes, name: str = "red.png", content_type: str = "image/png") -> None:
    """Drop a file on the conversation, or paste it into the composer."""
    await page.evaluate(GIVE, [kind, name, content_type, base64.b64encode(data).decode()])


class FilesCase(BrowserCase):
    """With a Celery worker, which makes the thumbnails."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        stack.enter_context(testing.celery_worker(env={"DEBUG": "on"}))

    async def press_send(self, person: Person) -> None:
        """Send what is in the tray."""
        await person.page.get_by_role("button", name="Send", exact=True).click()


@asynccontextmanager
async def slow_storage(page: Page) -> AsyncIterator[Callable[[], None]]:
    """Uploads of the page wait until the yielded function is called, or the block is left."""
    gate = asyncio.Event()

    async def wait(route: Route) -> None:
        if route.request.method == "PUT":
            await gate.wait()
        with suppress(Error):  # what the page gave up meanwhile does not go on
            await route.continue_()

    pattern = "**/*X-Amz-Signature*"
    await page.route(pattern, wait)
    yield gate.set
    gate.set()
    await page.unroute(pattern, wait)
