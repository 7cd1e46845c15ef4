"""The bounded memory of newest keys."""

from django.test import SimpleTestCase

from core.generations import Generations


class GenerationsTest(SimpleTestCase):
    def test_the_newest_keys_are_always_remembered(self) -> None:
        memory: Generations[int, int] = Generations(10)
        for number in range(1000):
            memory.update([(number, number)])
            newest = range(max(0, number - 9), number + 1)
            self.assertTrue(all(key in memory for key in newest))

    def test_old_keys_are_forgotten(self) -> None:
        memory: Generations[int, int] = Generations(10)
        memory.update((number, number) for number in range(11))
        memory.update((number, number) for number in range(100, 111))
        self.assertNotIn(0, memory)
        self.assertEqual((memory.get(0, -1), memory.get(105, -1)), (-1, 105))

    def test_a_newer_value_replaces_an_older_one(self) -> None:
        memory: Generations[str, int] = Generations(1)
        memory.update([("a", 1)])
        memory.update([("b", 1)])
        memory.update([("a", 2)])
        self.assertEqual(memory.get("a", 0), 2)
