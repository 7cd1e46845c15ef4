"""The ledger of one's own messages: what is written, what is shown, and how long it is kept."""

from datetime import timedelta

from django.conf import settings
from django.test import TestCase

from accounts.models import User
from ai_agent.models import LedgerEntry, ModelUse, TokenAccount
from ai_agent.services.ledger import forget_old, forget_user, record_use
from core import clock
from messaging.models import Message
from tests.factories import fake_clock, make_client
from tests.messaging.building import Log, make_group, make_user

PATH = "/api/v1/users/me/ai-ledger"


class LedgerTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben, self.helper = make_user("ann"), make_user("ben"), make_user("helper", kind="agent")
        self.group = make_group(self.ann, self.ben, self.helper)
        self.log = Log(self.group)

    def use(self, *messages: Message, purpose: str = "answer") -> None:
        """These go to a model, for Ann, who asked the helper."""
        record_use(
            purpose=purpose,
            model="m",
            asker_id=self.ann.pk,
            conversation_id=self.group.pk,
            agent_id=self.helper.pk,
            messages=messages,
        )

    def lines(self, user: User, **query: str | int) -> list[str]:
        """The ids of a page of someone's ledger."""
        answer = make_client(user).get(PATH, query).json()
        return [line["message_id"] for line in answer["results"]]

    def test_everyone_sees_the_uses_of_their_own_messages_whoever_asked(self) -> None:
        asked, told = self.log.send(self.ann, "who?"), self.log.send(self.ben, "me")
        self.use(asked, told)
        [line] = make_client(self.ben).get(PATH).json()["results"]
        self.assertEqual(
            {name: line[name] for name in ("message_id", "conversation_id", "seq", "model", "purpose")},
            {
                "message_id": str(told.pk),
                "conversation_id": str(self.group.pk),
                "seq": told.seq,
                "model": "m",
                "purpose": "answer",
            },
        )
        self.assertEqual((line["agent_id"], line["asked_by"]), (str(self.helper.pk), str(self.ann.pk)))
        self.assertEqual(self.lines(self.ann), [str(asked.pk)])

    def test_an_agents_own_words_are_nobodys(self) -> None:
        self.use(self.log.send(self.helper, "I said"))
        self.assertFalse(LedgerEntry.objects.exists())

    def test_a_message_that_is_used_twice_stands_there_twice_the_newest_first(self) -> None:
        first, second = self.log.send(self.ben, "one"), self.log.send(self.ben, "two")
        self.use(first)
        self.use(second, first)
        self.assertEqual(sorted(self.lines(self.ben)[:2]), sorted([str(first.pk), str(second.pk)]))
        self.assertEqual(self.lines(self.ben)[2], str(first.pk))

    def test_pages_follow_each_other_without_gap_or_repeat(self) -> None:
        messages = [self.log.send(self.ben, str(number)) for number in range(5)]
        self.use(*messages)
        found, cursor = [], None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = make_client(self.ben).get(PATH, query).json()
            found += [line["message_id"] for line in page["results"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        self.assertEqual(found, [str(message.pk) for message in reversed(messages)])
        self.assertEqual(make_client(self.ben).get(PATH, {"cursor": "x"}).status_code, 400)

    def test_nobody_else_gets_in(self) -> None:
        self.assertEqual(make_client().get(PATH).status_code, 401)

    def test_it_is_kept_for_its_time_and_no_longer(self) -> None:
        with fake_clock() as now:
            self.use(self.log.send(self.ben, "old"))
            ModelUse.objects.create(day=now().date(), model="m", purpose="answer")
            TokenAccount.objects.create(day=now().date(), user_id=self.ann.pk)
            now.advance((settings.AI_LEDGER_KEPT_DAYS - 1) * 86_400.0)
            self.use(self.log.send(self.ben, "new"))
            self.assertEqual(forget_old(), 0)
            self.assertEqual((LedgerEntry.objects.count(), TokenAccount.objects.count()), (2, 0))
            now.advance(2 * 86_400.0)
            self.assertEqual(forget_old(), 1)
            self.assertEqual(LedgerEntry.objects.count(), 1)
            self.assertEqual(ModelUse.objects.count(), 1)
            now.moment += timedelta(days=settings.AI_USE_KEPT_DAYS)
            forget_old()
            self.assertFalse(ModelUse.objects.exists())

    def test_an_erased_account_takes_the_uses_of_its_messages_along(self) -> None:
        self.use(self.log.send(self.ann, "mine"), self.log.send(self.ben, "yours"))
        TokenAccount.objects.create(day=clock.now().date(), user_id=self.ben.pk)
        self.assertIn("ai_agent.services.ledger.forget_user", settings.ERASURE_HOOKS)
        forget_user(self.ben.pk)
        self.assertEqual(list(LedgerEntry.objects.values_list("sender_id", flat=True)), [self.ann.pk])
        self.assertFalse(TokenAccount.objects.exists())
