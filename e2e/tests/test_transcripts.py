import json
import unittest

from june.transcripts import SCHEMAS, examine, faults, read
from tests.samples import BEGIN, message, spoken, transcript


class MessagesTest(unittest.TestCase):
    def test_the_golden_messages_are_what_their_schemas_say(self):
        for example in SCHEMAS.glob("examples/*.json"):
            self.assertEqual(faults(example.stem.split("-")[0], example.read_bytes()), [], example.name)

    def test_a_message_that_differs_is_named_with_its_field(self):
        self.assertIn("endReason", faults("final", message("final", "alice", 1, endReason="boredom"))[0])
        self.assertIn("mood", faults("partial", message("partial", "alice", 1, mood="cheerful"))[0])
        self.assertIn("not JSON", faults("final", b"{")[0])

    def test_times_come_out_as_seconds(self):
        final = read(message("final", "alice", 7), arrived=BEGIN)
        self.assertAlmostEqual(final.started - BEGIN, 3.12, places=3)
        self.assertAlmostEqual(final.ended - BEGIN, 5.264, places=3)

    def test_what_is_read_is_what_was_written(self):
        golden = json.loads((SCHEMAS / "examples/partial.json").read_text())["data"]
        partial = read(message("partial", "alice", 7), arrived=1.0)
        self.assertEqual((partial.revision, partial.text), (golden["revision"], f"{golden['stable']} {golden['unstable']}"))


class FindingsTest(unittest.TestCase):
    def test_one_final_for_each_clip_is_as_it_should_be(self):
        said = [spoken("alice", 0, "yes"), spoken("bob", 0.5, "no"), spoken("alice", 3, "maybe")]
        finals = [transcript("alice", 1, 0.1, "Yes."), transcript("bob", 1, 0.5, "No."), transcript("alice", 2, 3, "Maybe.")]
        findings = examine(said, finals)
        self.assertEqual(findings.problems, [])
        self.assertEqual((findings.duplicates, findings.lost, findings.score.error_rate), (0, 0, 0.0))
        self.assertEqual([p.participant for p in findings.passages], ["alice", "bob", "alice"])

    def test_the_same_utterance_twice_is_a_duplicate_and_its_words_count_once(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("alice", 1, 0), transcript("alice", 1, 0)])
        self.assertEqual((findings.duplicates, findings.score.inserted), (1, 0))
        self.assertIn("came again", findings.problems[0])

    def test_an_utterance_that_is_final_and_void_is_a_duplicate(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("alice", 1, 0)], [transcript("alice", 1, 0, kind="void")])
        self.assertEqual(findings.duplicates, 1)

    def test_two_utterances_of_the_same_speech_are_a_duplicate(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("alice", 1, 0), transcript("alice", 2, 0.2)])
        self.assertEqual(findings.duplicates, 1)
        self.assertIn("share 0.80 s", findings.problems[0])

    def test_two_people_at_once_are_no_duplicate(self):
        findings = examine(
            [spoken("alice", 0, "yes"), spoken("bob", 0, "yes")], [transcript("alice", 1, 0), transcript("bob", 1, 0)]
        )
        self.assertEqual(findings.problems, [])

    def test_a_clip_without_a_final_is_lost(self):
        findings = examine([spoken("alice", 0, "yes"), spoken("alice", 5, "no")], [transcript("alice", 1, 0)])
        self.assertEqual((findings.lost, findings.score.deleted), (1, 1))

    def test_a_final_of_the_wrong_person_is_lost_and_unexpected(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("bob", 1, 0)])
        self.assertEqual((findings.lost, findings.unexpected), (1, 1))
        self.assertEqual(findings.score.errors, 2)

    def test_a_missing_number_is_a_gap_unless_it_is_void(self):
        said = [spoken("alice", 0, "yes"), spoken("alice", 5, "yes")]
        finals = [transcript("alice", 1, 0), transcript("alice", 3, 5)]
        self.assertEqual(examine(said, finals).gaps, 1)
        self.assertEqual(examine(said, finals, [transcript("alice", 2, 3, kind="void")]).gaps, 0)

    def test_the_first_number_is_one(self):
        findings = examine([spoken("alice", 0, "yes")], [transcript("alice", 2, 0)])
        self.assertEqual(findings.gaps, 1)

    def test_a_clip_with_a_pause_in_it_is_two_utterances_and_one_passage(self):
        findings = examine(
            [spoken("alice", 0, "ask not", 5)],
            [transcript("alice", 1, 0, "ask", arrived=1), transcript("alice", 2, 3, "not", seconds=2, arrived=0.7)],
        )
        self.assertEqual(findings.problems, [])
        self.assertEqual(findings.score.right, 2)
        self.assertAlmostEqual(findings.passages[0].latency, 0.7)

    def test_two_clips_without_a_pause_are_one_utterance_and_one_passage(self):
        findings = examine(
            [spoken("alice", 0, "ask"), spoken("alice", 1.3, "not")], [transcript("alice", 1, 0, "Ask not.", seconds=2.3)]
        )
        self.assertEqual((len(findings.passages), findings.lost, findings.score.right), (1, 0, 2))

    def test_who_was_interrupted_has_no_reference_and_is_not_scored(self):
        findings = examine([spoken("alice", 0, "")], [transcript("alice", 1, 0, "and mister")])
        self.assertEqual((findings.problems, findings.score.words, findings.score.inserted), ([], 0, 0))


if __name__ == "__main__":
    unittest.main()
