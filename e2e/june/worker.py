"""A worker as a process on this machine, without Kubernetes: it reads a pipeline from its YAML file and makes the streams itself."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

from june.build import app_jar
from june.processes import Daemon, free_port
from june.setup import Paths
from june.setup.java import find_jdk

READY_SECONDS = 300.0
DRAIN_SECONDS = 60.0


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
    ) -> None:
        """`livekit` is its address, API key and secret. `settings` are environment variables that override single fields of the
        pipeline, such as JUNE_MODEL_NAME."""
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
            "OMP_WAIT_POLICY": "passive",  # these two as in images/worker/Dockerfile
            "MALLOC_ARENA_MAX": "2",
            **(settings or {}),
        }
        flags = ["-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        self.ready_seconds = 0.0
        self._started = time.monotonic()
        self.daemon = Daemon("worker", [find_jdk() / "bin" / "java", *flags, "-jar", app_jar("worker")], folder, env)

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
        self.daemon.stop(DRAIN_SECONDS + 10)

