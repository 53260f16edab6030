"""The promises of docs/guarantees.md under faults: real servers and workers that are killed, cut off and filled up at moments from a seed.

The long form of what ./mvnw verify tries shortly. The last line is "N passed, N failed"."""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from june.build import REPOSITORY

REPORTS = REPOSITORY / "worker" / "target" / "failsafe-reports"
WORKER = "dev.june.stt.worker"
FAULTS = f"{WORKER}.faults"
DISPATCHER = f"{WORKER}.dispatch.WebhookDispatcherIT"
RECEIVER = f"{WORKER}.dispatch.ReceiverFailuresIT"


@dataclass(frozen=True)
class Case:
    """One test of the worker: a class and one of its methods."""

    name: str
    test: str
    method: str


COUNTED = [" taken over, Ledger", " dead letters, replayed ", ", posted more than once: "]

# A new case is a line here and a row in docs/guarantees.md.
CASES = [
    Case("worker-killed", f"{FAULTS}.CrashPointsIT", "aWorkerThatIsKilledAtAnyStepLosesNothingAndRepeatsNothing"),
    Case("nats-killed", f"{FAULTS}.NatsFaultsIT", "aServerThatIsKilledUnderTwoHundredFinalsASecondCostsNothing"),
    Case("nats-away", f"{FAULTS}.NatsFaultsIT", "anOutageThatIsLongerThanTheDuplicateWindowRepeatsNothing"),
    Case("nats-cluster", f"{FAULTS}.NatsFaultsIT", "aClusterThatLosesItsLeadersCostsNothing"),
    Case("spool-full", f"{FAULTS}.FullDiskIT", "aSpoolThatIsFullRefusesUntilThereIsRoomAgain"),
    Case("disk-full", f"{FAULTS}.FullDiskIT", "aDiskThatIsFullRefusesUntilThereIsRoomAgain"),
    Case("two-owners", f"{WORKER}.room.ContendedRoomIT", "whatBothHeardHasOneFinalAndThatOfTheNewOwner"),
    Case("owner-cut-off", f"{WORKER}.room.ContendedRoomIT", "whatAWorkerHeardWhileItWasCutOffAndNobodyElseListenedIsNotLost"),
    Case("owner-dies", f"{WORKER}.livekit.TakeoverIT", "aRoomWhoseOwnerFallsSilentIsTakenAndTheOldOwnerIsEvicted"),
    Case("room-refused", f"{WORKER}.livekit.TakeoverIT", "aRoomThatWasRefusedIsTakenLaterAndOneThatNobodyAskedForIsNot"),
    Case("decoder-dies", f"{WORKER}.delivery.ExhaustedIT", "anUtteranceThatEndsEveryWorkerIsSetAsideAndTheOthersAreDecoded"),
    Case("decoder-hangs", f"{WORKER}.delivery.ExhaustedIT", "anUtteranceWhoseDecodeNeverEndsIsSetAsideAndTheOthersAreDecoded"),
    Case("two-decoders", f"{WORKER}.delivery.DeliveryIT", "twoWorkersShareTheQueueAndNeitherRepeatsTheOther"),
    Case("receiver-fails", RECEIVER, "aMishapIsTriedAgainUnderTheSameIdAndThatIsAll"),
    Case("receiver-asks-for-time", RECEIVER, "theReceiverIsNotAskedAgainBeforeTheTimeThatItAskedFor"),
    Case("receiver-gone", RECEIVER, "aReceiverThatIsGoneIsLeftAloneByThePoolUntilTheConfigurationChanges"),
    Case("receiver-redirects", RECEIVER, "aRedirectIsNotFollowed"),
    Case("receiver-private", RECEIVER, "aPrivateAddressIsNotEvenConnectedTo"),
    Case("receiver-down", RECEIVER, "anOpenCircuitBurnsNoAttempts"),
    Case("receiver-never-takes-it", RECEIVER, "whatIsOutOfAttemptsIsACompleteDeadLetterAndItsReplayHasTheSameId"),
    Case("receiver-flaps", f"{WORKER}.dispatch.FlappingReceiverIT", "everyDeadLetterArrivesOnceOrIsADeadLetterAgain"),
    Case("ack-lost", DISPATCHER, "whatAReceiverHasIsPostedAgainUnderTheSameIdIfTheAckWasNeverSent"),
    Case("dispatcher-killed", DISPATCHER, "aDispatcherThatIsKilledLosesNothing"),
    Case("nats-killed-dispatching", DISPATCHER, "aServerThatDiesInTheMiddleLosesNothing"),
    Case("two-dispatchers", DISPATCHER, "twoDispatchersShareTheWork"),
    Case("dispatched-in-order", DISPATCHER, "everyParticipantIsServedInOrderAndBesideTheOthers"),
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
        found.append(judged(case, [element for element in elements if is_run_of(case.method, element.get("name", ""))]))
    return found


def is_run_of(method: str, name: str) -> bool:
    """Whether a test of this name is the method, or its run with one of its parameters: method(Mishap)[2]."""
    return re.fullmatch(re.escape(method) + r"([({\[].*)?", name, re.DOTALL) is not None


def judged(case: Case, runs: list[ElementTree.Element]) -> Outcome:
    """One that failed is a failure, whatever the others did."""
    if not runs:
        return Outcome(case, False, "it did not run")
    bad = [element for run in runs for element in (*run.findall("failure"), *run.findall("error"))]
    if bad:
        return Outcome(case, False, (bad[0].get("message") or "").strip())
    skipped = [element for run in runs for element in run.findall("skipped")]
    if skipped:
        return Outcome(case, False, f"not run here: {skipped[0].get('message', '')}")
    return Outcome(case, True, "")


def says_something(line: str, seed: int) -> bool:
    """The seeds as they are drawn, what was counted, and what went wrong."""
    return any(words in line for words in COUNTED) or "seed " in line and line.rstrip().endswith(str(seed)) or line.startswith("[ERROR]")


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
            if says_something(line, seed):
                print(line.rstrip(), flush=True)
    found = outcomes(cases, REPORTS)
    for outcome in found:
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.case.name}  {outcome.words}".rstrip())
    failed = sum(not outcome.passed for outcome in found)
    if failed:
        print(f"again: e2e/faults --seed {seed}")
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
