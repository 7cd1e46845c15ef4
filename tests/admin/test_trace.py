"""The delivery of a message in the admin: drawn for operators, closed to others, and never with what was written."""

from datetime import UTC, datetime

from django.test import override_settings
from django.urls import reverse

from core.ids import log_id
from core.redis import get_redis
from messaging.delivery import tracing
from messaging.delivery.tracing import Step, note
from messaging.models import Conversation, ConversationKind, Member, Message
from tests.admin.case import AdminCase
from tests.groups.factories import make_user


@override_settings(TRACE_SAMPLE=1.0, TRACE_HOOKS=[])
class TracePageTest(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(get_redis().flushdb)
        self.reader = make_user()
        conversation = Conversation.objects.create(kind=ConversationKind.GROUP, member_count=1, last_seq=1)
        Member.objects.create(conversation=conversation, user=self.reader)
        self.message = Message.objects.create(
            id=log_id(conversation.pk, 1), conversation_id=conversation.pk, seq=1, ordinal=1, sender_id=self.staff.pk,
            client_msg_id="c", payload_hash=0, text="secret words", created_at=datetime.now(UTC),
        )  # fmt: skip
        self.page = reverse("admin:messaging_message_change", args=[self.message.pk])
        self.trace = reverse("admin:messaging_message_trace", args=[self.message.pk])

    def took(self) -> None:
        note(self.message.pk, Step(tracing.STORED, 1_000, "host:1", count=1))
        note(self.message.pk, Step(tracing.PUSHED, 1_007, "gw-7", "gw-7", 1, [self.reader.pk]))
        tracing.flush()

    def test_the_way_of_a_message_is_drawn_on_its_page_and_on_one_of_its_own(self) -> None:
        self.took()
        for page in (self.page, self.trace):
            text = self.get_page(page)
            self.assertIn("<svg", text)
            self.assertIn("7 ms, gw-7", text)
            self.assertNotIn("secret", text)

    def test_why_somebody_did_not_get_it_is_answered(self) -> None:
        self.took()
        self.assertIn("Pushed by gateway gw-7", self.get_page(self.trace, user=self.reader.username))
        self.assertIn("Pushed by gateway gw-7", self.get_page(self.trace, user=str(self.reader.pk)))
        self.assertIn("never were", self.get_page(self.trace, user=make_user().username))
        self.assertIn("nobody of that name", self.get_page(self.trace, user="<b>nobody</b>"))
        self.assertNotIn("<b>nobody", self.get_page(self.trace, user="<b>nobody</b>"))

    def test_what_was_not_traced_says_so(self) -> None:
        self.assertIn("no longer kept", self.get_page(self.trace))
        with override_settings(TRACE_SAMPLE=0.0):
            self.assertIn("was not traced", self.get_page(self.page))

    def test_who_may_only_see_messages_does_not_see_their_way(self) -> None:
        self.took()
        self.client.force_login(self.make_moderator("view_message"))
        self.assertNotIn("gw-7", self.get_page(self.page))
        self.assertEqual(self.client.get(self.trace).status_code, 403)
        self.client.force_login(self.make_moderator("view_message", "trace_message"))
        self.assertIn("gw-7", self.get_page(self.page))
        self.assertEqual(self.client.get(self.trace).status_code, 200)

    def test_what_is_no_message_is_not_found(self) -> None:
        for number in ("1", "x", "9" * 30):
            address = reverse("admin:messaging_message_trace", args=[number])
            self.assertEqual(self.client.get(address).status_code, 404)
