"""Processes are started and stopped for real."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from june import processes
from june.processes import Daemon, NotReady, accepts, free_port

E2E = Path(__file__).resolve().parents[1]
STARTS_A_SERVER = """
import pathlib, sys, time
from june.processes import Daemon, stop_on_signals
stop_on_signals()
print(Daemon("server", ["sleep", "300"], pathlib.Path(sys.argv[1])).pid, flush=True)
time.sleep(300)
"""


class ProcessesIT(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_server_is_stopped_with_its_children(self) -> None:
        with Daemon("server", ["sh", "-c", "sleep 300 & echo child $!; wait"], self.folder) as daemon:
            daemon.wait_until(lambda: "child" in daemon.tail())
            child = int(daemon.tail().split()[1])
            self.assertTrue(daemon.alive())
        self.assertFalse(daemon.alive())
        _wait_for(lambda: not runs(child))

    def test_one_that_ignores_sigterm_is_killed(self) -> None:
        daemon = Daemon("server", ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"], self.folder)
        daemon.wait_until(lambda: "deaf" in daemon.tail())
        daemon.stop(limit_seconds=0.2)
        self.assertFalse(daemon.alive())

    def test_one_that_ends_early_shows_its_last_words(self) -> None:
        daemon = Daemon("server", ["sh", "-c", "echo no such option; exit 3"], self.folder)
        with self.assertRaisesRegex(NotReady, r"(?s)server ended with status 3.*no such option"):
            daemon.wait_until(lambda: False)

    def test_a_long_log_keeps_its_end(self) -> None:
        limit, processes.LOG_BYTES = processes.LOG_BYTES, 4_000
        self.addCleanup(setattr, processes, "LOG_BYTES", limit)
        with Daemon("server", ["sh", "-c", "seq 100000; sleep 300"], self.folder) as daemon:
            daemon.wait_until(lambda: "100000" in daemon.tail())
        kept = sum(file.stat().st_size for file in self.folder.iterdir())
        self.assertLess(kept, 400_000)
        self.assertEqual({file.name for file in self.folder.iterdir()}, {"server.log", "server.log.1"})

    def test_nothing_outlives_a_program_that_is_killed(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(number.name):
                parent = subprocess.Popen(
                    [sys.executable, "-c", STARTS_A_SERVER, str(self.folder)],
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "PYTHONPATH": str(E2E)},
                )
                self.addCleanup(parent.stdout.close)
                child = int(parent.stdout.readline())
                parent.send_signal(number)
                parent.wait(120)
                _wait_for(lambda child=child: not runs(child))

    def test_a_port_that_nobody_serves_does_not_accept(self) -> None:
        port = free_port()
        self.assertFalse(accepts("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)):
            self.assertTrue(accepts("127.0.0.1", port))


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_for(done: Callable[[], bool], limit_seconds: float = 120) -> None:
    end = time.monotonic() + limit_seconds
    while not done():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
