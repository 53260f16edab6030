"""What people see of a run: who said what while it is said, and the table at the end.

On a terminal each participant who is speaking has a line at the bottom that changes in place, and FINALs scroll up above
it. Elsewhere (a file, a CI log) every change is a line of its own. Names and texts come from strangers: nothing that
would move the cursor gets through.
"""

import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TextIO

from june.transcripts import Findings, Message, Partial, Passage, Transcript

_COLOURS = (36, 33, 35, 32, 34, 31)
_BOLD, _DIM, _RESET = 1, 2, "\x1b[0m"
_MAX_LIVE_LINES = 12
WER_LIMIT = 0.10


class LiveView:
    """Shows messages as they come. One thread."""

    def __init__(self, out: TextIO | None = None, terminal: bool | None = None, width: int | None = None):
        self._out = out or sys.stdout
        self._terminal = self._out.isatty() and os.environ.get("TERM") != "dumb" if terminal is None else terminal
        self._colour = self._terminal and "NO_COLOR" not in os.environ
        self._fixed_width = width
        self._speaking: dict[str, Partial] = {}
        self._colours: dict[str, int] = {}
        self._done: set[str] = set()
        self._drawn = 0

    def message(self, message: Message) -> None:
        if isinstance(message, Partial):
            self._partial(message)
        else:
            self._over(message)

    def say(self, text: str) -> None:
        """A line that stays, above those that change."""
        self._erase()
        self._out.write(f"{clean(text)}\n")
        self._draw()

    def close(self) -> None:
        self._speaking.clear()
        self._erase()
        self._out.flush()

    def _partial(self, partial: Partial) -> None:
        before = self._speaking.get(partial.participant)
        if partial.utterance in self._done or not partial.text:
            return
        if before and before.utterance == partial.utterance and before.revision >= partial.revision:
            return
        if self._terminal:
            self._speaking[partial.participant] = partial
            self._erase()
            self._draw()
        elif before is None or before.text != partial.text:
            self._speaking[partial.participant] = partial
            self._lines(partial.participant, "…", f"{partial.text} …")
            self._out.flush()

    def _over(self, transcript: Transcript) -> None:
        self._done.add(transcript.utterance)
        shown = self._speaking.get(transcript.participant)
        if shown and shown.utterance == transcript.utterance:
            del self._speaking[transcript.participant]
        self._erase()
        if transcript.kind == "final":
            self._lines(transcript.participant, "■", transcript.text)
        else:
            self._lines(transcript.participant, "□", f"(no words: {transcript.data['outcome']}, {transcript.data['reason']})")
        self._draw()

    def _lines(self, participant: str, mark: str, text: str) -> None:
        """A text with the name in front of it, wrapped under itself."""
        name = fit(clean(participant), self._name_width())
        indent = " " * (columns(name) + 3)
        room = max(8, self._width() - len(indent) - 1)
        wrapped = textwrap.wrap(clean(text), room, break_long_words=True) or [""]
        self._out.write(f"{self._paint(name, self._colour_of(participant))} {mark} {wrapped[0]}\n")
        for line in wrapped[1:]:
            self._out.write(f"{indent}{line}\n")

    def _draw(self) -> None:
        """The lines that change: never wider than the terminal, so that as many lines are erased as were drawn."""
        if not self._terminal:
            self._out.flush()
            return
        newest = list(self._speaking.values())[-_MAX_LIVE_LINES:]
        for partial in newest:
            name = fit(clean(partial.participant), self._name_width())
            room = self._width() - columns(name) - 4
            text = tail(clean(partial.text), room)
            unstable = min(len(clean(partial.unstable)), len(text))
            stable = text[: len(text) - unstable]
            self._out.write(
                f"{self._paint(name, self._colour_of(partial.participant))} ▸ {stable}{self._paint(text[len(stable):], _DIM)}\n"
            )
        self._drawn = len(newest)
        self._out.flush()

    def _erase(self) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}A\x1b[0J")
            self._drawn = 0

    def _width(self) -> int:
        return max(20, self._fixed_width or shutil.get_terminal_size((100, 24)).columns)

    def _name_width(self) -> int:
        return max(4, min(24, self._width() // 3))

    def _colour_of(self, participant: str) -> int:
        return self._colours.setdefault(participant, _COLOURS[len(self._colours) % len(_COLOURS)])

    def _paint(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self._colour and text else text


def clean(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)


def columns(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, width: int) -> str:
    """The beginning of the text, if it is too wide."""
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def tail(text: str, width: int) -> str:
    """The end of the text, if it is too wide: the newest words are there."""
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Between the two nearest values, in proportion; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, numbers to the right."""
    widths = [max(columns(row[i]) for row in (headings, *rows)) for i in range(len(headings))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell + " " * (width - columns(cell)) if i == 0 else " " * (width - columns(cell)) + cell
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([line(headings), line(["─" * width for width in widths]), *map(line, rows)])


def summary(findings: Findings) -> str:
    """The table at the end of a run, and what is wrong, if anything is."""
    participants = sorted({passage.participant for passage in findings.passages})
    rows = [_row(clean(name), [p for p in findings.passages if p.participant == name]) for name in participants]
    if len(rows) != 1:
        rows.append(_row("all", findings.passages))
    headings = ("participant", "utterances said", "FINALs", "lost", "unexpected", "words right", "p50", "p95")
    lines = [table(headings, rows), ""]
    lines.append(
        f"{findings.finals} FINALs, {findings.duplicates} duplicates, {findings.gaps} gaps in the numbering, "
        f"{findings.voids} utterances without words. Latency is from the last spoken sample to the FINAL's arrival."
    )
    return "\n".join(lines)


def _row(name: str, passages: list[Passage]) -> tuple[str, ...]:
    score = sum((passage.score for passage in passages), start=type(passages[0].score)()) if passages else None
    latencies = [latency for passage in passages if (latency := passage.latency) is not None]
    return (
        name,
        str(sum(len(passage.spoken) for passage in passages)),
        str(sum(len(passage.finals) for passage in passages)),
        str(sum(len(passage.spoken) for passage in passages if not passage.finals)),
        str(sum(len(passage.finals) for passage in passages if not passage.spoken)),
        f"{score.right} of {score.words}" if score and score.words else "–",
        seconds(percentile(latencies, 50)),
        seconds(percentile(latencies, 95)),
    )


def seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


def verdict(findings: Findings) -> list[str]:
    """Why the run is not good enough; empty if it is."""
    reasons = list(findings.problems)
    if not findings.finals:
        reasons.append("no FINAL came at all")
    score = findings.score
    if score.error_rate > WER_LIMIT:
        reasons.append(
            f"word error rate: expected at most {WER_LIMIT:.0%}, got {score.error_rate:.1%} "
            f"({score.errors} errors in {score.words} words)"
        )
    return reasons
