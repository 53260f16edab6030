"""OCI images: layers and documents in a store that names each by the hash of its content.

A layer is a plain tar (nothing here is sent over a network that compression would spare) and reproducible: the same files
give the same bytes, whoever makes it and when. Which layer came of which files is noted beside the store, so an unchanged
layer is not even written again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from june.setup.cache import root

EPOCH = 1_767_225_600  # 2026-01-01, as project.build.outputTimestamp in the root pom
UNUSED_SECONDS = 14 * 24 * 3600
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
DEFAULT_REGISTRY = "docker.io"  # which Kubernetes and container engines mean by a name without one; nothing is fetched there


@dataclass(frozen=True)
class Blob:
    """Something in the store."""

    digest: str
    size: int

    @property
    def file(self) -> Path:
        return _store() / self.digest.removeprefix("sha256:")

    def descriptor(self, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class Image:
    """An image by the name that manifests use; its layers and documents are in the store."""

    name: str
    layers: tuple[Blob, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def config(self) -> Blob:
        return _put_json(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": self.settings,
                "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in self.layers]},
            }
        )

    @cached_property
    def manifest(self) -> Blob:
        return _put_json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": self.config.descriptor(CONFIG),
                "layers": [layer.descriptor(LAYER) for layer in self.layers],
            }
        )

    @property
    def full_name(self) -> str:
        """The name with the registry that is meant, as containerd knows it."""
        registry = self.name.split("/")[0]
        return self.name if "." in registry or ":" in registry else f"{DEFAULT_REGISTRY}/{self.name}"

    @property
    def digest(self) -> str:
        return self.manifest.digest

    def write_archive(self, out: IO[bytes]) -> None:
        """Writes the image as an OCI archive, as `ctr images import`, `podman load` and `skopeo` read it."""
        named = {**self.manifest.descriptor(MANIFEST), "annotations": {"io.containerd.image.name": self.full_name}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
            _add(archive, "index.json", json.dumps(index).encode())
            for blob in dict.fromkeys((self.manifest, self.config, *self.layers)):
                entry = tarfile.TarInfo(f"blobs/sha256/{blob.file.name}")
                entry.size = blob.size
                with open(blob.file, "rb") as content:
                    archive.addfile(entry, content)


def layer_of_tree(source: Path, target: str, owner: int = 0) -> Blob:
    """A layer that holds a file, or what is in a folder, under an absolute path of the image."""
    files = [(f"{target.strip('/')}/{name}".strip("/") if name else target.strip("/"), file) for name, file in _walk(source)]
    key = hashlib.sha256(f"{owner} {EPOCH}\n".encode())
    for name, file in files:
        key.update(f"{name}\0{stat.S_IMODE(file.lstat().st_mode):o}\0{_content_hash(file)}\n".encode())
    return _remembered(key.hexdigest(), lambda out: _write_tree(out, files, owner))


def layer_of_tar(source: Path) -> Blob:
    """A layer that is a given tar as it stands."""
    with open(source, "rb") as content:
        key = hashlib.file_digest(content, "sha256").hexdigest()

    def copy(out: IO[bytes]) -> None:
        with open(source, "rb") as content:
            while chunk := content.read(1 << 20):
                out.write(chunk)

    return _remembered(key, copy)


def forget_unused() -> None:
    """Removes what no build has used for two weeks."""
    for folder in (_store(), _notes()):
        for file in folder.iterdir():
            if file.stat().st_mtime < time.time() - UNUSED_SECONDS:
                file.unlink(missing_ok=True)


def _walk(source: Path) -> Iterator[tuple[str, Path]]:
    """Files, folders and links, by their path inside the source, parents first."""
    if not source.is_dir():
        yield "", source
        return
    for folder, folders, names in os.walk(source):
        folders.sort()
        inside = os.path.relpath(folder, source)
        if inside != ".":
            yield inside, Path(folder)
        linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*names, *linked]):
            yield os.path.normpath(os.path.join(inside, name)), Path(folder, name)


def _content_hash(file: Path) -> str:
    if file.is_symlink():
        return "link " + os.readlink(file)
    if file.is_dir():
        return "folder"
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_tree(out: IO[bytes], files: list[tuple[str, Path]], owner: int) -> None:
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        made: set[str] = set()
        for name, file in files:
            for parent in reversed(Path(name).parents[:-1]):  # folders above, so that their owner and mode are ours too
                if str(parent) not in made:
                    made.add(str(parent))
                    archive.addfile(_entry(str(parent), tarfile.DIRTYPE, 0o755, owner))
            mode = stat.S_IMODE(file.lstat().st_mode)
            if file.is_symlink():
                entry = _entry(name, tarfile.SYMTYPE, 0o777, owner)
                entry.linkname = os.readlink(file)
                archive.addfile(entry)
            elif file.is_dir():
                made.add(name)
                archive.addfile(_entry(name, tarfile.DIRTYPE, 0o755, owner))
            else:
                entry = _entry(name, tarfile.REGTYPE, 0o755 if mode & 0o111 else 0o644, owner)
                entry.size = file.stat().st_size
                with open(file, "rb") as content:
                    archive.addfile(entry, content)


def _entry(name: str, kind: bytes, mode: int, owner: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid, entry.mtime = kind, mode, owner, owner, EPOCH
    return entry


def _remembered(key: str, write: Callable[[IO[bytes]], None]) -> Blob:
    """The blob that was made for this key before, or a new one."""
    note = _notes() / key
    if note.exists():
        blob = Blob(*json.loads(note.read_text()))
        if blob.file.exists():
            os.utime(note)
            os.utime(blob.file)
            return blob
    blob = _put(write)
    with tempfile.NamedTemporaryFile("w", dir=_notes(), delete=False) as draft:
        json.dump([blob.digest, blob.size], draft)
    os.replace(draft.name, note)
    return blob


def _put(write: Callable[[IO[bytes]], None]) -> Blob:
    with tempfile.NamedTemporaryFile("w+b", dir=_store(), prefix=".", delete=False) as draft:
        write(draft)
        size = draft.tell()
        draft.seek(0)
        digest = hashlib.file_digest(draft, "sha256").hexdigest()
    blob = Blob(f"sha256:{digest}", size)
    os.replace(draft.name, blob.file)
    return blob


def _put_json(document: dict[str, Any]) -> Blob:
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    def write(out: IO[bytes]) -> None:
        out.write(content)

    return _put(write)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _store() -> Path:
    return _made("images/blobs")


def _notes() -> Path:
    return _made("images/notes")


def _made(name: str) -> Path:
    folder = root() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
