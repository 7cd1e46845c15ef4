"""Messages that carry files: what may be sent, what everyone sees of it, and what an edit and a recall do to it."""

from typing import Any
from uuid import uuid4

from core import clock
from core.redis import get_redis
from files.models import File, FileStatus
from messaging.commands import Content, EditMessage, SendMessage
from messaging.models import Attachment, Conversation, Message
from messaging.selectors.access import access_place
from messaging.selectors.attachments import find_carried, may_see
from messaging.selectors.events import events_page
from messaging.selectors.history import HistoryQuery, history_page
from messaging.services.batch import Pending
from tests.messaging.write_case import WriteCase, ack_of, edit, error_of, frame_of, item, outgoing_of, recall, text


class CarryingCase(WriteCase):
    def setUp(self) -> None:
        super().setUp()
        get_redis().flushdb()
        self.picture = self.make_file()

    def make_file(self, content_type: str = "image/png", **fields: Any) -> File:
        """A file of Ann's that is ready; only its row matters here."""
        defaults = {
            "owner": self.ann, "filename": "a.png", "size": 10, "status": FileStatus.READY,
            "ready_at": clock.now(), "width": 4, "height": 3,
        }  # fmt: skip
        return File.objects.create(content_type=content_type, key=f"files/{uuid4()}", **defaults | fields)

    def carry(
        self, file_id: object, kind: Any = "image", body: str | None = None, where: Conversation | None = None
    ) -> SendMessage:
        """A send-message command that names a file."""
        return SendMessage(
            client_msg_id=str(uuid4()),
            conversation_id=str((where or self.direct).pk),
            kind=kind,
            content=Content(file_id=str(file_id), text=body),
        )

    def assert_invalid(self, pending: Pending) -> None:
        """The command was refused as INVALID_MESSAGE, for its file."""
        self.assert_refused(pending, "INVALID_MESSAGE")
        self.assertEqual(list(error_of(pending).details["fields"]), ["file_id"])


class SendTest(CarryingCase):
    def test_the_file_is_pushed_and_read_with_the_message(self) -> None:
        pending = self.send(self.ann, self.carry(self.picture.pk, body="look"))
        view = {
            "id": str(self.picture.pk), "filename": "a.png", "content_type": "image/png", "size": 10,
            "status": "ready", "width": 4, "height": 3,
        }  # fmt: skip
        self.assertEqual(frame_of(pending)["message"]["kind"], "image")
        self.assertEqual(frame_of(pending)["message"]["content"], {"file": view, "text": "look"})
        place = access_place(self.bob.pk, str(self.direct.pk))
        [read] = history_page(place, HistoryQuery(limit=10))["results"]
        self.assertEqual((read["kind"], read["content"]), ("image", {"file": view, "text": "look"}))
        [event] = events_page(place, 0, 10)["events"]
        self.assertEqual(event["message"]["content"], {"file": view, "text": "look"})

    def test_without_a_text_there_is_only_the_file(self) -> None:
        pending = self.send(self.ann, self.carry(self.picture.pk))
        self.assertEqual(set(frame_of(pending)["message"]["content"]), {"file"})

    def test_kind_and_file_belong_together(self) -> None:
        sound = self.make_file("audio/webm", duration_ms=1500, width=None, height=None)
        silent = self.make_file("audio/webm", width=None, height=None)
        document = self.make_file("application/pdf", width=None, height=None)
        for file, kind in ((sound, "image"), (document, "image"), (self.picture, "voice"), (silent, "voice")):
            with self.subTest(file=file.content_type, kind=kind):
                self.assert_invalid(self.send(self.ann, self.carry(file.pk, kind)))
        for file, kind in ((sound, "voice"), (sound, "file"), (document, "file"), (self.picture, "file")):
            with self.subTest(file=file.content_type, kind=kind):
                ack_of(self.send(self.ann, self.carry(file.pk, kind)))

    def test_a_text_carries_no_file_and_everything_else_does(self) -> None:
        self.assert_invalid(self.send(self.ann, self.carry(self.picture.pk, "text", "hello")))
        bare = SendMessage(
            client_msg_id=str(uuid4()), conversation_id=str(self.direct.pk), kind="file", content=Content(text="hello")
        )
        self.assert_invalid(self.send(self.ann, bare))

    def test_a_file_that_is_not_ready_or_not_there_is_refused(self) -> None:
        for status in (FileStatus.PENDING, FileStatus.REJECTED):
            self.assert_invalid(self.send(self.ann, self.carry(self.make_file(status=status).pk)))
        for file_id in (10**15, "9" * 24, "x", "-1", ""):
            with self.subTest(file_id):
                self.assertEqual(error_of(self.send(self.ann, self.carry(file_id))).code, "INVALID_MESSAGE")

    def test_someone_else_s_file_is_refused_like_none_until_one_has_seen_it(self) -> None:
        unknown = self.send(self.bob, self.carry(10**15))
        hidden = self.send(self.bob, self.carry(self.picture.pk))
        self.assert_invalid(hidden)
        self.assertEqual(error_of(hidden).message, error_of(unknown).message)
        ack_of(self.send(self.ann, self.carry(self.picture.pk)))
        ack_of(self.send(self.bob, self.carry(self.picture.pk, where=self.group)))

    def test_one_s_own_file_may_be_sent_several_times_in_one_batch(self) -> None:
        written = self.write(*(item(self.ann, self.carry(self.picture.pk)) for _ in range(3)))
        for pending in written.pendings:
            ack_of(pending)
        self.assertEqual(Attachment.objects.filter(file_id=self.picture.pk).count(), 3)

    def test_a_repetition_gets_its_ack_and_the_file_again(self) -> None:
        command = self.carry(self.picture.pk)
        first = ack_of(self.send(self.ann, command))
        again = self.send(self.ann, command)
        self.assertEqual(ack_of(again).message_id, first.message_id)
        self.assertEqual(frame_of(again)["message"]["content"]["file"]["id"], str(self.picture.pk))
        self.assertEqual(Attachment.objects.count(), 1)

    def test_files_cost_queries_by_the_batch_and_texts_none(self) -> None:
        files = [self.make_file() for _ in range(10)]
        self.write(item(self.ann, text(self.direct)))
        with self.assertNumQueries(6) as plain:
            self.write(*(item(self.ann, text(self.direct)) for _ in range(10)))
        self.assertFalse(any("files_file" in (query["sql"] or "") for query in plain.captured_queries))
        with self.assertNumQueries(6 + 3):  # read the files, note who carries them, note that they are sent
            self.write(*(item(self.ann, self.carry(file.pk)) for file in files))

    def test_a_page_reads_its_files_in_one_query(self) -> None:
        for _ in range(3):
            ack_of(self.send(self.ann, self.carry(self.make_file().pk)))
        place = access_place(self.bob.pk, str(self.direct.pk))
        with self.assertNumQueries(4) as few:
            history_page(place, HistoryQuery(limit=2, after_seq=0))
        self.assertEqual(sum("files_file" in (query["sql"] or "") for query in few.captured_queries), 1)


