import io
import re
import unittest

from june.report import LiveView, columns, percentile, summary, table, tail, verdict
from june.transcripts import examine
from tests.samples import partial, spoken, transcript


def shown(width: int, *messages, terminal: bool = True) -> str:
    out = io.StringIO()
    view = LiveView(out, terminal=terminal, width=width)
    for message in messages:
        view.message(message)
    view.close()
    return out.getvalue()


def screen(output: str) -> list[str]:
    """What a terminal shows after this output: it understands exactly the codes that are used."""
    lines = [""]
    for part in re.findall(r"\x1b\[\d+A\x1b\[0J|\x1b\[\d+m|\n|[^\x1b\n]+", output):
        if part == "\n":
            lines.append("")
        elif up := re.fullmatch(r"\x1b\[(\d+)A\x1b\[0J", part):
            del lines[len(lines) - 1 - int(up[1]) :]
            lines.append("")
        elif not part.startswith("\x1b"):
            lines[-1] += part
    return lines[:-1]


class LiveViewTest(unittest.TestCase):
    def test_a_partial_changes_in_place_and_gives_way_to_its_final(self):
        output = shown(
            80, partial("alice", 1, 1, "", "and mister"), partial("alice", 1, 2, "and mister", "john"), transcript("alice", 1, 0, "And Mr John.")
        )
        self.assertEqual(screen(output), ["alice ■ And Mr John."])
        self.assertIn("and mister", output)

    def test_finals_scroll_above_those_who_still_speak(self):
        out = io.StringIO()
        view = LiveView(out, terminal=True, width=80)
        view.message(partial("alice", 1, 1, "", "and"))
        view.message(partial("bob", 1, 1, "", "ask not"))
        view.message(transcript("alice", 1, 0, "And."))
        self.assertEqual(screen(out.getvalue()), ["alice ■ And.", "bob ▸ ask not"])

    def test_a_partial_behind_its_final_or_an_older_one_is_not_shown(self):
        output = shown(80, partial("alice", 1, 2, "new"), partial("alice", 1, 1, "old"), terminal=False)
        self.assertNotIn("old", output)
        output = shown(80, transcript("alice", 1, 0, "Done."), partial("alice", 1, 9, "late"))
        self.assertNotIn("late", output)

    def test_no_line_is_wider_than_a_narrow_terminal(self):
        words = "supercalifragilistic " * 20
        for width in (20, 33, 80):
            output = shown(
                width, partial("a-participant-with-a-long-name", 1, 1, words, "中文字幕" * 20), transcript("a-participant-with-a-long-name", 1, 0, words)
            )
            plain = re.sub(r"\x1b\[[0-9]+[AmJ]", "", output)
            self.assertLess(max(columns(line) for line in plain.splitlines()), width)

    def test_a_name_or_text_cannot_move_the_cursor(self):
        output = shown(80, transcript("al\x1b[2Jice", 1, 0, "one\rtwo\x07\x1b]0;title\x07"), terminal=False)
        self.assertNotRegex(output, r"[\x1b\r\x07]")

    def test_without_a_terminal_there_are_plain_lines_and_no_colours(self):
        output = shown(80, partial("alice", 1, 1, "", "and"), transcript("alice", 1, 0, "And."), terminal=False)
        self.assertEqual(output.splitlines(), ["alice … and …", "alice ■ And."])

    def test_an_utterance_without_words_is_shown_with_its_reason(self):
        self.assertIn("no_words", shown(80, transcript("alice", 1, 0, kind="void"), terminal=False))


class SummaryTest(unittest.TestCase):
    def test_numbers_by_participant_and_in_all(self):
        findings = examine(
            [spoken("alice", 0, "yes"), spoken("bob", 0, "no way")],
            [transcript("alice", 1, 0, "yes", arrived=0.5), transcript("bob", 1, 0, "no", arrived=0.9)],
        )
        text = summary(findings)
        self.assertRegex(text, r"alice +1 +1 +0 +0 +1 of 1 +0.50 s +0.50 s")
        self.assertRegex(text, r"bob +1 +1 +0 +0 +1 of 2 +0.90 s +0.90 s")
        self.assertRegex(text, r"all +2 +2 +0 +0 +2 of 3 +0.70 s +0.88 s")

    def test_nothing_at_all_is_a_failure(self):
        self.assertIn("no FINAL came at all", verdict(examine([], [])))

    def test_too_many_wrong_words_are_a_failure(self):
        findings = examine([spoken("alice", 0, "yes no")], [transcript("alice", 1, 0, "yes yes")])
        self.assertIn("word error rate", verdict(findings)[0])
        self.assertEqual(verdict(examine([spoken("alice", 0, "yes")], [transcript("alice", 1, 0)])), [])


class NumbersTest(unittest.TestCase):
    def test_percentiles_lie_between_the_nearest_values(self):
        self.assertEqual(percentile([3.0, 1.0, 2.0], 50), 2.0)
        self.assertAlmostEqual(percentile([0.0, 1.0], 95), 0.95)
        self.assertIsNone(percentile([], 50))

    def test_tables_and_tails_count_columns_not_characters(self):
        self.assertEqual(table(("a", "b"), [("中", "1")]), "a   b\n──  ─\n中  1")
        self.assertEqual(tail("中文字幕", 5), "…字幕")


if __name__ == "__main__":
    unittest.main()
