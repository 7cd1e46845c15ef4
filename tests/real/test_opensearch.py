"""OpenSearch itself, not one that speaks like it."""

from django.test import SimpleTestCase

from search.engine import get_engine


class OpenSearchTest(SimpleTestCase):
    def test_the_engine_is_opensearch_with_its_standard_modules(self) -> None:
        told = get_engine().info()
        self.assertEqual(told["version"]["distribution"], "opensearch")
        modules = {row["component"] for row in get_engine().cat.plugins(format="json")}
        self.assertIn("org.opensearch.analysis.common.CommonAnalysisPlugin", modules)
        self.assertIn("org.opensearch.transport.Netty4Plugin", modules)
