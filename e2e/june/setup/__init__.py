"""Everything a fresh machine lacks, by the key under which the tests and tools look for it.

`ensure("servers")` or `ensure("nats.server", "speech")` makes what is missing and answers where things are.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from june.setup.cache import Artifact, SetupError
from june.setup.gotools import ETCD, HELM, KUBERNETES_API, KUBERNETES_NODE, LIVEKIT_SERVER, NATS_SERVER, PAUSE, PROMETHEUS
from june.setup.models import LIVEKIT_LIBRARY, SILERO, WHISPER_MODELS
from june.setup.packages import PYTHON_PACKAGES, use_python_packages
from june.setup.pods import CannotRunPods, ensure_pods_can_run
from june.setup.speech import SPEECH

__all__ = ["GROUPS", "CannotRunPods", "ITEMS", "Paths", "SetupError", "ensure", "use_python_packages", "write_properties"]

# Key: the artifact that holds it, and where in its folder ("" for the folder).
ITEMS: dict[str, tuple[Artifact, str]] = {
    "python.packages": (PYTHON_PACKAGES, ""),
    "livekit.library": (LIVEKIT_LIBRARY, "liblivekit_ffi.so"),
    "silero.model": (SILERO, "silero_vad_16k_op15.onnx"),
    "speech": (SPEECH, ""),
    "models": (WHISPER_MODELS, ""),
    "nats.server": (NATS_SERVER, "nats-server"),
    "livekit.server": (LIVEKIT_SERVER, "livekit-server"),
    "etcd": (ETCD, "etcd"),
    "kube.apiserver": (KUBERNETES_API, "kube-apiserver"),
    "kubectl": (KUBERNETES_API, "kubectl"),
    "kube.controller.manager": (KUBERNETES_NODE, "kube-controller-manager"),
    "kube.scheduler": (KUBERNETES_NODE, "kube-scheduler"),
    "kubelet": (KUBERNETES_NODE, "kubelet"),
    "kube.proxy": (KUBERNETES_NODE, "kube-proxy"),
    "pause": (PAUSE, "pause"),
    "helm": (HELM, "helm"),
    "prometheus": (PROMETHEUS, "prometheus"),
    "promtool": (PROMETHEUS, "promtool"),
}
_LISTENING = ("livekit.library", "silero.model", "speech", "models")
_SERVERS = ("nats.server", "livekit.server")
_KUBERNETES_API = ("etcd", "kube.apiserver", "kubectl")
_CLUSTER = (*_KUBERNETES_API, "kube.controller.manager", "kube.scheduler", "kubelet", "kube.proxy", "pause", "helm", "python.packages")
_QUICK = ("python.packages", *_LISTENING, *_SERVERS)
GROUPS: dict[str, tuple[str, ...]] = {
    "python": ("python.packages",),
    "servers": _SERVERS,
    "quick": _QUICK,
    "build": (*_QUICK, *_KUBERNETES_API, "helm", "prometheus", "promtool"),
    "cluster": _CLUSTER,
    "demo": (*_QUICK, *_CLUSTER),
}
WITH_PODS = {"cluster", "demo"}


class Paths:
    """Where set-up things are: `paths.nats_server` for the key `nats.server`. Asking for what was not set up is an error."""

    def __init__(self, by_key: dict[str, Path]) -> None:
        self.by_key = dict(by_key)

    def __getattr__(self, name: str) -> Path:
        key = name.replace("_", ".")
        if name.startswith("_") or key not in self.__dict__.get("by_key", {}):
            raise AttributeError(f"{key}: not set up; ensure({key!r}) first")
        return self.by_key[key]


def ensure(*items: str) -> Paths:
    """Makes everything that the given keys and groups name, unless it is in the cache, and answers where it is."""
    keys = list(dict.fromkeys(key for item in items for key in GROUPS.get(item, (item,))))
    unknown = [key for key in keys if key not in ITEMS]
    if unknown:
        raise SetupError(f"setup knows no {', '.join(unknown)}; it knows {', '.join([*GROUPS, *ITEMS])}")
    check_machine()
    if not WITH_PODS.isdisjoint(items):
        ensure_pods_can_run()
    return Paths({key: _path(key, make=True) for key in keys})


def check_machine() -> None:
    machine = (platform.system(), platform.machine())
    if machine != ("Linux", "x86_64"):
        raise SetupError(f"June STT's own servers and natives are set up on x86_64 Linux only; this is {' '.join(machine)}.")
    if sys.version_info < (3, 11):
        raise SetupError(f"The scripts need Python 3.11 or later; this is {platform.python_version()}.")


def write_properties(file: Path) -> None:
    """Writes the places of all that is in the cache to a properties file, which the Java tests read."""
    lines = [f"{key}={_path(key)}" for key, (artifact, _) in ITEMS.items() if artifact.made()]
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("# Written by e2e/setup: where the build finds servers, natives, models and recordings.\n")
        out.write("\n".join(lines) + "\n")
    os.chmod(draft, 0o644)
    os.replace(draft, file)


def _path(key: str, make: bool = False) -> Path:
    artifact, inside = ITEMS[key]
    folder = artifact.make() if make else artifact.folder
    return folder / inside if inside else folder
