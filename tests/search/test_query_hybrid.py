"""search.selectors.messages: the modes, their fusion, and what is left when a part is away."""

from datetime import UTC, datetime

from django.test import SimpleTestCase, override_settings

from devstack.ports import pick_free_port
from messaging.models import Message
from search.analysis.lexicon import translate
from search.analysis.queries import parse_query
from search.lag import read_lag
from search.selectors.ranking import MAX_TOTAL, Ranked, Ranking, fuse
from search.selectors.translations import rank_by_translation
from tests.messaging.building import Log, make_direct
from tests.search.query_case import QueryCase

NOWHERE = f"http://127.0.0.1:{pick_free_port()}"
NO_ENGINE = override_settings(ELASTICSEARCH_URL=NOWHERE)
NO_EMBEDDINGS = override_settings(EMBEDDINGS_BASE_URL=f"{NOWHERE}/v1")


def ranking(*ids: int) -> Ranking:
    """These messages in this order; the higher the id, the newer."""
    return Ranking([Ranked(message(pk), 1.0) for pk in ids])


def message(pk: int, text: str = "") -> Message:
    """A message that was sent `pk` seconds into the epoch."""
    return Message(pk=pk, text=text or f"message {pk}", created_at=datetime.fromtimestamp(pk, UTC))


class FusionTest(SimpleTestCase):
    def ids(self, *weighted: tuple[Ranking, float]) -> list[int]:
        return [hit.message.pk for hit in fuse(weighted).hits]

    def test_what_several_lists_have_comes_first(self) -> None:
        self.assertEqual(self.ids((ranking(1, 2, 3), 1), (ranking(4, 3, 5), 1))[0], 3)

    def test_weights_decide_between_lists_and_the_newest_between_equals(self) -> None:
        self.assertEqual(self.ids((ranking(1), 1), (ranking(2), 2)), [2, 1])
        self.assertEqual(self.ids((ranking(1), 1), (ranking(2), 1)), [2, 1])

    def test_scores_count_by_their_height_and_ranks_by_their_place(self) -> None:
        near, half = Ranking([Ranked(message(1), 0.9), Ranked(message(2), 0.4)]), Ranking([Ranked(message(2), 1.0)])
        self.assertEqual([hit.message.pk for hit in fuse((), [(near, 1.0), (half, 0.2)]).hits], [1, 2])
        self.assertEqual([hit.message.pk for hit in fuse((), [(near, 1.0), (half, 0.6)]).hits], [2, 1])
        self.assertEqual([hit.message.pk for hit in fuse([(ranking(2), 1.0)], [(near, 1.0)]).hits], [2, 1])

    def test_of_equal_texts_only_the_newest_counts_in_full(self) -> None:
        hits = [Ranked(message(pk, "the same"), 0.9) for pk in (1, 2, 3)]
        found = fuse((), [(Ranking([*hits, Ranked(message(4, "another"), 0.8)]), 1.0)]).hits
        self.assertEqual([hit.message.pk for hit in found], [3, 4, 2, 1])

    def test_the_total_ends_at_its_limit_and_says_so(self) -> None:
        cut = ranking(*range(1, MAX_TOTAL + 2)).cut()
        self.assertEqual((len(cut.hits), cut.more), (MAX_TOTAL, True))
        self.assertFalse(ranking(1).cut().more)


