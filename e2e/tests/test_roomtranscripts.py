import unittest
from dataclasses import replace

from june.roomtranscripts import place
from june.transcripts import examine
from tests.samples import BEGIN, spoken, transcript


def final(participant: str, number: int, text: str, arrived: float):
    """As a service writes it that does not say when the speech was."""
    return replace(transcript(participant, number, 0, text), started=0.0, ended=0.0, arrived=BEGIN + arrived)


class PlaceTest(unittest.TestCase):
    SAID = [spoken("alice", 0, "ask not what", 2), spoken("alice", 4, "go forward", 2), spoken("bob", 0, "ask not what", 2)]

    def findings(self, *finals):
        return examine(self.SAID, place(finals, self.SAID))

    def test_each_final_goes_to_the_clip_whose_words_it_has(self):
        findings = self.findings(
            final("alice", 1, "Ask not what", 7.0), final("alice", 2, "go forward", 9.0), final("bob", 3, "ask not what", 3.0)
        )
        self.assertEqual((findings.problems, findings.score.errors), ([], 0))
        self.assertEqual([round(latency) for latency in findings.latencies], [1, 3, 5])

    def test_a_clip_said_in_two_finals_is_whole(self):
        findings = self.findings(
            final("alice", 1, "ask not", 3), final("alice", 2, "what", 4), final("alice", 3, "go forward", 7), final("bob", 4, "ask not what", 3)
        )
        self.assertEqual((findings.problems, findings.score.errors), ([], 0))

    def test_a_final_that_came_twice_is_words_that_nobody_said(self):
        twice = [final("bob", n, "ask not what", 3 + n) for n in (1, 2)]
        self.assertEqual(self.findings(*twice).score.inserted, 3)

    def test_what_came_before_anybody_spoke_is_unexpected(self):
        self.assertEqual(self.findings(final("alice", 1, "ask not what", -1)).unexpected, 1)
        self.assertEqual(self.findings().lost, 3)


if __name__ == "__main__":
    unittest.main()
