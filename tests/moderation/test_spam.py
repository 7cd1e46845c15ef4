"""Anti-spam: what a person may send often, and what not."""

from datetime import timedelta

from django.test import override_settings

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from messaging.commands import SendMessage
from messaging.policies import check_intake
from tests.messaging.write_case import text
from tests.moderation.filter_case import FilterCase


@override_settings(RATE_LIMITS=True)
class SpamTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        User.objects.update(created_at=clock.now() - timedelta(days=365))
        self.set_limits(repeats=3, links=2, new_account_per_minute=4, new_account_links_per_hour=1, everyone_per_hour=2)

    def send_often(self, count: int, command: SendMessage, sender: User | None = None) -> None:
        for _ in range(count):
            check_intake((sender or self.ann).pk, command)

    def refusal(self, command: SendMessage, sender: User | None = None) -> DomainError:
        with self.assertRaises(DomainError) as caught:
            check_intake((sender or self.ann).pk, command)
        return caught.exception

    def newcomer(self) -> User:
        user = User.objects.create_user("new", None)
        self.forget()
        self.reload()
        return user

    def test_the_same_text_is_refused_when_it_comes_too_often_however_it_is_dressed(self) -> None:
        self.send_often(3, text(self.direct, "Buy my coins"))
        for dressed in ("Buy my coins", "BUY MY COINS!!!", "b.u.y my coins"):
            error = self.refusal(text(self.group, dressed))
            self.assertEqual((error.code, error.details), (ErrorCode.CONTENT_REJECTED, {"reason": "repetition"}))
        self.send_often(1, text(self.direct, "Buy your coins"))
        self.send_often(3, text(self.direct, "Buy my coins"), self.bob)

    def test_short_words_may_be_said_often(self) -> None:
        for word in ("ok", "哈哈哈", "👍", "+1"):
            self.send_often(20, text(self.direct, word))

    def test_links_in_one_message_are_limited(self) -> None:
        self.send_often(1, text(self.direct, "http://a.example www.b.example"))
        error = self.refusal(text(self.direct, "http://a.example HTTPS://b.example www.c.example"))
        self.assertEqual(error.details, {"reason": "links"})

    def test_a_new_account_is_slowed_down_and_an_old_one_is_not(self) -> None:
        new = self.newcomer()
        for number in range(4):
            self.send_often(1, text(self.direct, f"line {number}"), new)
        error = self.refusal(text(self.direct, "line 5"), new)
        self.assertEqual(error.code, ErrorCode.RATE_LIMITED)
        self.assertGreater(error.details["retry_after_ms"], 0)
        for number in range(20):
            self.send_often(1, text(self.direct, f"line {number}"))

    def test_a_new_account_sends_few_links(self) -> None:
        new = self.newcomer()
        self.send_often(1, text(self.direct, "see http://a.example"), new)
        error = self.refusal(text(self.direct, "and http://b.example"), new)
        self.assertEqual(error.details, {"reason": "new-account-links"})

    def test_everyone_is_mentioned_a_few_times_in_each_conversation(self) -> None:
        self.send_often(2, text(self.group, "a", mentions=["all"]))
        self.assertEqual(self.refusal(text(self.group, "b", mentions=["all"])).details, {"reason": "mentions"})
        self.send_often(2, text(self.direct, "c", mentions=["all"]))

    def test_nothing_is_limited_while_rate_limits_are_off(self) -> None:
        with override_settings(RATE_LIMITS=False):
            self.send_often(50, text(self.group, "Buy my coins http://a.example", mentions=["all"]))

    def test_counting_takes_no_query(self) -> None:
        with self.assertNumQueries(0):
            self.send_often(1, text(self.direct, "see http://a.example"))
