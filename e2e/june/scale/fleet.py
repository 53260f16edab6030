"""Many pipelines at once: made, followed until the operator has said how they are, and counted. The rules are pure functions."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from june.report import percentile
from june.scale.api import Api, ApiError, Object, condition, pipelines

NAMESPACES = 10
CREATORS = 16
QUEUE_BYTES = 16 * 1024 * 1024
MISTAKE_EVERY = 25
# Mistakes that people make, and the reason that the operator should give for them.
MISTAKES = {"no-secret": "LiveKitSecretMissing", "no-model": "UnknownModel", "no-nats": "NatsUnreachable", "wrong-key": "LiveKitKeyRefused"}


@dataclass(frozen=True)
class Planned:
    """A pipeline to be made; `reason` is what is wrong with it, empty if it should become ready."""

    namespace: str
    name: str
    reason: str
    document: Object = field(repr=False)


def plan(count: int, livekit_url: str, nats_url: str) -> list[Planned]:
    """Spread over namespaces; one in 25 has a mistake."""
    planned = []
    for number in range(count):
        mistake = list(MISTAKES)[number // MISTAKE_EVERY % len(MISTAKES)] if number % MISTAKE_EVERY == MISTAKE_EVERY - 1 else ""
        namespace, name = f"scale-{number % NAMESPACES}", f"p-{number:04d}"
        planned.append(Planned(namespace, name, MISTAKES.get(mistake, ""), document(namespace, name, livekit_url, nats_url, mistake)))
    return planned


def document(namespace: str, name: str, livekit_url: str, nats_url: str, mistake: str = "") -> Object:
    secret = {"no-secret": "absent", "wrong-key": "wrong"}.get(mistake, "livekit")
    nats = "nats://127.0.0.1:1" if mistake == "no-nats" else nats_url
    return {
        "apiVersion": "stt.june.dev/v1alpha1",
        "kind": "SttPipeline",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "model": {"name": "none-such" if mistake == "no-model" else "tiny.en", "language": "en"},
            "livekit": {"url": livekit_url, "credentialsSecretRef": {"name": secret}},
            # JetStream reserves what a stream may grow to: a thousand times the default, 1 GiB, is more than a disk has.
            "delivery": {"nats": {"url": nats}, "streamDeletionPolicy": "Delete", "maxQueueBytes": QUEUE_BYTES},
        },
    }


def judged(pipeline: Object, reason: str) -> bool:
    """Whether the operator has said of this generation what it should: that it is ready, or what is wrong with it."""
    ready = condition(pipeline, "Ready")
    if ready.get("observedGeneration") != pipeline["metadata"]["generation"]:
        return False
    return ready.get("reason") == reason and ready["status"] == "False" if reason else ready.get("status") == "True"


def prepare(api: Api, key: tuple[str, str]) -> None:
    """The namespaces and their Secrets, which are there before the pipelines."""
    for number in range(NAMESPACES):
        name = f"scale-{number}"
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        api.create_if_absent("/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}})
        for secret, value in (("livekit", key[1]), ("wrong", "not-the-secret")):
            api.create_if_absent(f"/api/v1/namespaces/{name}/secrets", livekit_secret(name, secret, (key[0], value)))


def livekit_secret(namespace: str, name: str, key: tuple[str, str]) -> Object:
    data = dict(zip(("apiKey", "apiSecret"), key, strict=True))
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": name}, "stringData": data}


class Followed:
    """Follows all pipelines during its `with` block and notes when the operator had judged each."""

    def __init__(self, api: Api, planned: Iterable[Planned]) -> None:
        self.created: dict[str, float] = {}
        self.judged: dict[str, float] = {}
        self.last: dict[str, Object] = {}
        self._reasons = {f"{each.namespace}/{each.name}": each.reason for each in planned}
        self._api = api
        self._over = False
        self._thread = threading.Thread(target=self._follow, name="pipelines", daemon=True)

    def create_all(self, planned: list[Planned]) -> float:
        """Answers how many seconds that took."""
        began = time.monotonic()
        with ThreadPoolExecutor(CREATORS) as creators:
            for _ in creators.map(self._create, planned):
                pass
        return time.monotonic() - began

    def missing(self) -> list[str]:
        return [name for name in self._reasons if name not in self.judged]

    def seconds(self) -> list[float]:
        """Of those that were judged, from when the API server had taken each."""
        return [max(0.0, self.judged[name] - at) for name, at in self.created.items() if name in self.judged]

    def wait(self, limit_seconds: float) -> None:
        """Until every one was judged, or until the limit."""
        end = time.monotonic() + limit_seconds
        while self.missing() and time.monotonic() < end:
            time.sleep(0.2)

    def state(self, name: str) -> str:
        """What was seen last of one, for when it was not judged."""
        ready = condition(self.last.get(name, {}), "Ready")
        return f"{name}: expected {self._reasons[name] or 'Ready'}, got {ready.get('status', 'nothing')} {ready.get('reason', '')} {ready.get('message', '')}".strip()

    def __enter__(self) -> Followed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True  # the thread ends with the next event or bookmark, or with us

    def _create(self, planned: Planned) -> None:
        self._api.create(pipelines(planned.namespace), planned.document)
        self.created[f"{planned.namespace}/{planned.name}"] = time.monotonic()

    def _follow(self) -> None:
        while not self._over:
            with contextlib.suppress(OSError, ApiError, KeyError):  # KeyError: the server says that the version is gone
                listed = self._api.get(pipelines())
                for pipeline in listed["items"]:
                    self._saw(pipeline)
                for event in self._api.watch(pipelines(), listed["metadata"]["resourceVersion"]):
                    if self._over:
                        return
                    if event["type"] in ("ADDED", "MODIFIED"):
                        self._saw(event["object"])

    def _saw(self, pipeline: Object) -> None:
        name = f"{pipeline['metadata']['namespace']}/{pipeline['metadata']['name']}"
        self.last[name] = pipeline
        if name in self._reasons and name not in self.judged and judged(pipeline, self._reasons[name]):
            self.judged[name] = time.monotonic()


def spread(values: list[float]) -> dict[str, float]:
    """Percentiles, in the unit of the values."""
    found = {f"p{percent}": percentile(values, percent) for percent in (50, 95, 99)}
    return {**{name: round(value, 2) for name, value in found.items() if value is not None}, "max": round(max(values), 2) if values else 0.0}


def writes(events: Iterable[dict[str, Any]], user: str) -> dict[str, int]:
    """How often a user wrote what, by the audit log, other than its own lease."""
    counted: dict[str, int] = {}
    for event in events:
        object_ref = event.get("objectRef") or {}
        if event.get("user", {}).get("username") != user or object_ref.get("resource") == "leases":
            continue
        subresource = f"/{object_ref['subresource']}" if object_ref.get("subresource") else ""
        what = f"{event['verb']} {object_ref.get('resource', '?')}{subresource}"
        counted[what] = counted.get(what, 0) + 1
    return counted
