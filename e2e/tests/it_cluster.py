"""A real cluster runs real pods: what the demo relies on, without June STT in it. Needs root and Debian's packages.

PYTHONPATH=e2e python3 -m unittest discover -s e2e/tests -p 'it_*.py'
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from june import isolation
from june.setup import ensure

POD = Path(__file__).resolve().parent / "pod"
IMAGE = "june-stt/pod:test"
NAMESPACE = "pods"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@unittest.skipUnless(os.geteuid() == 0, "a cluster of our own needs root")
class ClusterIT(unittest.TestCase):
    def test_pods_under_the_restricted_level_reach_a_service_and_servers_on_the_bridge(self) -> None:
        ensure("cluster", "python", "nats.server")
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(isolation.run_isolated(lambda: _pods_talk(Path(folder))), 0)
        left = [group for hierarchy in isolation.hierarchies() for group in hierarchy.glob(f"june-{os.getpid()}-*")]
        self.assertEqual(left, [])

    def test_nothing_is_left_of_a_cluster_whose_program_is_killed(self) -> None:
        ensure("cluster", "python")
        with tempfile.TemporaryDirectory() as folder:
            script = f"import it_cluster, pathlib; it_cluster._die_with_a_cluster(pathlib.Path({folder!r}))"
            paths = {"PYTHONPATH": f"{POD.parent}:{POD.parents[1]}"}
            subprocess.run([sys.executable, "-c", script], env={**os.environ, **paths}, check=False, timeout=600)
            self.assertTrue((Path(folder) / "ready").exists(), "the cluster did not come up before it was to be killed")
            _wait_for(lambda: not _somebody_works_in(Path(folder)), "the end of everything that worked in the folder")
        isolation.remove_abandoned_groups()
        self.assertEqual([g for h in isolation.hierarchies() for g in h.glob("june-*-*") if not _owner_lives(g)], [])


def _pods_talk(folder: Path) -> int:
    """Runs in the isolation: a failed assertion ends it with a traceback and status 1."""
    from june.cluster import Cluster
    from june.images import build_image
    from june.servers import NatsServer

    image = build_image(IMAGE, POD / "Dockerfile", _built_pod(folder))
    with (
        Cluster(folder / "cluster") as cluster,
        NatsServer(folder / "nats", cluster.address, 4222),
        _UdpEcho(cluster.address, 7000),
    ):
        cluster.import_image(image)
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(_namespace()))
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(_pod("server", "serve")))
        cluster.kubectl("expose", "pod", "server", "--port=80", "--target-port=8080", f"--namespace={NAMESPACE}")
        cluster.publish(NAMESPACE, "nats", 4222)
        asking = _pod("client", "ask", "http://server/", f"{cluster.address}:7000", "nats:4222", "nobody.example.org")
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(asking))
        _wait_for(lambda: _phase(cluster, "client") in ("Succeeded", "Failed"), "the client to finish")
        said = cluster.kubectl("logs", "client", f"--namespace={NAMESPACE}")
        assert "hello from server" in said and "udp ping" in said, said
        assert 'INFO {"server_id"' in said, said
        assert "read-only file system" in said and "nobody.example.org exists: false" in said, said

        privileged = _pod("intruder", "serve")
        privileged["spec"]["containers"][0]["securityContext"] = {"privileged": True}
        done = cluster.kubectl("apply", "-f", "-", stdin=json.dumps(privileged), check=False)
        assert not done, f"a privileged pod was accepted: {done}"
    return 0


def _die_with_a_cluster(folder: Path) -> None:
    from june.cluster import Cluster

    def work() -> int:
        os.chdir(folder)
        with Cluster(folder / "cluster"):
            (folder / "ready").touch()
            time.sleep(600)
        return 0

    def kill_when_ready() -> None:
        _wait_for((folder / "ready").exists, "the cluster")
        os.kill(os.getpid(), 9)

    threading.Thread(target=kill_when_ready, daemon=True).start()
    isolation.run_isolated(work)


def _built_pod(folder: Path) -> Path:
    target = folder / "context" / "pod"
    subprocess.run(["go", "build", "-o", target, "."], cwd=POD, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    return target.parent


def _namespace() -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": RESTRICTED}}


def _pod(name: str, *words: str) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": IMAGE,
        "args": list(words),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
    spec = {"restartPolicy": "Never", "containers": [container], "enableServiceLinks": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _phase(cluster: object, pod: str) -> str:
    return cluster.kubectl("get", "pod", pod, "-o=jsonpath={.status.phase}", f"--namespace={NAMESPACE}")  # type: ignore[attr-defined]


def _wait_for(done: Callable[[], bool], what: str, limit_seconds: float = 300) -> None:
    end = time.monotonic() + limit_seconds
    while not done():
        assert time.monotonic() < end, f"waited {limit_seconds:.0f} s for {what}"
        time.sleep(0.2)


def _somebody_works_in(folder: Path) -> bool:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if os.readlink(process / "cwd").startswith(str(folder)):
                    return True
            except OSError:
                continue  # it ended while we looked
    return False


def _owner_lives(group: Path) -> bool:
    _, pid, start = group.name.split("-")
    return isolation._start_time(int(pid)) == start


class _UdpEcho:
    """Sends every datagram back: media takes this way."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                content, sender = self._socket.recvfrom(2048)
                self._socket.sendto(content, sender)
            except OSError:
                return

    def __enter__(self) -> _UdpEcho:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


if __name__ == "__main__":
    unittest.main()
