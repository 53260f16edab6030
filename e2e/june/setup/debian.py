"""Debian packages: what runs containers. Nothing is installed that is there already, and no service is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from june.setup.cache import SetupError, locked
from june.setup.commands import run
from june.setup.progress import step

# Program (found on the PATH or as a file): the package that brings it.
FOR_IMAGES = {"mmdebstrap": "mmdebstrap"}
FOR_PODS = {
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "iptables": "iptables",
    "ip": "iproute2",
    **FOR_IMAGES,
}


def ensure_packages(programs: dict[str, str]) -> None:
    """Installs the packages of the programs that are missing."""
    if not missing(programs):
        return
    packages = missing(programs)
    if os.geteuid() != 0:
        raise SetupError(f"Pods need the Debian packages {' '.join(packages)}, and only root can install them.")
    if not shutil.which("apt-get"):
        raise SetupError(f"Pods need {' '.join(packages)}, and there is no apt-get here to install them with.")
    with locked("debian-packages"), step(f"Installing Debian packages: {', '.join(packages)}", "about 15 s, once"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # run level 1: services are not started
        run(["apt-get", "update", "-q"], env=quiet)
        run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], env=quiet)
    if missing(programs):
        raise SetupError(f"apt-get installed {' '.join(packages)}, but there is still no {', '.join(missing(programs))}.")


def missing(programs: dict[str, str]) -> list[str]:
    return [package for program, package in programs.items() if not (shutil.which(program) or Path(program).exists())]
