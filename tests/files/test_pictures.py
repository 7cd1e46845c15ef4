"""Thumbnails, previews and avatars: pictures made anew."""

import io
from typing import Any
from unittest.mock import patch

from django.test import SimpleTestCase, TestCase, override_settings
from kombu.exceptions import OperationalError
from PIL import Image

from accounts.models import User
from files.imaging import TooManyPixelsError, UnreadableImageError, measure, render, render_avatar
from files.models import File, Previews
from files.objects import get_store
from files.services.previews import make_previews, request_previews
from messaging.models import Conversation, LogEvent
from messaging.selectors.conversations import list_views
from tests.files.case import FilesCase, opened, picture
from tests.groups.factories import make_group
from tests.messaging.building import make_direct, make_user

SECRET = b"taken at 48.8584 N, 2.2945 E"


def turned(size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG that is to be turned by a quarter to the right, and says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    return picture("JPEG", size, exif=exif, comment=SECRET)


def animation(frames: int = 3, size: tuple[int, int] = (50, 20)) -> bytes:
    """A GIF of that many frames, 80 ms each."""
    images = [Image.new("RGB", size, (step * 40 % 256, 0, 0)) for step in range(frames)]
    buffer = io.BytesIO()
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:], duration=80, loop=0)
    return buffer.getvalue()


class RenderTest(SimpleTestCase):
    def test_every_format_gives_two_webp_pictures_within_their_edges(self) -> None:
        for kind, content_type in (
            ("PNG", "image/png"),
            ("JPEG", "image/jpeg"),
            ("GIF", "image/gif"),
            ("WEBP", "image/webp"),
        ):
            with self.subTest(kind):
                made = render(picture(kind, (3000, 1500)), content_type)
                for data, expected in ((made.thumbnail, (512, 256)), (made.preview, (2048, 1024))):
                    image = opened(data)
                    self.assertEqual((image.format, image.size), ("WEBP", expected))

    def test_small_pictures_are_not_blown_up(self) -> None:
        made = render(picture(size=(40, 30)), "image/png")
        self.assertEqual((opened(made.thumbnail).size, opened(made.preview).size), ((40, 30), (40, 30)))

    def test_the_camera_s_turn_is_applied_and_nothing_it_noted_is_kept(self) -> None:
        made = render(turned(), "image/jpeg")
        for data in (made.thumbnail, made.preview, render_avatar(turned(), "image/jpeg")):
            self.assertNotIn(SECRET, data)
            self.assertNotIn(b"EXIF", data)
            self.assertEqual(len(opened(data).getexif()), 0)
        upright = opened(made.preview).convert("RGB")
        self.assertEqual(upright.size, (40, 60))
        top, bottom = upright.getpixel((20, 5)), upright.getpixel((20, 55))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        self.assertGreater(top[0], top[2])  # left became top: red above, blue below
        self.assertGreater(bottom[2], bottom[0])
        self.assertEqual(measure(turned(), "image/jpeg"), (40, 60))

    def test_what_hides_behind_the_picture_is_left_behind(self) -> None:
        made = render(picture() + b"<script>alert(1)</script>", "image/png")
        self.assertNotIn(b"script", made.thumbnail + made.preview)

    def test_transparency_is_kept(self) -> None:
        buffer = io.BytesIO()
        Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(buffer, "PNG")
        self.assertEqual(opened(render(buffer.getvalue(), "image/png").preview).mode, "RGBA")

    def test_a_moving_picture_moves_in_the_preview_and_stands_still_in_the_thumbnail(self) -> None:
        made = render(animation(), "image/gif")
        self.assertEqual(getattr(opened(made.preview), "n_frames", 1), 3)
        self.assertEqual(getattr(opened(made.thumbnail), "n_frames", 1), 1)

    def test_one_that_moves_too_much_stands_still(self) -> None:
        self.assertEqual(getattr(opened(render(animation(130), "image/gif").preview), "n_frames", 1), 1)
        with override_settings(FILE_IMAGE_MAX_PIXELS=2_500):
            self.assertEqual(getattr(opened(render(animation(3), "image/gif").preview), "n_frames", 1), 1)

    def test_what_cannot_be_read_is_said_so(self) -> None:
        for data in (b"", b"GIF89a", picture()[:40], picture("JPEG")):
            with self.subTest(data[:8]), self.assertRaises(UnreadableImageError):
                render(data, "image/png")

    @override_settings(FILE_IMAGE_MAX_PIXELS=100)
    def test_too_many_pixels_are_not_decoded(self) -> None:
        data = picture(size=(11, 10))
        with patch.object(Image.Image, "load") as load, self.assertRaises(TooManyPixelsError):
            render(data, "image/png")
        load.assert_not_called()


