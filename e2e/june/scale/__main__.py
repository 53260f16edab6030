"""How far the operator and a pool of workers go, with real servers: many pipelines at once, a leader that is killed, an API server
that is away, changes and rollouts under live speech. The last line is "N passed, N failed". docs/operations.md has the numbers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from june import build, setup
from june.processes import NotReady, stop_on_signals
from june.setup import Paths, SetupError

if TYPE_CHECKING:  # what needs the Python packages is imported when they are there
    from june.scale.result import Result

# In the order in which they are run: a pipeline that is there stays for those that follow.
CASES = {
    "many": "N pipelines created at once: p95 until ready or explained under 60 s, heap under 256 MiB",
    "idle": "then some minutes in which nothing happens and nothing is written",
    "leader": "the leading operator is killed: another one works in under 20 s",
    "api-server": "the API server is away for a minute: what is asked right after is done, and no operator crashes",
    "configuration": "a configuration change on 8 real workers under load: p99 under 2 s, no utterance lost, no restart",
    "rolling": "all workers are replaced, then one goes, under live speech: exactly one FINAL for every utterance",
    "wrong-image": "an image that nobody has is rolled back, and the old pods stay",
}


def main() -> int:
    arguments = _arguments()
    stop_on_signals()
    try:
        paths = setup.ensure("scale")
        setup.use_python_packages()
        build.ensure_apps("operator", "worker")
    except SetupError as error:
        print(f"e2e/scale: {error}", file=sys.stderr)
        return 1
    chosen = [name for name in CASES if not arguments.only or name in arguments.only]
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="june-scale-") as folder:
        for name, result in _run(paths, arguments, chosen, arguments.logs or Path(folder)):
            print("\n".join([f"{'FAILED' if result.wrong else 'passed'}  {name}", *result.lines()]), flush=True)
            found[name] = {"passed": not result.wrong, "wrong": result.wrong, **result.numbers}
            if arguments.json:
                arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    failed = sum(not case["passed"] for case in found.values())
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or len(found) < len(chosen) else 0


def _run(paths: Paths, arguments: argparse.Namespace, chosen: list[str], folder: Path) -> Any:
    from june.scale import live, many, outages, rollback
    from june.scale.result import Result
    from june.scale.stage import Stage

    play: dict[str, Callable[[Stage], Result]] = {
        "many": many.created_at_once,
        "idle": many.idle,
        "leader": outages.leader_killed,
        "api-server": outages.api_server_away,
        "configuration": live.configuration_changes,
        "rolling": live.rolled_and_shrunk,
        "wrong-image": rollback.wrong_image,
    }
    try:
        with Stage(paths, folder, arguments.pipelines, arguments.idle_minutes) as stage:
            for name in chosen:
                print(f"{name}: {CASES[name]}", flush=True)
                try:
                    yield name, play[name](stage)
                except (NotReady, OSError, RuntimeError, TimeoutError) as error:
                    traceback.print_exc()
                    yield name, Result({}, [f"it did not come to an end: {error}"])
    except (SetupError, NotReady) as error:
        print(f"e2e/scale: {error}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="e2e/scale", description=__doc__)
    parser.add_argument("--pipelines", type=int, default=1000, help="how many there are (default: %(default)s)")
    parser.add_argument("--idle-minutes", type=float, default=10, help="how long nothing happens (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="CASE", choices=CASES, help=f"only these: {', '.join(CASES)}")
    parser.add_argument("--json", type=Path, help="write the numbers there")
    parser.add_argument("--logs", type=Path, help="keep the servers' logs and files there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
