"""An image that nobody has: the rollout is given up by the operator itself, and the old pods never go."""

from __future__ import annotations

import time

from june.scale.api import Object, condition, deployments, pipelines, pods
from june.scale.controlplane import wait_until
from june.scale.fleet import document, judged
from june.scale.playedworkers import ready
from june.scale.result import Result
from june.scale.stage import Stage, load

NAMESPACE, NAME = "scale-0", "rolled-back"
WORKERS = 2
WRONG, RIGHT = "june-stt/worker:wrong", "june-stt/worker:played-again"  # the first one never runs: see stages.yaml
LIMIT_SECONDS = 400.0  # an image that cannot be pulled is given two minutes: a registry may be away for a moment


def wrong_image(stage: Stage) -> Result:
    stage.operator("operator-a")
    api = stage.plane.api
    made = document(NAMESPACE, NAME, stage.livekit.url, stage.nats.url)
    made["spec"]["workers"] = {"replicas": {"min": WORKERS, "max": WORKERS}}
    api.create(pipelines(NAMESPACE), made)

    def pipeline() -> Object:
        return api.get(pipelines(NAMESPACE, NAME))

    def image() -> str:
        deployment = api.get(deployments(NAMESPACE, f"{NAME}-workers"))
        return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

    def running() -> list[str]:
        found = api.get(pods(NAMESPACE, NAME))["items"]
        return [pod["metadata"]["uid"] for pod in found if ready(pod)]

    def settled() -> bool:
        found = pipeline()
        return judged(found, "") and condition(found, "ConfigurationApplied").get("status") == "True" and len(running()) == WORKERS

    wait_until(settled, "the pipeline is ready", LIMIT_SECONDS)
    good, before, fewest = image(), set(running()), WORKERS
    begin = time.monotonic()
    api.merge(pipelines(NAMESPACE, NAME), {"spec": {"workers": {"image": WRONG}}})
    wait_until(lambda: image() == WRONG, "the wrong image is tried", LIMIT_SECONDS)

    def given_up() -> bool:
        nonlocal fewest
        fewest = min(fewest, len(running()))
        return condition(pipeline(), "Degraded").get("reason") == "PodsRolledBack" and image() == good

    wait_until(given_up, f"it is rolled back; Degraded is {condition(pipeline(), 'Degraded')}", LIMIT_SECONDS, every_seconds=0.5)
    seconds, message = time.monotonic() - begin, condition(pipeline(), "Degraded").get("message", "")
    kept = set(running()) == before
    wait_until(lambda: len(api.get(pods(NAMESPACE, NAME))["items"]) == WORKERS, "the failed pod is gone", LIMIT_SECONDS)
    spec = pipeline()["spec"]["workers"]["image"]
    api.merge(pipelines(NAMESPACE, NAME), {"spec": {"workers": {"image": RIGHT}}})
    wait_until(lambda: image() == RIGHT and settled() and not set(running()) & before, "the right image runs", LIMIT_SECONDS)
    api.delete(pipelines(NAMESPACE, NAME))
    wrong = [] if fewest == WORKERS and kept else [f"the old pods did not stay: {fewest} of {WORKERS} were ready at the least"]
    if WRONG not in message:
        wrong.append(f"the condition does not name the image: {message}")
    if spec != WRONG:
        wrong.append(f"the spec was touched: {spec}")
    return Result({"secondsUntilRolledBack": round(seconds, 1), "fewestReady": fewest, "says": message, "load": load()}, wrong)
