import re
import unittest
import xml.etree.ElementTree
from dataclasses import replace

from june import benchpage
from june.bench import ROOM_SIZE, Case, conversation
from june.measure import Measured, first_partials, spread, usage
from june.speakers import Pause, Say
from june.transcripts import examine
from tests.samples import clip, partial, spoken, transcript

LATENCY = {"endpointMs": 600, "queueMs": 0, "decodeMs": 300, "totalMs": 650}


def measured(**changed: object) -> Measured:
    finals = [
        replace(transcript("alice", 1, 0.05, "Yes, I do.", arrived=0.7), data={"latency": LATENCY}),
        replace(transcript("bob", 1, 1.0, "No.", arrived=0.95), data={"latency": {**LATENCY, "queueMs": 200}}),
    ]
    said = [spoken("alice", 0, "yes I do"), spoken("bob", 1, "no")]
    partials = [partial("alice", 1, 1, "", "yes eye", arrived=0.9), partial("alice", 1, 2, "yes", "I do", arrived=1.2)]
    fields = {"stream_seconds": 20.0, "late_seconds": 0.0, "cpu_seconds": 4.0, "rss_bytes": 300_000_000, **changed}
    return Measured(examine(said, finals), partials, **fields)


def run(case: Case, **changed: object) -> dict[str, object]:
    return {"participants": case.participants, "model": case.model, "partials": case.partials, **measured(**changed).numbers()}


class NumbersTest(unittest.TestCase):
    def test_the_numbers_of_a_run(self):
        numbers = measured().numbers()
        self.assertEqual((numbers["wer"], numbers["words"], numbers["duplicates"], numbers["lost"]), (0.0, 4, 0, 0))
        self.assertEqual(numbers["finalLatencyMs"], {"p50": 850, "p95": 940, "p99": 948, "count": 2})
        self.assertEqual(numbers["firstPartialMs"], {"p50": 900, "p95": 900, "p99": 900, "count": 1})
        self.assertEqual(numbers["stagesMs"]["hear"]["p50"], 25)
        self.assertEqual(numbers["stagesMs"]["queue"]["p50"], 100)
        self.assertEqual(numbers["stagesMs"]["deliver"]["p50"], 175)
        self.assertEqual(numbers["flicker"], round(1 / 4, 4))
        self.assertEqual((numbers["cpuSecondsPerAudioSecond"], numbers["cpuSecondsPerSpeechSecond"], numbers["rssMb"]), (0.2, 2.0, 300))

    def test_a_service_elsewhere_has_no_cpu_and_memory(self):
        numbers = measured(cpu_seconds=None, rss_bytes=None).numbers()
        self.assertIsNone(numbers["cpuSecondsPerAudioSecond"])
        self.assertIsNone(numbers["rssMb"])

    def test_the_first_partial_is_the_first_that_arrived_for_the_first_utterance(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("alice", 2, 0)])
        partials = [partial("alice", 1, 1, "", "no", arrived=0.1), partial("alice", 2, 1, "", "yes", arrived=0.8)]
        self.assertEqual([round(ms) for ms in first_partials(findings.passages, partials)], [800])

    def test_nothing_has_no_percentiles(self):
        self.assertEqual(spread([]), {"count": 0})

    def test_usage_is_of_a_live_process(self):
        import os
        import subprocess

        before = usage(os.getpid())
        sum(i * i for i in range(2_000_000))
        self.assertGreater(usage(os.getpid()).cpu_seconds, before.cpu_seconds)
        self.assertGreater(before.rss_bytes, 1_000_000)
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.assertIsNone(usage(ended.pid))


class ConversationTest(unittest.TestCase):
    CLIPS = [clip(str(n), name=str(n)) for n in range(5)]

    def test_the_same_seed_gives_the_same_conversation_and_another_seed_another(self):
        self.assertEqual(conversation(self.CLIPS, 3, 1), conversation(self.CLIPS, 3, 1))
        self.assertNotEqual(conversation(self.CLIPS, 3, 1)[0].steps, conversation(self.CLIPS, 3, 2)[0].steps)

    def test_everybody_says_everything_once_with_pauses_that_end_utterances(self):
        scripts = conversation(self.CLIPS, 4, 1)
        for script in scripts:
            self.assertEqual(sorted(step.clip.id for step in script.steps if isinstance(step, Say)), ["0", "1", "2", "3", "4"])
            for before, after in zip(script.steps[1:], script.steps[2:]):
                self.assertNotEqual(type(before), type(after))
            self.assertTrue(all(step.seconds >= 1.0 for step in script.steps[1:] if isinstance(step, Pause)))
        self.assertEqual(len({script.room for script in scripts}), 4 // ROOM_SIZE)
        self.assertEqual(len({script.participant for script in scripts}), 4)


class PageTest(unittest.TestCase):
    CASES = [Case(n, model, shown) for model in ("tiny.en", "base") for shown in (False, True) for n in (1, 2, 8)]

    def result(self) -> dict[str, object]:
        failed = {"participants": 12, "model": "base", "partials": True, "failed": "nobody listens in room <3>"}
        return {
            "machine": {**benchpage.machine(), "cpu": "A & B"},
            "speech": ["one"],
            "seed": 1,
            "runs": [*map(run, self.CASES), failed],
        }

    def test_the_page_is_whole_and_fetches_nothing(self):
        page = benchpage.html(self.result())
        body = re.sub(r"<!doctype html>|<meta[^>]*>", "", page)
        xml.etree.ElementTree.fromstring(body)  # every element closed, every text escaped
        self.assertNotRegex(page, r"https?://|src=|@import|url\(|<script")
        self.assertEqual(page.count("<svg"), 6)
        self.assertIn("12 × base, partials on: nobody listens in room &lt;3&gt;", page)

    def test_the_terminal_shows_a_line_for_each_run(self):
        lines = benchpage.terminal(self.result()["runs"]).splitlines()
        self.assertEqual(len(lines), 2 + len(self.CASES) + 1)
        self.assertRegex(lines[2], r"^1 +tiny.en +off +0.85 s +0.94 s")
        self.assertIn("failed", lines[-1])

    def test_a_run_that_measured_nothing_is_shown_all_the_same(self):
        nothing = Measured(examine([], []), [], 0.0, 0.0, None, None)
        empty = {"participants": 1, "model": "base", "partials": False, **nothing.numbers()}
        self.assertIn("–", benchpage.terminal([empty]))
        benchpage.html({**self.result(), "runs": [empty]})


if __name__ == "__main__":
    unittest.main()
