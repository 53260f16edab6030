"""The operator loses its leader, and the API server goes away: how long until what was asked meanwhile is done."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from june.scale.api import ApiError, Object, condition, deployments, pipelines
from june.scale.controlplane import wait_until
from june.scale.fleet import Planned, document, judged, spread
from june.scale.operators import kill, leader
from june.scale.result import Result
from june.scale.stage import Stage, load

KILLS = 3
TAKEOVER_SECONDS = 20.0
LIMIT_SECONDS = 300.0
AWAY_SECONDS = 60.0
CHANGED = 5
REPLICAS = ("operator-a", "operator-b")


def leader_killed(stage: Stage) -> Result:
    """Kills the leader again and again; what is asked at that moment is done by the other one."""
    stage.operator(REPLICAS[0])
    stage.operator(REPLICAS[1])
    stage.make_fleet()
    elections: list[float] = []
    works: list[float] = []
    for number in range(KILLS):
        wait_until(lambda: leader(stage.plane) in REPLICAS, "a leader", LIMIT_SECONDS)
        held = stage.operator(leader(stage.plane))
        other = stage.operator(next(name for name in REPLICAS if name != held.name))
        wait_until(other.ready, f"{other.name} ready", LIMIT_SECONDS)
        killed = kill(held)
        asked = change(stage, stage.planned[0], f"{700 + number}ms")
        wait_until(other.leads, f"{other.name} leads", LIMIT_SECONDS)
        elections.append(time.monotonic() - killed)
        wait_until(lambda: done(stage, stage.planned[0], asked), "what was asked without a leader is done", LIMIT_SECONDS)
        works.append(time.monotonic() - killed)
        held.start_again()
        held.daemon.wait_until(held.ready, LIMIT_SECONDS)
    numbers = {
        "pipelines": len(stage.planned),
        "kills": KILLS,
        "secondsUntilAnotherLeads": spread(elections),
        "secondsUntilItHasWorked": spread(works),
        "load": load(),
    }
    late = max(works)
    return Result(numbers, [f"the slowest took {late:.1f} s, the target {TAKEOVER_SECONDS:.0f} s"] if late > TAKEOVER_SECONDS else [])


def api_server_away(stage: Stage) -> Result:
    """The API server is killed and comes back a minute later; at once things are changed, added, deleted and broken."""
    operator = stage.operator(REPLICAS[0])
    stage.make_fleet()
    wait_until(lambda: leader(stage.plane) in REPLICAS, "a leader", LIMIT_SECONDS)
    changed, broken = stage.planned[:CHANGED], stage.planned[CHANGED]
    added, deleted = (
        Planned("scale-0", name, "", document("scale-0", name, stage.livekit.url, stage.nats.url)) for name in ("added", "deleted")
    )
    stage.plane.api.create(pipelines(deleted.namespace), deleted.document)
    wait_until(lambda: done(stage, deleted, 1), "one more pipeline is ready", LIMIT_SECONDS)
    with restarted(stage) as ends:
        stage.plane.kill_api_server()
        time.sleep(AWAY_SECONDS)
        stage.plane.restart_api_server()
        back = time.monotonic()
        retried(lambda: stage.plane.api.delete(deployments(broken.namespace, f"{broken.name}-workers")))
        asked = [(each, change(stage, each, "900ms")) for each in changed]
        retried(lambda: stage.plane.api.create(pipelines(added.namespace), added.document))
        retried(lambda: stage.plane.api.delete(pipelines(deleted.namespace, deleted.name)))

        def converged() -> bool:
            api = stage.plane.api
            return (
                all(done(stage, each, generation) for each, generation in asked)
                and api.find(pipelines(deleted.namespace, deleted.name)) is None
                and api.find(deployments(broken.namespace, f"{broken.name}-workers")) is not None
                and judged(api.get(pipelines(added.namespace, added.name)), "")
            )

        seconds = LIMIT_SECONDS
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: calmly(converged), "all that was asked is done", LIMIT_SECONDS, every_seconds=0.5)
            seconds = time.monotonic() - back
        standing = operator.daemon.alive()
    crashes = [end for end in ends if "The lease is lost" not in end]
    numbers = {
        "pipelines": len(stage.planned),
        "awaySeconds": AWAY_SECONDS,
        "secondsUntilConverged": round(seconds, 1),
        "replicasThatGaveUpTheirLease": len(ends) - len(crashes),
        "load": load(),
    }
    wrong = [f"an operator crashed: {end}" for end in crashes]
    if seconds >= LIMIT_SECONDS:
        wrong.append(f"not converged after {LIMIT_SECONDS:.0f} s")
    return Result(numbers, wrong if standing else [*wrong, "the operator does not run at the end"])


def change(stage: Stage, planned: Planned, end_silence: str) -> int:
    """Changes a setting of the spec and answers its new generation."""
    path = pipelines(planned.namespace, planned.name)
    asked: Object = {"spec": {"segmentation": {"endSilence": end_silence}}}
    return int(retried(lambda: stage.plane.api.merge(path, asked))["metadata"]["generation"])


def done(stage: Stage, planned: Planned, generation: int) -> bool:
    """Whether the operator has said of this generation what it should."""
    found = stage.plane.api.get(pipelines(planned.namespace, planned.name))
    return condition(found, "Ready").get("observedGeneration", 0) >= generation and judged(found, planned.reason)


def calmly(converged: Any) -> bool:
    """An API server that has just come back may not answer everything yet."""
    try:
        return bool(converged())
    except (OSError, ApiError):
        return False


def retried(call: Any) -> Any:
    """As a user would: again, until the API server takes it."""
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return call()
        except (OSError, ApiError) as error:
            if isinstance(error, ApiError) and error.status < 500 and error.status != 429 or time.monotonic() > end:
                raise
            time.sleep(0.2)


@contextlib.contextmanager
def restarted(stage: Stage) -> Iterator[list[str]]:
    """Acts as the kubelet: an operator that ends is started again. Yields the last lines of those that did."""
    ends: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for operator in stage.operators():
                if not operator.daemon.alive():
                    ends.append(operator.daemon.tail())
                    operator.start_again()

    thread = threading.Thread(target=watch, name="kubelet", daemon=True)
    thread.start()
    try:
        yield ends
    finally:
        over.set()
        thread.join()
