import unittest

from june.words import Score, align, compare, normalise, total


class NormalisationTest(unittest.TestCase):
    def test_case_and_punctuation_are_no_errors(self):
        self.assertEqual(normalise("And so, my fellow Americans: ASK not!"), "and so my fellow americans ask not".split())

    def test_numbers_are_the_same_written_out_or_in_digits(self):
        for written, digits in {
            "go forward ten meters": "go forward 10 meters",
            "in eighteen thirteen": "in 1813",
            "twenty one": "21",
            "twenty-one": "21",
            "one hundred and five": "105",
            "two thousand twenty six": "2026",
            "three million": "3,000,000",
            "nineteen sixty one": "1961",
            "one thousand two hundred": "1,200",
            "zero": "0",
            "two five": "2 5",
            "the first": "the 1st",
            "hundred and counting": "hundred and counting",
        }.items():
            self.assertEqual(normalise(written), normalise(digits), written)

    def test_a_number_ends_where_it_can_not_go_on(self):
        self.assertEqual(normalise("one and two"), ["1", "and", "2"])
        self.assertEqual(normalise("twenty people and five dogs"), ["20", "people", "and", "5", "dogs"])

    def test_contractions_titles_and_spellings(self):
        for one, other in {
            "I'm here, they’re there": "I am here they are there",
            "won't can't don't": "will not cannot do not",
            "Mr. Dashwood": "mister dashwood",
            "the colour of honour is grey": "the color of honor is gray",
            "realise": "realize",
            "uh, yes, um": "yes",
            "a cold-hearted man": "a cold hearted man",
        }.items():
            self.assertEqual(normalise(one), normalise(other), one)

    def test_remarks_are_not_words(self):
        self.assertEqual(normalise("[MUSIC] no (laughs)"), ["no"])

    def test_other_languages_lose_case_and_punctuation_only(self):
        self.assertEqual(normalise("Les deux autres, situés…", "fr"), ["les", "deux", "autres", "situés"])


class WordErrorRateTest(unittest.TestCase):
    def test_counts_each_kind_of_error(self):
        score = align("the cat sat on the mat".split(), "the hat sat the mat today".split())
        self.assertEqual(score, Score(words=6, right=4, substituted=1, deleted=1, inserted=1))
        self.assertEqual(score.error_rate, 0.5)

    def test_nothing_heard_is_all_deleted_and_nothing_said_is_all_inserted(self):
        self.assertEqual(compare("ask not", ""), Score(words=2, deleted=2))
        self.assertEqual(compare("", "thank you").error_rate, 1.0)
        self.assertEqual(compare("", "").error_rate, 0.0)

    def test_totals_are_over_words_not_over_clips(self):
        scores = [compare("a b c d e f g h i j", "a b c d e f g h i j"), compare("no", "yes")]
        self.assertAlmostEqual(total(scores).error_rate, 1 / 11)

    def test_agrees_with_the_plain_definition_on_arbitrary_texts(self):
        import itertools

        for said in itertools.product("ab", repeat=3):
            for heard in itertools.chain.from_iterable(itertools.product("abc", repeat=n) for n in range(4)):
                self.assertEqual(align(list(said), list(heard)).errors, _distance(said, heard))


def _distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(_distance(a[1:], b) + 1, _distance(a, b[1:]) + 1, _distance(a[1:], b[1:]) + (a[0] != b[0]))


if __name__ == "__main__":
    unittest.main()
