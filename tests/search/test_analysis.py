"""search.analysis: one set of rules for the index, queries, the check in the database and highlights."""

from django.test import SimpleTestCase

from search.analysis.dictionary import MAX_WORDS, read_dictionary
from search.analysis.fields import digest, text_fields
from search.analysis.folding import fold
from search.analysis.highlights import WHOLE, highlight
from search.analysis.lexicon import Translated, translate
from search.analysis.matching import analyse, holds_all, within_edits
from search.analysis.names import name_keys, squash
from search.analysis.pinyin import read_run, syllable_readings
from search.analysis.queries import parse_query
from search.analysis.synonyms import find_inner_synonyms, find_synonyms


def marked(text: str, query: str, *, loosely: bool = False) -> list[str]:
    """What highlights mark, cut out by UTF-16 offsets as a browser would."""
    parts = []
    for fragment in highlight(text, parse_query(query), loosely=loosely):
        units = fragment.text.encode("utf-16-le")
        parts += [units[2 * start : 2 * end].decode("utf-16-le") for start, end in fragment.ranges]
    return parts


class FoldingTest(SimpleTestCase):
    def test_width_case_accents_and_traditional_characters_are_one(self) -> None:
        self.assertEqual(fold("ＡＰＩ Café 資訊軟體").text, "api cafe 资讯软体")

    def test_places_lead_back_where_folding_changes_the_length(self) -> None:
        text = "㎏ ﬁle é 資訊"
        folded = fold(text)
        start = folded.text.index("资讯")
        self.assertEqual(text[slice(*folded.origin(start, start + 2))], "資訊")
        self.assertEqual(text[slice(*folded.origin(0, 2))], "㎏")

    def test_a_character_folds_alike_wherever_it_stands(self) -> None:
        whole = fold("皇后在後面乾杯").text
        self.assertEqual(whole, "".join(fold(one).text for one in "皇后在後面乾杯"))


class FieldsTest(SimpleTestCase):
    def test_mixed_text_goes_into_one_set_of_fields(self) -> None:
        fields = text_fields("今天 deploying k8s 到生產🎉")
        self.assertEqual(fields["words"], "deploy k8s | 🎉")
        self.assertEqual(fields["plain"], "deploying k8s 🎉")
        self.assertEqual(fields["grams"], "今天 | 到生 生产")
        self.assertEqual(fields["singles"], "今 天 到 生 产")
        self.assertEqual(fields["pinyin"], "jin tian | dao sheng chan")
        self.assertEqual(fields["initials"], "jt | ds sc")

    def test_text_without_anything_to_find_leaves_the_fields_empty(self) -> None:
        self.assertEqual(set(text_fields("...!?").values()), {""})

    def test_the_digest_tells_texts_apart(self) -> None:
        self.assertNotEqual(digest("a"), digest("b"))
        self.assertEqual(digest("部署"), digest("部署"))


class MatchingTest(SimpleTestCase):
    def assert_holds(self, text: str, *queries: str) -> None:
        for query in queries:
            self.assertTrue(holds_all(analyse(text), parse_query(query)), query)

    def assert_lacks(self, text: str, *queries: str) -> None:
        for query in queries:
            self.assertFalse(holds_all(analyse(text), parse_query(query)), query)

    def test_every_term_must_occur(self) -> None:
        text = "GoChat v2.3.1 的部署脚本 was deployed to user_session 🎉 in C++"
        self.assert_holds(
            text, "部署 脚本", "部", "deploys", "v2.3.1", "v2.3", "user_session", "🎉", "c++", "DEPLOYED 脚本"
        )
        self.assert_lacks(text, "部脚", "v2.4", "session_user", "c#", "deplyo", "部署 missing", "", "?!")

    def test_words_of_one_name_must_be_neighbours(self) -> None:
        self.assert_lacks("user has a session", "user_session")
        self.assert_lacks("v2 有 3 个", "v2.3")

    def test_typos_count_as_the_engine_counts_them(self) -> None:
        self.assertTrue(within_edits("plubmer", "plumber", 1))
        self.assertTrue(within_edits("telescpoe", "telescope", 1))
        self.assertFalse(within_edits("plumber", "number", 1))
        self.assertTrue(within_edits("", "ab", 2))
        self.assertFalse(within_edits("abcd", "ab", 1))


