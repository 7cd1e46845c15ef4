"""Who is let in, and that everyone else is told the same."""

from accounts.models import User
from core.errors import DomainError
from messaging.models import Conversation, Member
from messaging.selectors.access import access_place
from tests.messaging.building import make_direct, make_user, make_world
from tests.messaging.history_case import HistoryCase


class AccessTests(HistoryCase):
    def refused(self, reader: User, conversation: str) -> str:
        with self.assertRaises(DomainError) as caught:
            access_place(reader.pk, conversation)
        return str(caught.exception.as_dict())

    def test_what_one_may_not_see_answers_like_what_does_not_exist(self) -> None:
        stranger = make_user()
        answers = {self.refused(stranger, text) for text in (str(self.group.pk), "999999", "x", "-1", "1" * 30, "")}
        assert len(answers) == 1

    def test_who_has_left_and_members_of_a_dissolved_group_are_refused(self) -> None:
        direct = make_direct(self.ann, self.ben)
        Member.objects.filter(user=self.ann, conversation=self.group).update(left_at=direct.created_at)
        self.refused(self.ann, str(self.group.pk))
        Conversation.objects.filter(pk=direct.pk).update(dissolved_at=direct.created_at)
        self.refused(self.ann, str(direct.pk))

    def test_who_was_removed_from_the_world_room_is_out(self) -> None:
        world = make_world()
        access_place(self.ann.pk, str(world.pk))
        Member.objects.create(conversation=world, user=self.ann, left_at=world.created_at)
        self.refused(self.ann, str(world.pk))
