"""Converts a Whisper model from CTranslate2's format to the single file that whisper.cpp reads ("ggml", q5_1).

    python3 -m june.setup.ggml CTRANSLATE2_FOLDER OUT.bin

The folder holds `model.bin` (weights as float16 or float32) and `tokenizer.json`. In the file, what whisper.cpp adds or
multiplies element by element (biases, layer norms, positional embeddings) is float32, convolution kernels are float16, and
matrices are quantized in the same blocks, to the byte, that whisper.cpp's own quantizer writes.

Layout of the file (i32 little endian unless noted):

    magic | 11 hyper-parameters | n_mel, n_fft, f32 filters[n_mel][n_fft]
    token count | per token: length, bytes
    per tensor to the end of the file: n_dims, name length, type | dims, innermost first | name | data
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from june.setup import ctranslate2
from june.setup.ctranslate2 import ModelError

MAGIC = 0x67676D6C
SAMPLE_RATE_HZ = 16_000
FFT_SAMPLES = 400
ORDINARY_TOKENS = 50_256  # GPT-2's; whisper.cpp makes up the special ones itself
MULTILINGUAL_VOCABULARY = 51_865
BLOCK = 32
F32, F16, Q5_1 = 0, 1, 7  # tensor types
FILE_TYPE_Q5_1 = 2009  # format version 2, q5_1


def convert(source: Path, target: Path) -> None:
    variables = ctranslate2.read(source / "model.bin")
    tensors = dict(named_for_ggml(variables))
    vocabulary, text_width = tensors["decoder.token_embedding.weight"].shape
    tokens = ordinary_tokens(source / "tokenizer.json", multilingual=vocabulary >= MULTILINGUAL_VOCABULARY)
    audio_positions, audio_width = tensors["encoder.positional_embedding"].shape
    mel_bands = tensors["encoder.conv1.weight"].shape[1]
    with open(target, "wb") as out:
        _ints(out, MAGIC, vocabulary)
        _ints(out, audio_positions, audio_width, int(variables["encoder/num_heads"]), layers(variables, "encoder"))
        text_positions = tensors["decoder.positional_embedding"].shape[0]
        _ints(out, text_positions, text_width, int(variables["decoder/num_heads"]), layers(variables, "decoder"))
        _ints(out, mel_bands, FILE_TYPE_Q5_1)
        filters = mel_filters(mel_bands)
        _ints(out, *filters.shape)
        out.write(filters.astype("<f4").tobytes())
        _ints(out, len(tokens))
        for token in tokens:
            _ints(out, len(token))
            out.write(token)
        for name, array in tensors.items():
            _tensor(out, name, array)


def named_for_ggml(variables: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors under the names whisper.cpp looks for, in the order it likes. CTranslate2 stacks query, key and value."""

    def linear(source: str, target: str) -> Iterator[tuple[str, np.ndarray]]:
        yield f"{target}.weight", variables[f"{source}/weight"]
        yield f"{target}.bias", variables[f"{source}/bias"]

    def norm(source: str, target: str) -> Iterator[tuple[str, np.ndarray]]:
        yield f"{target}.weight", variables[f"{source}/gamma"]
        yield f"{target}.bias", variables[f"{source}/beta"]

    def stacked(source: str, target: str, parts: tuple[str, ...]) -> Iterator[tuple[str, np.ndarray]]:
        weights = np.split(variables[f"{source}/weight"], len(parts))
        biases = np.split(variables[f"{source}/bias"], len(parts))
        for part, weight, bias in zip(parts, weights, biases, strict=True):
            yield f"{target}.{part}.weight", weight
            if part != "key":  # Whisper's key projections have none: zeros here
                yield f"{target}.{part}.bias", bias
            elif np.any(bias):
                raise ModelError(f"{source}: expected no bias of the key projection, got one")

    yield "encoder.positional_embedding", sinusoids(*variables["encoder/position_encodings/encodings"].shape)
    for convolution in ("conv1", "conv2"):
        yield f"encoder.{convolution}.weight", variables[f"encoder/{convolution}/weight"]
        yield f"encoder.{convolution}.bias", variables[f"encoder/{convolution}/bias"].reshape(-1, 1)
    yield from norm("encoder/layer_norm", "encoder.ln_post")
    yield "decoder.positional_embedding", variables["decoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", variables["decoder/embeddings/weight"]
    yield from norm("decoder/layer_norm", "decoder.ln")
    for side in ("encoder", "decoder"):
        for layer in range(layers(variables, side)):
            source, target = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            yield from norm(f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
            yield from stacked(f"{source}/self_attention/linear_0", f"{target}.attn", ("query", "key", "value"))
            yield from linear(f"{source}/self_attention/linear_1", f"{target}.attn.out")
            if side == "decoder":
                yield from norm(f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
                yield from linear(f"{source}/attention/linear_0", f"{target}.cross_attn.query")
                yield from stacked(f"{source}/attention/linear_1", f"{target}.cross_attn", ("key", "value"))
                yield from linear(f"{source}/attention/linear_2", f"{target}.cross_attn.out")
            yield from norm(f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
            yield from linear(f"{source}/ffn/linear_0", f"{target}.mlp.0")
            yield from linear(f"{source}/ffn/linear_1", f"{target}.mlp.2")


def layers(variables: dict[str, np.ndarray], side: str) -> int:
    prefix = f"{side}/layer_"
    numbers = {name.removeprefix(prefix).split("/")[0] for name in variables if name.startswith(prefix)}
    return sum(number.isdigit() for number in numbers)  # `layer_norm` is not one


def mel_filters(bands: int) -> np.ndarray:
    """Triangular filters on the Slaney mel scale, normalized by area: what Whisper was trained with."""
    linear_hz, log_step = 200.0 / 3, np.log(6.4) / 27
    knee = 1000.0 / linear_hz  # mels are linear in Hz up to 1 kHz, logarithmic above
    top = knee + np.log(SAMPLE_RATE_HZ / 2 / 1000.0) / log_step
    mels = np.linspace(0.0, top, bands + 2)
    hz = np.where(mels < knee, mels * linear_hz, 1000.0 * np.exp(log_step * (mels - knee)))
    bins = np.linspace(0.0, SAMPLE_RATE_HZ / 2, FFT_SAMPLES // 2 + 1)
    low, middle, high = hz[:-2, None], hz[1:-1, None], hz[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clip(min=0)
    # Rounded before and after the scaling, as the filters in published files were: equal to them bit for bit.
    return (triangles.astype(np.float32) * (2.0 / (high - low))).astype(np.float32)


def sinusoids(length: int, channels: int) -> np.ndarray:
    """The encoder's position embedding is fixed; computing it undoes the rounding of a float16 copy."""
    rates = np.exp(-np.log(10000.0) / (channels // 2 - 1) * np.arange(channels // 2))
    angles = np.arange(length)[:, None] * rates[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def ordinary_tokens(tokenizer: Path, multilingual: bool) -> list[bytes]:
    """The tokens that are not special, as bytes, by their number."""
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    by_number = {number: token for token, number in vocabulary.items() if number < ORDINARY_TOKENS}
    if len(by_number) != ORDINARY_TOKENS:
        raise ModelError(f"{tokenizer}: expected GPT-2's {ORDINARY_TOKENS} tokens, got {len(by_number)}")
    # GPT-2 writes each byte as one printable character: printable Latin-1 stands for itself, the rest from U+0100 on.
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    to_byte = {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}
    tokens = [bytes(to_byte[character] for character in by_number[number]) for number in range(ORDINARY_TOKENS)]
    # Published files hold one more: nothing in multilingual models, the end-of-text mark in English ones.
    return [*tokens, b"" if multilingual else b"<|endoftext|>"]


def q5_1(matrix: np.ndarray) -> bytes:
    """Per block of 32: f16 step, f16 minimum, the fifth bits, then the low nibbles (value i low, value i + 16 high)."""
    values = matrix.astype("<f2").astype(np.float32).reshape(-1, BLOCK)  # by way of f16, where whisper.cpp's quantizer starts
    low = values.min(axis=1, keepdims=True)
    step = (values.max(axis=1, keepdims=True) - low) / np.float32(31)
    inverse = np.divide(np.float32(1), step, out=np.zeros_like(step), where=step != 0)
    quants = np.minimum(((values - low) * inverse + np.float32(0.5)).astype(np.uint8), 31)
    nibbles = (quants[:, :16] & 15) | ((quants[:, 16:] & 15) << 4)
    fifth_bits = np.packbits(quants >> 4, axis=1, bitorder="little")
    parts = [step.astype("<f2").view(np.uint8), low.astype("<f2").view(np.uint8), fifth_bits, nibbles]
    return np.concatenate(parts, axis=1).tobytes()


def _tensor(out: BinaryIO, name: str, array: np.ndarray) -> None:
    element_wise = array.ndim < 2 or name.endswith((".bias", "positional_embedding"))
    kind = F32 if element_wise else Q5_1 if array.ndim == 2 else F16
    encoded = name.encode()
    _ints(out, array.ndim, len(encoded), kind, *reversed(array.shape))
    out.write(encoded)
    out.write(q5_1(array) if kind == Q5_1 else array.astype("<f4" if kind == F32 else "<f2").tobytes())


def _ints(out: BinaryIO, *values: int) -> None:
    out.write(struct.pack(f"<{len(values)}i", *values))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
