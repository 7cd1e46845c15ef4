"""How files end: the sweep, recalls, and an account's erasure."""

from datetime import timedelta
from unittest.mock import patch

from accounts.services.erasure import erase_account
from core import clock
from core.errors import DomainError, ErrorCode
from files.models import File
from files.objects import get_store
from files.selectors import used_bytes
from files.services.erasure import sweep_files
from files.services.previews import make_previews
from messaging.delivery.recent import fill_recent, read_recent
from messaging.models import Attachment
from messaging.selectors.messages import view_messages
from messaging.services.changing import erase_content
from tests.factories import fake_clock, make_user
from tests.files.case import FilesCase, exchange, picture
from tests.files.test_reading import carry
from tests.messaging.building import Log, make_direct

HOUR = 3600
DAY = 24 * HOUR


class SweepTest(FilesCase):
    def objects_of(self, file: File) -> list[str]:
        """Which of the file's objects the storage holds."""
        return [key for key in file.keys if get_store().find(key) is not None]

    def sweep_after(self, seconds: float) -> int:
        """How many files a sweep takes, that much later."""
        with fake_clock() as time:
            time.advance(seconds)
            return sweep_files()

    def test_what_was_never_completed_goes_after_a_day(self) -> None:
        data = picture()
        started = self.start(data)
        self.send(started, data)
        file = File.objects.get()
        self.assertEqual(self.sweep_after(DAY - HOUR), 0)
        self.assertEqual(len(self.objects_of(file)), 1)
        self.assertEqual(self.sweep_after(DAY + HOUR), 1)
        self.assertEqual((self.objects_of(file), File.objects.count()), ([], 0))

    def test_an_upload_in_parts_is_given_up_with_its_parts(self) -> None:
        with self.settings(FILE_MULTIPART_ABOVE_BYTES=10):
            started = self.start(b"x" * 100, "a.txt", "text/plain")
        [part] = started["upload"]["parts"]
        self.assertEqual(exchange("PUT", part["url"], b"x" * 100).status, 200)
        file = File.objects.get()
        self.sweep_after(DAY + HOUR)
        self.assertIsNone(get_store().list_parts(file.key, file.upload_id))
        self.assertEqual(exchange("PUT", part["url"], b"x" * 100).status, 404)

    def test_what_was_never_sent_goes_after_a_week_with_its_previews(self) -> None:
        file = self.upload()
        make_previews(file.pk)
        self.assertEqual(len(self.objects_of(file)), 3)
        self.assertEqual(self.sweep_after(7 * DAY - HOUR), 0)
        self.assertEqual(self.sweep_after(7 * DAY + HOUR), 1)
        self.assertEqual(self.objects_of(file), [])

    def test_what_a_message_carries_stays(self) -> None:
        file = self.upload()
        carry(Log(make_direct(self.ann, self.eve)), file)
        self.assertEqual(self.sweep_after(400 * DAY), 0)
        self.assertEqual(len(self.objects_of(file)), 1)

    def test_what_was_recalled_goes_after_a_month_unless_another_message_carries_it(self) -> None:
        log = Log(make_direct(self.ann, self.eve))
        file, twice = self.upload(), self.upload()
        for message in (carry(log, file), carry(log, twice)):
            erase_content(message, clock.now())
        carry(log, twice)
        self.assertEqual(self.sweep_after(29 * DAY), 0)
        self.assertEqual(self.sweep_after(31 * DAY), 1)
        self.assertEqual((self.objects_of(file), self.objects_of(twice)), ([], [twice.key]))
        self.assertIsNone(File.objects.get().released_at)

    def test_what_came_to_the_address_after_completion_goes_when_the_address_has_ended(self) -> None:
        data = picture()
        started = self.start(data)
        incoming = File.objects.get().key
        self.send(started, data)
        self.complete(started)
        self.assertIsNone(get_store().find(incoming))
        self.assertEqual(self.send(started, data).status, 200)
        self.sweep_after(HOUR / 2)
        self.assertIsNotNone(get_store().find(incoming))
        self.sweep_after(HOUR + 1)
        self.assertIsNone(get_store().find(incoming))
        file = File.objects.get()
        self.assertEqual((file.drafts, self.objects_of(file)), ([], [file.key]))

    def test_rejected_files_are_forgotten(self) -> None:
        started = self.start(b"<html>", "a.png", "image/png")
        self.send(started, b"<html>")
        self.complete(started, status=422)
        self.assertEqual(self.sweep_after(DAY + HOUR), 1)
        self.assertEqual(File.objects.count(), 0)

    def test_while_the_storage_is_away_the_rows_stay_and_nothing_is_forgotten(self) -> None:
        file = self.upload()
        away = patch("files.storage.ObjectStorage.delete", side_effect=DomainError(ErrorCode.UNAVAILABLE))
        with away, self.assertRaises(DomainError):
            self.sweep_after(8 * DAY)
        self.assertEqual(File.objects.get().status, "rejected")  # out of reach already
        self.assertEqual(self.sweep_after(8 * DAY), 1)
        self.assertEqual(self.objects_of(file), [])

    def test_previews_that_got_lost_are_asked_for_again(self) -> None:
        with patch("files.services.previews.current_app.send_task") as send:
            file = self.upload()
            send.reset_mock()
            self.sweep_after(30)
            send.assert_not_called()
            self.sweep_after(300)
        send.assert_called_once_with("files.tasks.make_previews", (file.pk,), retry=False)


