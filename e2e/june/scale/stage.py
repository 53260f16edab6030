"""What the cases play on: one control plane with NATS, LiveKit, the operator's replicas and the pipelines, made when first asked for."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from june.measure import usage
from june.scale.controlplane import ControlPlane
from june.scale.fleet import Followed, Planned, plan, prepare
from june.scale.operators import Operator
from june.scale.playedworkers import PlayedWorkers
from june.servers import LiveKitServer, NatsServer
from june.setup import Paths
from june.setup.progress import step

FLEET_SECONDS = 900.0


class Stage:
    """Everything on it ends with its `with` block."""

    def __init__(self, paths: Paths, folder: Path, pipelines: int, idle_minutes: float) -> None:
        self.paths = paths
        self.folder = folder
        self.idle_minutes = idle_minutes
        self._pipelines = pipelines
        self._operators: dict[str, Operator] = {}
        self._stack = contextlib.ExitStack()

    def operator(self, name: str) -> Operator:
        """The replica of this name, ready."""
        if name not in self._operators:
            with step(f"Starting {name}", "about 10 s"):
                self._operators[name] = self._stack.enter_context(Operator(self.plane, name))
        return self._operators[name]

    def operators(self) -> list[Operator]:
        """Those that were asked for."""
        return list(self._operators.values())

    def cpu_seconds(self) -> dict[str, float]:
        """What each server has used so far, this program too."""
        nats, own = usage(self.nats.daemon.pid), usage(os.getpid())
        return {**self.plane.cpu_seconds(), "nats-server": nats.cpu_seconds if nats else 0.0, "e2e/scale": own.cpu_seconds if own else 0.0}

    def make_fleet(self) -> None:
        """Makes the pipelines, unless a case before did, and waits until the operator has judged them."""
        with Followed(self.plane.api, self.planned) as followed:
            if self.plane.api.find(f"/apis/stt.june.dev/v1alpha1/namespaces/{self.planned[0].namespace}/sttpipelines/{self.planned[0].name}") is None:
                followed.create_all(self.planned)
            followed.wait(FLEET_SECONDS)
            if followed.missing():
                raise TimeoutError("; ".join(map(followed.state, followed.missing()[:3])))

    def __enter__(self) -> Stage:
        try:
            self.nats = self._stack.enter_context(NatsServer(self.folder / "nats"))
            self.livekit = self._stack.enter_context(LiveKitServer(self.folder / "livekit"))
            self.plane = self._stack.enter_context(ControlPlane(self.folder / "plane"))
            key = (self.livekit.api_key, self.livekit.api_secret)
            prepare(self.plane.api, key)
            self.planned: list[Planned] = plan(self._pipelines, self.livekit.url, self.nats.url)
            self.workers = self._stack.enter_context(PlayedWorkers(self.plane.api, self.nats.url))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def load() -> float:
    """Processes that ran or wanted to, over the last minute: how busy this machine is with all that runs on it."""
    return round(os.getloadavg()[0], 1)
