"""Packages from PyPI and npm, fetched by the clients that are configured on this machine and checked against pinned hashes."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

from june.setup.cache import Artifact, SetupError
from june.setup.commands import require, run

LOCKS = Path(__file__).resolve().parents[2] / "locks"
NO_BUILD = Path(__file__).resolve().parent / "nobuild"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


def download_wheels(lock: str, folder: Path, platform: str = "") -> list[Path]:
    """The wheels that a lock file names, hashes checked by pip."""
    options = ["--only-binary=:all:", *(["--platform", platform] if platform else [])]
    run([*PIP, "download", "--no-deps", "--require-hashes", *options, "-r", LOCKS / lock, "-d", folder])
    return sorted(folder.glob("*.whl"))


def download_source(lock: str, folder: Path) -> Path:
    """The source archive that a lock file names.

    pip insists on asking a source archive's build system for its metadata before it hands the archive over. We want files
    out of it and nothing built, so a build system that only answers this question stands in for the real one.
    """
    path = os.pathsep.join(filter(None, [str(NO_BUILD), os.environ.get("PYTHONPATH")]))
    options = ["--no-binary=:all:", "--no-build-isolation"]
    run([*PIP, "download", "--no-deps", "--require-hashes", *options, "-r", LOCKS / lock, "-d", folder], env={"PYTHONPATH": path})
    return next(folder.glob("*.tar.gz"))


def download_npm(package: str, integrity: str, folder: Path) -> Path:
    """An npm package's archive, checked against its `sha512-…` integrity."""
    npm = require("npm", f"fetch {package}")
    run([npm, "pack", package, "--silent", "--pack-destination", folder], cwd=folder)
    archive = next(folder.glob("*.tgz"))
    actual = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if actual != integrity:
        raise SetupError(f"{package}: expected the archive {integrity}, got {actual}")
    return archive


def _install(folder: Path) -> None:
    run([*PIP, "install", "--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile", "-r", LOCKS / "tools.txt",
         "--target", folder], env={"PIP_USER": "0"})  # fmt: skip


PYTHON_PACKAGES = Artifact(
    name=f"python-packages-{sys.implementation.cache_tag}",
    inputs=(LOCKS / "tools.txt",),
    doing="Installing the Python packages of the end-to-end tools",
    estimate="about 15 s, 20 MB, once",
    recipe=_install,
)


def use_python_packages() -> None:
    """Puts the pinned Python packages on this process's path, fetching them if need be."""
    folder = str(PYTHON_PACKAGES.make())
    if folder not in sys.path:
        sys.path.insert(0, folder)
