from django.test import SimpleTestCase

from devstack.backoff import Backoff


class BackoffTests(SimpleTestCase):
    def test_the_wait_doubles_up_to_thirty_seconds(self) -> None:
        backoff = Backoff()
        delays = [backoff.next_delay(ran_for_s=0.1) for _ in range(8)]
        self.assertEqual(delays, [0.5, 1, 2, 4, 8, 16, 30, 30])

    def test_a_child_that_ran_for_a_minute_starts_afresh(self) -> None:
        backoff = Backoff()
        for _ in range(5):
            backoff.next_delay(ran_for_s=1)
        self.assertEqual(backoff.next_delay(ran_for_s=60), 0.5)