class HighlightTest(SimpleTestCase):
    def test_ranges_are_of_the_original_in_utf16(self) -> None:
        self.assertEqual(marked("🎉🎉 新的資訊系統 Deployed", "资讯 deploy"), ["資訊", "Deployed"])

    def test_what_resembles_is_marked_where_the_mode_looks_for_it(self) -> None:
        for text, query, wanted in (
            ("the plumber comes", "plubmer", ["plumber"]),
            ("门禁卡丢了", "menjinka", ["门禁卡"]),
            ("门禁卡丢了", "mjk", ["门禁卡"]),
            ("门禁卡丢了", "门紧卡", ["门禁卡"]),
            ("线上出错了", "报错", ["出错"]),
            ("昨天的火锅店很好", "那个火锅店", ["火锅店"]),
        ):
            self.assertEqual(marked(text, query, loosely=True), wanted, query)
            self.assertEqual(marked(text, query), [], query)

    def test_long_texts_give_parts_around_what_was_found(self) -> None:
        text = "x " * 500 + "needle" + " y" * 500
        [fragment] = highlight(text, parse_query("needle"), loosely=False)
        self.assertLess(len(fragment.text), WHOLE)
        self.assertIn("needle", fragment.text)
        self.assertEqual(highlight("", parse_query("needle"), loosely=False), [])

    def test_what_was_found_by_meaning_shows_its_beginning_unmarked(self) -> None:
        [fragment] = highlight("部署" * 300, parse_query("weather"), loosely=True)
        self.assertEqual((len(fragment.text), fragment.ranges), (WHOLE, []))


class PinyinTest(SimpleTestCase):
    def test_characters_are_read_by_context(self) -> None:
        self.assertEqual(read_run("重庆银行"), ("chong", "qing", "yin", "hang"))
        self.assertEqual(read_run("行长"), ("hang", "zhang"))

    def test_letters_may_be_several_readings_or_none(self) -> None:
        self.assertEqual(syllable_readings("xian"), [("xian",), ("xi", "an")])
        self.assertEqual(syllable_readings("deploy"), [])
        self.assertEqual(syllable_readings("a" * 500), [])

    def test_names_are_found_from_any_part_on(self) -> None:
        keys = name_keys("张三丰 Zhang", "zhang_sf")
        for query in ("张", "三丰", "zhangsanfeng", "sanfeng", "zsf", "sf", "Zhang", "zhang_sf", "ZHANG SF", "張三"):
            self.assertTrue(any(key.startswith(squash(query)) for key in keys), query)
        self.assertFalse(any(key.startswith("angsan") for key in keys))


class DictionaryTest(SimpleTestCase):
    def test_synonyms_are_of_whole_terms_and_within_runs(self) -> None:
        [term] = parse_query("报错").terms
        self.assertIn("error", [one.text for one in find_synonyms(term)])
        [run] = parse_query("登录报错了吗").terms
        self.assertEqual(find_synonyms(run), [])
        self.assertIn("error", [one.text for one in find_inner_synonyms(run)])


class TranslationTest(SimpleTestCase):
    def terms(self, query: str) -> list[set[str]]:
        return [{term.text for term in word.terms} for word in translate(parse_query(query)).words]

    def test_words_are_translated_both_ways(self) -> None:
        self.assertIn("telescope", self.terms("望远镜")[0])
        self.assertIn("望远镜", self.terms("telescopes")[0])
        self.assertEqual(self.terms("the of"), [])

    def test_words_that_belong_together_are_translated_together(self) -> None:
        self.assertIn("火锅", self.terms("hot pot")[0])
        self.assertIn("驾照", self.terms("driver's license")[0])
        self.assertEqual(len(self.terms("消防演习")), 2)

    def test_the_projects_synonyms_come_before_the_dictionary(self) -> None:
        translated = translate(parse_query("reimbursement"))
        self.assertEqual(translated.words[0].said[0], "报销")
        self.assertTrue(translated.text.startswith("报销"))

    def test_a_word_that_several_glosses_have_is_a_translation_by_itself(self) -> None:
        self.assertIn("phone", self.terms("电话")[0])

    def test_the_share_counts_what_nobody_knows(self) -> None:
        self.assertEqual(translate(parse_query("望远镜")).share, 1 / 1.5)
        self.assertEqual(translate(parse_query("telescope qwertyx")).share, 0.5)
        self.assertEqual(translate(parse_query("qwertyx")), Translated((), 0.0))

    def test_common_words_come_first(self) -> None:
        words = read_dictionary().words["hotpot"].split("|")
        self.assertEqual(words[0], "火锅")
        self.assertLessEqual(max(len(one.split("|")) for one in read_dictionary().words.values()), MAX_WORDS)