class DeleteTest(FilesCase):
    def test_an_upload_that_is_given_up_frees_its_room_at_once(self) -> None:
        data = picture()
        started = self.start(data)
        self.send(started, data)
        file, path = File.objects.get(), f"files/{started['file']['id']}"
        self.assert_refused(self.call(self.eve, "delete", path, status=404), "NOT_FOUND")
        self.call(self.ann, "delete", path, status=204)
        self.assertIsNone(get_store().find(file.key))
        self.assertEqual(used_bytes(self.ann.pk), 0)
        self.call(self.ann, "delete", path, status=404)

    def test_what_was_sent_is_recalled_not_deleted(self) -> None:
        file = self.upload()
        carry(Log(make_direct(self.ann, self.eve)), file)
        self.assert_refused(self.call(self.ann, "delete", f"files/{file.pk}", status=409), "CONFLICT")
        self.assertIsNotNone(get_store().find(file.key))


class AccountTest(FilesCase):
    def test_with_the_account_go_all_files_and_the_avatar_and_messages_say_that_theirs_is_gone(self) -> None:
        file, waiting = self.upload(), self.upload()
        self.call(self.ann, "put", "users/me/avatar", {"file_id": str(waiting.pk)})
        self.ann.refresh_from_db()
        avatar = f"avatars/{self.ann.avatar}"
        bob = make_user()
        carry(Log(make_direct(self.ann, bob)), file)
        forwarded = carry(Log(make_direct(bob, self.eve)), File(pk=file.pk, owner=bob))
        forwarded.refresh_from_db()
        fill_recent(forwarded.conversation_id, 1, [b'{"content": "a.png"}'])
        erase_account(self.ann.pk)
        self.assertFalse(File.objects.filter(owner=self.ann).exists())
        for key in (file.key, waiting.key, avatar):
            self.assertIsNone(get_store().find(key), key)
        self.assertIsNone(read_recent(forwarded.conversation_id, 1))
        self.assertFalse(Attachment.objects.filter(file_id=file.pk).exists())
        [view] = view_messages([forwarded], self.eve.pk)
        self.assertEqual(
            view.content["file"],
            {
                "id": str(file.pk),
                "filename": "",
                "content_type": "application/octet-stream",
                "size": 0,
                "status": "rejected",
            },
        )
        self.assertEqual(self.raw(self.eve, "get", f"files/{file.pk}").status_code, 404)
        self.ann.refresh_from_db()
        self.assertEqual(self.ann.avatar, "")

    def test_an_account_whose_files_cannot_be_deleted_is_not_erased_yet(self) -> None:
        self.upload()
        away = patch("files.storage.ObjectStorage.delete", side_effect=DomainError(ErrorCode.UNAVAILABLE))
        with away, self.assertRaises(DomainError):
            erase_account(self.ann.pk)
        self.ann.refresh_from_db()
        self.assertIsNone(self.ann.erased_at)
        erase_account(self.ann.pk)
        self.ann.refresh_from_db()
        self.assertIsNotNone(self.ann.erased_at)


class AgeTest(FilesCase):
    def test_the_sweep_goes_on_from_batch_to_batch(self) -> None:
        rows = [
            File(owner=self.ann, filename="a", content_type="text/plain", size=1, key=f"incoming/none-{number}",
                 created_at=clock.now() - timedelta(days=2))
            for number in range(7)
        ]  # fmt: skip
        File.objects.bulk_create(rows)
        with patch("files.services.erasure.BATCH", 3):
            self.assertEqual(sweep_files(), 7)
        self.assertEqual(File.objects.count(), 0)
