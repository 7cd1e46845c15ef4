"""History, events, sending, members, readers and pins over HTTP."""

import uuid
from typing import Any
from unittest.mock import patch

from accounts.models import Block
from core.clock import to_wire
from core.models import OutboxEntry
from messaging.commands import SendMessage
from messaging.models import Conversation, LogEvent, Member, Pin, Role
from messaging.records import UpstreamItem
from tests.messaging.api_case import MessagingApiCase
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class LogApiTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.direct = make_direct(self.ann, self.ben)
        self.log = Log(self.direct)
        self.path = f"conversations/{self.direct.pk}"

    def test_history_has_the_contracts_fields(self) -> None:
        message = self.log.send(self.ben, "hi")
        page = self.call(self.ann, "get", f"{self.path}/messages")
        assert page == {
            "results": [
                {
                    "message_id": str(message.pk),
                    "conversation_id": str(self.direct.pk),
                    "seq": 1,
                    "sender_id": str(self.ben.pk),
                    "client_msg_id": message.client_msg_id,
                    "kind": "text",
                    "content": {"text": "hi"},
                    "reply_to": None,
                    "mentions": [],
                    "created_at": to_wire(message.created_at),
                    "edited_at": None,
                    "recalled": False,
                    "reactions": {},
                }
            ],
            "has_before": False,
            "has_after": False,
            "as_of_seq": 1,
        }

    def test_history_refuses_places_that_are_none(self) -> None:
        for query in ("before_seq=1&after_seq=2", "before_seq=x", "limit=0", "limit=201", "around_seq=-1"):
            with self.subTest(query=query):
                refused = self.call(self.ann, "get", f"{self.path}/messages?{query}", status=400)
                assert refused["code"] == "INVALID_REQUEST"

    def test_events_go_on_from_a_seq(self) -> None:
        message = self.log.send(self.ben)
        self.log.react(message, self.ann, "👍")
        page = self.call(self.ann, "get", f"{self.path}/events?after_seq=1")
        assert (page["last_seq"], page["has_more"]) == (2, False)
        [event] = page["events"]
        assert event == {
            "seq": 2,
            "event": "reaction-added",
            "actor_id": str(self.ann.pk),
            "at": event["at"],
            "message_id": str(message.pk),
            "emoji": "👍",
            "count": 1,
        }

    def test_members_and_readers(self) -> None:
        message = self.log.send(self.ann)
        members = self.call(self.ann, "get", f"{self.path}/members")["results"]
        assert [member["user"]["username"] for member in members] == ["ann", "ben"]
        assert (members[0]["read_seq"], members[1]["read_seq"]) == (1, 0)
        readers = self.call(self.ann, "get", f"{self.path}/messages/{message.pk}/readers")
        assert [user["username"] for user in readers["unread"]] == ["ben"]
        named = self.call(self.ann, "get", f"{self.path}/members?q=BE")["results"]
        assert [member["user"]["username"] for member in named] == ["ben"]
        read = self.call(self.ann, "get", f"{self.path}/messages/{message.pk}/readers?only=read")
        assert (read["unread"], read["unread_count"]) == ([], 1)
        assert (readers["read"], readers["read_count"], readers["unread_count"]) == ([], 0, 1)


class SendingApiTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.direct = make_direct(self.ann, self.ben)
        self.path = f"conversations/{self.direct.pk}/messages"

    def body(self, **fields: Any) -> dict[str, Any]:
        return {"client_msg_id": str(uuid.uuid4()), "kind": "text", "content": {"text": "hi"}, **fields}

    def test_a_stored_message_is_answered_with_201(self) -> None:
        stored = Log(self.direct).send(self.ann, "hi")
        self.gateway.answer = {"type": "message-ack", "message_id": str(stored.pk)}
        body = self.body(reply_to=str(stored.pk), mentions=[str(self.ben.pk)])
        answer = self.call(self.ann, "post", self.path, body, status=201)
        assert (answer["message_id"], answer["content"]) == (str(stored.pk), {"text": "hi"})
        [item] = self.gateway.commands
        assert isinstance(item.command, SendMessage)
        assert (item.sender_id, item.command.conversation_id) == (self.ann.pk, str(self.direct.pk))
        assert item.command.client_msg_id == body["client_msg_id"]
        assert (item.command.reply_to, item.command.mentions) == (body["reply_to"], body["mentions"])

    def test_one_that_is_not_stored_in_time_is_answered_with_202(self) -> None:
        body = self.body()
        assert self.call(self.ann, "post", self.path, body, status=202) == {"client_msg_id": body["client_msg_id"]}

    def test_the_workers_refusal_is_the_answer(self) -> None:
        def refuse(item: UpstreamItem) -> dict[str, Any]:
            return {"type": "error", "code": "RATE_LIMITED", "message": "Slow", "details": {"retry_after_ms": 1500}}

        self.gateway.answer = refuse
        answer = self.call(self.ann, "post", self.path, self.body(), status=429)
        assert (answer["code"], answer["details"]) == ("RATE_LIMITED", {"retry_after_ms": 1500})
        self.gateway.answer = {"type": "error", "code": "BLOCKED", "message": "No"}
        assert self.call(self.ann, "post", self.path, self.body(), status=403)["code"] == "BLOCKED"

    def test_what_is_malformed_never_goes_upstream(self) -> None:
        cases = [
            (self.body(client_msg_id="1"), 400, "INVALID_REQUEST"),
            (self.body(kind="system"), 400, "INVALID_REQUEST"),
            (self.body(content={"text": "x", "html": "x"}), 400, "INVALID_REQUEST"),
            (self.body(sender_id="1"), 400, "INVALID_REQUEST"),
            (self.body(content={"text": " "}), 400, "INVALID_MESSAGE"),
            (self.body(content={"text": "x" * 16_001}), 413, "MESSAGE_TOO_LARGE"),
            (self.body(content={"text": "a\x00b"}), 400, "INVALID_REQUEST"),
            ({}, 400, "INVALID_REQUEST"),
        ]
        for body, status, code in cases:
            with self.subTest(body=str(body)[:60]):
                assert self.call(self.ann, "post", self.path, body, status=status)["code"] == code
        assert self.gateway.commands == []


class PinsApiTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben = make_user("ann"), make_user("ben")

    def pins(self, conversation: Conversation) -> list[str]:
        page = self.call(self.ben, "get", f"conversations/{conversation.pk}/pins")
        return [pin["message_id"] for pin in page["results"]]

    def test_pinning_twice_is_one_event_and_unpinning_twice_another(self) -> None:
        direct = make_direct(self.ann, self.ben)
        message = Log(direct).send(self.ben, "keep this")
        path = f"conversations/{direct.pk}/pins/{message.pk}"
        for _ in range(2):
            self.call(self.ann, "put", path, status=204)
        assert self.pins(direct) == [str(message.pk)]
        for _ in range(2):
            self.call(self.ben, "delete", path, status=204)
        assert self.pins(direct) == []
        events = LogEvent.objects.order_by("seq").values_list("seq", "event", "actor_id", "message_id")
        assert list(events) == [
            (2, "message-pinned", self.ann.pk, message.pk),
            (3, "message-unpinned", self.ben.pk, message.pk),
        ]
        assert [entry.payload["seq"] for entry in OutboxEntry.objects.order_by("pk")] == [2, 3]

    def test_the_list_is_newest_first_paged_and_within_the_visible_range(self) -> None:
        group = make_group(self.ann, self.ben)
        log = Log(group)
        messages = [log.send(self.ann) for _ in range(3)]
        for message in messages:
            self.call(self.ann, "put", f"conversations/{group.pk}/pins/{message.pk}", status=204)
        first = self.call(self.ben, "get", f"conversations/{group.pk}/pins?limit=2")
        second = self.call(self.ben, "get", f"conversations/{group.pk}/pins?limit=2&cursor={first['next_cursor']}")
        got = [pin["message_id"] for pin in first["results"] + second["results"]]
        assert got == [str(message.pk) for message in messages[::-1]]
        assert first["results"][0]["pinned_by"] == str(self.ann.pk)
        Member.objects.filter(user=self.ben).update(visible_from=3)
        assert self.pins(group) == [str(messages[2].pk)]

    def test_in_a_group_only_its_owner_and_admins_pin(self) -> None:
        group = make_group(self.ann, self.ben)
        message = Log(group).send(self.ben)
        path = f"conversations/{group.pk}/pins/{message.pk}"
        assert self.call(self.ben, "put", path, status=403)["code"] == "FORBIDDEN"
        self.call(self.ann, "put", path, status=204)
        assert self.call(self.ben, "delete", path, status=403)["code"] == "FORBIDDEN"
        Member.objects.filter(user=self.ben).update(role=Role.ADMIN)
        self.call(self.ben, "delete", path, status=204)

    def test_nobody_pins_in_the_world_room_without_a_role(self) -> None:
        world = make_world()
        message = Log(world).send(self.ben)
        path = f"conversations/{world.pk}/pins/{message.pk}"
        assert self.call(self.ann, "put", path, status=403)["code"] == "FORBIDDEN"

    def test_who_is_blocked_cannot_reach_the_other_by_pins(self) -> None:
        direct = make_direct(self.ann, self.ben)
        message = Log(direct).send(self.ann)
        Block.objects.create(blocker=self.ben, blocked=self.ann)
        path = f"conversations/{direct.pk}/pins/{message.pk}"
        assert self.call(self.ann, "put", path, status=403)["code"] == "BLOCKED"
        self.call(self.ben, "put", path, status=204)

    def test_a_recalled_message_is_not_pinned_and_recall_takes_the_pin_away(self) -> None:
        direct = make_direct(self.ann, self.ben)
        log = Log(direct)
        message = log.send(self.ann)
        path = f"conversations/{direct.pk}/pins/{message.pk}"
        self.call(self.ann, "put", path, status=204)
        log.recall(message)
        assert self.pins(direct) == []
        assert self.call(self.ann, "put", path, status=404)["code"] == "MESSAGE_NOT_FOUND"
        assert not Pin.objects.exists()


class WriteRateTests(MessagingApiCase):
    def test_changes_over_http_are_limited_for_each_author(self) -> None:
        ann, ben = make_user(), make_user()
        direct = make_direct(ann, ben)
        with patch("messaging.api.parsing.WRITES_A_MINUTE", 3):
            for _ in range(3):
                self.call(ann, "patch", f"conversations/{direct.pk}", {"muted": True})
            refused = self.call(ann, "patch", f"conversations/{direct.pk}", {"muted": True}, status=429)
            self.call(ben, "patch", f"conversations/{direct.pk}", {"muted": True})
        assert refused["details"]["retry_after_ms"] > 0


class ConfigApiTests(MessagingApiCase):
    def test_limits_and_features_are_told_without_a_session(self) -> None:
        config = self.call(None, "get", "config")
        assert config["limits"]["text_characters"] == 16_000
        assert config["limits"]["recall_window_s"] == 120
        assert config["features"]["groups"] is True
        assert config["features"]["search"] is True
        assert config["public_keys"] == {}
