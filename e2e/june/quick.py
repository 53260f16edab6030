"""The smallest whole product: NATS, LiveKit and one worker as processes on loopback, no Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from june.conversation import Pipeline
from june.servers import LiveKitServer, NatsServer
from june.setup import Paths
from june.setup.progress import step
from june.speakers import LiveKitAccess
from june.worker import Worker


@dataclass(frozen=True)
class Quick:
    pipeline: Pipeline
    worker: Worker


@contextmanager
def running(paths: Paths, folder: Path, example: Path, settings: dict[str, str] | None = None) -> Iterator[Quick]:
    """Everything started and ready; everything stopped again behind it, the worker with a drain."""
    metadata = yaml.safe_load(example.read_text(encoding="utf-8"))["metadata"]
    with NatsServer(folder) as nats, LiveKitServer(folder) as livekit:
        access = LiveKitAccess(livekit.url, livekit.api_key, livekit.api_secret)
        worker = Worker(paths, folder, example, (access.url, access.api_key, access.api_secret), nats.url, settings)
        with step("Starting a worker and warming its model", "about 5 s"):
            worker.__enter__()
        try:
            yield Quick(Pipeline(metadata["namespace"], metadata["name"], access, nats.url), worker)
        finally:
            with step("Draining the worker"):
                worker.__exit__()
