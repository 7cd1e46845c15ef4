"""Reading: who may, and how what is read reaches a browser."""

from datetime import datetime
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from django.test import override_settings

from core import clock
from core.clock import to_wire
from core.redis import get_redis
from files.api.parsing import LIMITS
from files.models import File, Previews
from files.services.previews import make_previews
from messaging.models import Attachment, Conversation, Member, Message
from messaging.services.changing import erase_content
from tests.factories import fake_clock, make_guest, make_user
from tests.files.case import FilesCase, exchange, opened, picture
from tests.messaging.building import Log, make_direct, make_group, make_world

PATHS = ("", "/content", "/thumbnail", "/url", "/url?variant=preview", "/url?variant=thumbnail")


def carry(log: Log, file: File) -> Message:
    """A message of the file's owner that carries it, as the write path leaves it."""
    message = log.send(file.owner, "look")
    message.kind, message.file_id = "image", file.pk
    message.save(update_fields=["kind", "file_id"])
    Attachment.objects.create(
        file_id=file.pk, message_id=message.pk, conversation_id=message.conversation_id, seq=message.seq
    )
    File.objects.filter(pk=file.pk).update(sent_at=clock.now())
    return message


class ReadingCase(FilesCase):
    def setUp(self) -> None:
        super().setUp()
        get_redis().flushdb()
        self.bob = make_user()
        self.file = self.upload()
        make_previews(self.file.pk)
        self.file.refresh_from_db()

    def statuses(self, user: object, file: File | None = None) -> set[int]:
        """What the six addresses of a file answer to someone."""
        shown = file or self.file
        return {self.raw(user, "get", f"files/{shown.pk}{path}").status_code for path in PATHS}  # type: ignore[arg-type]

    def assert_sees(self, user: object) -> None:
        """Every address answers."""
        self.assertEqual(self.statuses(user), {200, 302})

    def assert_outside(self, user: object) -> None:
        """Every address answers as that of a file that does not exist."""
        self.assertEqual(self.statuses(user), {404})
        missing = File(pk=10**15)
        for path in PATHS:
            mine = self.raw(user, "get", f"files/{self.file.pk}{path}")  # type: ignore[arg-type]
            none = self.raw(user, "get", f"files/{missing.pk}{path}")  # type: ignore[arg-type]
            self.assertEqual(mine.content, none.content)


class AccessTest(ReadingCase):
    def test_until_it_is_sent_a_file_is_its_owners_alone(self) -> None:
        self.assert_sees(self.ann)
        self.assert_outside(self.eve)
        self.assertEqual(self.statuses(None), {401})

    def test_who_may_see_a_message_that_carries_it_sees_it_and_nobody_else(self) -> None:
        carry(Log(make_direct(self.ann, self.bob)), self.file)
        self.assert_sees(self.ann)
        self.assert_sees(self.bob)
        self.assert_outside(self.eve)

    def test_a_forwarded_file_is_seen_where_it_was_forwarded_to(self) -> None:
        carry(Log(make_direct(self.ann, self.bob)), self.file)
        forwarded = carry(Log(make_group(self.bob, self.eve)), File(pk=self.file.pk, owner=self.bob))
        self.assert_sees(self.eve)
        erase_content(forwarded, clock.now())
        self.assert_outside(self.eve)
        self.assert_sees(self.bob)

    def test_a_recall_takes_it_from_everyone(self) -> None:
        message = carry(Log(make_direct(self.ann, self.bob)), self.file)
        erase_content(message, clock.now())
        for user in (self.ann, self.bob, self.eve):
            self.assert_outside(user)

    def test_a_hidden_message_hides_its_file(self) -> None:
        message = carry(Log(make_direct(self.ann, self.bob)), self.file)
        Message.objects.filter(pk=message.pk).update(hidden_at=clock.now())
        self.assert_outside(self.bob)

    def test_who_has_left_a_group_sees_its_files_no_longer_the_owner_too(self) -> None:
        group = make_group(self.bob, self.ann)
        carry(Log(group), self.file)
        self.assert_sees(self.ann)
        Member.objects.filter(conversation=group, user=self.ann).update(left_at=clock.now())
        self.assert_outside(self.ann)
        self.assert_sees(self.bob)

    def test_a_dissolved_group_takes_its_files_along(self) -> None:
        group = make_group(self.ann, self.bob)
        carry(Log(group), self.file)
        Conversation.objects.filter(pk=group.pk).update(dissolved_at=clock.now())
        self.assert_outside(self.bob)

    def test_who_joined_later_sees_only_files_within_their_part_of_the_log(self) -> None:
        group = make_group(self.ann, self.bob)
        message = carry(Log(group), self.file)
        Member.objects.filter(conversation=group, user=self.bob).update(visible_from=message.seq + 1)
        self.assert_outside(self.bob)
        Member.objects.filter(conversation=group, user=self.bob).update(visible_from=message.seq)
        self.assert_sees(self.bob)

    def test_in_the_world_room_everyone_sees_it_but_who_was_removed(self) -> None:
        world = make_world()
        carry(Log(world), self.file)
        self.assert_sees(make_guest())
        Member.objects.create(conversation=world, user=self.eve, left_at=clock.now())
        self.assert_outside(self.eve)

    def test_looking_costs_the_same_however_often_it_was_sent(self) -> None:
        log = Log(make_direct(self.ann, self.bob))
        carry(log, self.file)
        self.raw(self.bob, "get", f"files/{self.file.pk}")
        with self.assertNumQueries(3):  # the session, the file, the access
            self.raw(self.bob, "get", f"files/{self.file.pk}")
        for _ in range(5):
            carry(log, self.file)
        with self.assertNumQueries(3):
            self.raw(self.bob, "get", f"files/{self.file.pk}")


