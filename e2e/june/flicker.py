"""How much a partial transcript changes before it is final, by the published measures.

The hypotheses of an utterance are the texts of its partials in order, then its FINAL. Between two of them the words behind
their common beginning are taken back (retracted) and those that stand there instead are shown (emitted). Words are compared
as they are scored: case and punctuation are no change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from june.transcripts import Partial, Transcript
from june.words import normalise


@dataclass(frozen=True)
class Flicker:
    """Sums over utterances."""

    emitted: int = 0
    retracted: int = 0
    retracted_by_final: int = 0
    final_words: int = 0
    stable_words: int = 0
    stable_words_changed: int = 0

    @property
    def edit_overhead(self) -> float:
        """Words retracted per word emitted (Baumann, Atterer, Schlangen 2009)."""
        return (self.retracted + self.retracted_by_final) / self.emitted if self.emitted else 0.0

    @property
    def unstable_partial_word_ratio(self) -> float:
        """Words retracted while partials are shown, per word of the FINALs (Shangguan and others 2020)."""
        return self.retracted / self.final_words if self.final_words else 0.0

    @property
    def normalized_erasure(self) -> float:
        """The same with the step to the FINAL counted (Arivazhagan and others 2020)."""
        return (self.retracted + self.retracted_by_final) / self.final_words if self.final_words else 0.0

    @property
    def stable_changed(self) -> float:
        """Of the words that were called stable, those that the FINAL has otherwise."""
        return self.stable_words_changed / self.stable_words if self.stable_words else 0.0


def measure(partials: Iterable[Partial], finals: Iterable[Transcript]) -> Flicker:
    """Over the utterances that had partials and a FINAL."""
    by_utterance: dict[str, list[Partial]] = defaultdict(list)
    for partial in partials:
        by_utterance[partial.utterance].append(partial)
    total = Flicker()
    for final in finals:
        mine = sorted(by_utterance.get(final.utterance, []), key=lambda partial: partial.revision)
        if mine:
            total = _plus(total, _of_one(mine, normalise(final.text)))
    return total


def _of_one(partials: list[Partial], final: list[str]) -> Flicker:
    shown: list[str] = []
    emitted = retracted = 0
    for partial in partials:
        words = normalise(partial.text)
        kept = common(shown, words)
        retracted += len(shown) - kept
        emitted += len(words) - kept
        shown = words
    kept = common(shown, final)
    stable = normalise(partials[-1].stable)
    return Flicker(
        emitted=emitted + len(final) - kept,
        retracted=retracted,
        retracted_by_final=len(shown) - kept,
        final_words=len(final),
        stable_words=len(stable),
        stable_words_changed=len(stable) - common(stable, final),
    )


def _plus(one: Flicker, other: Flicker) -> Flicker:
    return Flicker(*(getattr(one, name) + getattr(other, name) for name in Flicker.__dataclass_fields__))


def common(one: list[str], other: list[str]) -> int:
    """Length of the common beginning."""
    length = 0
    for a, b in zip(one, other):
        if a != b:
            break
        length += 1
    return length
