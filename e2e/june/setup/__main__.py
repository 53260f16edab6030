"""The command `e2e/setup`: fetches and builds what this machine lacks, and notes in target/setup.properties where it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from june.processes import stop_on_signals
from june.setup import GROUPS, ITEMS, CannotRunPods, SetupError, ensure, write_properties

CANNOT_RUN_PODS = 3  # exit status that tells "not on this machine" from "something failed"
REPOSITORY = Path(__file__).resolve().parents[3]


def main() -> None:
    parser = argparse.ArgumentParser(prog="e2e/setup", description=__doc__.split(": ")[1])
    parser.add_argument(
        "--for",
        dest="items",
        action="append",
        choices=[*GROUPS, *ITEMS],
        metavar="WHAT",
        help=f"what to make ready: {', '.join(GROUPS)} or a single key of target/setup.properties (default: build)",
    )
    items = parser.parse_args().items or ["build"]
    stop_on_signals()  # also ends the program that is running for us, and removes what it had made so far
    try:
        ensure(*items)
        write_properties(REPOSITORY / "target" / "setup.properties")
    except CannotRunPods as e:
        print(f"e2e/setup: {e}", file=sys.stderr)
        raise SystemExit(CANNOT_RUN_PODS) from None
    except SetupError as e:
        raise SystemExit(f"e2e/setup: {e}") from None


if __name__ == "__main__":
    main()
