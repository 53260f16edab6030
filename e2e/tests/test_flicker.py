import unittest

from june.flicker import Flicker, measure
from tests.samples import partial, transcript


class FlickerTest(unittest.TestCase):
    def test_a_text_that_only_grows_does_not_flicker(self):
        flicker = measure(
            [partial("alice", 1, 1, "", "and mister"), partial("alice", 1, 2, "and mister", "John")],
            [transcript("alice", 1, 0, "And Mister John.")],
        )
        self.assertEqual((flicker.edit_overhead, flicker.normalized_erasure, flicker.emitted), (0.0, 0.0, 3))

    def test_words_taken_back_are_counted_by_each_definition(self):
        flicker = measure(
            [partial("alice", 1, 1, "", "ask nut"), partial("alice", 1, 2, "ask", "not what you")],
            [transcript("alice", 1, 0, "Ask not what your country")],
        )
        # shown: ask nut | ask not what you | ask not what your country: "nut" and "you" were taken back.
        self.assertEqual((flicker.emitted, flicker.retracted, flicker.retracted_by_final), (2 + 3 + 2, 1, 1))
        self.assertAlmostEqual(flicker.edit_overhead, 2 / 7)
        self.assertAlmostEqual(flicker.unstable_partial_word_ratio, 1 / 5)
        self.assertAlmostEqual(flicker.normalized_erasure, 2 / 5)

    def test_stable_words_that_the_final_has_otherwise(self):
        flicker = measure([partial("alice", 1, 1, "ask nut", "what")], [transcript("alice", 1, 0, "ask not what")])
        self.assertAlmostEqual(flicker.stable_changed, 1 / 2)

    def test_partials_count_in_the_order_of_their_revisions(self):
        one, two = partial("alice", 1, 1, "", "ask"), partial("alice", 1, 2, "", "ask not")
        final = [transcript("alice", 1, 0, "ask not")]
        self.assertEqual(measure([two, one], final), measure([one, two], final))

    def test_utterances_without_partials_count_for_nothing(self):
        self.assertEqual(measure([], [transcript("alice", 1, 0)]), Flicker())
        self.assertEqual(measure([partial("bob", 1, 1, "", "hm")], [transcript("alice", 1, 0)]), Flicker())


if __name__ == "__main__":
    unittest.main()
