"""Running other programs during setup: their output is kept for the moment they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from june.setup.cache import SetupError

TAIL_LINES = 15


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Runs a command to its end and answers what it printed; a failure shows the end of that."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-TAIL_LINES:])
        raise SetupError(f"`{' '.join(map(str, command))}` failed with status {done.returncode}:\n{tail}")
    return done.stdout


def require(program: str, why: str) -> Path:
    """The path of a program that must be installed."""
    found = shutil.which(program)
    if not found:
        raise SetupError(f"{program} is not installed or not on the PATH: it is needed to {why}.")
    return Path(found)