class ChangeTest(CarryingCase):
    def setUp(self) -> None:
        super().setUp()
        self.message_id = ack_of(self.send(self.ann, self.carry(self.picture.pk, body="before"))).message_id

    def change(self, body: str | None, file_id: object = None) -> Pending:
        """Ann edits the message."""
        return self.send(
            self.ann,
            EditMessage(
                client_msg_id=str(uuid4()),
                conversation_id=str(self.direct.pk),
                message_id=self.message_id,
                content=Content(text=body, file_id=None if file_id is None else str(file_id)),
            ),
        )

    def test_an_edit_changes_the_text_beside_the_file(self) -> None:
        content = frame_of(self.change("after"))["message"]["content"]
        self.assertEqual((content["text"], content["file"]["id"]), ("after", str(self.picture.pk)))
        content = frame_of(self.change(None, self.picture.pk))["message"]["content"]
        self.assertEqual(set(content), {"file"})

    def test_an_edit_cannot_change_the_file(self) -> None:
        self.assert_invalid(self.change("after", self.make_file().pk))
        plain = ack_of(self.send(self.ann, text(self.direct))).message_id
        self.message_id = plain
        for named in (self.picture.pk, "None"):
            self.assert_invalid(self.change("", named))
        self.assertEqual(error_of(self.send(self.ann, edit(self.direct, plain, ""))).code, "INVALID_MESSAGE")

    def test_a_recall_ends_who_may_see_the_file_and_marks_it_for_the_sweep(self) -> None:
        self.assertTrue(may_see(self.bob.pk, self.picture.pk))
        pending = self.send(self.ann, recall(self.direct, self.message_id))
        self.assertNotIn(b"a.png", outgoing_of(pending).frame)
        self.assertFalse(may_see(self.bob.pk, self.picture.pk))
        self.assertFalse(may_see(self.ann.pk, self.picture.pk))
        self.assertEqual(find_carried([self.picture.pk]), set())
        self.picture.refresh_from_db()
        self.assertIsNotNone(self.picture.released_at)
        self.assertIsNone(Message.objects.get(pk=int(self.message_id)).file_id)
        self.assert_invalid(self.send(self.ann, self.carry(self.picture.pk)))

    def test_recalling_one_of_two_leaves_the_other(self) -> None:
        ack_of(self.send(self.ann, self.carry(self.picture.pk, where=self.group)))
        self.send(self.ann, recall(self.direct, self.message_id))
        self.assertTrue(may_see(self.bob.pk, self.picture.pk))
        self.assertEqual(find_carried([self.picture.pk, 10**15]), {self.picture.pk})
