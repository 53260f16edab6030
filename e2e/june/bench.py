"""Measures a worker with people who talk: whole conversations with pauses, in real time, through a real LiveKit server.

For each number of participants, each model, and with or without partials: a fresh NATS, LiveKit and worker on this machine,
rooms of two, everybody says every recording once, with pauses of one to three seconds. The same seed gives the same
conversations. Or, with --livekit and --nats, a service that runs already. docs/benchmark.md says what each number means.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import secrets
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from june import build, setup
from june.processes import NotReady, stop_on_signals
from june.setup import Paths, SetupError

if TYPE_CHECKING:  # what needs the Python packages is imported when they are there
    from june.conversation import Pipeline
    from june.measure import Measured
    from june.speakers import Script
    from june.speech import Clip
    from june.worker import Worker

EXAMPLE = build.REPOSITORY / "e2e/examples/meetings.yaml"
ROOM_SIZE = 2
PAUSE_SECONDS = (1.0, 3.0)
LONGEST_DELAY_SECONDS = 3.0
READY_SECONDS = 120


@dataclass(frozen=True)
class Case:
    """One run of the benchmark."""

    participants: int
    model: str
    partials: bool

    def __str__(self) -> str:
        people = "1 participant" if self.participants == 1 else f"{self.participants} participants"
        return f"{people}, {self.model}, {'with' if self.partials else 'without'} partials"

    def settings(self) -> dict[str, str]:
        """Overrides of the example pipeline."""
        chosen = {"JUNE_MODEL_NAME": self.model, "JUNE_MODEL_LANGUAGE": "en"}
        return chosen if self.partials else {**chosen, "JUNE_SEGMENTATION_PARTIAL_INTERVAL": "0s"}


def main() -> int:
    arguments = _arguments()
    stop_on_signals()
    try:
        existing = arguments.livekit is not None
        paths = setup.ensure("python.packages", *(() if arguments.speech else ("speech",))) if existing else setup.ensure("quick")
        setup.use_python_packages()
        if not existing:
            build.ensure_apps("worker")
        return _run_all(arguments, paths)
    except (SetupError, NotReady, BenchError) as error:
        print(f"e2e/bench: {error}", file=sys.stderr)
        return 1


class BenchError(Exception):
    """The benchmark cannot run; the message is one sentence for the person who ran it."""


def _run_all(arguments: argparse.Namespace, paths: Paths) -> int:
    from june import benchpage
    from june.speech import SpeechError, read_folder

    try:
        clips = [clip for clip in read_folder(arguments.speech or paths.speech, "en") if clip.reference]
    except SpeechError as error:
        raise BenchError(str(error)) from error
    if not clips:
        raise BenchError(f"{arguments.speech}: there is no English recording with a reference in it")
    partials = {"on": [True], "off": [False], "both": [False, True]}[arguments.partials]
    runs: list[dict[str, Any]] = []
    for model, shown, people in itertools.product(arguments.model, partials, arguments.participants):
        case = Case(people, model, shown)
        room = f"bench-{secrets.token_hex(3)}"
        said = conversation(clips, people, arguments.seed, arguments.rounds, room, arguments.room_size)
        before = conversation(clips[: arguments.warm_up], people, arguments.seed, 1, f"{room}-warm-up", arguments.room_size)
        runs.append(_run(arguments, case, paths, before if arguments.warm_up else [], said))
        print(f"\n{benchpage.terminal(runs)}\n", flush=True)
        result = {"machine": benchpage.machine(), "speech": [clip.id for clip in clips], "seed": arguments.seed, "warmUp": arguments.warm_up, "runs": runs}
        if arguments.json:
            _write(arguments.json, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
        if arguments.html:
            _write(arguments.html, benchpage.html(result))
    return 0


def _run(
    arguments: argparse.Namespace, case: Case, paths: Paths, warm_up: list[Script], scripts: list[Script]
) -> dict[str, Any]:
    """A run's numbers; for one that did not come about, why."""
    import asyncio

    from june.measure import held
    from june.speakers import SpeakerError
    from june.transcripts import TranscriptsError

    seconds = max(script.seconds for script in scripts) + max((script.seconds for script in warm_up), default=0)
    print(f"june: {case}: about {seconds:.0f} s of conversation", file=sys.stderr, flush=True)
    header = {"participants": case.participants, "model": case.model, "partials": case.partials}
    try:
        with _service(arguments, case, paths) as (pipeline, worker, process):
            measured: Measured = asyncio.run(held(pipeline, warm_up, scripts, process, arguments.transcripts == "room"))
            ready = {"readySeconds": round(worker.ready_seconds, 2)} if worker else {}
            return {**header, **measured.numbers(), **ready}
    except (SpeakerError, TranscriptsError) as error:
        print(f"june: {case}: {error}", file=sys.stderr, flush=True)
        return {**header, "failed": str(error)}


