"""A pool of real workers in which people speak, while its configuration changes, its pods are replaced, and it becomes smaller."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import nats

from june.conversation import Pipeline, last_final, turns
from june.scale.api import Api, Object, condition, deployments, pipelines, pods
from june.scale.fleet import document, livekit_secret, spread
from june.scale.kubelet import NAMESPACE, Kubelet
from june.scale.result import Result
from june.scale.stage import Stage, load
from june.speakers import Conversation, LiveKitAccess, Pause, Script
from june.speech import Clip, read_folder
from june.transcripts import Collector, Findings, examine

NAME = "talk"
WORKERS = 8
CHANGES = 50
CURRENT_SECONDS = 2.0
BETWEEN_SECONDS = (0.5, 2.0)
LIMIT_SECONDS = 600.0
# One of these at a time: each is read at the next utterance, and none ends one that is under way.
SETTINGS = [{"partialInterval": "900ms"}, {"partialInterval": "1s"}, {"endSilence": "800ms"}, {"endSilence": "700ms"}]
ROLLED_WORKERS = 3
SPEECH_SECONDS = 240.0


@dataclass(frozen=True)
class Talk:
    """The pipeline with its workers, and where it is reached."""

    stage: Stage
    kubelet: Kubelet
    pipeline: Pipeline

    @property
    def api(self) -> Api:
        return self.stage.plane.api

    def get(self) -> Object:
        return self.api.get(pipelines(NAMESPACE, NAME))

    def change(self, spec: Object) -> int:
        """Answers the new generation."""
        return int(self.api.merge(pipelines(NAMESPACE, NAME), {"spec": spec})["metadata"]["generation"])

    def pods(self) -> list[Object]:
        return self.api.get(pods(NAMESPACE, NAME))["items"]


def configuration_changes(stage: Stage) -> Result:
    """Changes settings again and again, while two people speak and others are silent in their rooms."""
    with talking(stage, WORKERS) as talk:
        before = {pod["metadata"]["uid"]: talk.kubelet.running[pod["metadata"]["name"]].daemon.pid for pod in talk.pods()}
        load_before = load()
        found, current, said = asyncio.run(_changed_while_they_speak(talk))
        after = {pod["metadata"]["uid"]: talk.kubelet.running[pod["metadata"]["name"]].daemon.pid for pod in talk.pods()}
        crashed = talk.kubelet.crashed
    numbers = {
        "workers": WORKERS,
        "changes": len(current),
        "secondsUntilAllWorkersReportIt": spread(current),
        "secondsUntilTheStatusSaysSo": spread(said),
        **heard(found),
        "load": [load_before, load()],
    }
    wrong = [*found.problems]
    if numbers["secondsUntilAllWorkersReportIt"]["p99"] > CURRENT_SECONDS:
        wrong.append(f"p99 is {numbers['secondsUntilAllWorkersReportIt']['p99']} s, the target {CURRENT_SECONDS} s")
    if before != after or crashed:
        wrong.append(f"workers were restarted: {before} became {after}; crashed: {crashed}")
    return Result(numbers, wrong)


async def _changed_while_they_speak(talk: Talk) -> tuple[Findings, list[float], list[float]]:
    current, said = [], []
    async with Reports(talk.pipeline.nats_url, f"STT_{NAMESPACE}_{NAME}") as reports:
        async with speech(talk, speakers=2, silent=2, seconds=SPEECH_SECONDS) as spoken:
            for number in range(CHANGES):
                await asyncio.sleep(random.uniform(*BETWEEN_SECONDS))
                workers = [pod["metadata"]["name"] for pod in await asyncio.to_thread(talk.pods)]
                began = time.monotonic()
                generation = await asyncio.to_thread(talk.change, {"segmentation": SETTINGS[number % len(SETTINGS)]})
                async with asyncio.timeout(LIMIT_SECONDS):
                    await reports.all_run(workers, generation)
                    current.append(time.monotonic() - began)
                    while not _applied(await asyncio.to_thread(talk.get), generation):
                        await asyncio.sleep(0.05)
                    said.append(time.monotonic() - began)
        return spoken.findings, current, said


def rolled_and_shrunk(stage: Stage) -> Result:
    """Replaces all pods, then takes one away, while people speak."""
    with talking(stage, ROLLED_WORKERS) as talk:
        load_before = load()
        found, seconds, under_speech = asyncio.run(_rolled_while_they_speak(talk))
        drained, crashed = len(talk.kubelet.drained), talk.kubelet.crashed
    numbers = {
        "workers": ROLLED_WORKERS,
        "drained": drained,
        "secondsUntilRolled": round(seconds[0], 1),
        "secondsUntilShrunk": round(seconds[1], 1),
        "theySpokeThroughout": under_speech,
        **heard(found),
        "load": [load_before, load()],
    }
    wrong = [*found.problems, *(f"crashed: {name}" for name in crashed)]
    if drained != ROLLED_WORKERS + 1:
        wrong.append(f"{drained} workers were drained, expected {ROLLED_WORKERS + 1}")
    if not under_speech:
        wrong.append("it took longer than the speech")
    return Result(numbers, wrong)


async def _rolled_while_they_speak(talk: Talk) -> tuple[Findings, tuple[float, float], bool]:
    before = {pod["metadata"]["uid"] for pod in talk.pods()}
    async with speech(talk, speakers=3, silent=0, seconds=SPEECH_SECONDS) as spoken:
        await asyncio.sleep(3.0)
        began = time.monotonic()
        talk.change({"workers": {"resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}})

        async def only(count: int) -> None:
            async with asyncio.timeout(LIMIT_SECONDS):
                while True:
                    uids = {pod["metadata"]["uid"] for pod in await asyncio.to_thread(talk.pods)}
                    if len(uids) == count and not uids & before:
                        return
                    await asyncio.sleep(0.2)

        await only(ROLLED_WORKERS)
        rolled = time.monotonic()
        talk.change({"workers": {"replicas": {"min": ROLLED_WORKERS - 1, "max": ROLLED_WORKERS - 1}}})
        await only(ROLLED_WORKERS - 1)
        shrunk = time.monotonic()
        under_speech = not spoken.playing.done()
    return spoken.findings, (rolled - began, shrunk - rolled), under_speech


def heard(found: Findings) -> Object:
    return {
        "utterancesSaid": sum(len(passage.spoken) for passage in found.passages),
        "finals": found.finals,
        "voids": found.voids,
        "lost": found.lost,
        "duplicates": found.duplicates,
        "gaps": found.gaps,
        "wordErrorRate": round(found.score.error_rate, 3),
        "finalLatencySeconds": spread(found.latencies),
    }


def _applied(pipeline: Object, generation: int) -> bool:
    applied = condition(pipeline, "ConfigurationApplied")
    return applied.get("status") == "True" and applied.get("observedGeneration", 0) >= generation


@contextlib.contextmanager
def talking(stage: Stage, workers: int) -> Iterator[Talk]:
    """The pipeline with this many real workers, ready; deleted again."""
    stage.operator("operator-a")
    api, key = stage.plane.api, (stage.livekit.api_key, stage.livekit.api_secret)
    api.create_if_absent("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    api.create_if_absent(f"/api/v1/namespaces/{NAMESPACE}/secrets", livekit_secret(NAMESPACE, "livekit", key))
    made = document(NAMESPACE, NAME, stage.livekit.url, stage.nats.url)
    made["spec"]["model"]["threads"] = 1
    made["spec"]["workers"] = {"replicas": {"min": workers, "max": workers}}
    api.create(pipelines(NAMESPACE), made)
    livekit = (stage.livekit.url, *key)
    try:
        with Kubelet(api, stage.paths, stage.folder / "workers", NAME, livekit, stage.nats.url) as kubelet:
            talk = Talk(stage, kubelet, Pipeline(NAMESPACE, NAME, LiveKitAccess(*livekit), stage.nats.url))
            end = time.monotonic() + LIMIT_SECONDS
            while condition(talk.get(), "ConfigurationApplied").get("status") != "True" or talk.get()["status"]["readyReplicas"] != workers:
                if time.monotonic() > end or kubelet.crashed:
                    raise TimeoutError(f"the workers are not ready: {json.dumps(talk.get().get('status'))}, crashed: {kubelet.crashed}")
                time.sleep(0.5)
            yield talk
            api.delete(pipelines(NAMESPACE, NAME))
            while api.find(pipelines(NAMESPACE, NAME)) or api.find(deployments(NAMESPACE, f"{NAME}-workers")):
                if time.monotonic() > end + LIMIT_SECONDS:
                    raise TimeoutError("the pipeline does not go")
                time.sleep(0.5)
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            api.delete(pipelines(NAMESPACE, NAME))


@dataclass
class Speech:
    playing: asyncio.Task[None]
    findings: Findings


@contextlib.asynccontextmanager
async def speech(talk: Talk, speakers: int, silent: int, seconds: float) -> AsyncIterator[Speech]:
    """People who speak, each in a room, beside others who do not. When left, it has been waited for their last word and its
    FINAL, and `findings` says what there was."""
    clips = [clip for clip in read_folder(talk.stage.paths.speech, "en") if clip.reference]
    scripts = [script(clips, number, seconds) for number in range(speakers)]
    quiet = [Script(f"quiet-{secrets.token_hex(3)}", f"listener-{number}", (Pause(seconds),)) for number in range(silent)]
    nothing = examine([], [])
    async with Collector(talk.pipeline.nats_url, talk.pipeline.namespace, talk.pipeline.name) as collector:
        async with Conversation(talk.pipeline.livekit, [*scripts, *quiet]) as conversation:
            spoken = Speech(asyncio.create_task(conversation.play()), nothing)
            try:
                yield spoken
                await spoken.playing
            finally:
                spoken.playing.cancel()
            await last_final(conversation.spoken, lambda: [*collector.finals, *collector.voids])
        # A machine that is too busy is late: what is still waited for is not lost.
        end = time.monotonic() + LIMIT_SECONDS
        while (found := examine(conversation.spoken, collector.finals, collector.voids, collector.faults)).lost + found.gaps:
            if time.monotonic() > end:
                break
            await asyncio.sleep(1.0)
        spoken.findings = found


def script(clips: list[Clip], number: int, seconds: float) -> Script:
    """Speaks until so many seconds are over, beginning with another clip than the others."""
    said: list[Clip] = []
    while (script := Script(f"talk-{number}-{secrets.token_hex(3)}", f"speaker-{number}", turns(said))).seconds < seconds:
        said.append(clips[(number * 3 + len(said)) % len(clips)])
    return script


class Reports:
    """Follows what the workers of a pipeline say they run."""

    def __init__(self, url: str, bucket: str) -> None:
        self._url, self._bucket = url, bucket
        self._runs: dict[str, int] = {}
        self._news = asyncio.Event()

    async def all_run(self, workers: list[str], generation: int) -> None:
        while not all(self._runs.get(worker, 0) >= generation for worker in workers):
            self._news.clear()
            await self._news.wait()

    async def __aenter__(self) -> Reports:
        self._client = await asyncio.wait_for(nats.connect(self._url), 10)
        await self._client.subscribe(f"$KV.{self._bucket}.worker.*", cb=self._reported)
        await self._client.flush()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def _reported(self, message: nats.aio.msg.Msg) -> None:
        if message.data:
            report = json.loads(message.data)
            self._runs[report["worker"]] = report["generation"]
            self._news.set()
