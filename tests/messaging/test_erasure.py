"""Erasing what a person wrote, so that every client and every reader sees it go."""

from unittest.mock import patch

from django.test import TestCase

from core import clock
from core.models import OutboxEntry
from core.redis import get_redis
from messaging.models import Conversation, LogEvent, Member, Mention, Message, Pin, Reaction
from messaging.selectors.access import access_place
from messaging.selectors.events import events_page
from messaging.services import erasure
from messaging.services.conversations import erase_user_messages
from tests.messaging.building import Log, make_direct, make_group, make_user


class ErasureTests(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.log = Log(self.group)

    def erase(self) -> None:
        erase_user_messages(self.ann.pk)

    def test_every_message_goes_and_those_of_others_stay(self) -> None:
        mine = [self.log.send(self.ann, f"secret {number}") for number in range(5)]
        other = self.log.send(self.ben, "hello")
        with patch.object(erasure, "BATCH", 2):
            self.erase()
        assert not Message.objects.filter(sender_id=self.ann.pk).exclude(text="").exists()
        assert Message.objects.get(pk=other.pk).text == "hello"
        recalls = LogEvent.objects.filter(event="message-recalled").order_by("seq")
        assert [event.message_id for event in recalls] == [message.pk for message in mine]
        assert [event.seq for event in recalls] == [7, 8, 9, 10, 11]
        assert OutboxEntry.objects.count() == 5

    def test_what_hangs_on_a_message_goes_with_it(self) -> None:
        message = self.log.send(self.ann, "secret", mentions=[self.ben.pk])
        self.log.react(message, self.ben, "👍")
        Pin.objects.create(
            conversation_id=self.group.pk, message_id=message.pk, pinned_by_id=self.ben.pk, pinned_at=clock.now()
        )
        self.erase()
        assert not any(model.objects.exists() for model in (Mention, Reaction, Pin))
        events = events_page(access_place(self.ben.pk, str(self.group.pk)), 0, 50)["events"]
        assert "secret" not in str(events)

    def test_what_was_written_where_one_has_left_or_all_is_dissolved_goes_too(self) -> None:
        dissolved = make_direct(self.ann, self.ben)
        Log(dissolved).send(self.ann, "secret")
        self.log.send(self.ann, "secret")
        Member.objects.filter(conversation=self.group, user=self.ann).update(left_at=clock.now())
        Conversation.objects.filter(pk=dissolved.pk).update(dissolved_at=clock.now())
        self.erase()
        assert not Message.objects.exclude(text="").exists()
        assert list(LogEvent.objects.values_list("conversation_id", flat=True)) == [self.group.pk]

    def test_drafts_go_and_a_second_run_changes_nothing(self) -> None:
        Member.objects.filter(user=self.ann).update(draft="secret")
        self.log.send(self.ann, "secret")
        self.erase()
        self.erase()
        assert not Member.objects.exclude(draft="").exists()
        assert LogEvent.objects.count() == 1
