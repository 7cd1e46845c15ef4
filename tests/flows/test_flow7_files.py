"""Flow 7: files. The bytes go straight to object storage; a message carries the file; who sees the message sees it.

The server signs exactly the size and type that were announced, looks into what arrived before anyone else may, and
decides anew on every read.
"""

import asyncio
import time
from typing import ClassVar

from django.test import tag

from devstack import testing
from devstack.testing import SiteProcess
from tests.client import ApiError, ChatClient
from tests.files.case import opened, picture
from tests.flows.base import FlowCase
from tests.flows.uploading import FILE_PATHS, announce, fetch, put, send_file, upload

MIB = 1024 * 1024
THUMBNAIL_WITHIN_S = 30.0


@tag("flows")
class FileTest(FlowCase):
    celery: ClassVar[SiteProcess]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.celery = cls.enterClassContext(testing.celery_worker(env={"GOCHAT_RATE_LIMITS": "off"}))

    async def assert_outside(self, client: ChatClient, file_id: str) -> None:
        """Every address of the file answers this client like that of a file that does not exist."""
        for path in FILE_PATHS:
            for shown in (file_id, "999999999"):
                try:
                    answer = await client.api.call("GET", f"files/{shown}{path}")
                except ApiError as refusal:
                    self.assertEqual((refusal.status, refusal.code), (404, "NOT_FOUND"))
                else:
                    self.fail(f"{path} answers {answer.status}")

    async def wait_for_thumbnail(self, client: ChatClient, file_id: str) -> str:
        """The thumbnail's signed address, once Celery has made it."""
        deadline = time.monotonic() + THUMBNAIL_WITHIN_S
        while time.monotonic() < deadline:
            try:
                return str((await client.api.get(f"files/{file_id}/url", variant="thumbnail"))["url"])
            except ApiError as refusal:
                self.assertEqual(refusal.code, "NOT_FOUND")
                await asyncio.sleep(0.1)
        raise AssertionError(f"no thumbnail:\n{self.celery.log_text()[-2000:]}")

    async def test_a_picture_reaches_the_other_person_and_nobody_else(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat = await self.direct(ann, ben)
            data = picture(size=(800, 400))
            file = await upload(ann, data)
            await self.assert_outside(ben, file["id"])
            ack = await send_file(ann, chat, file["id"], text="look")
            message = await ben.wait_for_message(chat, ack["seq"])
            self.assertEqual((message["kind"], message["content"]), ("image", {"file": file, "text": "look"}))
            self.assertEqual((file["status"], file["width"], file["height"]), ("ready", 800, 400))
            redirect = await ben.api.call("GET", f"files/{file['id']}/content")
            self.assertEqual(redirect.status, 302)
            got = await fetch("GET", redirect.headers["location"])
            self.assertEqual(got.body, data)
            self.assertTrue(got.headers["content-disposition"].startswith("attachment"))
            thumbnail = await fetch("GET", await self.wait_for_thumbnail(ben, file["id"]))
            self.assertEqual(opened(thumbnail.body).size, (512, 256))
            await self.assert_outside(eve, file["id"])

    async def test_history_shows_it_to_who_was_away(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ben.disconnect()
            file = await upload(ann)
            await send_file(ann, chat, file["id"])
            page = await ben.api.get(f"conversations/{chat}/messages")
            self.assertEqual(page["results"][-1]["content"], {"file": file})
            shown = await ben.api.get(f"conversations/{chat}")
            self.assertEqual(shown["last_message"]["content"], {"file": file})

    async def test_the_storage_refuses_another_size_or_type_than_was_announced(self) -> None:
        async with self.people("ann") as (ann,):
            data = picture()
            started = await announce(ann, data)
            url, headers = started["upload"]["url"], started["upload"]["headers"]
            self.assertEqual((await fetch("PUT", url, data + b"more", headers)).status, 403)
            self.assertEqual((await fetch("PUT", url, data, {"Content-Type": "text/html"})).status, 403)
            self.assertEqual((await put(started, data)).status, 200)

    async def test_a_page_under_a_picture_s_name_is_rejected_and_cannot_be_sent(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            page = b"<!doctype html><script>alert(1)</script>"
            started = await announce(ann, page, "cute.png")
            await put(started, page)
            path = f"files/{started['file']['id']}"
            details = await self.assert_refused("CONTENT_REJECTED", ann.api.post(f"{path}/complete"))
            self.assertEqual(details, {"reason": "type"})
            self.assertEqual((await ann.api.get(path))["status"], "rejected")
            await self.assert_refused("INVALID_MESSAGE", send_file(ann, chat, started["file"]["id"]))
            await self.fence(ben)
            self.assertEqual(ben.pushed(chat), [])

    async def test_a_file_that_is_not_complete_or_not_one_s_own_cannot_be_sent(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            pending = await announce(ann, picture())
            await self.assert_refused("INVALID_MESSAGE", send_file(ann, chat, pending["file"]["id"]))
            theirs = await upload(ben)
            await self.assert_refused("INVALID_MESSAGE", send_file(ann, chat, theirs["id"]))

    async def test_a_recall_makes_the_file_unreachable_for_everyone(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            file = await upload(ann)
            ack = await send_file(ann, chat, file["id"])
            await ben.wait_for_message(chat, ack["seq"])
            await ben.api.get(f"files/{file['id']}/url")
            await ann.command("recall-message", chat, message_id=ack["message_id"])
            await self.assert_outside(ben, file["id"])
            await self.assert_outside(ann, file["id"])

    async def test_a_group_that_one_has_left_takes_its_files_along(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            file = await upload(ann)
            ack = await send_file(ann, group, file["id"])
            await ben.wait_for_message(group, ack["seq"])
            await ben.api.get(f"files/{file['id']}/url")
            await ben.api.post(f"groups/{group}/leave")
            await self.assert_outside(ben, file["id"])
            await ann.api.get(f"files/{file['id']}/url")

    async def test_a_large_file_is_resumed_where_it_broke_off(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            data = b"PK\x03\x04" + b"\xa5" * (17 * MIB)
            started = await announce(ann, data, "large.zip", "application/zip")
            path = f"files/{started['file']['id']}"
            first, *rest = started["upload"]["parts"]
            self.assertGreater(len(rest), 0)
            self.assertEqual((await fetch("PUT", first["url"], data[: first["size"]])).status, 200)
            await self.assert_refused("CONFLICT", ann.api.post(f"{path}/complete"))
            resumed = await ann.api.get(f"{path}/parts")
            self.assertEqual([part["number"] for part in resumed["arrived"]], [1])
            parts = [{"number": part["number"], "etag": part["etag"]} for part in resumed["arrived"]]
            at = first["size"]
            for part in resumed["upload"]["parts"]:
                answer = await fetch("PUT", part["url"], data[at : at + part["size"]])
                parts.append({"number": part["number"], "etag": answer.headers["etag"]})
                at += part["size"]
            done = await ann.api.post(f"{path}/complete", {"parts": parts})
            self.assertEqual((done["file"]["status"], done["file"]["size"]), ("ready", len(data)))
            ack = await send_file(ann, chat, done["file"]["id"], "file")
            await ben.wait_for_message(chat, ack["seq"])
            got = await fetch("GET", (await ben.api.get(f"{path}/url"))["url"])
            self.assertEqual(got.body, data)

    async def test_a_voice_message_has_its_duration(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            data = b"\x1a\x45\xdf\xa3" + b"\0" * 2000
            body = {
                "filename": "v.webm",
                "content_type": "audio/webm;codecs=opus",
                "size": len(data),
                "duration_ms": 900,
            }
            started = await ann.api.post("files", body)
            await put(started, data)
            await ann.api.post(f"files/{started['file']['id']}/complete")
            ack = await send_file(ann, chat, started["file"]["id"], "voice")
            message = await ben.wait_for_message(chat, ack["seq"])
            self.assertEqual(message["content"]["file"]["duration_ms"], 900)

    async def test_without_a_socket_it_is_sent_in_the_same_way(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            file = await upload(ann)
            body = {
                "client_msg_id": "6f1c2f0a-0f0e-4a57-9c39-0b8f8f4f2a11",
                "kind": "image",
                "content": {"file_id": file["id"]},
            }
            answer = await ann.api.call("POST", f"conversations/{chat}/messages", body)
            self.assertEqual((answer.status, answer.body["content"]), (201, {"file": file}))
            message = await ben.wait_for_message(chat, answer.body["seq"])
            self.assertEqual(message["content"], {"file": file})

    async def test_the_limits_are_told_before_anyone_signs_in(self) -> None:
        async with self.people("ann") as (ann,):
            config = await ann.api.get("config")
            self.assertTrue(config["features"]["files"])
            self.assertGreaterEqual(config["limits"]["file_bytes"], 17 * MIB)
            self.assertEqual(config["limits"]["file_parts_above_bytes"], 16 * MIB)
