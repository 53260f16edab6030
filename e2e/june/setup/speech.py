"""Recorded speech with what was said: one folder of 16 kHz mono 16-bit WAV files and a `manifest.tsv` that lists them."""

from __future__ import annotations

import shutil
import tarfile
import wave
from dataclasses import dataclass
from pathlib import Path

from june.setup import packages
from june.setup.cache import Artifact, SetupError

SAMPLE_RATE_HZ = 16_000
NODEJS_WHISPER = "nodejs-whisper@0.3.1"
NODEJS_WHISPER_INTEGRITY = "sha512-ceoilUVraRuR5FnNyXpGQT2auAR48Oc3AQBEmkXnVpSn9iN6yVRzQBFCqVTGWbk6Wdi95NhvwXNzFvuR7erLWw=="
COLUMNS = ("id", "lang", "speaker", "seconds", "licence", "reference")

LIBRIVOX = "Public domain (LibriVox)"
JFK = "Public domain (US government work, 1961)"
SPHINX = "BSD-style (CMU Sphinx)"


@dataclass(frozen=True)
class Clip:
    """A recording: where it lies in its archive, and what is said in it."""

    id: str
    speaker: str
    licence: str
    file: str
    reference: str


def _austen(number: str, reference: str) -> Clip:
    file = f"test/data/librivox/sense_and_sensibility_01_austen_64kb-{number}.wav"
    return Clip(f"en_lv_austen_{number}", "LV-austen", LIBRIVOX, file, reference)


FROM_POCKETSPHINX = (
    _austen(
        "0870",
        "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them",
    ),
    _austen("0880", "he was not an ill disposed young man"),
    _austen("0890", "unless to be rather cold hearted and rather selfish is to be ill disposed"),
    _austen(
        "0920",
        "had he married a more amiable woman he might have been made still more respectable than he was",
    ),
    _austen("0930", "he might even have been made amiable himself"),
    Clip("en_ps_goforward", "PS-goforward", SPHINX, "test/data/goforward.raw", "go forward ten meters"),
)
FROM_NODEJS_WHISPER = (
    Clip(
        "en_jfk",
        "JFK",
        JFK,
        "cpp/whisper.cpp/bindings/go/samples/jfk.wav",
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
    ),
)


def _collect(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    sphinx = packages.download_source("pocketsphinx.txt", work)
    whisper = packages.download_npm(NODEJS_WHISPER, NODEJS_WHISPER_INTEGRITY, work)
    lines = ["\t".join(COLUMNS)]
    for archive, top, clips in ((whisper, "package", FROM_NODEJS_WHISPER), (sphinx, "pocketsphinx-5.1.1", FROM_POCKETSPHINX)):
        with tarfile.open(archive) as files:
            for clip in clips:
                content = _read(files, f"{top}/{clip.file}")
                target = folder / f"{clip.id}.wav"
                if clip.file.endswith(".raw"):
                    _write_wav(target, content)
                else:
                    target.write_bytes(content)
                lines.append("\t".join((clip.id, "en", clip.speaker, f"{seconds(target):.2f}", clip.licence, clip.reference)))
            if clips is FROM_POCKETSPHINX:
                (folder / "LICENSE-pocketsphinx").write_bytes(_read(files, f"{top}/LICENSE"))
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.rmtree(work)


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise SetupError(f"{name}: expected a file in its archive, found none")
    return member.read()


def _write_wav(target: Path, samples: bytes) -> None:
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(samples)


def seconds(file: Path) -> float:
    """How long a recording is; it must be 16 kHz mono 16-bit."""
    with wave.open(str(file), "rb") as recording:
        shape = (recording.getframerate(), recording.getnchannels(), recording.getsampwidth())
        if shape != (SAMPLE_RATE_HZ, 1, 2):
            raise SetupError(f"{file.name}: expected 16000 Hz, 1 channel, 2 bytes, got {shape}")
        return recording.getnframes() / SAMPLE_RATE_HZ


SPEECH = Artifact(
    name="speech",
    inputs=(packages.LOCKS / "pocketsphinx.txt", NODEJS_WHISPER_INTEGRITY, Path(__file__)),
    doing="Fetching recorded speech",
    estimate="40 MB, about 10 s, once",
    recipe=_collect,
)
