"""A worker as a process on this machine, without Kubernetes: it reads a pipeline from its YAML file and makes the streams itself.

Runtime, classes, flags and environment are those of the image, but for the form of its logs.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from june.build import REPOSITORY
from june.images.dockerfile import instructions, pairs
from june.images.product import assembled, make_context
from june.processes import Daemon, free_port
from june.setup import Paths

READY_SECONDS = 300.0
DRAIN_SECONDS = 60.0
DOCKERFILE = REPOSITORY / "images" / "worker" / "Dockerfile"


class Worker:
    """A worker process. Entered when it is ready; left when it has drained."""

    def __init__(
        self,
        paths: Paths,
        folder: Path,
        pipeline: Path,
        livekit: tuple[str, str, str],
        nats_url: str,
        settings: dict[str, str] | None = None,
        start: Sequence[str] | None = None,
        ending_seconds: float = 10.0,
    ) -> None:
        """`livekit` is its address, API key and secret. `settings` are environment variables that override single fields of the
        pipeline, such as JUNE_MODEL_NAME. `start` is another command than the image's."""
        url, api_key, api_secret = livekit
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {
            "JUNE_CONFIG": str(pipeline),
            "JUNE_STANDALONE": "true",
            "JUNE_WORKER": folder.name,
            "JUNE_SPOOL": str(folder / "spool"),
            "JUNE_DOWNLOADS": str(folder / "models"),
            "JUNE_TERMINATION_MESSAGE": str(folder / "termination-message"),
            "JUNE_DRAIN_TIMEOUT": f"{DRAIN_SECONDS:.0f}s",
            "JUNE_MODELS": str(paths.models),
            "JUNE_LIVEKIT_LIBRARY": str(paths.livekit_library),
            "JUNE_SILERO_MODEL": str(paths.silero_model),
            "JUNE_LIVEKIT_URL": url,
            "JUNE_DELIVERY_NATS_URL": nats_url,
            "LIVEKIT_API_KEY": api_key,
            "LIVEKIT_API_SECRET": api_secret,
            "SERVER_PORT": str(self.port),
            **environment(),
            "JUNE_LOG_FORMAT": "",  # for people, not for a collector
            **(settings or {}),
        }
        if start is None:
            make_context("worker")
            start = command(assembled("worker"))
        self.ready_seconds = 0.0
        self._ending_seconds = DRAIN_SECONDS + ending_seconds
        self._started = time.monotonic()
        self.daemon = Daemon("worker", start, folder, env)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/readiness", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def __enter__(self) -> Worker:
        self.daemon.wait_until(self.ready, READY_SECONDS)
        self.ready_seconds = time.monotonic() - self._started
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop(self._ending_seconds)



def command(folder: Path) -> list[str]:
    """How the image starts its worker, for a worker that was assembled in a folder instead of /opt."""
    [entry_point] = _said("ENTRYPOINT")
    return [part.replace("/opt/", f"{folder}/") for part in json.loads(entry_point)]


def environment() -> dict[str, str]:
    return {key: value for rest in _said("ENV") for key, value in pairs(str(DOCKERFILE), rest)}


def _said(word: str) -> Iterator[str]:
    return (rest for _, instruction, rest in instructions(DOCKERFILE.read_text(encoding="utf-8")) if instruction == word)