@contextmanager
def _service(arguments: argparse.Namespace, case: Case, paths: Paths) -> Iterator[tuple[Pipeline, Worker | None, int | None]]:
    """What is measured, and the id of its process if it is on this machine."""
    from june import quick
    from june.conversation import Pipeline
    from june.speakers import LiveKitAccess

    if arguments.livekit:
        namespace, _, name = arguments.pipeline.partition("/")
        access = LiveKitAccess(arguments.livekit, os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
        if arguments.worker_url:
            _await_ready(arguments.worker_url)
        yield Pipeline(namespace, name, access, arguments.nats or ""), None, arguments.worker_pid
        return
    settings = {**case.settings(), **dict(arguments.set)}
    with tempfile.TemporaryDirectory(prefix="june-bench-") as folder:
        with quick.running(paths, Path(folder), EXAMPLE, settings) as running:
            yield running.pipeline, running.worker, running.worker.daemon.pid


def _await_ready(url: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health/readiness", timeout=2):
                return
        except OSError as error:
            if time.monotonic() > end:
                raise BenchError(f"{url} is not ready after {READY_SECONDS} s: {error}") from error
            time.sleep(0.5)


def conversation(
    clips: list[Clip], people: int, seed: int, rounds: int = 1, room: str = "talk", room_size: int = ROOM_SIZE
) -> list[Script]:
    """Who says what, and when: everybody all recordings, each from another one on, with pauses of their own."""
    from june.speakers import Pause, Say, Script, Step

    scripts = []
    for person in range(people):
        dice = random.Random(f"{seed}/{person}")
        start = person * len(clips) // max(people, 1)
        steps: list[Step] = [Pause(dice.uniform(0, LONGEST_DELAY_SECONDS))]
        for clip in (clips[start:] + clips[:start]) * rounds:
            steps += [Say(clip), Pause(dice.uniform(*PAUSE_SECONDS))]
        scripts.append(Script(f"{room}-{person // room_size}", f"person-{person + 1}", tuple(steps)))
    return scripts


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="e2e/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--participants", type=_numbers, default=[1, 2, 4, 8], help="how many speak, e.g. 1,2,4,8 (the default)")
    parser.add_argument("--model", type=_names, default=["tiny.en"], help="model, or several: tiny.en,base (default: tiny.en)")
    parser.add_argument("--speech", type=Path, help="folder with WAV files and a manifest.tsv (default: a few that are fetched)")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    parser.add_argument("--html", type=Path, help="file for a page with charts (default: beside the JSON)")
    parser.add_argument("--partials", choices=["on", "off", "both"], default="on", help="with partials or without (default: on)")
    parser.add_argument("--no-partials", dest="partials", action="store_const", const="off", help="as --partials off")
    parser.add_argument("--rounds", type=int, default=1, help="how often everybody says every recording (default: 1)")
    parser.add_argument("--room-size", type=int, default=ROOM_SIZE, help=f"participants of a room (default: {ROOM_SIZE})")
    parser.add_argument("--seed", type=int, default=1, help="of the order and the pauses (default: 1)")
    parser.add_argument(
        "--set", type=_setting, action="append", default=[], metavar="NAME=VALUE",
        help="override a field of the pipeline, e.g. JUNE_SEGMENTATION_END_SILENCE=500ms",
    )  # fmt: skip
    parser.add_argument(
        "--warm-up", type=int, default=4, metavar="N", help="recordings that everybody says before it counts (default: 4)"
    )
    other = parser.add_argument_group("to measure a service that runs already (keys: LIVEKIT_API_KEY and LIVEKIT_API_SECRET)")
    other.add_argument("--livekit", metavar="URL", help="its LiveKit server")
    other.add_argument("--nats", metavar="URL", help="the NATS server that it publishes to")
    other.add_argument(
        "--transcripts", choices=["nats", "room"], default="nats",
        help="room: in the room itself, as LiveKit's agents write them, and not in NATS",
    )  # fmt: skip
    other.add_argument("--worker-url", metavar="URL", help="wait until /health/readiness there answers 200")
    other.add_argument("--pipeline", metavar="NAMESPACE/NAME", default="june-demo/meetings", help="the pipeline")
    other.add_argument("--worker-pid", type=int, metavar="PID", help="its process on this machine, for CPU and memory")
    arguments = parser.parse_args()
    if arguments.livekit and not arguments.nats and arguments.transcripts == "nats":
        parser.error("--livekit needs --nats, too, or --transcripts room")
    if arguments.livekit and not {"LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"} <= os.environ.keys():
        parser.error("--livekit needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET in the environment")
    if arguments.json and not arguments.html:
        arguments.html = arguments.json.with_suffix(".html")
    return arguments


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if any(number < 1 for number in numbers):
        raise argparse.ArgumentTypeError(f"expected numbers from 1 on, got {text}")
    return numbers


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("JUNE_"):
        raise argparse.ArgumentTypeError(f"expected JUNE_SOMETHING=VALUE, got {text}")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
