"""People come, talk and go for as long as asked while NATS, a worker and the webhook's receiver fail at moments from a seed.

Everything is real: nats-server, livekit-server, two workers, recorded speech. Worker `steady` lives through the whole run, so that its
memory and threads can be watched; worker `unlucky` is drained, killed, and recycled after a few sessions. At the end every utterance must
have one FINAL and every FINAL must have been posted. What was said while nobody could listen, because a worker had just been taken away,
is counted apart. The last line is "passed" or what failed; the numbers are in <out>/soak.json."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from june import build, setup
from june.processes import stop_on_signals


def main() -> int:
    parser = argparse.ArgumentParser(prog="e2e/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long people keep coming (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="the seed that an earlier run printed")
    parser.add_argument("--out", type=Path, help="folder for logs and soak.json (default: a new one in the temporary folder)")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 24)
    folder = (arguments.out or Path(tempfile.mkdtemp(prefix="june-soak-"))).resolve()
    stop_on_signals()
    print(f"seed {seed}; logs and numbers in {folder}", flush=True)
    setup.ensure("quick")
    setup.use_python_packages()
    build.ensure_apps("worker")
    from june.soaking import soak  # needs the Python packages

    return soak(arguments.minutes, seed, folder)


if __name__ == "__main__":
    sys.exit(main())
