"""Acts as the kubelet for the pods of one namespace, with a real worker process as each pod's container.

Deployments, ReplicaSets and the scheduler do their work as in any cluster; here a process is started for each pod that has a
node, its readiness becomes the pod's, and a pod that is deleted gets SIGTERM and stays until its worker has drained.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from june.scale.api import Api, ApiError, Object, pods
from june.scale.playedworkers import REAL, config_file
from june.setup import Paths
from june.worker import DRAIN_SECONDS, Worker

NAMESPACE = REAL  # kwok leaves its pods alone: see stages.yaml
LOOK_SECONDS = 0.2
NODE_ADDRESS = "127.0.0.1"


class Kubelet:
    """Works during its `with` block; then every worker that is left is asked to stop."""

    def __init__(self, api: Api, paths: Paths, folder: Path, pipeline: str, livekit: tuple[str, str, str], nats_url: str) -> None:
        self._api, self._paths, self._folder, self._pipeline = api, paths, folder, pipeline
        self._livekit, self._nats_url = livekit, nats_url
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)
        self._ready: set[str] = set()
        self._ending: set[str] = set()
        self.running: dict[str, Worker] = {}  # by the pod's name; written by the kubelet's thread alone
        self.drained: list[str] = []
        self.crashed: list[str] = []
        self.failure: BaseException | None = None

    def __enter__(self) -> Kubelet:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with ThreadPoolExecutor(max(1, len(self.running))) as stopping:
            list(stopping.map(lambda worker: worker.__exit__(), self.running.values()))

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                for pod in self._api.get(pods(NAMESPACE, self._pipeline))["items"]:
                    self._look_after(pod)
            except (OSError, ApiError) as error:
                self.failure = error

    def _look_after(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        worker = self.running.get(name)
        if pod["metadata"].get("deletionTimestamp"):
            self._end(name, worker)
        elif worker is None and pod["spec"].get("nodeName"):
            folder = self._folder / name
            folder.mkdir(parents=True, exist_ok=True)
            document = config_file(self._api, NAMESPACE, self._pipeline, folder)
            settings = {"JUNE_STANDALONE": "false", "JUNE_SECRETS": str(folder)}
            self.running[name] = Worker(self._paths, folder, document, self._livekit, self._nats_url, settings)
            self._write(name, "False", "Pending")
        elif worker is not None and not worker.daemon.alive():
            if name not in self.crashed:
                self.crashed.append(name)
            self._write(name, "False", "Failed")
        elif worker is not None and worker.ready() != (name in self._ready):
            (self._ready.discard if name in self._ready else self._ready.add)(name)
            self._write(name, str(name in self._ready), "Running")

    def _end(self, name: str, worker: Worker | None) -> None:
        if worker is not None and name not in self._ending:
            self._ending.add(name)
            worker.daemon.signal(signal.SIGTERM)
            return
        if worker is not None and worker.daemon.alive():
            return  # it drains
        if worker is not None:
            worker.daemon.stop(DRAIN_SECONDS)
            self.running.pop(name)
            self.drained.append(name)
        try:
            self._api.delete(f"/api/v1/namespaces/{NAMESPACE}/pods/{name}?gracePeriodSeconds=0")
        except ApiError as error:
            if error.status != 404:
                raise

    def _write(self, name: str, ready: str, phase: str) -> None:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [{"type": kind, "status": ready, "lastTransitionTime": now} for kind in ("ContainersReady", "Ready")]
        status = {"phase": phase, "podIP": NODE_ADDRESS, "startTime": now, "conditions": conditions}
        self._api.merge(f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/status", {"status": status})
