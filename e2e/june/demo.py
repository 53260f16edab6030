"""Shows June STT at work: two people speak in a LiveKit room, and every utterance gets its one FINAL transcript.

Brings up a Kubernetes of its own with the operator and an example pipeline in it (or uses the cluster that KUBECONFIG names);
with --quick only NATS, LiveKit and one worker process. Everything that it starts is stopped at the end, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from june import build, setup
from june.processes import NotReady, stop_on_signals
from june.setup import Paths, SetupError

if TYPE_CHECKING:  # what needs the Python packages is imported when they are there
    from june.conversation import Pipeline

EXAMPLE = build.REPOSITORY / "e2e/examples/meetings.yaml"
ALICE = ("en_lv_austen_0870", "en_lv_austen_0890", "en_lv_austen_0920", "en_lv_austen_0880", "en_lv_austen_0930")
BOB = ("en_jfk", "en_ps_goforward")


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the person who ran it."""


def main() -> int:
    arguments = _arguments()
    stop_on_signals()
    try:
        paths = setup.ensure("quick" if arguments.quick else "demo")
        setup.use_python_packages()
        with run_folder() as folder:
            if arguments.quick:
                return _quick(paths, folder, arguments.keep)
            return _cluster(paths, folder, arguments.keep)
    except (SetupError, NotReady, DemoError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without Kubernetes: NATS, LiveKit and one worker process")
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C, and say how to look around")
    return parser.parse_args()


def _quick(paths: Paths, folder: Path, keep: bool) -> int:
    from june import quick

    build.ensure_apps("worker")
    with quick.running(paths, folder, EXAMPLE) as running:
        wrong = converse(paths, running.pipeline)
        if keep:
            print(f"""
It runs until you press Ctrl-C. Look around in another terminal:
  e2e/watch --nats {running.pipeline.nats_url} --pipeline {running.pipeline.namespace}/{running.pipeline.name}    transcripts as they come
  curl {running.worker.url}/health/readiness
  tail -f {running.worker.daemon.log}
LiveKit is at {running.pipeline.livekit.url}; its API key and secret are in {folder}/livekit.yaml.""")
            _until_stopped(lambda: converse(paths, running.pipeline))
    return 1 if wrong else 0


def _cluster(paths: Paths, folder: Path, keep: bool) -> int:
    raise DemoError("the cluster is not here yet: use --quick")


def converse(paths: Paths, pipeline: Pipeline) -> list[str]:
    """Two people speak; shows what comes of it and answers what is wrong with it."""
    import asyncio

    from june import report
    from june.conversation import hold, two_people
    from june.speakers import SpeakerError
    from june.speech import SpeechError, read_folder
    from june.transcripts import TranscriptsError

    try:
        clips = {clip.id: clip for clip in read_folder(paths.speech)}
        scripts = two_people(clips, ALICE, BOB)
        print(f"\nAlice and Bob speak at the same time in room {scripts[0].room}, for about {max(s.seconds for s in scripts):.0f} s:\n")
        findings, _ = asyncio.run(hold(pipeline, scripts, report.LiveView()))
    except (SpeakerError, SpeechError, TranscriptsError) as error:
        raise DemoError(str(error)) from error
    wrong = report.verdict(findings)
    print(f"\n{report.summary(findings)}\n")
    for reason in wrong:
        print(f"  ✗ {report.clean(reason)}")
    if not wrong:
        print("  ✓ every utterance has exactly one FINAL, from the right person, with the right words")
    return wrong


def _until_stopped(again: Callable[[], object]) -> None:
    """Returns never: a signal ends the program, and the `with` blocks around us stop what runs."""
    while sys.stdin.isatty():
        try:
            input("\nEnter: let them speak again. Ctrl-C: stop everything. ")
        except EOFError:
            break
        again()
    import threading

    threading.Event().wait()


@contextmanager
def run_folder() -> Iterator[Path]:
    """Where servers keep logs and data. Kept, and named, if the run failed."""
    folder = Path(tempfile.mkdtemp(prefix="june-demo-"))
    try:
        yield folder
    except SystemExit:  # stopped from outside
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except BaseException:
        print(f"demo: the logs are in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
