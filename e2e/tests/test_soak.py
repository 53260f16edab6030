"""What the soak says about a run, without a run."""

import unittest

import numpy as np

from june.soaking import Run, Sample, judged, slope
from june.speakers import Spoken
from june.speech import Clip
from june.transcripts import examine


def samples(*heap_mb: float, threads: int = 40) -> list[Sample]:
    return [Sample(200.0 + 60 * i, int(mb * 1e6), threads, 500_000_000 + 400_000 * i, i) for i, mb in enumerate(heap_mb)]


def spoken(at: float) -> Spoken:
    clip = Clip("clip", "en", "someone", "words", np.ones(16_000, dtype=np.int16), 0, 15_999)
    return Spoken("room", "anna", clip, at, at + 1.0)


class SoakTest(unittest.TestCase):
    def test_a_slope_is_that_of_the_line(self):
        self.assertAlmostEqual(slope(samples(30, 31, 32, 33), lambda s: s.heap_bytes / 1e6, lambda s: s.seconds), 1 / 60)
        self.assertEqual(slope(samples(30, 40), lambda s: s.heap_bytes, lambda s: s.seconds), 0.0)

    def test_memory_is_told_for_each_session(self):
        _, numbers = judged(Run(), examine([], []), set(), samples(30, 30, 30, 30))
        self.assertEqual((numbers["rssKbPerSession"], numbers["heapMbPerHour"]), (400.0, 0.0))

    def test_a_heap_that_grows_and_a_final_that_was_not_posted_fail(self):
        wrong, _ = judged(Run(), examine([], []), {"TR_1-000001"}, samples(30, 60, 90))
        self.assertEqual([each.partition(":")[0] for each in wrong], ["finalsNotPosted", "heap"])

    def test_what_nobody_could_hear_is_counted_apart_from_what_was_lost(self):
        run = Run(spoken=[spoken(100.0), spoken(500.0)], absences=[(95.0, 110.0)])
        wrong, numbers = judged(run, examine(run.spoken, []), set(), [])
        self.assertEqual((numbers["lost"], numbers["saidWhileNobodyListened"]), (1, 1))
        self.assertEqual(wrong, ["lost: 1"])


if __name__ == "__main__":
    unittest.main()
