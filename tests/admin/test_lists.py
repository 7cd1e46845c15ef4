"""Every list and page of the admin: it opens, costs the same for many rows as for few, and says nothing it must not."""

from datetime import timedelta

from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Block, FriendRequest, Friendship, Session, User
from core import clock
from core.admin_base import MAX_COUNTED, BoundedPaginator
from core.ids import log_id
from core.models import OutboxEntry
from files.models import File
from groups.models import Invite, JoinRequest
from messaging.models import Conversation, LogEvent, Member, Message
from messaging.services.log import leave_in_outbox
from tests.admin.case import AdminCase
from tests.groups.factories import get_conversation, make_group, make_users

ROWS = 50
MOST_QUERIES = 20
OWN_APPS = {"accounts", "files", "messaging", "groups", "core"}
CANARY = "canary-in-a-coal-mine"


def make_message(conversation_id: int, seq: int, sender_id: int) -> Message:
    return Message(
        id=log_id(conversation_id, seq),
        conversation_id=conversation_id,
        seq=seq,
        ordinal=seq,
        sender_id=sender_id,
        client_msg_id=f"00000000-0000-0000-0000-{seq:012d}",
        payload_hash=1,
        text=f"{CANARY} {seq}",
        created_at=clock.now(),
    )


class FilledCase(AdminCase):
    """50 of everything, each hanging on other rows, so that a query for each row would show."""

    users: list[User]
    group_ids: list[int]
    group_id: int

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.users = make_users(ROWS)
        first = cls.users[0]
        ends = clock.now() + timedelta(days=1)
        Session.objects.bulk_create(Session(user=user, device_name="Phone", expires_at=ends) for user in cls.users)
        others = [*cls.users[1:], cls.staff]
        Friendship.objects.bulk_create(Friendship(user=first, friend=user, remark=CANARY) for user in others)
        FriendRequest.objects.bulk_create(
            FriendRequest(sender=user, recipient=first, message=CANARY) for user in others
        )
        cls.group_ids = [make_group(user, first, name=f"Group {user.pk}") for user in others]
        cls.group_id = make_group(first, *cls.users[1:], name="Everyone")
        Member.objects.update(draft=CANARY)
        Invite.objects.bulk_create(
            Invite(group_id=group_id, token=f"token-{group_id}-{CANARY}", created_by=first)
            for group_id in cls.group_ids
        )
        JoinRequest.objects.bulk_create(
            JoinRequest(group_id=cls.group_ids[0], user=user, message=CANARY) for user in cls.users[2:]
        )
        Message.objects.bulk_create(make_message(cls.group_id, seq, first.pk) for seq in range(10, 10 + ROWS))
        LogEvent.objects.bulk_create(
            LogEvent(
                id=log_id(cls.group_id, seq), conversation_id=cls.group_id, seq=seq, event="message-pinned",
                actor_id=first.pk, message_id=log_id(cls.group_id, 10), payload={}, at=clock.now(),
            )
            for seq in range(100, 100 + ROWS)
        )  # fmt: skip
        File.objects.bulk_create(
            File(owner=user, filename=CANARY, content_type="text/plain", size=1, key=f"files/{user.pk}")
            for user in cls.users
        )
        Block.objects.bulk_create(Block(blocker=user, blocked=first) for user in others)
        for group_id in cls.group_ids:
            leave_in_outbox(group_id, {"updated": None})

    def own_models(self) -> list[str]:
        """`app_model` of everything registered."""
        return [
            f"{model._meta.app_label}_{model._meta.model_name}"
            for model in admin.site._registry
            if model._meta.app_label in OWN_APPS
        ]


