"""What running containers takes: root's rights, namespaces, and Debian packages. No service of theirs is started."""

from __future__ import annotations

import os
import shutil
import subprocess
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
    "unshare": "util-linux",
    **FOR_IMAGES,
}


class CannotRunPods(SetupError):
    """This machine is not able to run containers; all else works."""


def ensure_pods_can_run() -> None:
    """Installs the packages that are missing, and makes sure that this machine lets us use them."""
    if os.geteuid() != 0:
        raise CannotRunPods("Running pods needs root.")
    ensure_packages(FOR_PODS)
    tried = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        raise CannotRunPods(f"Running pods needs namespaces of our own, and this machine refuses them: {tried.stderr.strip()}.")


def ensure_packages(programs: dict[str, str]) -> None:
    """Installs the packages of the programs that are missing."""
    packages = missing(programs)
    if not packages:
        return
    if os.geteuid() != 0:
        raise CannotRunPods(f"The Debian packages {' '.join(packages)} are needed, and only root can install them.")
    if not shutil.which("apt-get"):
        raise CannotRunPods(f"{', '.join(packages)} are needed, and there is no apt-get here to install them with.")
    with locked("debian-packages"), step(f"Installing Debian packages: {', '.join(packages)}", "about 15 s, once"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # run level 1: services are not started
        try:
            patient = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]  # somebody else may be installing something
            run([*patient, "update"], env=quiet)
            run([*patient, "install", "-y", "--no-install-recommends", *packages], env=quiet)
        except SetupError as e:
            raise CannotRunPods(str(e)) from None
    if missing(programs):
        raise CannotRunPods(f"apt-get installed {' '.join(packages)}, but there is still no {', '.join(missing(programs))}.")


def missing(programs: dict[str, str]) -> list[str]:
    """The packages of those programs that are not here."""
    return [package for program, package in programs.items() if not (shutil.which(program) or Path(program).exists())]
