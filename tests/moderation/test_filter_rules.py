"""What a rule finds, however the word is disguised, and what it leaves alone."""

import random

from django.test import SimpleTestCase

from moderation.filter.folding import squeeze
from moderation.filter.rules import Rule, RuleSet, mask


def masked(text: str, *rules: Rule) -> str:
    """The text with all that the rules find masked."""
    return mask(text, RuleSet(rules).find(text))


class DisguiseTests(SimpleTestCase):
    def test_a_word_is_found_in_every_width_case_script_and_accent(self) -> None:
        for pattern, text in (
            ("spam", "ＳＰＡＭ"),
            ("spam", "SpAm"),
            ("spam", "spám"),
            ("spam", "ѕраm"),
            ("发票", "發票"),
            ("發票", "发票"),
            ("ＶＸ", "vx"),
            ("加微信", "加微信"),
        ):
            self.assertEqual(masked(text, Rule(1, pattern)), "*" * len(text), text)

    def test_separators_and_invisible_characters_inside_a_word_do_not_hide_it(self) -> None:
        for pattern, text in (
            ("发票", "发.票"),
            ("发票", "发 票"),
            ("发票", "发\u200b票"),
            ("发票", "发\u2060\ufeff票"),
            ("发票", "发*~-_票"),
            ("spam", "s.p.a.m"),
            ("spam", "s p a m"),
            ("spam", "s\u00adpam"),
            ("spam", "s\np\na\nm"),
            ("大法轮", "大。法。轮"),
        ):
            self.assertEqual(masked(text, Rule(1, pattern)), "*" * len(text), text)

    def test_the_rest_of_the_text_stays_as_it_was_written(self) -> None:
        for text, left in (
            ("请开 發．票，谢谢！", "请开 ***，谢谢！"),
            ("ＡＢ 發票 ＣＤ", "ＡＢ ** ＣＤ"),
            ("🙂发票🙂", "🙂**🙂"),
            ("ﬁne 发票", "ﬁne **"),
            ("发票发票x发票", "****x**"),
        ):
            self.assertEqual(masked(text, Rule(1, "发票")), left)

    def test_words_of_spaced_scripts_are_found_as_words_alone(self) -> None:
        rule = Rule(1, "ass")
        for text in ("class", "assume", "as soon", "was so", "give a ssd", "масса"):
            self.assertEqual(masked(text, rule), text)
        self.assertEqual(masked("ass, 你ass吗 a.s.s", rule), "***, 你***吗 *****")

    def test_two_sentences_do_not_make_a_word(self) -> None:
        for text in ("我们去开发。票已经买了", "他出发！票呢？", "开发\n票"):
            self.assertEqual(masked(text, Rule(1, "发票")), text)

    def test_no_separator_moves_a_mask_to_another_place(self) -> None:
        source = random.Random(7)
        letters = "发票abé🙂 .\u200bＡ發②ﬃ"
        for _ in range(2_000):
            text = "".join(source.choice(letters) for _ in range(12))
            for one in RuleSet([Rule(1, "发票")]).find(text):
                self.assertEqual(squeeze(text[one.start : one.end]), "发票", repr(text))
                self.assertNotIn(text[one.start], " .\u200b")
                self.assertNotIn(text[one.end - 1], " .\u200b")


class SoundTests(SimpleTestCase):
    rule = Rule(1, "微信", by_sound=True)

    def test_other_characters_and_letters_of_the_same_sound_are_found(self) -> None:
        for text in ("微信", "薇信", "威 芯", "wei信", "weixin", "wei xin", "ＷＥＩ信", "微.xin"):
            self.assertEqual(masked(text, self.rule), "*" * len(text), text)

    def test_it_is_found_by_its_writing_alone_unless_the_rule_says_so(self) -> None:
        self.assertEqual(masked("薇信", Rule(1, "微信")), "薇信")

    def test_syllables_are_whole(self) -> None:
        xian = Rule(1, "西安", by_sound=True)
        self.assertEqual(masked("先走了", xian), "先走了")
        self.assertEqual(masked("洗岸", xian), "**")
        self.assertEqual(masked("weixing", self.rule), "weixing")
        self.assertEqual(masked("卫星", self.rule), "卫星")


class SetTests(SimpleTestCase):
    def test_an_exception_covers_the_word_within_it_and_nowhere_else(self) -> None:
        rule = Rule(1, "台独", exceptions=("一台独立",))
        self.assertEqual(masked("买了一台独立显卡", rule), "买了一台独立显卡")
        self.assertEqual(masked("一台独立，台 独", rule), "一台独立，***")

    def test_an_exception_of_one_rule_is_none_of_another(self) -> None:
        self.assertEqual(masked("一台独立", Rule(1, "台独", exceptions=("一台独立",)), Rule(2, "台独")), "一**立")

    def test_rules_overlap_and_each_is_found(self) -> None:
        rules = RuleSet([Rule(1, "发票"), Rule(2, "开发票"), Rule(3, "票据")])
        self.assertEqual([one.rule.id for one in rules.find("开发票据")], [2, 1, 3])

    def test_a_rule_holds_in_its_place_alone(self) -> None:
        rules = RuleSet([Rule(1, "客服", place="names"), Rule(2, "官方"), Rule(3, "发票", place="messages")])
        text = "官方客服发票"
        self.assertEqual([one.rule.id for one in rules.find(text)], [2, 3])
        self.assertEqual([one.rule.id for one in rules.find(text, "names")], [2, 1])

    def test_no_rules_find_nothing(self) -> None:
        self.assertEqual(RuleSet([]).find("发票"), [])
        self.assertEqual(RuleSet([Rule(1, "。")]).find("发。票"), [])

    def test_a_long_text_of_nothing_but_beginnings_costs_no_more_than_its_length(self) -> None:
        rules = RuleSet([Rule(number, "a" * number) for number in range(1, 60)])
        self.assertEqual(rules.find("a" * 16_000), [])
