"""Recorded speech with what was said in it.

A folder of 16 kHz mono 16-bit WAV files named by id, and `manifest.tsv` with the columns id, lang, speaker, seconds,
licence, reference (first line: the header). Bring your own in the same shape.
"""

import csv
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SAMPLE_RATE_HZ = 16_000
COLUMNS = ("id", "lang", "speaker", "seconds", "licence", "reference")

_WINDOW = SAMPLE_RATE_HZ // 100  # 10 ms
_QUIETER_THAN_PEAK_DB = 35.0
_LOUDER_THAN_NOISE_DB = 8.0
_SHORTEST_SOUND = 3  # windows: a click is shorter


class SpeechError(Exception):
    """The folder or a file in it is not usable; the message says what to change."""


@dataclass(frozen=True)
class Clip:
    """A recording. `first` and `last` are its first and last spoken sample, by energy."""

    id: str
    language: str
    speaker: str
    reference: str
    samples: np.ndarray = field(repr=False)
    first: int
    last: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    def cut(self, seconds: float) -> "Clip":
        """Its beginning, for somebody who is interrupted: there is no reference for half a sentence."""
        samples = self.samples[: int(seconds * SAMPLE_RATE_HZ)]
        first, last = spoken_bounds(samples)
        return Clip(self.id, self.language, self.speaker, "", samples, first, last)


def read_folder(folder: Path, language: str | None = None) -> list[Clip]:
    """The recordings in the order of the manifest, of one language if one is given."""
    manifest = folder / "manifest.tsv"
    try:
        with manifest.open(encoding="utf-8", newline="") as lines:
            table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = list(table)
            columns = table.fieldnames or []
    except OSError as error:
        raise SpeechError(f"{manifest} cannot be read ({error.strerror}): name a folder with WAV files and a manifest") from error
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise SpeechError(f"{manifest}: expected the columns {', '.join(COLUMNS)}, missing {', '.join(missing)}")
    return [_clip(folder, row) for row in rows if language in (None, row["lang"])]


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    samples = read_wav(folder / f"{row['id']}.wav")
    first, last = spoken_bounds(samples)
    return Clip(row["id"], row["lang"], row["speaker"], row["reference"], samples, first, last)


def read_wav(path: Path) -> np.ndarray:
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if shape != (SAMPLE_RATE_HZ, 1, 2):
                raise SpeechError(
                    f"{path.name}: expected {SAMPLE_RATE_HZ} Hz, 1 channel, 2 bytes a sample, got {shape[0]} Hz, {shape[1]}, {shape[2]}"
                )
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (OSError, EOFError, wave.Error) as error:
        raise SpeechError(f"{path} is not a readable WAV file: {error}") from error


def spoken_bounds(samples: np.ndarray) -> tuple[int, int]:
    """The first and the last sample that is loud enough to be speech.

    Loud enough: a 10 ms window within 35 dB of the loudest one and 8 dB above the quietest tenth of the recording, in a run
    of at least 30 ms. The rule looks at energy alone, so that the times do not depend on any detector that they judge.
    """
    windows = len(samples) // _WINDOW
    if windows == 0:
        raise SpeechError("a recording shorter than 10 ms has no speech in it")
    power = np.square(samples[: windows * _WINDOW].astype(np.float64)).reshape(windows, _WINDOW).mean(axis=1)
    level = 10 * np.log10(power + 1e-3)
    threshold = max(level.max() - _QUIETER_THAN_PEAK_DB, np.percentile(level, 10) + _LOUDER_THAN_NOISE_DB)
    loud = level >= min(threshold, level.max())
    runs = _runs(loud)
    spoken = [run for run in runs if run[1] - run[0] >= _SHORTEST_SOUND] or runs
    return spoken[0][0] * _WINDOW, spoken[-1][1] * _WINDOW - 1


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
