"""Makes an image from a Dockerfile, for the instructions that ours use: the same file that container engines build from.

Known are ARG, FROM, COPY (with --chown=NUMBER), ENV, USER, WORKDIR, EXPOSE, LABEL and ENTRYPOINT (as a JSON list). Every COPY is
a layer. There is no RUN: an image is put together from files, nothing is executed while it is built.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from june.images.oci import Blob, Image, layer_of_tar, layer_of_tree


class DockerfileError(Exception):
    """An instruction that is not known here, or a file that is not there."""


def build_image(name: str, dockerfile: Path, context: Path, base: Path | None = None) -> Image:
    """Builds `name` from a Dockerfile and the folder its COPY lines refer to.

    `base` is a tar of a root file system that takes the place of what FROM names; `FROM scratch` needs none.
    """
    variables: dict[str, str] = {}
    settings: dict[str, Any] = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}
    layers: list[Blob] = []
    for number, instruction, rest in instructions(dockerfile.read_text(encoding="utf-8")):
        where = f"{dockerfile}:{number}"
        rest = _expand(rest, variables)
        match instruction:
            case "ARG":
                key, _, value = rest.partition("=")
                variables[key] = _unquote(value)
            case "FROM":
                layers += _base(where, rest, base)
            case "COPY":
                layers.append(_copy(where, rest, context))
            case "ENV":
                for key, value in pairs(where, rest):
                    variables[key] = value
                    settings["Env"] = [e for e in settings["Env"] if not e.startswith(f"{key}=")] + [f"{key}={value}"]
            case "LABEL":
                settings.setdefault("Labels", {}).update(pairs(where, rest))
            case "EXPOSE":
                settings.setdefault("ExposedPorts", {}).update({f"{port}/tcp": {} for port in rest.split()})
            case "USER":
                settings["User"] = rest
            case "WORKDIR":
                settings["WorkingDir"] = rest
            case "ENTRYPOINT":
                settings["Entrypoint"] = json.loads(rest)
            case _:
                raise DockerfileError(f"{where}: {instruction} is not known here; see {Path(__file__).name}")
    return Image(name, tuple(layers), settings)


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, name and the rest of each instruction; comments left out, continued lines joined."""
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        start = start or number
        pending += line.rstrip().removesuffix("\\") if line.rstrip().endswith("\\") else line.strip()
        if line.rstrip().endswith("\\"):
            continue
        word, _, rest = pending.strip().partition(" ")
        yield start, word.upper(), rest.strip()
        pending, start = "", 0


def _base(where: str, source: str, base: Path | None) -> list[Blob]:
    if source == "scratch":
        return []
    if base is None:
        raise DockerfileError(f"{where}: FROM {source}: no base file system was given")
    return [layer_of_tar(base)]


def _copy(where: str, rest: str, context: Path) -> Blob:
    words = rest.split()
    owner = 0
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option != "--chown" or not value.isdigit():
            raise DockerfileError(f"{where}: COPY {option}={value}: only --chown=NUMBER is known here")
        owner = int(value)
    if len(words) != 2:
        raise DockerfileError(f"{where}: COPY takes one source and one target here, got {words}")
    source, target = words
    if not (context / source).exists():
        raise DockerfileError(f"{where}: COPY {source}: there is no such file in {context}")
    if target.endswith("/") and not (context / source).is_dir():
        target += Path(source).name
    return layer_of_tree(context / source, target, owner)


def pairs(where: str, rest: str) -> Iterator[tuple[str, str]]:
    for word in shlex.split(rest):
        key, equals, value = word.partition("=")
        if not equals:
            raise DockerfileError(f"{where}: expected KEY=VALUE, got {word}")
        yield key, value


def _expand(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: variables.get(found.group(1), ""), text)


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
