"""Servers written in Go, built from the modules in `e2e/go`: their go.mod pins versions, their go.sum pins hashes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from june.setup.cache import Artifact, SetupError
from june.setup.commands import require, run

MODULES = Path(__file__).resolve().parents[2] / "go"
LINK_FLAGS = "-s -w"


def go_tool(
    module: str,
    requirement: str,
    packages: dict[str, str],
    estimate: str,
    name: str = "",
    told: dict[str, str] | None = None,
    tags: str = "",
) -> Artifact:
    """Programs (name: package) from one of our modules, built together so that both cores are busy.

    `requirement` is the module whose version names the result; `told` are variables that a program's own build sets, in which
    `{version}` is that version. `tags` leave out what a program can do without.
    """
    source = MODULES / module
    version = required_version((source / "go.mod").read_text(), requirement)
    variables = [f" -X {variable}={value.format(version=version)}" for variable, value in (told or {}).items()]
    flags = LINK_FLAGS + "".join(variables)
    name = name or module
    return Artifact(
        name=f"{name}-{version}",
        inputs=(source / "go.mod", source / "go.sum", flags, repr(sorted(packages.items())), *([tags] if tags else [])),
        doing=f"Building {name} {version}: {', '.join(packages)}",
        estimate=estimate,
        recipe=_building(source, packages, flags, tags),
    )


def required_version(go_mod: str, module: str) -> str:
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if not found:
        raise SetupError(f"go.mod does not require {module}")
    return found.group(1)


def _building(source: Path, packages: dict[str, str], flags: str, tags: str = "") -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        go = require("go", "build the servers that June STT runs against")
        command: list[str | Path] = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]
        command += ["-tags", tags] if tags else []
        # Several packages go to a folder under the names of their own; one package goes to a file that we name.
        target = f"{folder}/" if len(packages) > 1 else folder / next(iter(packages))
        run([*command, "-o", target, *packages.values()], cwd=source, env={"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": ""})
        for binary in packages:
            if not (folder / binary).is_file():
                raise SetupError(f"go build of {packages[binary]}: expected the program {binary}, got {sorted(folder.iterdir())}")

    return build


NATS_SERVER = go_tool(
    "nats-server",
    "github.com/nats-io/nats-server/v2",
    {"nats-server": "github.com/nats-io/nats-server/v2"},
    "about 1 min on 2 cores, once",
)
LIVEKIT_SERVER = go_tool(
    "livekit-server",
    "github.com/livekit/livekit-server",
    {"livekit-server": "github.com/livekit/livekit-server/cmd/server"},
    "about 4 min on 2 cores, once",
)
ETCD = go_tool("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}, "about 1 min on 2 cores, once")
KUBERNETES_VERSION = {"k8s.io/component-base/version.gitVersion": "{version}"}
KUBERNETES_API = go_tool(
    "kubernetes",
    "k8s.io/kubernetes",
    {name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kube-apiserver", "kubectl")},
    "about 4 min on 2 cores, once",
    name="kubernetes-api",
    told=KUBERNETES_VERSION,
)
KUBERNETES_NODE = go_tool(
    "kubernetes",
    "k8s.io/kubernetes",
    {name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")},
    "about 3 min on 2 cores, once",
    name="kubernetes-node",
    told=KUBERNETES_VERSION,
)
_HELM = "helm.sh/helm/v3"
_KNOWN_KUBERNETES = {"Major": "1", "Minor": "36"}  # of the API that it renders for when no cluster is asked
HELM = go_tool(
    "helm",
    _HELM,
    {"helm": f"{_HELM}/cmd/helm"},
    "about 2 min on 2 cores, once",
    told={
        f"{_HELM}/internal/version.version": "{version}",
        **{
            f"{_HELM}/{package}.k8sVersion{part}": value
            for package in ("pkg/chartutil", "pkg/lint/rules")
            for part, value in _KNOWN_KUBERNETES.items()
        },
    },
)

# Without the clouds in which it could look for targets: ours are told to it.
PROMETHEUS = go_tool(
    "prometheus",
    "github.com/prometheus/prometheus",
    {name: f"github.com/prometheus/prometheus/cmd/{name}" for name in ("prometheus", "promtool")},
    "about 2 min on 2 cores, once",
    tags="remove_all_sd",
)

# Our own few lines, so without a version: every pod's first process.
PAUSE = Artifact(
    name="pause",
    inputs=(MODULES / "pause" / "main.go",),
    doing="Building the pod's pause process",
    estimate="a few seconds, once",
    recipe=_building(MODULES / "pause", {"pause": "."}, LINK_FLAGS),
)
