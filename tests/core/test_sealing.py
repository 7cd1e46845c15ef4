"""Secrets at rest: opened by the keys of the settings alone, and moved from one key to the next."""

from django.test import SimpleTestCase, override_settings

from core.sealing import UnknownSealError, mark, marks, reseal, seal, unseal

OLD, NEW = "an old key of many characters ..", "a new key of as many characters "
SECRET = b"twenty bytes of key!"


@override_settings(SEALING_KEYS=[OLD])
class SealingTests(SimpleTestCase):
    def test_what_is_sealed_is_opened_and_does_not_show(self) -> None:
        sealed = seal(SECRET)
        self.assertEqual(unseal(sealed), SECRET)
        self.assertNotEqual(seal(SECRET), sealed)
        self.assertLessEqual(len(sealed), 200)
        self.assertNotIn(SECRET.hex(), sealed)

    def test_another_key_and_a_changed_text_open_nothing(self) -> None:
        sealed = seal(SECRET)
        with self.assertRaises(UnknownSealError):
            unseal(sealed[:-3] + ("AA=" if sealed[-3:] != "AA=" else "BB="))
        with override_settings(SEALING_KEYS=[NEW]), self.assertRaises(UnknownSealError):
            unseal(sealed)

    def test_a_new_key_takes_over_without_a_break(self) -> None:
        sealed = seal(SECRET)
        with override_settings(SEALING_KEYS=[NEW, OLD]):
            self.assertEqual(unseal(sealed), SECRET)
            moved = reseal(sealed)
        with override_settings(SEALING_KEYS=[NEW]):
            self.assertEqual(unseal(moved), SECRET)

    def test_a_mark_is_found_again_under_whichever_key_was_first_then(self) -> None:
        kept = mark("abcdefgh2345")
        self.assertEqual(len(kept), 16)
        self.assertEqual(marks("abcdefgh2345"), [kept])
        self.assertNotEqual(mark("abcdefgh2346"), kept)
        with override_settings(SEALING_KEYS=[NEW, OLD]):
            self.assertNotEqual(mark("abcdefgh2345"), kept)
            self.assertIn(kept, marks("abcdefgh2345"))
