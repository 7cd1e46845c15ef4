"""Identifiers: one 64-bit key for a conversation and a place in its log, and ids of the wire that name nothing."""

from django.test import SimpleTestCase

from core.errors import DomainError, ErrorCode
from core.ids import MAX_BIGINT, MAX_CONVERSATION_ID, MAX_SEQ, log_id, log_range, new_token, parse_id, split_log_id


class LogIdTest(SimpleTestCase):
    def test_both_parts_come_back_up_to_their_limits(self) -> None:
        for conversation_id in (1, 2, 12_345, MAX_CONVERSATION_ID):
            for seq in (0, 1, 999, MAX_SEQ):
                self.assertEqual(split_log_id(log_id(conversation_id, seq)), (conversation_id, seq))

    def test_the_largest_fits_a_signed_column(self) -> None:
        self.assertEqual(log_id(MAX_CONVERSATION_ID, MAX_SEQ), MAX_BIGINT)

    def test_ids_rise_with_seq_and_logs_never_mix(self) -> None:
        self.assertLess(log_id(7, 1), log_id(7, 2))
        self.assertLess(log_id(7, MAX_SEQ), log_id(8, 0))

    def test_a_range_stays_within_its_log_whatever_is_asked(self) -> None:
        self.assertEqual(log_range(7, 3, 5), (log_id(7, 3), log_id(7, 5)))
        first, last = log_range(7, -5, MAX_SEQ + 10)
        self.assertEqual((split_log_id(first), split_log_id(last)), ((7, 0), (7, MAX_SEQ)))


class ParseTest(SimpleTestCase):
    def test_decimal_strings_are_ids(self) -> None:
        self.assertEqual([parse_id(text) for text in ("1", "42", str(MAX_BIGINT))], [1, 42, MAX_BIGINT])

    def test_anything_else_names_nothing(self) -> None:
        too_large = ("9" * 19, str(MAX_BIGINT + 1), "9" * 5_000)
        for text in ("", "-1", "+1", "1.0", " 1", "1\n", "0x1", "1_0", "abc", "١", "²", *too_large):
            with self.assertRaises(DomainError, msg=text[:20]) as caught:
                parse_id(text)
            self.assertEqual(caught.exception.code, ErrorCode.NOT_FOUND)

    def test_the_caller_says_what_is_missing(self) -> None:
        with self.assertRaises(DomainError) as caught:
            parse_id("x", ErrorCode.CONVERSATION_NOT_FOUND)
        self.assertEqual(caught.exception.code, ErrorCode.CONVERSATION_NOT_FOUND)


class TokenTest(SimpleTestCase):
    def test_tokens_differ_and_go_into_a_url_as_they_are(self) -> None:
        tokens = {new_token() for _unused in range(1_000)}
        self.assertEqual(len(tokens), 1_000)
        for token in tokens:
            self.assertRegex(token, r"^[A-Za-z0-9_-]{32}$")
