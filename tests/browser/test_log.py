"""The client's copy of a log: whatever order events come in, and however often, it ends equal to the log itself."""

import random
from typing import Any

from tests.browser.base import BrowserCase
from tests.browser.people import Person

REPLAY = """
async ({ page, batches }) => {
  const { ConversationLog } = await import('/static/webclient/store/log.js');
  const applied = [];
  const log = new ConversationLog('1', (event) => applied.push(event.seq));
  if (page) log.open(page);
  for (const event of batches) log.offer(event);
  return { applied, last: log.applied, messages: log.messages.value };
}
"""
EMPTY: dict[str, Any] = {"results": [], "has_before": False, "has_after": False, "as_of_seq": 0}
Event = dict[str, Any]


def stored(seq: int) -> Event:
    """A message's own event."""
    message = {
        "message_id": str(seq),
        "conversation_id": "1",
        "seq": seq,
        "sender_id": str(seq % 3),
        "client_msg_id": f"c{seq}",
        "kind": "text",
        "content": {"text": f"text {seq}"},
        "reply_to": None,
        "mentions": [],
        "created_at": "2026-01-01T00:00:00.000Z",
        "edited_at": None,
        "recalled": False,
        "reactions": {},
    }
    return {"seq": seq, "event": "message-stored", "message": message}


def make_log(rng: random.Random, length: int) -> list[Event]:
    """A log of messages, recalls, reactions, memberships, and events that this client does not know."""
    events: list[Event] = [stored(1)]
    for seq in range(2, length + 1):
        target = str(rng.choice([e["seq"] for e in events if e["event"] == "message-stored"]))
        actor = str(rng.randrange(3))
        at = "2026-01-01T00:00:00.000Z"
        other: Event = rng.choice(
            [
                {"event": "message-recalled", "message_id": target},
                {"event": "reaction-added", "message_id": target, "emoji": "+", "count": rng.randrange(1, 4)},
                {"event": "reaction-removed", "message_id": target, "emoji": "+", "count": rng.randrange(0, 3)},
                {"event": "member-joined", "user_ids": [actor]},
                {"event": "an-event-of-the-future"},
            ]
        )
        events.append(stored(seq) if rng.random() < 0.5 else {"seq": seq, "actor_id": actor, "at": at, **other})
    return events


class LogTest(BrowserCase):
    async def test_lost_order_and_repetition_change_nothing(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url)
            for seed in range(20):
                rng = random.Random(seed)
                events = make_log(rng, 60)
                straight = await self.replay(person, events)
                shuffled = events + rng.choices(events, k=40)
                rng.shuffle(shuffled)
                self.assertEqual(await self.replay(person, shuffled), straight, f"seed {seed}")
                self.assertEqual(straight["applied"], list(range(1, 61)))
            self.assert_clean(person)

    async def test_nothing_after_a_gap_is_applied_before_it_is_filled(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url)
            events = [stored(seq) for seq in (1, 2, 4, 5)]
            before = await self.replay(person, events)
            self.assertEqual((before["applied"], before["last"]), ([1, 2], 2))
            after = await self.replay(person, [*events, stored(3)])
            self.assertEqual((after["applied"], after["last"]), ([1, 2, 3, 4, 5], 5))

    async def test_events_that_a_page_already_has_are_not_applied_again(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url)
            page = EMPTY | {"results": [stored(seq)["message"] for seq in (1, 2, 3)], "as_of_seq": 3}
            result = await self.replay(person, [stored(2), stored(3), stored(4)], page)
            self.assertEqual(result["applied"], [4])
            self.assertEqual([message["seq"] for message in result["messages"]], [1, 2, 3, 4])

    async def replay(self, person: Person, events: list[Event], page: Any = EMPTY) -> dict[str, Any]:
        """What the client's log holds after a page and these events, in the order given."""
        result: dict[str, Any] = await person.page.evaluate(REPLAY, {"page": page, "batches": events})
        return result
