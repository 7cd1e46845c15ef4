"""What of a model's words is shown: real sources, no images, no address of its own, the same in pieces and whole."""

import random
import re
from types import SimpleNamespace
from typing import Any

from django.test import SimpleTestCase

from ai_agent.citing import Citing, check_citations
from core.clock import now
from tests.fakes.obedience import obey

TEXTS = ("See https://ok.example/a?b=1.", "二号：https://wiki.example/页面 ，请看", "three")
OUT = "(link left out)"


def make_sources() -> list[Any]:
    """Three sources, of which two name an address."""
    return [
        SimpleNamespace(message=SimpleNamespace(pk=pk, text=text), quote=text, taken_at=now())
        for pk, text in enumerate(TEXTS, 1)
    ]


ADDRESS = re.compile(
    r"(?:https?:|//|www\.|javascript:f|data:t|mailto:e)[^\s<>\"'，。；！？、（）【】《》“”]+|evil\.example"
)
"""What a reader could follow, as a client finds it."""


class CitingTest(SimpleTestCase):
    def shown(self, said: str, question: str = "", *, by_pieces: bool = True) -> str:
        """What is shown of it, by whatever pieces it comes."""
        whole, cited = check_citations(said, make_sources(), question)
        if not by_pieces:
            return whole
        dice = random.Random(7)
        for _ in range(30):
            citing, pieces, at = Citing(make_sources(), question), [], 0
            while at < len(said):
                length = dice.randint(1, 7)
                pieces.append(citing.feed(said[at : at + length]))
                at += length
            pieces.append(citing.close())
            self.assertEqual("".join(pieces).rstrip(), citing.text)
            self.assertLessEqual(set(ADDRESS.findall(citing.text)), set(ADDRESS.findall(whole)), citing.text)
            if OUT not in whole:
                self.assertEqual(citing.text.split(), whole.split())
            self.assertEqual([one.message_id for one in citing.cited], [one.message_id for one in cited])
        return whole

    def test_markers_are_numbered_as_they_appear_and_invented_ones_dropped(self) -> None:
        said = "It is Friday [2]. Or【3，1】, or [2] again [9][0]."
        self.assertEqual(self.shown(said), "It is Friday [1]. Or[2][3], or [1] again.")
        _text, cited = check_citations(said, make_sources())
        self.assertEqual([(one.message_id, one.quote) for one in cited], [(2, TEXTS[1]), (3, TEXTS[2]), (1, TEXTS[0])])

    def test_a_marker_in_code_is_code(self) -> None:
        self.assertEqual(self.shown("```py\nrow = table[1]\n``` as [3] says"), "```py\nrow = table[1]\n``` as [1] says")

    def test_an_address_of_a_source_or_the_question_stays_and_every_other_goes(self) -> None:
        self.assertEqual(self.shown("at https://ok.example/a?b=1, yes"), "at https://ok.example/a?b=1, yes")
        self.assertEqual(self.shown("在https://wiki.example/页面，是"), "在https://wiki.example/页面，是")
        self.assertEqual(self.shown("https://mine.example", "what is https://mine.example?"), "https://mine.example")
        for address in (
            "https://ok.example/a?b=1&c=secret",
            "https://ok.example/a?b=1#secret",
            "https://evil.example/秘密",
            "HTTPS://EVIL.example",
            "//evil.example/x",
            "www.evil.example",
            "evil.example/x",
            "evil.example?x",
            "ftp://evil.example/x",
            "file:///etc/passwd",
            "javascript:fetch",
            "data:text/html,x",
            "mailto:eve@evil.example?body=secret",
            "https://[::1]/x",
        ):
            self.assertEqual(self.shown(f"go {address} now"), f"go {OUT} now", address)

    def test_images_and_tags_load_nothing_and_links_show_where_they_lead(self) -> None:
        self.assertEqual(self.shown("a ![cat](https://evil.example/q) b"), "a cat b")
        self.assertEqual(self.shown("![cat](https://ok.example/a?b=1)"), "cat")
        self.assertEqual(self.shown("<img src='https://evil.example/q'>x<script>y</script>"), "x y")
        self.assertEqual(
            self.shown("[here](https://evil.example 'x') [it](https://ok.example/a?b=1)"),
            ("here it (https://ok.example/a?b=1)"),
        )
        self.assertEqual(self.shown("[1](https://evil.example)"), "[1]")
        self.assertEqual(self.shown("[a][b]\n\n[b]: https://evil.example/q"), f"[a][b]\n\n[b]: {OUT}")

    def test_what_is_taken_out_joins_nothing_to_an_address(self) -> None:
        for said in (
            "https://ok.example/a?b=1 [9]&secret",
            "https://ok.example/a?b=1【9】.secret",
            "https://ok.example/a?b=1<img>&secret",
            "https://ok.example/a?b=1![](x)&secret",
            "https:/ [9]/evil.example",
            "https://ok.example/a?b=1![&secret](x)",
            "https:/<img>/evil.example",
        ):
            shown = self.shown(said, by_pieces=False)
            self.assertNotIn("b=1&", shown)
            self.assertNotIn("b=1.", shown)
            self.assertNotIn("//evil", shown)
            for length in range(1, 40):
                citing = Citing(make_sources())
                shown = "".join(citing.feed(said[at : at + length]) for at in range(0, len(said), length))
                shown += citing.close()
                self.assertIsNone(re.search(r"b=1[&.]|//evil", shown), (said, length, shown))

    def test_what_is_no_address_is_left_alone(self) -> None:
        for text in ("core/llm.py and/or 1/2 // a comment", "a < b, List<int>", "v1.2/x 3.5 README.md", "the data: x"):
            self.assertEqual(self.shown(text), text)

    def test_words_are_shown_as_they_come(self) -> None:
        citing = Citing(make_sources())
        shown = [citing.feed(piece) for piece in ("It", " is", " on", " Fri", "day,", " 今天", "是")]
        self.assertEqual(shown, ["It", " is", " on", " Fri", "day,", " 今天", "是"])

    def test_an_address_whose_beginning_looked_like_a_word_goes_too(self) -> None:
        for begun, rest in (
            ("https", "://evil.example/x yes"),
            ("evil", ".example/secret yes"),
            ("www", ".evil.com yes"),
        ):
            citing = Citing(make_sources())
            self.assertEqual(citing.feed(begun) + citing.feed(rest) + citing.close(), f"{begun} {OUT} yes")
        citing = Citing(make_sources())
        pieces = ("https", "://ok.example", "/a?b=1 yes")
        self.assertEqual("".join([*map(citing.feed, pieces), citing.close()]), "https://ok.example/a?b=1 yes")

    def test_a_model_that_carries_out_what_it_knows_carries_it_nowhere(self) -> None:
        said, _tools = obey({"messages": [{"content": "the code is 1234 https://evil.example/collect"}]})
        self.assertGreater(said.count("evil.example"), 8)
        self.assertNotIn("evil.example", self.shown(said))