class TranslationTest(SimpleTestCase):
    def scores(self, query: str, *texts: str) -> list[tuple[str, float]]:
        messages = [message(place, text) for place, text in enumerate(texts, 1)]
        found = rank_by_translation(translate(parse_query(query)), messages)
        return [(hit.message.text, hit.score) for hit in found.hits]

    def test_who_says_more_of_the_query_comes_first_and_who_says_nothing_is_left_out(self) -> None:
        both, one = "The fire control drill is on Friday at ten", "The drill instructor talks to everybody here"
        (first, high), (second, low) = self.scores("消防演习", one, both, "Lunch is at one o'clock as always")
        self.assertEqual((first, second), (both, one))
        self.assertGreater(high, 1.5 * low)

    def test_what_everybody_says_counts_for_less_than_what_one_says(self) -> None:
        common = [f"the meeting number {number} takes place in this room" for number in range(9)]
        found = self.scores("会议 望远镜", *common, "the telescope has come from the repair shop")
        self.assertEqual(found[0][0], "the telescope has come from the repair shop")

    def test_a_short_message_counts_for_less(self) -> None:
        (first, _), (second, _) = self.scores("telescope", "望远镜", "那台旧的望远镜昨天卖掉了")
        self.assertEqual((first, second), ("那台旧的望远镜昨天卖掉了", "望远镜"))


class HybridTest(QueryCase):
    def setUp(self) -> None:
        super().setUp()
        self.card = self.say("门禁卡丢了要去前台补办")
        self.plumber = self.say("The plumber can come on Saturday to fix the kitchen sink")
        self.drill = self.say("The fire drill is on Friday at ten, please use the stairs")
        self.lunch = self.say("今天中午一起去吃牛肉面吧")

    def test_typos_pinyin_initials_and_like_sounds_are_found(self) -> None:
        self.index()
        for query in ("menjinka", "men jin ka", "mjk", "门紧卡", "門禁卡"):
            self.assertEqual(self.find(query, mode="hybrid")[0], str(self.card.pk), query)
        for query in ("plubmer", "plumbers", "plumb", "水管工"):
            self.assertEqual(self.find(query, mode="hybrid")[0], str(self.plumber.pk), query)

    def test_meaning_reaches_across_languages(self) -> None:
        self.index()
        self.assertEqual(self.find("beef noodles for lunch", mode="semantic")[0], str(self.lunch.pk))
        self.assertEqual(self.find("消防演习", mode="hybrid")[0], str(self.drill.pk))

    def test_without_embeddings_words_answer_and_say_so(self) -> None:
        self.index()
        with NO_EMBEDDINGS:
            for mode in ("semantic", "hybrid"):
                answer = self.get("messages", q="plumber", mode=mode)
                self.assertTrue(answer["degraded"])
                self.assertEqual(answer["results"][0]["message"]["message_id"], str(self.plumber.pk))
            self.assertFalse(self.get("messages", q="plumber", mode="keyword")["degraded"])

    def test_without_the_engine_the_newest_messages_answer_and_say_so(self) -> None:
        self.index()
        with NO_ENGINE:
            for mode in ("keyword", "hybrid"):
                answer = self.get("messages", q="门禁卡 前台", mode=mode)
                self.assertTrue(answer["degraded"])
                self.assertTrue(answer["more"])
                self.assertEqual(answer["results"][0]["message"]["message_id"], str(self.card.pk))
                self.assertEqual(answer["results"][0]["highlights"][0]["ranges"][0], [0, 3])

    def test_meaning_needs_no_engine(self) -> None:
        self.index()
        read_lag()  # kept for a while: without the engine nobody knows how far it is behind
        with NO_ENGINE:
            answer = self.get("messages", q="plumber", mode="semantic")
        self.assertFalse(answer["degraded"])
        self.assertEqual(answer["results"][0]["message"]["message_id"], str(self.plumber.pk))

    def test_the_fallback_keeps_to_what_may_be_read(self) -> None:
        secret = self.say("plumber secret", log=Log(make_direct(self.ann, self.eve)))
        with NO_ENGINE, NO_EMBEDDINGS:
            self.assertNotIn(str(secret.pk), self.find("plumber", self.ben))
            self.assertIn(str(secret.pk), self.find("plumber", self.eve, mode="hybrid"))
            self.assertEqual(
                self.find("plumber", self.eve, conversation_id=str(secret.conversation_id)), [str(secret.pk)]
            )
