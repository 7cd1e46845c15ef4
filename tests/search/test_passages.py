"""How messages become passages."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.test import SimpleTestCase

from search.embeddings import detect_language
from search.passages import JOINED_GAP, JOINED_MESSAGES, JOINED_SIZE, OVERLAP_SIZE, PART_SIZE, cut, divide, measure

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def say(seq: int, text: str, *, sender: int = 1, minutes: float = 0) -> Any:
    return SimpleNamespace(
        id=1000 + seq, seq=seq, sender_id=sender, text=text, created_at=NOON + timedelta(minutes=minutes)
    )


class CutTest(SimpleTestCase):
    def test_short_messages_that_follow_each_other_are_one_passage_whoever_writes_them(self) -> None:
        [draft] = cut([say(3, "几点发布？"), say(4, "今晚十点", sender=2), say(7, "ok")])
        self.assertEqual((draft.first_seq, draft.last_seq, draft.part), (3, 7, 0))
        self.assertEqual(draft.message_ids, [1003, 1004, 1007])
        self.assertEqual(draft.sender_ids, [1, 2])
        self.assertEqual(draft.text, "几点发布？\n今晚十点\nok")
        self.assertEqual(draft.language, "zh")

    def test_a_pause_begins_a_new_passage(self) -> None:
        pause = JOINED_GAP.total_seconds() / 60
        self.assertEqual(len(cut([say(1, "one"), say(2, "two", minutes=pause)])), 1)
        self.assertEqual(len(cut([say(1, "one"), say(2, "two", minutes=pause + 0.01)])), 2)

    def test_a_passage_is_full_at_its_size_in_either_language(self) -> None:
        english = cut([say(seq, "x" * (JOINED_SIZE // 4)) for seq in range(1, 7)])
        self.assertEqual([draft.last_seq for draft in english], [4, 6])
        chinese = cut([say(seq, "部" * (JOINED_SIZE // 12)) for seq in range(1, 7)])
        self.assertEqual([draft.last_seq for draft in chinese], [4, 6])

    def test_a_passage_is_full_at_its_number_of_messages(self) -> None:
        drafts = cut([say(seq, "ok") for seq in range(1, JOINED_MESSAGES + 2)])
        self.assertEqual([len(draft.message_ids) for draft in drafts], [JOINED_MESSAGES, 1])

    def test_messages_without_text_are_left_out(self) -> None:
        self.assertEqual(cut([say(1, ""), say(2, " \n")]), [])
        [draft] = cut([say(1, "one"), say(2, ""), say(3, "three")])
        self.assertEqual(draft.message_ids, [1001, 1003])

    def test_a_long_message_is_parts_of_its_own(self) -> None:
        long = "Every release is rehearsed on the staging cluster first. " * 40
        drafts = cut([say(1, "before"), say(2, long), say(3, "after")])
        self.assertEqual((drafts[0].first_seq, drafts[0].message_ids), (1, [1001]))
        parts = [draft for draft in drafts if draft.first_seq == 2]
        self.assertEqual([draft.part for draft in parts], list(range(len(parts))))
        self.assertGreater(len(parts), 2)
        self.assertTrue(all(draft.message_ids == [1002] for draft in parts))
        self.assertEqual(drafts[-1].message_ids, [1003])

    def test_adding_messages_changes_the_last_passage_alone(self) -> None:
        chance = random.Random(4)
        texts = ["好的", "ok", "数据库又超时了，" * 5, "please look at the dashboard " * 6, "长文。" * 300]
        minute = 0.0
        messages = []
        for seq in range(1, 120):
            minute += chance.choice([0.1, 1, 4, 6])
            messages.append(say(seq, chance.choice(texts), sender=chance.randint(1, 3), minutes=minute))
        whole = cut(messages)
        self.assertEqual(whole, cut(list(messages)))
        for end in range(1, len(messages)):
            begun = cut(messages[:end])
            settled = [draft for draft in begun if draft.first_seq != begun[-1].first_seq]
            self.assertEqual(whole[: len(settled)], settled)
        # To go on from the last passage's first message gives the same as to begin at the first.
        for draft in whole:
            again = cut([message for message in messages if message.seq >= draft.first_seq])
            self.assertEqual([each for each in whole if each.first_seq >= draft.first_seq], again)
        self.assertEqual(
            sorted({key for draft in whole for key in draft.message_ids}), [message.id for message in messages]
        )


class DivideTest(SimpleTestCase):
    def assert_divided(self, text: str, ends: str) -> None:
        parts = divide(text)
        self.assertGreater(len(parts), 1)
        for part in parts:
            self.assertLessEqual(measure(part), PART_SIZE)
        for part in parts[:-1]:
            self.assertIn(part[-1], ends)
        for before, after in itertools.pairwise(parts):
            overlap = next(size for size in range(len(after), -1, -1) if before.endswith(after[:size]))
            self.assertGreater(overlap, 0)
            self.assertLessEqual(measure(after[:overlap]), OVERLAP_SIZE)

    def test_english_ends_with_a_sentence_and_overlaps(self) -> None:
        self.assert_divided("".join(f"Step {n}: check the logs of node {n}! " for n in range(60)), "!")

    def test_chinese_ends_with_a_sentence_and_overlaps(self) -> None:
        self.assert_divided("".join(f"第{n}步，检查节点{n}的日志。" for n in range(60)), "。")

    def test_what_has_no_end_is_cut_by_length_and_nothing_is_lost(self) -> None:
        text = "".join(str(n % 10) for n in range(3000))
        parts = divide(text)
        self.assertTrue(all(measure(part) <= PART_SIZE for part in parts))
        self.assertEqual("".join(parts), text)


class LanguageTest(SimpleTestCase):
    def test_the_script_that_says_more_decides(self) -> None:
        for text, language in [
            ("数据库又超时了", "zh"),
            ("the database timed out", "en"),
            ("部署 staging 环境", "zh"),
            ("please read the 发布 notes before the release", "en"),
            ("Привет, как дела", "other"),
            ("こんにちは、ありがとう", "other"),
            ("안녕하세요", "other"),
            ("🎉 123 ?!", "other"),
            ("", "other"),
        ]:
            self.assertEqual(detect_language(text), language, text)
