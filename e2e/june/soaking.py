"""What e2e/soak does: rounds of people who talk while something fails, and what is said about it at the end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nats
import yaml
from nats.js.api import ConsumerConfig, DeliverPolicy

from june import clock, setup
from june.demo import EXAMPLE
from june.measure import usage
from june.servers import LiveKitServer, NatsServer
from june.setup.java import find_jdk
from june.speakers import Conversation, LiveKitAccess, Pause, Say, Script, SpeakerError, Spoken
from june.speech import Clip, read_folder
from june.transcripts import Findings, Transcript, examine, read
from june.worker import Worker

FAULTS = ("none", "nats-restarted", "worker-drained", "worker-killed")
CLIP_SECONDS = 3.5
WARM_UP_SECONDS = 120.0
SETTLE_SECONDS = 300.0
READY_SECONDS = 600.0
QUIET_SECONDS = 6.0
# A lease of a worker that is gone runs out, and the room is found by another one; on a busy machine both take their time.
NOBODY_LISTENS_SECONDS = {"worker-drained": 20.0, "worker-killed": 40.0}
SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FlappingReceiver:
    """A webhook's receiver that is well, ill or slow in turn. Counts what it took, by its id."""

    MOODS = (204, 204, 204, 500, 503, 0)  # 0: it does not answer

    def __init__(self, seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self.refused = 0
        self._random = random.Random(seed)
        self._mood = 204
        self._mood_ends = 0.0
        self._steady = False
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", "0")))
                status = outer._answer(self.headers["webhook-id"])
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # a worker that is killed hangs up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    def _answer(self, webhook_id: str) -> int:
        with self._lock:
            if not self._steady and time.monotonic() > self._mood_ends:
                self._mood = self._random.choice(self.MOODS)
                self._mood_ends = time.monotonic() + self._random.uniform(1.0, 8.0)
            if self._mood == 204:
                self.taken[webhook_id] += 1
            else:
                self.refused += 1
            return self._mood

    def recover(self) -> None:
        with self._lock:
            self._steady, self._mood = True, 204

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True)
class Sample:
    """A worker at one moment, after a garbage collection."""

    seconds: float
    heap_bytes: int
    threads: int
    rss_bytes: int
    sessions: int


@dataclass
class Run:
    """What happened so far."""

    spoken: list[Spoken] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    absences: list[tuple[float, float]] = field(default_factory=list)
    not_joined: int = 0
    recycled: int = 0
    left_by_drains: list[str] = field(default_factory=list)
    rounds: int = 0


class Pool:
    """Two workers beside each other. One that ended by itself is started again, as Kubernetes would."""

    def __init__(self, start: Callable[[str], Worker], run: Run) -> None:
        self._start = start
        self._run = run
        self.steady = start("steady")
        self.unlucky = start("unlucky")
        for worker in (self.steady, self.unlucky):
            _await_ready(worker)

    def tend(self) -> None:
        if not self.unlucky.daemon.alive():
            if "recycling after" in self.unlucky.daemon.log.read_text(errors="replace")[-20_000:]:
                self._run.recycled += 1
            self.restart()

    def restart(self) -> None:
        self.unlucky.daemon.stop()
        self.unlucky = self._start("unlucky")
        _await_ready(self.unlucky)

    def drain(self) -> None:
        self.unlucky.daemon.signal(signal.SIGTERM)
        end = time.monotonic() + 120
        while self.unlucky.daemon.alive() and time.monotonic() < end:
            time.sleep(0.1)
        message = self.unlucky.daemon.log.parent / "termination-message"
        if message.exists():
            self._run.left_by_drains.append(message.read_text())
            message.unlink()

    def close(self) -> None:
        for worker in (self.unlucky, self.steady):
            worker.__exit__()


def _await_ready(worker: Worker) -> None:
    worker.daemon.wait_until(worker.ready, READY_SECONDS)


def sample(worker: Worker, began: float) -> Sample:
    """Asks for a garbage collection first: what is left is what is kept."""
    subprocess.run([find_jdk() / "bin" / "jcmd", str(worker_pid(worker)), "GC.run"], check=True, capture_output=True, timeout=60)
    with urllib.request.urlopen(f"{worker.url}/metrics", timeout=30) as answer:
        metrics = answer.read().decode()

    def total(pattern: str) -> float:
        return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if re.match(pattern, line))

    used = usage(worker_pid(worker))
    return Sample(
        seconds=time.monotonic() - began,
        heap_bytes=int(total(r'jvm_memory_used_bytes\{area="heap"')),
        threads=int(total(r"jvm_threads_live_threads")),
        rss_bytes=used.rss_bytes if used else 0,
        sessions=int(total(r"stt_sessions_served_total")),
    )


def worker_pid(worker: Worker) -> int:
    """setpriv replaces itself by what it starts, so the daemon's pid is the JVM's."""
    return worker.daemon.pid


