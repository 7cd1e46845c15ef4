"""search.selectors.keywords: what a keyword finds."""

from tests.search.query_case import QueryCase


class KeywordTest(QueryCase):
    def test_every_term_must_occur_in_either_language_and_in_mixed_text(self) -> None:
        deploy = self.say("今天下午把 k8s 集群的新版本部署到生产环境")
        meeting = self.say("The deployments were failing after the meeting")
        version = self.say("GoChat v2.3.1 is out, 请大家升级")
        self.index(vectors=False)
        for query in ("部署", "生产环境", "k8s 部署", "集群", "K8S", "部署 集群", "部", "ｋ８ｓ", "生產環境"):
            self.assert_finds(query, deploy)
        for query in ("deploy", "deployment fail", "meetings", "FAILED meeting"):
            self.assert_finds(query, meeting)
        for query in ("v2.3.1", "gochat 升级", "v2.3", "升级"):
            self.assert_finds(query, version)
        for query in ("部署 meeting", "产生", "集部", "v2.3.2", "bushu", "deplyo"):
            self.assert_finds(query)
