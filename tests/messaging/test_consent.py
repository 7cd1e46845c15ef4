"""Consent: each sender's own, per chat, capped by the group; who may set what, and who is told."""

from accounts.models import User
from core.models import OutboxEntry
from messaging.models import AiSetting, Conversation, Member, Message
from messaging.selectors.consent import readable_by_ai
from tests.messaging.api_case import MessagingApiCase
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class SettingTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben, self.eve = make_user("ann"), make_user("ben"), make_user("eve")
        self.group = make_group(self.ann, self.ben)

    def set(self, user: User, conversation: Conversation, status: int = 200, **body: str) -> dict[str, object]:
        """PATCH conversations/{id}/ai."""
        answer: dict[str, object] = self.call(user, "patch", f"conversations/{conversation.pk}/ai", body, status=status)
        return answer

    def test_members_set_their_own_and_nobody_else_s(self) -> None:
        view = self.set(self.ben, self.group, setting="indexed")
        self.assertEqual((view["ai"], view["ai_max"]), ("indexed", "indexed"))
        rows = Member.objects.filter(conversation=self.group).order_by("user_id")
        self.assertEqual(list(rows.values_list("ai", flat=True)), ["on_request", "indexed"])

    def test_the_owner_caps_it_for_all_and_everyone_is_told(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            view = self.set(self.ann, self.group, max="off")
        self.assertEqual((view["ai"], view["ai_max"]), ("on_request", "off"))
        self.assertEqual([entry.payload for entry in OutboxEntry.objects.all()], [{"updated": None}])
        self.assertEqual(self.gateway.drained, [str(self.group.pk)])
        self.set(self.ann, self.group, max="off")
        self.assertEqual(OutboxEntry.objects.count(), 1)

    def test_nobody_else_caps_it_and_then_nothing_is_set(self) -> None:
        Member.objects.filter(conversation=self.group, user=self.ben).update(role="admin")
        refused = self.set(self.ben, self.group, 403, max="off", setting="off")
        self.assertEqual(refused["code"], "FORBIDDEN")
        self.set(self.ann, make_direct(self.ann, self.ben), 403, max="off")
        self.assertEqual(Member.objects.filter(ai=AiSetting.OFF).count(), 0)

    def test_nonsense_and_outsiders_are_refused(self) -> None:
        self.assertEqual(self.set(self.ann, self.group, 400, setting="always")["code"], "INVALID_REQUEST")
        self.assertEqual(self.set(self.ann, self.group, 400, sender="1")["code"], "INVALID_REQUEST")
        self.assertEqual(self.set(self.eve, self.group, 404, setting="off")["code"], "CONVERSATION_NOT_FOUND")

    def test_it_may_be_said_in_the_world_room(self) -> None:
        world = make_world()
        self.assertEqual(self.set(self.eve, world, setting="off")["ai"], "off")
        self.assertEqual(Member.objects.get(conversation=world, user=self.eve).ai, "off")


class ReadableTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.said: Message = Log(self.group).send(self.ben, "hello")

    def is_readable(self, *, here: bool) -> bool:
        """Whether Ben's message may be read for a question here, or elsewhere."""
        with self.assertNumQueries(2):
            return readable_by_ai([self.said], asked_in=self.group.pk if here else None) == [self.said]

    def test_what_each_setting_allows_under_each_cap(self) -> None:
        allowed = {
            ("off", "indexed"): (False, False),
            ("on_request", "indexed"): (True, False),
            ("indexed", "indexed"): (True, True),
            ("indexed", "on_request"): (True, False),
            ("on_request", "on_request"): (True, False),
            ("indexed", "off"): (False, False),
        }
        for (setting, cap), (here, elsewhere) in allowed.items():
            with self.subTest(setting=setting, cap=cap):
                Member.objects.filter(user=self.ben).update(ai=setting)
                Conversation.objects.filter(pk=self.group.pk).update(ai_max=cap)
                self.assertEqual((self.is_readable(here=True), self.is_readable(here=False)), (here, elsewhere))

    def test_who_has_left_counts_as_they_left_it(self) -> None:
        Member.objects.filter(user=self.ben).update(ai="off", left_at=self.said.created_at)
        self.assertFalse(self.is_readable(here=True))
        Member.objects.filter(user=self.ben).update(ai="indexed")
        self.assertTrue(self.is_readable(here=False))

    def test_the_reader_s_own_setting_is_not_asked(self) -> None:
        Member.objects.filter(user=self.ann).update(ai="off")
        self.assertTrue(self.is_readable(here=True))

    def test_another_chat_s_question_is_elsewhere(self) -> None:
        other = make_direct(self.ann, self.ben)
        self.assertEqual(readable_by_ai([self.said], asked_in=other.pk), [])

    def test_order_is_kept_and_nothing_asks_nothing(self) -> None:
        more = [Log(Conversation.objects.get(pk=self.group.pk)).send(user) for user in (self.ann, self.ben)]
        wanted = [more[1], self.said, more[0]]
        self.assertEqual(readable_by_ai(wanted, asked_in=self.group.pk), wanted)
        with self.assertNumQueries(0):
            self.assertEqual(readable_by_ai([], asked_in=None), [])
