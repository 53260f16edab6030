"""The cache: one folder outside the checkout that holds everything fetched or built, each thing once.

A thing is an `Artifact`: a folder that its recipe fills and that never changes afterwards. Its name in the cache ends in a
digest of everything that decides its content, so a changed pin makes a new folder and the old one stays for older
checkouts. A folder appears by a rename, so it is there whole or not at all; two setups that want the same thing at once
wait for each other on a lock that the kernel drops when its holder dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from june.setup.progress import step


class SetupError(Exception):
    """Something is missing on this machine or could not be had; the message is one sentence for the person who ran it."""


@dataclass(frozen=True)
class Artifact:
    """A folder of the cache and how it is made. `recipe` fills the empty folder that it is given, or raises."""

    name: str
    inputs: tuple[str | bytes | Path, ...]
    doing: str
    estimate: str
    recipe: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        digest = hashlib.sha256(self.name.encode())
        for part in self.inputs:
            content = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
            digest.update(b"%d:" % len(content) + content)
        return root() / f"{self.name}-{digest.hexdigest()[:12]}"

    def made(self) -> bool:
        return self.folder.is_dir()

    def make(self) -> Path:
        """Makes it unless it is there, and answers where it is."""
        if self.made():
            return self.folder
        with locked(self.name):
            if not self.made():
                self._fill_and_rename()
        return self.folder

    def _fill_and_rename(self) -> None:
        prefix = f".making-{self.name}-"
        for left_behind in root().glob(f"{prefix}*"):  # we hold the lock, so whoever made these is dead
            shutil.rmtree(left_behind)
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=root()))
        try:
            with step(self.doing, self.estimate):
                self.recipe(work)
            work.chmod(0o755)
            work.rename(self.folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def root() -> Path:
    """`JUNE_CACHE`, else `june-stt` in the user's cache folder; made if it is not there."""
    named = os.environ.get("JUNE_CACHE")
    folder = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "june-stt"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock of one thing in the cache; says so when it has to wait for another process."""
    locks = root() / ".locks"
    locks.mkdir(exist_ok=True)
    with open(locks / name, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"june: waiting for another setup that makes {name}", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
