"""Many pipelines created at once, then nothing: how long until the operator has judged each, and what it writes when idle."""

from __future__ import annotations

import time

from june.measure import usage
from june.scale.controlplane import OPERATOR_USER, audited, wait_until
from june.scale.fleet import Followed, spread, writes
from june.scale.operators import HEAP_MB, Watched
from june.scale.result import Result
from june.scale.stage import Stage, load

TARGET_SECONDS = 60.0
LIMIT_SECONDS = 900.0
SETTLED_SECONDS = 30.0
SETTLE_LIMIT_SECONDS = 600.0


def created_at_once(stage: Stage) -> Result:
    operator = stage.operator("operator-a")
    fleet = stage.planned
    with Followed(stage.plane.api, fleet) as followed, Watched(operator) as highest:
        begin, load_before, used = stage.plane.audit.stat().st_size, load(), stage.cpu_seconds()
        took = followed.create_all(fleet)
        followed.wait(LIMIT_SECONDS)
        events, _ = audited(stage.plane.audit, begin)
        cpu = {name: round(seconds - used.get(name, 0), 1) for name, seconds in stage.cpu_seconds().items()}
    heap = operator.heap_after_collection()
    seconds = followed.seconds()
    numbers = {
        "pipelines": len(fleet),
        "withMistakes": sum(1 for each in fleet if each.reason),
        "createSeconds": round(took, 1),
        "secondsUntilJudged": spread(seconds),
        "writesPerPipeline": round(sum(writes(events, OPERATOR_USER).values()) / len(fleet), 1),
        "requestsWritten": len(events),
        "heapHighestMb": round(highest.heap_bytes / 1e6),
        "heapAfterCollectionMb": round(heap / 1e6),
        "rssHighestMb": round(highest.rss_bytes / 1e6),
        "operatorCpuSeconds": round(highest.cpu_seconds, 1),
        "serversCpuSeconds": cpu,
        "load": [load_before, load()],
    }
    wrong = [followed.state(name) for name in followed.missing()]
    p95 = numbers["secondsUntilJudged"].get("p95", LIMIT_SECONDS)
    if p95 > TARGET_SECONDS:
        wrong.insert(0, f"p95 is {p95} s, the target {TARGET_SECONDS:.0f} s")
    if heap > HEAP_MB * 1024 * 1024:
        wrong.append(f"the heap after a collection is {heap / 1e6:.0f} MB, the target {HEAP_MB} MiB")
    return Result(numbers, wrong)


def idle(stage: Stage) -> Result:
    """Nothing happens, so nothing is written. What the operator asks meanwhile is its idle load."""
    operator = stage.operator("operator-a")
    stage.make_fleet()
    settle = settled(stage)
    begin = stage.plane.audit.stat().st_size
    before, began = usage(operator.daemon.pid), time.monotonic()
    time.sleep(stage.idle_minutes * 60)
    seconds = time.monotonic() - began
    after = usage(operator.daemon.pid)
    events, _ = audited(stage.plane.audit, begin)
    written = writes(events, OPERATOR_USER)
    numbers = {
        "pipelines": len(stage.planned),
        "minutes": round(seconds / 60, 1),
        "settledAfterSeconds": round(settle, 1),
        "writes": sum(written.values()),
        "written": written,
        "operatorCores": round((after.cpu_seconds - before.cpu_seconds) / seconds, 3) if before and after else None,
        "rssMb": round(after.rss_bytes / 1e6) if after else None,
        "heapAfterCollectionMb": round(operator.heap_after_collection() / 1e6),
        "load": load(),
    }
    return Result(numbers, [f"written while idle: {written}"] if written else [])


def settled(stage: Stage) -> float:
    """Waits until the operator has written nothing for half a minute; answers how long that was in coming."""
    quiet_since, offset, began = time.monotonic(), stage.plane.audit.stat().st_size, time.monotonic()

    def quiet() -> bool:
        nonlocal quiet_since, offset
        events, offset = audited(stage.plane.audit, offset)
        if writes(events, OPERATOR_USER):
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since > SETTLED_SECONDS

    wait_until(quiet, f"{SETTLED_SECONDS:.0f} s without a write", SETTLE_LIMIT_SECONDS, every_seconds=1.0)
    return quiet_since - began
