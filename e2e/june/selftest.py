"""Runs the tests in e2e/tests: those that need nothing, or with --real those that start real servers, workers and a cluster."""

from __future__ import annotations

import argparse
import sys
import unittest
from pathlib import Path

from june import setup
from june.setup import SetupError

TESTS = Path(__file__).resolve().parents[1] / "tests"


def main() -> int:
    parser = argparse.ArgumentParser(prog="e2e/test", description=__doc__)
    parser.add_argument("--real", action="store_true", help="run it_*.py instead of test_*.py")
    parser.add_argument("-k", dest="names", action="append", metavar="PATTERN", help="only tests whose name matches")
    arguments = parser.parse_args()
    try:
        setup.use_python_packages()
    except SetupError as error:
        print(f"e2e/test: {error}", file=sys.stderr)
        return 1
    loader = unittest.TestLoader()
    if arguments.names:
        loader.testNamePatterns = [name if "*" in name else f"*{name}*" for name in arguments.names]
    suite = loader.discover(str(TESTS), "it_*.py" if arguments.real else "test_*.py")
    result = unittest.TextTestRunner(verbosity=2 if arguments.real else 1).run(suite)
    if result.testsRun == 0:
        print("e2e/test: no test has such a name", file=sys.stderr)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