class PreviewTest(FilesCase):
    def test_completing_a_picture_asks_for_its_previews_and_nothing_else_does(self) -> None:
        with patch("files.services.previews.current_app.send_task") as send:
            file = self.upload()
            self.upload(b"abc", "a.txt", "text/plain")
        send.assert_called_once_with("files.tasks.make_previews", (file.pk,), retry=False)

    def test_a_broker_that_is_away_does_not_keep_a_file_from_being_ready(self) -> None:
        with patch("files.services.previews.current_app.send_task", side_effect=OperationalError):
            self.assertEqual(self.upload().previews, "wanted")

    def test_it_is_really_queued(self) -> None:
        request_previews(self.upload().pk)

    def test_they_are_made_once_and_again_changes_nothing(self) -> None:
        file = self.upload(picture(size=(600, 300)))
        make_previews(file.pk)
        file.refresh_from_db()
        self.assertEqual(file.previews, Previews.MADE)
        thumbnail = get_store().read(file.thumbnail_key, most=10**6)
        self.assertEqual(opened(thumbnail).size, (512, 256))
        make_previews(file.pk)
        make_previews(10**15)
        self.assertEqual(get_store().read(file.thumbnail_key, most=10**6), thumbnail)

    def test_two_workers_at_once_do_each_other_no_harm(self) -> None:
        file = self.upload()
        render_now = render

        def overtaken(data: bytes, content_type: str) -> Any:
            with patch("files.services.previews.render", render_now):
                make_previews(file.pk)
            return render_now(data, content_type)

        with patch("files.services.previews.render", overtaken):
            make_previews(file.pk)
        file.refresh_from_db()
        self.assertEqual(file.previews, Previews.MADE)
        self.assertIsNotNone(get_store().find(file.thumbnail_key))

    def test_a_picture_that_breaks_off_stays_a_file_without_previews(self) -> None:
        whole = picture("JPEG", (400, 400), quality=95)
        file = self.upload(whole[: len(whole) // 2], "a.jpg", "image/jpeg")
        make_previews(file.pk)
        file.refresh_from_db()
        self.assertEqual((file.status, file.previews), ("ready", Previews.FAILED))

    def test_for_a_file_that_is_erased_meanwhile_nothing_is_left_behind(self) -> None:
        file = self.upload()
        render_now = render

        def slowly(data: bytes, content_type: str) -> Any:
            File.objects.filter(pk=file.pk).update(status="rejected")
            return render_now(data, content_type)

        with patch("files.services.previews.render", slowly):
            make_previews(file.pk)
        self.assertIsNone(get_store().find(file.thumbnail_key))
        self.assertIsNone(get_store().find(file.preview_key))


class UserAvatarTest(FilesCase):
    def choose(self, file: File, *, user: User | None = None, status: int = 200) -> Any:
        """The answer to making an avatar of a file."""
        return self.call(user or self.ann, "put", "users/me/avatar", {"file_id": str(file.pk)}, status=status)

    def test_it_is_a_small_square_under_an_address_for_everyone_that_may_be_kept(self) -> None:
        url = self.choose(self.upload(picture(size=(900, 600))))["avatar_url"]
        self.assertEqual(self.call(self.eve, "get", f"users/{self.ann.pk}")["avatar_url"], url)
        answer = self.client.get(url)
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "image/webp"))
        self.assertIn("immutable", answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(opened(answer.content).size, (256, 256))

    def test_another_one_has_another_address_and_the_old_one_is_gone(self) -> None:
        first = self.choose(self.upload())["avatar_url"]
        second = self.choose(self.upload())["avatar_url"]
        self.assertNotEqual(first, second)
        self.assertEqual((self.client.get(first).status_code, self.client.get(second).status_code), (404, 200))
        self.call(self.ann, "delete", "users/me/avatar", status=204)
        self.assertIsNone(self.call(self.ann, "get", "users/me")["avatar_url"])
        self.assertEqual(self.client.get(second).status_code, 404)
        self.call(self.ann, "delete", "users/me/avatar", status=204)

    def test_only_a_ready_picture_of_one_s_own_will_do(self) -> None:
        mine, text = self.upload(), self.upload(b"abc", "a.txt", "text/plain")
        self.assert_refused(self.choose(mine, user=self.eve, status=404), "NOT_FOUND")
        self.assert_refused(self.choose(text, status=400), "INVALID_REQUEST")
        pending = File.objects.get(pk=int(self.start(picture())["file"]["id"]))
        self.assert_refused(self.choose(pending, status=400), "INVALID_REQUEST")

    def test_addresses_that_are_none_name_nothing(self) -> None:
        for token in ("x", "." * 32, "a" * 32, "..%2Ffiles%2Fa"):
            self.assertEqual(self.client.get(f"/api/v1/avatars/{token}").status_code, 404)


class GroupAvatarTest(FilesCase):
    def setUp(self) -> None:
        super().setUp()
        self.group_id = make_group(self.ann, self.eve)
        self.path = f"groups/{self.group_id}/avatar"

    def test_who_runs_the_group_gives_it_a_picture_and_everyone_hears_of_it(self) -> None:
        file = self.upload()
        url = self.call(self.ann, "put", self.path, {"file_id": str(file.pk)})["avatar_url"]
        self.assertEqual(self.client.get(url).status_code, 200)
        seen = self.call(self.eve, "get", f"conversations/{self.group_id}")
        self.assertEqual(seen["avatar_url"], url)
        event = LogEvent.objects.filter(conversation_id=self.group_id).latest("pk")
        self.assertEqual((event.event, event.payload["group"]["avatar_url"]), ("group-updated", url))
        self.call(self.ann, "delete", self.path, status=204)
        self.assertIsNone(self.call(self.eve, "get", f"groups/{self.group_id}")["avatar_url"])
        self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_member_may_not_and_an_outsider_finds_no_group(self) -> None:
        file = self.upload(owner=self.eve)
        body = {"file_id": str(file.pk)}
        self.assert_refused(self.call(self.eve, "put", self.path, body, status=403), "FORBIDDEN")
        outsider = User.objects.create_user("outsider", None)
        self.assert_refused(self.call(outsider, "put", self.path, body, status=404), "CONVERSATION_NOT_FOUND")
        self.assert_refused(self.call(self.eve, "delete", self.path, status=403), "FORBIDDEN")

    def test_someone_else_s_upload_will_not_do(self) -> None:
        body = {"file_id": str(self.upload(owner=self.eve).pk)}
        self.assert_refused(self.call(self.ann, "put", self.path, body, status=404), "NOT_FOUND")
        self.assertEqual(Conversation.objects.get(pk=self.group_id).avatar, "")


class PeerAvatarTest(TestCase):
    def test_a_direct_conversation_shows_the_other_s_picture(self) -> None:
        ann, ben = make_user("ann"), make_user("ben", avatar="t" * 32)
        [view] = list_views(ann.pk, [make_direct(ann, ben).pk])
        self.assertEqual(view["avatar_url"], "/api/v1/avatars/" + "t" * 32)
        self.assertEqual(view["peer"]["avatar_url"], view["avatar_url"])
        [view] = list_views(ben.pk, [make_direct(ben, make_user("cho")).pk])
        self.assertIsNone(view["avatar_url"])
