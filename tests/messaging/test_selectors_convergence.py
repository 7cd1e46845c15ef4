"""A client that applies events to a stale page ends up with what a fresh fetch gives."""

import random
from typing import Any

from django.test import TestCase

from accounts.models import User
from core.redis import get_redis
from messaging.models import Message
from messaging.selectors.access import Place, access_place
from messaging.selectors.events import events_page
from messaging.selectors.history import HistoryQuery, history_page
from tests.messaging.building import Log, make_group, make_user

EMOJI = ("👍", "🎉", "❤️")
MAX = 200


class Client:
    """What a client keeps of one conversation, by the contract alone."""

    def __init__(self, user_id: int, conversation_id: int) -> None:
        self.user_id, self.conversation_id = user_id, conversation_id
        self.messages: dict[str, dict[str, Any]] = {}
        self.seq = 0

    def load(self) -> None:
        """Fetches history from scratch."""
        page = history_page(self._place(), HistoryQuery(limit=MAX))
        self.messages = {message["message_id"]: message for message in page["results"] if message["kind"] != "system"}
        self.seq = page["as_of_seq"]

    def catch_up(self, limit: int) -> None:
        """Applies the log's events after what it holds, page by page."""
        while True:
            page = events_page(self._place(), self.seq, limit)
            for event in page["events"]:
                assert event["seq"] == self.seq + 1
                self._apply(event)
                self.seq = event["seq"]
            if not page["has_more"]:
                return

    def _place(self) -> Place:
        return access_place(self.user_id, str(self.conversation_id))

    def _apply(self, event: dict[str, Any]) -> None:
        if event["event"] in {"message-stored", "message-edited"}:
            self.messages[event["message"]["message_id"]] = event["message"]
            return
        message = self.messages.get(event.get("message_id", ""))
        if message is None:
            return
        if event["event"] == "message-recalled":
            message.update(recalled=True, content={}, mentions=[], reactions={})
        elif event["event"].startswith("reaction-") and not message["recalled"]:
            self._apply_reaction(message["reactions"], event)

    def _apply_reaction(self, reactions: dict[str, Any], event: dict[str, Any]) -> None:
        actor, emoji = event["actor_id"], event["emoji"]
        reaction = reactions.setdefault(emoji, {"count": 0, "user_ids": [], "me": False})
        added = event["event"] == "reaction-added"
        others = [user_id for user_id in reaction["user_ids"] if user_id != actor]
        reaction["user_ids"] = [*others, actor] if added else others
        reaction["count"] = event["count"]
        if actor == str(self.user_id):
            reaction["me"] = added
        if not event["count"]:
            del reactions[emoji]


def normalised(messages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Messages without the order in which people reacted, which the contract does not promise."""
    return {
        key: {
            **message,
            "reactions": {
                emoji: {**reaction, "user_ids": sorted(reaction["user_ids"])}
                for emoji, reaction in message["reactions"].items()
            },
        }
        for key, message in messages.items()
    }


class ConvergenceTests(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.people = [make_user() for _ in range(4)]
        self.group = make_group(*self.people)
        self.log = Log(self.group)
        self.sent: list[Message] = []
        self.reacted: set[tuple[int, int, str]] = set()

    def write(self, dice: random.Random) -> None:
        """One random change of the log."""
        person = dice.choice(self.people)
        live = [message for message in self.sent if message.recalled_at is None]
        kind = dice.choices(("send", "edit", "recall", "react", "join"), (4, 2, 1, 5, 1))[0]
        if kind == "send" or not live:
            self.sent.append(self.log.send(person, f"text {dice.random()}"))
        elif kind == "edit":
            self.log.edit(dice.choice(live), f"edited {dice.random()}")
        elif kind == "recall":
            self.log.recall(dice.choice(live))
        elif kind == "react":
            self.react(dice.choice(live), person, dice.choice(EMOJI))
        else:
            self.log.join(person, actor=person)

    def react(self, message: Message, person: User, emoji: str) -> None:
        key = (message.pk, person.pk, emoji)
        self.log.react(message, person, emoji, "remove" if key in self.reacted else "add")
        self.reacted ^= {key}

    def test_events_applied_to_stale_state_give_the_fresh_state(self) -> None:
        for seed in range(6):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                for _ in range(dice.randrange(12)):
                    self.write(dice)
                clients = [Client(user.pk, self.group.pk) for user in self.people]
                for client in clients:
                    client.load()
                for _ in range(dice.randrange(5, 20)):
                    self.write(dice)
                    dice.choice(clients).catch_up(limit=dice.choice((1, 3, 50)))
                for client in clients:
                    client.catch_up(limit=dice.choice((1, 7, 200)))
                    fresh = Client(client.user_id, self.group.pk)
                    fresh.load()
                    assert normalised(client.messages) == normalised(fresh.messages)
                    assert client.seq == fresh.seq

    def test_the_log_from_its_beginning_gives_the_same_as_history(self) -> None:
        dice = random.Random(42)
        for _ in range(60):
            self.write(dice)
        from_log, from_history = (Client(self.people[0].pk, self.group.pk) for _ in range(2))
        from_log.catch_up(limit=13)
        from_history.load()
        assert normalised(from_log.messages) == normalised(from_history.messages)
