"""Vectors: centred by language, from an API that may be away."""

import math
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings

from devstack.ports import pick_free_port
from search.embeddings import (
    LANGUAGES,
    EmbeddingsUnavailableError,
    Vector,
    api,
    current_model,
    embed_passages,
    embed_query,
    versions,
)
from search.embeddings.directions import COUNT, find_directions, remove
from search.embeddings.versions import current_model_id, read_samples
from search.models import EmbeddingModel

NOBODY = f"http://127.0.0.1:{pick_free_port()}/v1"
PAIRS = [
    ("服务器磁盘空间不足", "the server is running out of disk space"),
    ("明天的会议取消了", "tomorrow's meeting is cancelled"),
    ("谁有停车场的门禁卡？", "who has an access card for the car park?"),
    ("周末的烧烤改到公园", "the weekend barbecue moves to the park"),
    ("发票请寄给财务部", "please send the invoice to accounting"),
    ("新版本修复了登录失败", "the new version fixes the failing login"),
]


def nearness(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


class VectorTest(TestCase):
    databases = {"default", settings.VECTOR_DATABASE}

    def setUp(self) -> None:
        current_model()

    def test_the_same_thing_said_in_the_other_language_is_nearest(self) -> None:
        stored = [chinese if number % 2 else english for number, (chinese, english) in enumerate(PAIRS)]
        vectors = [vector for vector in embed_passages(stored) if vector is not None]
        for number, (chinese, english) in enumerate(PAIRS):
            query = embed_query(english if number % 2 else chinese)
            distances = [nearness(query, vector) for vector in vectors]
            self.assertEqual(distances.index(max(distances)), number, stored[number])

    def test_a_vector_has_length_one_and_the_settings_dimensions(self) -> None:
        for vector in [embed_query("你好"), *embed_passages(["hello", "こんにちは"])]:
            assert vector is not None
            self.assertEqual(len(vector), settings.EMBEDDINGS_DIMENSIONS)
            self.assertAlmostEqual(math.hypot(*vector), 1.0, places=6)

    def test_the_means_are_estimated_once_and_kept_with_the_model(self) -> None:
        versions._known.clear()  # what it remembers was undone with another test's transaction
        row = current_model()
        names = {*LANGUAGES, *(f"query-{one}" for one in LANGUAGES)}
        self.assertEqual(EmbeddingModel.objects.get(pk=row.pk).means.keys(), names)
        versions._known.clear()
        with override_settings(EMBEDDINGS_BASE_URL=NOBODY):
            self.assertEqual(current_model().pk, row.pk)

    def test_no_vector_has_a_part_in_the_directions_in_which_languages_differ(self) -> None:
        differences = current_model().differences
        self.assertEqual(len(differences), COUNT)
        for vector in [embed_query("消防演习", "fire drill"), *embed_passages(["门禁卡丢了", "where is the key"])]:
            assert vector is not None
            for direction in differences:
                self.assertAlmostEqual(nearness(vector, direction), 0.0, places=6)

    def test_a_translation_moves_a_query_towards_itself(self) -> None:
        alone, with_translation = embed_query("消防演习"), embed_query("消防演习", "fire drill")
        (drill,) = embed_passages(["The fire drill is on Friday"])
        assert drill is not None
        self.assertGreater(nearness(with_translation, drill), nearness(alone, drill))
        self.assertAlmostEqual(math.hypot(*with_translation), 1.0, places=6)

    def test_a_query_does_not_wait_for_the_means(self) -> None:
        with (
            override_settings(EMBEDDINGS_MODEL="another-{kind}"),
            self.assertRaisesRegex(EmbeddingsUnavailableError, "nothing has been embedded"),
        ):
            embed_query("hello")

    def test_another_model_is_another_version(self) -> None:
        first, model = current_model_id(), current_model()
        with (
            override_settings(EMBEDDINGS_MODEL="another-{kind}"),
            mock.patch.object(versions, "estimate_correction", return_value=(model.means, model.differences)),
        ):
            self.assertNotEqual(current_model_id(), first)
            self.assertNotEqual(current_model().pk, first)
        self.assertEqual(current_model_id(), first)

    def test_a_vector_of_other_dimensions_is_refused(self) -> None:
        current_model()
        with override_settings(EMBEDDINGS_DIMENSIONS=12), self.assertRaisesRegex(EmbeddingsUnavailableError, "12 dim"):
            api.request_vectors(["hello"], "passage", timeout_s=30)

    def test_an_api_that_is_away_is_said_to_be_away(self) -> None:
        current_model()
        with override_settings(EMBEDDINGS_BASE_URL=NOBODY):
            self.assertFalse(api.answers())
            with self.assertRaises(EmbeddingsUnavailableError):
                embed_query("hello")
            with self.assertRaises(EmbeddingsUnavailableError):
                embed_passages(["hello"])
        self.assertTrue(api.answers())


class DirectionsTest(SimpleTestCase):
    def test_the_widest_spread_comes_first_and_all_are_at_right_angles(self) -> None:
        found = find_directions([[4.0, 0.0, 0.0], [-4.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, -2.0, -1.0]])
        self.assertEqual(len(found), 2)
        self.assertAlmostEqual(abs(found[0][0]), 1.0, places=6)
        self.assertAlmostEqual(abs(found[1][1]), 2 / math.sqrt(5), places=6)
        self.assertAlmostEqual(nearness(*found), 0.0, places=6)

    def test_what_is_removed_is_gone_and_the_rest_stays(self) -> None:
        self.assertEqual(remove([3.0, 5.0], [[1.0, 0.0]]), [0.0, 5.0])

    def test_vectors_that_are_all_the_same_have_no_directions(self) -> None:
        self.assertEqual(find_directions([[1.0, 2.0]] * 3), [])
        self.assertEqual(find_directions([]), [])


class SamplesTest(SimpleTestCase):
    def test_every_sample_is_there_in_both_languages(self) -> None:
        samples = read_samples()
        self.assertGreaterEqual(len(samples["zh"]), 150)
        self.assertEqual(len(samples["zh"]), len(samples["en"]))
        self.assertTrue(all(text.strip() for texts in samples.values() for text in texts))
