"""The promises of docs/guarantees.md under faults: real servers and workers that are killed, cut off and filled up at moments from a seed.

The long form of what ./mvnw verify tries shortly. The last line is "N passed, N failed"."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from june.build import REPOSITORY

REPORTS = REPOSITORY / "worker" / "target" / "failsafe-reports"
FAULTS = "dev.june.stt.worker.faults"


@dataclass(frozen=True)
class Case:
    """One test of the worker: a class and one of its methods."""

    name: str
    test: str
    method: str


# A new case is a line here and a row in docs/guarantees.md.
CASES = [
    Case("worker-killed", f"{FAULTS}.CrashPointsIT", "aWorkerThatIsKilledAtAnyStepLosesNothingAndRepeatsNothing"),
    Case("nats-killed", f"{FAULTS}.NatsFaultsIT", "aServerThatIsKilledUnderTwoHundredFinalsASecondCostsNothing"),
    Case("nats-away", f"{FAULTS}.NatsFaultsIT", "anOutageThatIsLongerThanTheDuplicateWindowRepeatsNothing"),
    Case("nats-cluster", f"{FAULTS}.NatsFaultsIT", "aClusterThatLosesItsLeadersCostsNothing"),
    Case("spool-full", f"{FAULTS}.FullDiskIT", "aSpoolThatIsFullRefusesUntilThereIsRoomAgain"),
    Case("disk-full", f"{FAULTS}.FullDiskIT", "aDiskThatIsFullRefusesUntilThereIsRoomAgain"),
    Case("two-owners", "dev.june.stt.worker.room.ContendedRoomIT", "whatBothHeardHasOneFinalAndThatOfTheNewOwner"),
    Case("owner-cut-off", "dev.june.stt.worker.room.ContendedRoomIT", "whatAWorkerHeardWhileItWasCutOffAndNobodyElseListenedIsNotLost"),
    Case("owner-dies", "dev.june.stt.worker.livekit.TakeoverIT", "aRoomWhoseOwnerFallsSilentIsTakenAndTheOldOwnerIsEvicted"),
    Case("room-refused", "dev.june.stt.worker.livekit.TakeoverIT", "aRoomThatWasRefusedIsTakenLaterAndOneThatNobodyAskedForIsNot"),
]


@dataclass(frozen=True)
class Outcome:
    case: Case
    passed: bool
    words: str


def command(cases: list[Case], seed: int, points: int) -> list[str]:
    chosen: dict[str, list[str]] = {}
    for case in cases:
        chosen.setdefault(case.test, []).append(case.method)
    tests = ",".join(f"{test}#{'+'.join(methods)}" for test, methods in chosen.items())
    return [
        str(REPOSITORY / "mvnw"), "-B", "-ntp", "-pl", "worker", "-am", "-Dtest=NONE", "-Dsurefire.failIfNoSpecifiedTests=false",
        f"-Dit.test={tests}", "-Dfailsafe.failIfNoSpecifiedTests=false", f"-Djune.faults.seed={seed}",
        "-Djune.faults.long=true", f"-Djune.faults.points={points}", "verify",
    ]  # fmt: skip


def outcomes(cases: list[Case], reports: Path) -> list[Outcome]:
    """What the reports say; a case that no report knows has failed."""
    found = []
    for case in cases:
        report = reports / f"TEST-{case.test}.xml"
        elements = ElementTree.parse(report).getroot().iter("testcase") if report.is_file() else []
        element = next((each for each in elements if each.get("name") == case.method), None)
        if element is None:
            found.append(Outcome(case, False, "it did not run"))
        elif (skipped := element.find("skipped")) is not None:
            found.append(Outcome(case, False, f"not run here: {skipped.get('message', '')}"))
        else:
            bad = element.find("failure") if element.find("failure") is not None else element.find("error")
            found.append(Outcome(case, bad is None, "" if bad is None else (bad.get("message") or "").strip()))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="e2e/faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="the seed that an earlier run printed")
    parser.add_argument("--only", action="append", metavar="NAME", choices=[case.name for case in CASES], help="only this; may be repeated")
    parser.add_argument("--points", type=int, default=208, help="crash points of worker-killed (default: %(default)s)")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 24)
    cases = [case for case in CASES if not arguments.only or case.name in arguments.only]
    print(f"seed {seed}", flush=True)
    for case in cases:
        (REPORTS / f"TEST-{case.test}.xml").unlink(missing_ok=True)
    with subprocess.Popen(command(cases, seed, arguments.points), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as build:
        for line in build.stdout:
            if " taken over, Ledger" in line or "seed " in line and line.rstrip().endswith(str(seed)) or "ERROR" in line:
                print(line.rstrip(), flush=True)
    judged = outcomes(cases, REPORTS)
    for outcome in judged:
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.case.name}  {outcome.words}".rstrip())
    failed = sum(not outcome.passed for outcome in judged)
    if failed:
        print(f"again: e2e/faults --seed {seed}")
    print(f"{len(judged) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
