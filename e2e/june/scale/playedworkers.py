"""What the workers of played pods say: each writes its report into its pipeline's bucket, when it starts and every ten seconds.

kwok makes a pod ready and nothing runs in it, so without this the operator would wait for reports that never come.
"""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import nats

from june.scale.api import Api, Object

EVERY_SECONDS = 10.0
LOOK_SECONDS = 2.0
REAL = "live"  # the namespace in which june.scale.kubelet runs real workers
PODS = "/api/v1/pods?labelSelector=stt.june.dev%2Fpipeline&resourceVersion=0"


class PlayedWorkers:
    """Plays them during its `with` block, in a thread of its own, for all pods that are ready and not real ones."""

    def __init__(self, api: Api, nats_url: str) -> None:
        self._api = api
        self._nats_url = nats_url
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._play()), name="workers", daemon=True)
        self.failures = 0

    def __enter__(self) -> PlayedWorkers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _play(self) -> None:
        client = await asyncio.wait_for(nats.connect(self._nats_url, max_reconnect_attempts=-1), 10)
        said: dict[str, float] = {}
        try:
            while not self._over.is_set():
                try:
                    pods = (await asyncio.to_thread(self._api.get, PODS))["items"]
                except OSError:
                    pods = []  # the API server is away: workers go on, but nobody asks for new ones
                now = asyncio.get_running_loop().time()
                due = [pod for pod in pods if ready(pod) and pod["metadata"]["namespace"] != REAL and now - said.get(pod["metadata"]["uid"], 0) > EVERY_SECONDS]
                await asyncio.gather(*(self._report(client, pod) for pod in due))
                said.update({pod["metadata"]["uid"]: now for pod in due})
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await client.close()

    async def _report(self, client: nats.aio.client.Client, pod: Object) -> None:
        try:
            bucket = f"KV_{bucket_of(pod)}"
            entry = await client.jetstream().get_last_msg(bucket, f"$KV.{bucket_of(pod)}.config")
            generation = json.loads(entry.data or b"{}")["generation"]
            report = {
                "worker": pod["metadata"]["name"],
                "generation": generation,
                "ready": True,
                "rooms": 0,
                "participants": 0,
                "load": {"tracks": 0, "capacity": 8, "decodeSpeed": 13},
            }
            await client.publish(f"$KV.{bucket_of(pod)}.worker.{pod['metadata']['name']}", json.dumps(report).encode())
        except (nats.errors.Error, KeyError, ValueError):
            self.failures += 1  # said again in ten seconds


def bucket_of(pod: Object) -> str:
    """Kubernetes names need no encoding."""
    return f"STT_{pod['metadata']['namespace']}_{pod['metadata']['labels']['stt.june.dev/pipeline']}"


def ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions) and "deletionTimestamp" not in pod["metadata"]


def config_file(api: Api, namespace: str, pipeline: str, folder: Path) -> Path:
    """The configuration document as a pod finds it mounted."""
    data = api.get(f"/api/v1/namespaces/{namespace}/configmaps/{pipeline}-config")["data"]
    file = folder / "pipeline.json"
    file.write_text(next(iter(data.values())), encoding="utf-8")
    return file