class DownloadTest(ReadingCase):
    def test_metadata_is_the_contracts_file_object(self) -> None:
        answer = self.raw(self.ann, "get", f"files/{self.file.pk}")
        self.assertEqual(
            answer.json(),
            {
                "id": str(self.file.pk),
                "filename": "a.png",
                "content_type": "image/png",
                "size": len(picture()),
                "status": "ready",
                "width": 40,
                "height": 30,
            },
        )
        self.assertEqual(answer.headers["Cache-Control"], "private, no-store")

    def test_content_redirects_to_a_signed_address_of_at_most_a_minute(self) -> None:
        answer = self.raw(self.ann, "get", f"files/{self.file.pk}/content")
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (302, "private, no-store"))
        url = answer.headers["Location"]
        self.assertLessEqual(int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0]), 60)
        got = exchange("GET", url)
        self.assertEqual((got.status, got.body), (200, picture()))
        self.assertEqual(got.headers["content-type"], "image/png")
        self.assertEqual(got.headers["content-disposition"], 'attachment; filename="a.png"')
        self.assertEqual(got.headers["x-content-type-options"], "nosniff")
        self.assertEqual(got.headers["cache-control"], "private, no-store")

    def test_an_address_says_when_it_ends(self) -> None:
        with fake_clock() as time:
            answer = self.call(self.ann, "get", f"files/{self.file.pk}/url")
            self.assertEqual(set(answer), {"url", "expires_at"})
            ends = datetime.fromisoformat(answer["expires_at"])
            self.assertLessEqual((ends - time.moment).total_seconds(), 60)
            self.assertEqual(to_wire(ends), answer["expires_at"])

    def test_a_signed_address_cannot_be_made_to_show_its_file(self) -> None:
        url = self.call(self.ann, "get", f"files/{self.file.pk}/url")["url"]
        for forged in (
            url.replace("attachment", "inline"),
            url + "&response-content-disposition=inline",
            url.replace("?", "?response-content-disposition=inline&", 1),
            url.replace("image%2Fpng", "text%2Fhtml"),
        ):
            with self.subTest(forged):
                got = exchange("GET", forged)
                self.assertTrue(got.status == 403 or got.headers["content-disposition"].startswith("attachment"))

    def test_pages_and_drawings_are_bytes_to_download_whatever_they_are_called(self) -> None:
        script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        for filename, content_type in (('图".svg', "image/svg+xml"), ("a.html", "text/html"), ("a.xml", "text/xml")):
            with self.subTest(content_type):
                file = self.upload(script, filename, content_type)
                got = exchange("GET", self.call(self.ann, "get", f"files/{file.pk}/url")["url"])
                self.assertEqual(got.headers["content-type"], "application/octet-stream")
                self.assertTrue(got.headers["content-disposition"].startswith("attachment; filename"))
                self.assertEqual(got.headers["x-content-type-options"], "nosniff")
                self.assertEqual(self.raw(self.ann, "get", f"files/{file.pk}/thumbnail").status_code, 404)
                self.assertEqual(self.raw(self.ann, "get", f"files/{file.pk}/url?variant=preview").status_code, 404)

    def test_pictures_that_were_made_here_are_shown_inline(self) -> None:
        for variant in ("preview", "thumbnail"):
            url = self.call(self.ann, "get", f"files/{self.file.pk}/url?variant={variant}")["url"]
            got = exchange("GET", url)
            self.assertEqual(
                (got.headers["content-type"], got.headers["content-disposition"]), ("image/webp", "inline")
            )
            self.assertEqual(opened(got.body).format, "WEBP")

    def test_without_a_thumbnail_yet_there_is_none(self) -> None:
        File.objects.filter(pk=self.file.pk).update(previews=Previews.WANTED)
        self.assertEqual(self.raw(self.ann, "get", f"files/{self.file.pk}/thumbnail").status_code, 404)
        self.assertEqual(self.raw(self.ann, "get", f"files/{self.file.pk}/content").status_code, 302)

    def test_a_file_that_is_not_ready_has_no_content(self) -> None:
        started = self.start(picture())
        path = f"files/{started['file']['id']}"
        self.assertEqual(self.call(self.ann, "get", path)["status"], "pending")
        for suffix in ("/content", "/thumbnail", "/url"):
            self.assertEqual(self.raw(self.ann, "get", path + suffix).status_code, 404)

    def test_an_unknown_variant_is_refused(self) -> None:
        answer = self.call(self.ann, "get", f"files/{self.file.pk}/url?variant=huge", status=400)
        self.assertEqual(list(answer["details"]["fields"]), ["variant"])

    @override_settings(RATE_LIMITS=True)
    def test_reading_is_throttled(self) -> None:
        with patch.dict(LIMITS, {"files.read": (3, 60.0)}):
            answers = {self.raw(self.ann, "get", f"files/{self.file.pk}").status_code for _ in range(5)}
        self.assertEqual(answers, {200, 429})

    def test_ids_that_are_none_name_nothing(self) -> None:
        for text in ("x", "0", "-1", "1.0", "9" * 30):
            self.assertEqual(self.raw(self.ann, "get", f"files/{text}").status_code, 404)
