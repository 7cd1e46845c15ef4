"""The logic workers' lag as the metrics show it, asked of a real broker."""

import math
from unittest.mock import patch

from core.kafka.port import KafkaError
from core.kafka.topics import count_upstream_lag
from messaging.gateway.lag import UpstreamLag
from tests.core.kafka_case import KafkaCase


class UpstreamLagTest(KafkaCase):
    def test_records_that_nobody_has_handled_are_counted(self) -> None:
        topic = self.make_topic(partitions=4)
        for partition in (0, 3):
            self.store(topic, [b"nobody reads this"], partition=partition)
        with patch("core.kafka.topics.UPSTREAM", topic):
            self.assertEqual(count_upstream_lag(), 2)

    def test_the_broker_is_not_asked_for_every_scrape(self) -> None:
        with patch("messaging.gateway.lag.count_upstream_lag", return_value=3) as ask:
            lag = UpstreamLag()
            self.assertEqual([lag.read(), lag.read()], [3, 3])
        ask.assert_called_once()

    def test_while_kafka_is_away_the_lag_is_not_a_number(self) -> None:
        with patch("messaging.gateway.lag.count_upstream_lag", side_effect=KafkaError):
            self.assertTrue(math.isnan(UpstreamLag().read()))
