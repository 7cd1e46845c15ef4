"""`sync`: everything that changed is said, nothing is missed, what is gone is said to be gone."""

from datetime import timedelta
from typing import Any

from django.test import TestCase

from core import clock
from core.errors import DomainError, ErrorCode
from messaging.models import Conversation, Member
from messaging.selectors import sync
from messaging.selectors.sync import sync_page
from messaging.services.receipts import Receipt, apply_receipts
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world, settle


class SyncTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.direct = make_direct(self.ann, self.ben)
        self.groups = [make_group(self.ann, self.ben) for _ in range(3)]

    def ids(self, answer: dict[str, Any]) -> list[str]:
        return [view["id"] for view in answer["conversations"]]

    def settled_token(self) -> str:
        """A token whose `since` is later than every change so far, overlap included."""
        token: str = sync_page(self.ann.pk, None)["next"]
        settle()
        return token

    def test_the_first_sync_has_everything_that_is_there(self) -> None:
        Member.objects.filter(conversation=self.groups[0], user=self.ann).update(left_at=clock.now())
        answer = sync_page(self.ann.pk, None)
        assert self.ids(answer) == [str(row.pk) for row in (self.direct, *self.groups[1:])]
        assert (answer["removed"], answer["has_more"]) == ([], False)

    def test_nothing_is_said_when_nothing_changed(self) -> None:
        answer = sync_page(self.ann.pk, self.settled_token())
        assert (answer["conversations"], answer["removed"], answer["has_more"]) == ([], [], False)

    def test_a_new_log_entry_and_a_changed_own_state_are_said(self) -> None:
        token = self.settled_token()
        Log(self.groups[1]).send(self.ben)
        apply_receipts([Receipt(user_id=self.ann.pk, conversation_id=self.groups[1].pk, read_seq=1)])
        assert self.ids(sync_page(self.ann.pk, token)) == [str(self.groups[1].pk)]

    def test_a_peers_receipt_is_said_in_a_direct_and_not_in_a_group(self) -> None:
        for conversation in (self.direct, self.groups[0]):
            Log(conversation).send(self.ann)
        token = self.settled_token()
        apply_receipts(
            [
                Receipt(user_id=self.ben.pk, conversation_id=conversation.pk, read_seq=1)
                for conversation in (self.direct, self.groups[0])
            ]
        )
        answer = sync_page(self.ann.pk, token)
        assert self.ids(answer) == [str(self.direct.pk)]
        assert answer["conversations"][0]["peer_read_seq"] == 1

    def test_a_change_that_commits_late_is_still_said(self) -> None:
        token = self.settled_token()
        # Stamped 20 s before the token was made, by a transaction that took that long to commit.
        answer = sync_page(self.ann.pk, None)
        began = sync._read_token(answer["next"]).since
        assert began is not None
        Conversation.objects.filter(pk=self.groups[2].pk).update(changed_at=began - timedelta(seconds=20))
        assert self.ids(sync_page(self.ann.pk, token)) == [str(self.groups[2].pk)]

    def test_what_is_gone_is_removed(self) -> None:
        token = self.settled_token()
        now = sync._database_now(self.ann.pk)
        Member.objects.filter(conversation=self.groups[0], user=self.ann).update(left_at=now, changed_at=now)
        Conversation.objects.filter(pk=self.groups[1].pk).update(dissolved_at=now, changed_at=now)
        answer = sync_page(self.ann.pk, token)
        assert answer["conversations"] == []
        assert answer["removed"] == [str(self.groups[0].pk), str(self.groups[1].pk)]

    def test_pages_have_everything_once_and_the_end_starts_the_next_round(self) -> None:
        world = make_world()
        more = [make_group(self.ann) for _ in range(sync.PAGE + 5)]
        first = sync_page(self.ann.pk, None)
        assert (len(first["conversations"]), first["has_more"]) == (sync.PAGE, True)
        late = Log(self.direct).send(self.ben)
        second = sync_page(self.ann.pk, first["next"])
        assert second["has_more"] is False
        everything = [row.pk for row in (self.direct, *self.groups, world, *more)]
        assert self.ids(first) + self.ids(second) == [str(pk) for pk in sorted(everything)]
        third = sync_page(self.ann.pk, second["next"])
        views = {view["id"]: view for view in third["conversations"]}
        assert views[str(self.direct.pk)]["last_seq"] == late.seq

    def test_the_world_room_is_said_when_its_log_moved(self) -> None:
        world = make_world()
        token = self.settled_token()
        assert str(world.pk) not in self.ids(sync_page(self.ann.pk, token))
        Log(world).send(self.ben)
        assert self.ids(sync_page(self.ann.pk, token)) == [str(world.pk)]

    def test_a_token_that_is_not_ours_is_refused(self) -> None:
        for text in ("", "x", "AAAA", "kQE", "k8DAwA"):
            with self.subTest(text=text), self.assertRaises(DomainError) as caught:
                sync_page(self.ann.pk, text)
            assert caught.exception.code is ErrorCode.INVALID_MESSAGE
            assert list(caught.exception.details["fields"]) == ["since"]

    def test_the_number_of_queries_does_not_grow_with_the_conversations(self) -> None:
        with self.assertNumQueries(6):
            sync_page(self.ann.pk, None)
        for _ in range(10):
            make_direct(self.ann, make_user())
        with self.assertNumQueries(6):
            sync_page(self.ann.pk, None)