def scripts_of(chance: random.Random, clips: list[Clip], number: int) -> list[Script]:
    """One or two rooms with one or two people each; pauses are long enough to end an utterance."""
    found = []
    for room in range(chance.choice((1, 2))):
        for person in range(chance.choice((1, 2))):
            steps: list[Say | Pause] = [Pause(chance.uniform(0.5, 3.0))]
            for _ in range(chance.choice((2, 3))):
                steps += [Say(chance.choice(clips).cut(CLIP_SECONDS)), Pause(chance.uniform(1.6, 4.0))]
            found.append(Script(f"soak-{number}-{room}", f"person-{person}", tuple(steps)))
    return found


async def one_round(run: Run, access: LiveKitAccess, scripts: list[Script], fault: Callable[[], None] | None, after: float) -> None:
    """People who could not join, because the server or every worker was away, have said nothing."""
    try:
        async with Conversation(access, scripts) as conversation:
            failing = asyncio.create_task(_later(after, fault)) if fault else None
            try:
                await conversation.play()
            finally:
                run.spoken += conversation.spoken
                if failing:
                    await failing
            await asyncio.sleep(1.0)
    except SpeakerError as error:
        run.not_joined += 1
        print(f"  round {run.rounds}: {error}", flush=True)


async def _later(seconds: float, fault: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    await asyncio.to_thread(fault)


async def published(url: str, namespace: str, name: str) -> tuple[list[Transcript], list[Transcript], int]:
    """Everything in TRANSCRIPTS once nothing is waiting any more, and how many dead letters there are."""
    client = await nats.connect(url, max_reconnect_attempts=-1)
    try:
        js, prefix = client.jetstream(), f"STT_{namespace}_{name}"
        deadline, quiet_since, before = time.monotonic() + SETTLE_SECONDS, time.monotonic(), -1
        while time.monotonic() < deadline:
            waiting = (await js.stream_info(f"{prefix}_UTTERANCES")).state.messages + (await js.stream_info(f"{prefix}_RETRY")).state.messages
            webhook = await js.consumer_info(f"{prefix}_TRANSCRIPTS", "webhook")
            stored = (await js.stream_info(f"{prefix}_TRANSCRIPTS")).state.messages
            waiting += (webhook.num_pending or 0) + (webhook.num_ack_pending or 0)
            if waiting or stored != before:
                quiet_since, before = time.monotonic(), stored
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                break
            await asyncio.sleep(0.5)
        found: list[Transcript] = []
        all_of_them = await js.subscribe(
            f"stt.v1.{namespace}.{name}.>", stream=f"{prefix}_TRANSCRIPTS", ordered_consumer=True, config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        )
        while len(found) < before:
            message = await all_of_them.next_msg(timeout=30)
            transcript = read(message.data, clock.now())
            assert isinstance(transcript, Transcript)
            found.append(transcript)
        dead = (await js.stream_info(f"{prefix}_DEADLETTERS")).state.messages
    finally:
        await client.close()
    return [t for t in found if t.kind == "final"], [t for t in found if t.kind == "void"], dead


def slope(samples: list[Sample], value: Callable[[Sample], float], by: Callable[[Sample], float]) -> float:
    """Least squares; 0 of fewer than three."""
    if len(samples) < 3:
        return 0.0
    xs, ys = [by(s) for s in samples], [value(s) for s in samples]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread if spread else 0.0


def judged(run: Run, findings: Findings, missing: set[str], samples: list[Sample]) -> tuple[list[str], dict[str, Any]]:
    """What failed, and the numbers."""
    lost = [s for passage in findings.passages if not passage.finals for s in passage.spoken]
    unheard = [s for s in lost if any(begin - CLIP_SECONDS - 2 <= s.started <= end for begin, end in run.absences)]
    settled = [s for s in samples if s.seconds > WARM_UP_SECONDS]
    numbers = {
        "rounds": run.rounds,
        "clipsSaid": len(run.spoken),
        "finals": findings.finals,
        "voids": findings.voids,
        "lost": len(lost) - len(unheard),
        "saidWhileNobodyListened": len(unheard),
        "doubled": findings.duplicates,
        "gaps": findings.gaps,
        "finalsNotPosted": len(missing),
        "faults": dict(run.faults),
        "recycled": run.recycled,
        "roundsNotJoined": run.not_joined,
        "leftByDrains": run.left_by_drains,
        "heapMbPerHour": round(3600 * slope(settled, lambda s: s.heap_bytes / 1e6, lambda s: s.seconds), 2),
        "threadsPerHour": round(3600 * slope(settled, lambda s: s.threads, lambda s: s.seconds), 2),
        "rssKbPerSession": round(slope(settled, lambda s: s.rss_bytes / 1e3, lambda s: s.sessions), 1),
        "samples": [vars(s) for s in samples],
        "loadAverage": os.getloadavg(),
    }
    wrong = [f"{name}: {numbers[name]}" for name in ("lost", "doubled", "gaps", "finalsNotPosted") if numbers[name]]
    if len(settled) >= 3 and settled[-1].heap_bytes > 1.5 * settled[0].heap_bytes + 20e6:
        wrong.append(f"heap: {settled[0].heap_bytes} to {settled[-1].heap_bytes} bytes after garbage collection")
    if len(settled) >= 3 and settled[-1].threads > settled[0].threads + 20:
        wrong.append(f"threads: {settled[0].threads} to {settled[-1].threads}")
    return wrong, numbers


def soak(minutes: float, seed: int, folder: Path) -> int:
    paths, chance, run = setup.ensure("quick"), random.Random(seed), Run()
    clips = [clip for clip in read_folder(paths.speech, "en") if clip.seconds > CLIP_SECONDS]
    with ExitStack() as stack:
        receiver = FlappingReceiver(seed)
        stack.callback(receiver.close)
        pipeline = pipeline_file(folder, receiver.url)
        namespace, name = pipeline_name(pipeline)
        servers = {"nats": NatsServer(folder / "nats")}
        stack.callback(lambda: servers["nats"].daemon.stop())
        address, _, port = servers["nats"].url.removeprefix("nats://").partition(":")
        livekit = stack.enter_context(LiveKitServer(folder / "livekit"))
        access = LiveKitAccess(livekit.url, livekit.api_key, livekit.api_secret)

        def start(of: str) -> Worker:
            settings = {"WEBHOOK_SIGNING_KEY": SIGNING_KEY, "JUNE_RECYCLE_SESSIONS": "6" if of == "unlucky" else "100000"}
            settings |= {"JUNE_MODEL_NAME": "tiny.en"}  # it is delivery and memory that are watched, not words
            return Worker(paths, folder / of, pipeline, (access.url, access.api_key, access.api_secret), servers["nats"].url, settings)

        pool = Pool(start, run)
        stack.callback(pool.close)

        def restart_nats() -> None:
            servers["nats"].daemon.kill()
            servers["nats"] = NatsServer(folder / "nats", address, int(port))

        def absent(fault: str, take: Callable[[], None]) -> None:
            begin = clock.now()
            take()
            run.absences.append((begin, clock.now() + NOBODY_LISTENS_SECONDS[fault]))
            pool.restart()

        acts: dict[str, Callable[[], None] | None] = {
            "none": None,
            "nats-restarted": restart_nats,
            "worker-drained": lambda: absent("worker-drained", pool.drain),
            "worker-killed": lambda: absent("worker-killed", lambda: pool.unlucky.daemon.kill()),
        }
        began = time.monotonic()
        samples: list[Sample] = []
        while time.monotonic() - began < 60 * minutes:
            fault = chance.choice(FAULTS)
            run.rounds += 1
            run.faults[fault] += 1
            asyncio.run(one_round(run, access, scripts_of(chance, clips, run.rounds), acts[fault], chance.uniform(1.0, 9.0)))
            pool.tend()
            samples.append(sample(pool.steady, began))
            now = samples[-1]
            print(
                f"{now.seconds:6.0f} s  round {run.rounds:3d} {fault:15s} clips {len(run.spoken):4d}  steady: heap {now.heap_bytes / 1e6:5.1f} MB,"
                f" {now.threads} threads, rss {now.rss_bytes / 1e6:5.0f} MB, {now.sessions} sessions",
                flush=True,
            )
        receiver.recover()
        finals, voids, dead = asyncio.run(published(servers["nats"].url, namespace, name))
        findings = examine(run.spoken, finals, voids)
        missing = {t.utterance for t in finals} - {each.rpartition(":")[2] for each in receiver.taken}
        wrong, numbers = judged(run, findings, missing, samples)
        numbers |= {"seed": seed, "minutes": minutes, "deadLetters": dead, "postedTwice": sum(n > 1 for n in receiver.taken.values())}
        numbers |= {"postsRefused": receiver.refused, "problems": findings.problems[:50]}
        (folder / "soak.json").write_text(json.dumps(numbers, indent=2), encoding="utf-8")
        print(json.dumps({key: value for key, value in numbers.items() if key not in ("samples", "problems")}, indent=2))
        print("passed" if not wrong else f"FAILED: {'; '.join(wrong)}\nagain: e2e/soak --minutes {minutes} --seed {seed}")
        return 1 if wrong else 0


def pipeline_file(folder: Path, webhook_url: str) -> Path:
    pipeline = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    pipeline["spec"]["delivery"]["webhook"] = {
        "url": webhook_url,
        "signingSecretRef": {"name": "webhook"},
        "timeout": "5s",
        "maxAttempts": 50,
        "backoff": ["0s", "1s", "3s"],
        "allowPrivateAddresses": True,
        "circuitBreaker": {"openFor": "2s"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pipeline.yaml"
    file.write_text(yaml.safe_dump(pipeline), encoding="utf-8")
    return file


def pipeline_name(file: Path) -> tuple[str, str]:
    metadata = yaml.safe_load(file.read_text(encoding="utf-8"))["metadata"]
    return metadata["namespace"], metadata["name"]
