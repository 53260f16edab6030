"""Comparing what was said with what was written: normalisation and word error rate.

Before they are compared, both texts are brought to one spelling: case, punctuation, written-out numbers, contractions,
titles, fillers and the more common British spellings are no errors. The rules are those that published English scores
use in spirit; other languages lose case and punctuation only.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_FILLERS = frozenset({"uh", "um", "er", "erm", "ah", "eh", "hm", "hmm", "mm", "mhm", "mmm"})

_WHOLE_WORDS = {
    "mr": "mister", "mrs": "missus", "ms": "miss", "dr": "doctor", "prof": "professor", "st": "saint", "etc": "et cetera",
    "ok": "okay", "alright": "all right", "gonna": "going to", "wanna": "want to", "gotta": "got to", "cannot": "can not",
    "metre": "meter", "metres": "meters", "centre": "center", "theatre": "theater", "grey": "gray", "travelled": "traveled",
    "travelling": "traveling", "cancelled": "canceled", "jewellery": "jewelry", "defence": "defense", "offence": "offense",
    "programme": "program", "cheque": "check", "amidst": "amid", "whilst": "while", "towards": "toward",
}  # fmt: skip
_CONTRACTED = {"won't": "will not", "can't": "can not", "shan't": "shall not", "let's": "let us", "y'all": "you all"}
_ENDINGS = (
    (re.compile(r"n't$"), " not"), (re.compile(r"'re$"), " are"), (re.compile(r"'ve$"), " have"),
    (re.compile(r"'ll$"), " will"), (re.compile(r"'m$"), " am"), (re.compile(r"'d$"), " would"), (re.compile(r"'s$"), " is"),
)  # fmt: skip
_OUR = re.compile(r"^(col|fav|hon|lab|neighb|flav|hum|rum|harb|behavi|vig|endeav|sav)our")
_ISE = re.compile(r"^(\w{3,})is(e|ed|es|ing|ation)$")
_IZE_STEMS = frozenset(
    {"organ", "real", "recogn", "apolog", "critic", "emphas", "memor", "minim", "maxim", "normal", "special", "author", "civil"}
)

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    f"{number}{ending}": word
    for number, ending, word in (
        (1, "st", "first"), (2, "nd", "second"), (3, "rd", "third"), (4, "th", "fourth"), (5, "th", "fifth"),
        (6, "th", "sixth"), (7, "th", "seventh"), (8, "th", "eighth"), (9, "th", "ninth"), (10, "th", "tenth"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """Words said, of them right, wrong or missing, and words that nobody said."""

    words: int = 0
    right: int = 0
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    @property
    def errors(self) -> int:
        return self.substituted + self.deleted + self.inserted

    @property
    def error_rate(self) -> float:
        """Errors per word said; with nothing said, any word is an error too many."""
        return self.errors / self.words if self.words else float(self.errors > 0)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.words + other.words,
            self.right + other.right,
            self.substituted + other.substituted,
            self.deleted + other.deleted,
            self.inserted + other.inserted,
        )


def total(scores: Iterable[Score]) -> Score:
    return sum(scores, Score())


def compare(reference: str, heard: str, language: str = "en") -> Score:
    return align(normalise(reference, language), normalise(heard, language))


def normalise(text: str, language: str = "en") -> list[str]:
    """The words of a text in the spelling in which texts are compared."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>", " ", text)  # remarks such as [music]
    if language != "en":
        return "".join(c if c.isalnum() else " " for c in text).split()
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)  # 1,000
    text = text.replace("%", " percent ").replace("&", " and ")
    words: list[str] = []
    for word in re.findall(r"\w+(?:'\w+)*", text):
        words += _english(word).split()
    return [word for word in _numbers_as_digits(words) if word not in _FILLERS]


def _english(word: str) -> str:
    """One word in one spelling; more than one word where it was contracted."""
    word = _CONTRACTED.get(word, word)
    for ending, written_out in _ENDINGS:
        word = ending.sub(written_out, word)
    word = word.replace("'", "")
    word = _ORDINALS.get(word, word)
    word = _OUR.sub(r"\1or", word)
    ise = _ISE.match(word)
    if ise and ise[1] in _IZE_STEMS:
        word = f"{ise[1]}iz{ise[2]}"
    return _WHOLE_WORDS.get(word, word)


def _numbers_as_digits(words: list[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(words):
        used, digits = _number(words, at)
        out.append(digits if used else words[at])
        at += used or 1
    return out


def _number(words: list[str], at: int) -> tuple[int, str]:
    """How many words from `at` on are a number, and the number. Years are two numbers below a hundred: eighteen thirteen."""
    used, value = _below_hundred(words, at)
    if not used:
        return 0, ""
    if value >= 10 and at + used < len(words):
        more, second = _below_hundred(words, at + used)
        if more and second >= 10:
            return used + more, str(value * 100 + second)
    total_value, group = 0, value
    while at + used < len(words):
        word = words[at + used]
        if word == "hundred" and 0 < group < 100:
            group *= 100
            used += 1
        elif word in _SCALES and group:
            total_value += group * _SCALES[word]
            group = 0
            used += 1
        else:
            skip = int(word == "and" and (group or total_value) >= 100)
            more, small = _below_hundred(words, at + used + skip)
            if not more or group % 100 or not (group or total_value):
                break
            group += small
            used += skip + more
    return used, str(total_value + group)


def _below_hundred(words: list[str], at: int) -> tuple[int, int]:
    if at >= len(words):
        return 0, 0
    if words[at] in _UNITS:
        return 1, _UNITS[words[at]]
    if words[at] in _TENS:
        unit = _UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (2, _TENS[words[at]] + unit) if 0 < unit < 10 else (1, _TENS[words[at]])
    return 0, 0


def align(reference: list[str], heard: list[str]) -> Score:
    """The fewest substitutions, deletions and insertions that turn the reference into what was heard."""
    # Each cell: (errors, substituted, deleted, inserted) for the prefixes; the right ones are the rest of the reference.
    row = [(i, 0, 0, i) for i in range(len(heard) + 1)]
    for r, said in enumerate(reference, 1):
        previous, row = row, [(r, 0, r, 0)]
        for h, word in enumerate(heard, 1):
            if word == said:
                row.append(previous[h - 1])
                continue
            e, s, d, i = previous[h - 1]
            substituted = (e + 1, s + 1, d, i)
            e, s, d, i = previous[h]
            deleted = (e + 1, s, d + 1, i)
            e, s, d, i = row[h - 1]
            inserted = (e + 1, s, d, i + 1)
            row.append(min(substituted, deleted, inserted))
    _, substituted_words, deleted_words, inserted_words = row[-1]
    right = len(reference) - substituted_words - deleted_words
    return Score(len(reference), right, substituted_words, deleted_words, inserted_words)
