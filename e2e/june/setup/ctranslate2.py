"""Reads Whisper weights from CTranslate2's `model.bin`.

Layout (binary version 6, little endian; "str" is a u16 length that counts the closing NUL, then the bytes):

    u32 version | str spec | u32 revision | u32 variable count
    per variable: str name | u8 rank | u32 dims[rank] | u8 type | u32 byte count | data
    u32 alias count | per alias: str alias | str variable
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


class ModelError(Exception):
    """The model file is not what the conversion expects."""


def read(path: Path) -> dict[str, np.ndarray]:
    """Every variable by its name. Weights must be floating point: quantized ones cannot be converted without loss."""
    with open(path, "rb") as file:
        version, spec, _revision = _number(file, "I"), _text(file), _number(file, "I")
        if version < 6 or spec != "WhisperSpec":
            raise ModelError(f"{path}: expected a WhisperSpec of binary version 6 or later, got {spec!r} of version {version}")
        variables = dict(_variable(file) for _ in range(_number(file, "I")))
    for name, array in variables.items():
        if name.endswith(("/weight", "/bias")) and array.dtype.kind != "f":
            raise ModelError(f"{path}: {name}: expected floating point weights, got {array.dtype}")
    return variables


def _variable(file: BinaryIO) -> tuple[str, np.ndarray]:
    name, rank = _text(file), _number(file, "B")
    shape = [_number(file, "I") for _ in range(rank)]
    kind, size = _number(file, "B"), _number(file, "I")
    if kind not in TYPES:
        raise ModelError(f"{name}: expected one of the types {sorted(TYPES)}, got {kind}")
    return name, np.frombuffer(file.read(size), TYPES[kind]).reshape(shape)


def _number(file: BinaryIO, code: str) -> int:
    return struct.unpack("<" + code, file.read(struct.calcsize("<" + code)))[0]


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()
