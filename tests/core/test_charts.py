"""Charts are drawn by the server alone."""

import itertools
from xml.etree import ElementTree as ET

from django.test import SimpleTestCase

from core.charts import WIDTH, Lane, bar_chart, timeline

SVG = "{http://www.w3.org/2000/svg}"


def parse(chart: str) -> ET.Element:
    """The element; what stands in a page needs no namespace, a parser does."""
    return ET.fromstring(chart.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 -- our own


class BarChartTests(SimpleTestCase):
    def heights(self, values: list[float]) -> list[float]:
        chart = parse(bar_chart("t", [str(value) for value in values], values))
        bars = [group for group in chart.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
        return [float(bar.findall(f"{SVG}rect")[0].attrib["height"]) for bar in bars]

    def test_bars_are_as_high_as_their_values(self) -> None:
        half, none, whole = self.heights([50, 0, 100])
        self.assertAlmostEqual(half * 2, whole, places=1)
        self.assertEqual(none, 0)

    def test_what_is_not_nothing_is_seen(self) -> None:
        self.assertGreaterEqual(self.heights([1, 1_000_000])[0], 2)

    def test_it_is_read_out_and_each_bar_says_what_it_is(self) -> None:
        chart = parse(bar_chart("Messages", ["Mon", "Tue"], [3, 4]))
        self.assertEqual((chart.attrib["role"], chart.attrib["aria-label"]), ("img", "Messages: 7"))
        self.assertEqual([title.text for title in chart.iter(f"{SVG}title")], ["Mon: 3", "Tue: 4"])

    def test_labels_are_text_and_never_markup(self) -> None:
        chart = bar_chart("<b>", ["<script>"], [1])
        self.assertNotIn("<script>", chart)
        self.assertNotIn("<b>", chart)

    def test_no_values_are_an_empty_chart(self) -> None:
        self.assertEqual(self.heights([]), [])
        self.assertEqual(self.heights([0, 0]), [0, 0])


class TimelineTests(SimpleTestCase):
    def places(self, *points: float) -> list[float]:
        chart = parse(timeline("t", [Lane("a", [(point, str(point)) for point in points])]))
        return [float(circle.attrib["cx"]) for circle in chart.iter(f"{SVG}circle")]

    def test_later_is_further_right_and_milliseconds_are_seen_beside_hours(self) -> None:
        places = self.places(0, 3, 40, 5_000, 7_200_000)
        self.assertEqual(places, sorted(places))
        self.assertTrue(all(b - a > 15 for a, b in itertools.pairwise(places)), places)
        self.assertLess(places[-1], WIDTH)

    def test_a_beginning_alone_is_a_point_as_well(self) -> None:
        self.assertEqual(len(self.places(0)), 1)
        self.assertEqual(len(self.places(-5, 0)), 2)

    def test_texts_are_escaped(self) -> None:
        self.assertIn("&lt;b&gt;", timeline("t", [Lane("<b>", [(0, "<b>")])]))
