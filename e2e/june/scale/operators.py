"""The operator as a process of ours, with the rights and the heap that its chart gives it."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from june.build import app_jar
from june.measure import usage
from june.processes import Daemon, free_port
from june.scale.controlplane import OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, ControlPlane
from june.setup.java import find_jdk

HEAP_MB = 256  # half of the memory limit in the chart, as its JAVA_TOOL_OPTIONS say
READY_SECONDS = 300.0
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{OPERATOR_NAMESPACE}/leases/june-stt-operator"
WATCHED_SECONDS = 0.5


class Operator:
    """One replica. Ready, as its probe understands it, when entered; asked to stop when left."""

    def __init__(self, plane: ControlPlane, name: str, settings: dict[str, str] | None = None) -> None:
        self.name = name
        self.port = free_port()
        self.restarts = 0
        self._plane = plane
        self._java = find_jdk() / "bin"
        self._env = {
            # It reads no kubeconfig file: in a pod there is none.
            "KUBERNETES_MASTER": plane.server,
            "KUBERNETES_AUTH_TOKEN": plane.operator_token(),
            "KUBERNETES_TRUST_CERTIFICATES": "true",
            "KUBERNETES_AUTH_TRYKUBECONFIG": "false",
            "JUNE_WATCH_NAMESPACES": "*",
            "JUNE_WORKER_IMAGE": "june-stt/worker:played",
            "JUNE_LEASE_NAME": OPERATOR_ACCOUNT,
            "JUNE_NAMESPACE": OPERATOR_NAMESPACE,
            "JUNE_POD_NAME": name,
            "SERVER_PORT": str(self.port),
            **(settings or {}),
        }
        self.daemon = self._launch()

    def _launch(self) -> Daemon:
        flags = ["-XX:+UseSerialGC", f"-Xmx{HEAP_MB}m", "-XX:+ExitOnOutOfMemoryError"]
        return Daemon(self.name, [self._java / "java", *flags, "-jar", app_jar("operator")], self._plane.folder, self._env)

    def start_again(self) -> None:
        """As the kubelet does with a container that has ended."""
        self.daemon.stop()
        self.daemon = self._launch()
        self.restarts += 1

    def ready(self) -> bool:
        return self._answer("/health/readiness") is not None

    def leads(self) -> bool:
        return leader(self._plane) == self.name

    def gauge(self, name: str, **labels: str) -> float | None:
        """The sum of a metric's samples that carry these labels; None if there is no answer."""
        text = self._answer("/metrics")
        return None if text is None else metric(text, name, **labels)

    def heap_after_collection(self) -> float:
        """Bytes that are still in use after a full collection."""
        subprocess.run([self._java / "jcmd", str(self.daemon.pid), "GC.run"], check=True, capture_output=True, timeout=60)
        used = self.gauge("jvm_memory_used_bytes", area="heap")
        if used is None:
            raise RuntimeError(f"{self.name} does not tell its heap")
        return used

    def __enter__(self) -> Operator:
        self.daemon.wait_until(self.ready, READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()

    def _answer(self, path: str) -> str | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, OSError):
            return None


def leader(plane: ControlPlane) -> str:
    found = plane.api.find(LEASE)
    return (found or {}).get("spec", {}).get("holderIdentity") or ""


def metric(text: str, name: str, **labels: str) -> float:
    """The sum over a metric's samples with these labels, in Prometheus' text format."""
    total = 0.0
    for line in text.splitlines():
        found = re.fullmatch(rf"{re.escape(name)}(?:\{{(.*)\}})? (\S+)", line)
        if found and all(f'{key}="{value}"' in (found.group(1) or "") for key, value in labels.items()):
            total += float(found.group(2))
    return total


@dataclass
class Highest:
    """What an operator used at most, and its CPU time, while it was watched."""

    heap_bytes: float = 0.0
    rss_bytes: float = 0.0
    cpu_seconds: float = 0.0


@dataclass
class Watched:
    """Watches an operator's memory during its `with` block, in a thread of its own."""

    operator: Operator
    highest: Highest = field(default_factory=Highest)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Highest:
        self._begin = usage(self.operator.daemon.pid)
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self._thread.start()
        return self.highest

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(WATCHED_SECONDS):
            self.highest.heap_bytes = max(self.highest.heap_bytes, self.operator.gauge("jvm_memory_used_bytes", area="heap") or 0)
            if now := usage(self.operator.daemon.pid):
                self.highest.rss_bytes = max(self.highest.rss_bytes, now.rss_bytes)
                self.highest.cpu_seconds = now.cpu_seconds - (self._begin.cpu_seconds if self._begin else 0)


def kill(operator: Operator) -> float:
    """Ends it as the kernel does when memory is out: without a word. Answers when."""
    operator.daemon.signal(signal.SIGKILL)
    return time.monotonic()