class ListTests(FilledCase):
    def test_no_list_takes_a_query_for_each_row(self) -> None:
        self.assertGreaterEqual(len(self.own_models()), 13)
        for model in self.own_models():
            with self.subTest(model=model):
                query = {"conversation_id__exact": self.group_id} if model.startswith("messaging_log") else {}
                if model == "messaging_message":
                    query = {"conversation_id__exact": self.group_id}
                address = reverse(f"admin:{model}_changelist")
                self.assertLess(self.count_queries(address, **query), MOST_QUERIES)
                shown = self.client.get(address, query).context["cl"].result_list
                self.assertGreaterEqual(len(shown), ROWS - 2)

    def test_no_page_takes_a_query_for_each_member(self) -> None:
        for model, key in (
            ("messaging_conversation", self.group_id),
            ("groups_group", self.group_id),
            ("accounts_user", self.users[0].pk),
        ):
            with self.subTest(model=model):
                address = reverse(f"admin:{model}_change", args=[key])
                self.assertLess(self.count_queries(address), MOST_QUERIES + 8)

    def test_a_conversation_shows_one_page_of_its_members(self) -> None:
        page = self.get_detail("messaging_conversation", self.group_id)
        shown = [user for user in self.users if f">{user.username}<" in page]
        self.assertEqual(len(shown), 20)

    def test_every_detail_page_opens(self) -> None:
        for model, manager in (
            ("accounts_session", Session.objects),
            ("accounts_friendship", Friendship.objects),
            ("accounts_block", Block.objects),
            ("accounts_friendrequest", FriendRequest.objects),
            ("messaging_member", Member.objects),
            ("messaging_message", Message.objects),
            ("messaging_logevent", LogEvent.objects),
            ("groups_invite", Invite.objects),
            ("groups_joinrequest", JoinRequest.objects),
            ("core_outboxentry", OutboxEntry.objects),
        ):
            with self.subTest(model=model):
                self.get_detail(model, manager.order_by("pk")[0].pk)

    def test_the_first_page_has_figures_and_two_weeks(self) -> None:
        page = self.get_page(reverse("admin:index"))
        for shown in ("Active in 24 hours", "Live sessions", "New accounts in two weeks", "<svg viewBox"):
            self.assertIn(shown, page)

    def test_lists_are_searched_by_id(self) -> None:
        for model, term in (
            ("accounts_user", self.users[7].pk),
            ("accounts_session", self.users[7].pk),
            ("messaging_conversation", self.group_id),
            ("messaging_member", self.group_id),
            ("groups_group", self.group_id),
            ("groups_invite", self.group_ids[3]),
            ("groups_joinrequest", self.users[7].pk),
            ("accounts_block", self.users[7].pk),
        ):
            with self.subTest(model=model):
                self.assertIn("result_list", self.get_list(model, q=str(term)))
                self.assertNotIn("result_list", self.get_list(model, q="9" * 18))
                self.get_list(model, q="9" * 40)

    def test_users_are_found_by_the_start_of_a_name_in_any_case(self) -> None:
        page = self.get_list("accounts_user", q=self.users[5].username.upper())
        self.assertIn(self.users[5].username, page)


class ContentTests(FilledCase):
    def test_no_page_shows_a_text_a_draft_a_remark_or_a_whole_token(self) -> None:
        message_id = log_id(self.group_id, 10)
        self.client.post(reverse("admin:messaging_message_change", args=[message_id]), {"text": "x"})
        pages = [
            self.get_list("messaging_message", q=str(message_id)),
            self.get_list("messaging_message", conversation_id__exact=self.group_id),
            self.get_detail("messaging_message", message_id),
            self.get_page(reverse("admin:messaging_message_history", args=[message_id])),
            self.get_detail("messaging_conversation", self.group_id),
            self.get_detail("messaging_member", Member.objects.order_by("pk")[0].pk),
            self.get_detail("accounts_user", self.users[0].pk),
            self.get_page(reverse("admin:index")),
        ]
        pages += [self.get_list(model) for model in self.own_models()]
        pages += [self.get_detail("groups_invite", invite.pk) for invite in Invite.objects.all()[:1]]
        for page in pages:
            self.assertNotIn(CANARY, page)

    def test_texts_cannot_be_searched_or_filtered(self) -> None:
        self.assertNotIn("result_list", self.get_list("messaging_message", q=CANARY))
        response = self.client.get(reverse("admin:messaging_message_changelist"), {"text__contains": CANARY})
        self.assertNotIn("result_list", response.content.decode())

    def test_the_text_is_not_even_read(self) -> None:
        model_admin = admin.site._registry[Message]
        request = RequestFactory().get("/")
        request.user = self.staff
        sql = str(model_admin.get_queryset(request).query)
        self.assertNotIn('"text"', sql)
        self.assertNotIn('"mentions"', sql)

    def test_messages_are_listed_only_once_something_is_named(self) -> None:
        self.assertNotIn("result_list", self.get_list("messaging_message"))
        for term in (log_id(self.group_id, 10), f"{self.group_id}/10", self.group_id):
            self.assertIn("result_list", self.get_list("messaging_message", q=str(term)))
        for term in (f"{self.group_id}/5000", "nonsense", f"{self.group_id}/x", "9" * 19, f"{'9' * 18}/1"):
            self.assertNotIn("result_list", self.get_list("messaging_message", q=term))

    def test_the_log_cannot_be_changed(self) -> None:
        for model in ("messaging_message", "messaging_logevent", "messaging_conversation", "messaging_member"):
            response = self.client.get(reverse(f"admin:{model}_add"))
            self.assertEqual(response.status_code, 403, model)
        before = get_conversation(self.group_id).last_seq
        address = reverse("admin:messaging_conversation_change", args=[self.group_id])
        self.assertEqual(self.client.post(address, {"last_seq": 5}).status_code, 403)
        self.assertEqual(get_conversation(self.group_id).last_seq, before)


class PaginatorTests(AdminCase):
    def test_it_counts_no_further_than_its_bound(self) -> None:
        rows = Conversation.objects.order_by("pk")
        self.assertEqual(BoundedPaginator(rows, 50).count, Conversation.objects.count())
        with self.assertNumQueries(1) as queries:
            self.assertEqual(BoundedPaginator(rows, 50).count, 0)
        self.assertIn(f"LIMIT {MAX_COUNTED}", queries.captured_queries[0]["sql"])
