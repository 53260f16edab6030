"""The worker's AOT cache: what the Java runtime worked out about the worker's classes in a training run, so that no start does it again.

docs/decisions/0050-start-up.md has the numbers. The runtime ignores a cache that was made of other jars or by another runtime.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from june.setup import SetupError, ensure
from june.setup.progress import step

CACHE = "worker.aot"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "meetings.yaml"
WRITING_SECONDS = 120.0


def train(assembled: Path) -> Path:
    """Starts a worker with everything it needs and ends it when it is ready; what the runtime has learnt is the cache."""
    from june.servers import LiveKitServer, NatsServer
    from june.worker import Worker, command

    cache = assembled / "june" / "app" / CACHE
    paths = ensure("livekit.library", "silero.model", "models", "nats.server", "livekit.server")
    with step("Training the worker's start", "about 15 s"), tempfile.TemporaryDirectory(prefix="june-training-") as name:
        folder = Path(name)
        with NatsServer(folder) as nats, LiveKitServer(folder) as livekit:
            access = (livekit.url, livekit.api_key, livekit.api_secret)
            learning = [part.replace("-XX:AOTCache=", "-XX:AOTCacheOutput=") for part in command(assembled)]
            with Worker(paths, folder, EXAMPLE, access, nats.url, {"JUNE_MODEL_NAME": "tiny.en"}, learning, WRITING_SECONDS) as worker:
                log = worker.daemon.log
        if not cache.exists():
            raise SetupError(f"The worker's training run left no {CACHE}. The end of its log: {log.read_text(errors='replace')[-2000:]}")
    return cache
