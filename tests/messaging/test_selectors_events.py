"""The log's events: each seq once, in present state, within what the caller may see."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Member
from tests.messaging.history_case import HistoryCase


class EventsTests(HistoryCase):
    def test_every_seq_is_there_once_and_in_order(self) -> None:
        message = self.log.send(self.ben)
        self.log.react(message, self.ann, "👍")
        self.log.join(self.ann, actor=self.ben)
        self.log.edit(message, "two")
        page = self.events()
        assert [(event["seq"], event["event"]) for event in page["events"]] == [
            (1, "message-stored"),
            (2, "reaction-added"),
            (3, "member-joined"),
            (4, "message-edited"),
        ]
        assert (page["last_seq"], page["has_more"]) == (4, False)

    def test_pages_go_on_until_the_end(self) -> None:
        for _ in range(5):
            self.log.send(self.ben)
        first = self.events(limit=3)
        assert ([event["seq"] for event in first["events"]], first["has_more"]) == ([1, 2, 3], True)
        second = self.events(after_seq=3, limit=3)
        assert ([event["seq"] for event in second["events"]], second["has_more"]) == ([4, 5], False)
        assert self.events(after_seq=5) == {"events": [], "last_seq": 5, "has_more": False}
        assert self.events(after_seq=50)["events"] == []

    def test_content_is_as_it_is_now_in_every_earlier_event(self) -> None:
        edited, recalled = self.log.send(self.ben, "first"), self.log.send(self.ben, "secret one")
        self.log.edit(edited, "second")
        self.log.edit(recalled, "secret two")
        self.log.recall(recalled)
        self.log.edit(edited, "third")
        events = self.events()["events"]
        assert "secret" not in str(events)
        assert events[0]["message"]["content"] == {"text": "third"}
        assert events[2]["message"]["content"] == {"text": "third"}
        assert events[3]["message"]["content"] == {}
        assert events[3]["message"]["recalled"] is True

    def test_an_event_about_what_a_joiner_may_not_see_only_holds_its_seq(self) -> None:
        old = self.log.send(self.ben, "before")
        Member.objects.filter(user=self.ann).update(visible_from=2)
        self.log.edit(old, "edited before")
        self.log.react(old, self.ben, "👍")
        page = self.events()
        assert [(event["seq"], event["event"]) for event in page["events"]] == [(2, "hidden"), (3, "hidden")]
        assert str(old.pk) not in str(page)
        assert "before" not in str(page)
        assert [event["event"] for event in self.events(reader=self.ben)["events"]][1] == "message-edited"

    def test_a_page_takes_the_same_number_of_queries_however_long(self) -> None:
        for number in range(20):
            message = self.log.send(self.ben)
            self.log.react(message, self.ann, "👍")
            self.log.edit(message, f"edit {number}")
        counts = []
        for limit in (3, 60):
            with CaptureQueriesContext(connection) as queries:
                self.events(limit=limit)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 5
