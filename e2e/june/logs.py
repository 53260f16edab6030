"""What a run may not say in its logs, and how each line of them must look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

KEYS = ("@timestamp", "log.level", "message", "service.name")
WORDS_IN_A_ROW = 3  # two of them in the same order may be chance
SECRETS = {
    "a token": re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a signing key": re.compile(r"whsec_[\w+/=]{8,}"),
    "an API key": re.compile(r"june_[0-9A-Za-z]{6,}[_.][\w-]{20,}"),
    "audio or another block of data": re.compile(r"[\w+/]{200,}"),
}


def faults(lines: Iterable[str], texts: Iterable[str] = (), secrets: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with the JSON log lines of a run in which `texts` were said and `secrets`, by name, were used. A fault quotes
    the line only where that gives nothing away."""
    spoken = {row for text in texts for row in _rows(text)}
    found = []
    for number, line in enumerate(lines, 1):
        wrong = _shape(line)
        if wrong:
            found.append(f"line {number}: {wrong}: {line[:200]}")
        found += [f"line {number} has {name}" for name, pattern in SECRETS.items() if pattern.search(line)]
        found += [f"line {number} has {name}" for name, secret in (secrets or {}).items() if secret in line]
        if spoken.intersection(_rows(line)):
            found.append(f"line {number} has words that were said")
    return found


def value(entry: object, key: str) -> object:
    """The value at `log.level`, however deep it is; None if it is not there."""
    for part in key.split("."):
        entry = entry.get(part) if isinstance(entry, dict) else None
    return entry


def _shape(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return "it is no JSON"
    missing = [key for key in KEYS if not isinstance(value(entry, key), str)]
    return f"it lacks {', '.join(missing)}" if missing else ""


def _rows(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)}
