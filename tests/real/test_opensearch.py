"""OpenSearch itself, not one that speaks like it."""

from django.test import SimpleTestCase

from search.engine import get_engine


class OpenSearchTest(SimpleTestCase):
    def test_the_engine_is_opensearch_with_its_standard_modules(self) -> None:
        self.assertEqual(get_engine().info()["version"]["distribution"], "opensearch")
        rows: list[dict[str, str]] = get_engine().cat.plugins(format="json").body  # type: ignore[assignment] # as JSON
        modules = {row["component"] for row in rows}
        self.assertIn("org.opensearch.analysis.common.CommonAnalysisPlugin", modules)
        self.assertIn("org.opensearch.transport.Netty4Plugin", modules)
