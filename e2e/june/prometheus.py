"""A real Prometheus that scrapes a worker every five seconds, as the Prometheus operator would have it do by the pipeline's PodMonitor."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from june.processes import Daemon, free_port
from june.setup import Paths

READY_SECONDS = 180.0


class QueryRefused(Exception):
    """Prometheus does not understand a query; the message is its own."""


class Prometheus:
    """A Prometheus whose one target has the labels that the metrics of a pipeline's pod have in a cluster."""

    def __init__(self, paths: Paths, folder: Path, port: int, namespace: str, pipeline: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        target = {"targets": [f"127.0.0.1:{port}"], "labels": {"namespace": namespace, "pod": f"{pipeline}-workers-0"}}
        # JSON is YAML.
        config = {
            "global": {"scrape_interval": "5s", "scrape_timeout": "5s"},
            "scrape_configs": [{"job_name": "workers", "metrics_path": "/metrics", "static_configs": [target]}],
        }
        (folder / "prometheus.yaml").write_text(json.dumps(config), encoding="utf-8")
        command: list[str | Path] = [
            paths.prometheus,
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-lifecycle",
        ]
        self.daemon = Daemon("prometheus", command, folder)
        self.daemon.wait_until(self.ready, READY_SECONDS)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What it answers now: series with their labels and values.

        :raises QueryRefused: if it is no query
        """
        about = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{about}", timeout=120) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise QueryRefused(json.load(error).get("error", str(error))) from None

    def await_figure(self, expression: str, limit_seconds: float = READY_SECONDS) -> list[dict[str, Any]]:
        """Waits until a query gives something; what it gave, nothing when the time is up."""
        end = time.monotonic() + limit_seconds
        while not (found := self.query(expression)) and time.monotonic() < end:
            time.sleep(0.5)
        return found

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()
