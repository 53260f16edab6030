"""Server processes: started with a bounded log, waited for, and stopped whatever happens.

Each runs in a session of its own, so Ctrl-C in the terminal reaches only us, and we stop it in our order. It is stopped when
its `with` block ends and when this process exits; where `setpriv` is installed the kernel also kills it should this process
die without a word. Processes are known by their pid and never looked for by name.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import Signals
from typing import BinaryIO, NoReturn

LOG_BYTES = 8 * 1024 * 1024
TAIL_LINES = 20
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0

_PORTS = range(12_000, 20_000)
_ports = itertools.islice(itertools.cycle(_PORTS), os.getpid() * 37 % len(_PORTS), None)  # others begin elsewhere


class NotReady(Exception):
    """A server ended, or did not answer in time; the message holds the end of its log."""


class Daemon:
    """A server process. Its output goes to `<folder>/<name>.log`, of which the last 8 to 16 MiB are kept."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = folder / f"{name}.log"
        self._stopped = False
        self._process = subprocess.Popen(
            [*_killed_with_us(), *map(str, command)],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._writer = threading.Thread(
            target=_keep_log, args=(self._process.stdout, self.log), name=f"log of {name}", daemon=True
        )
        self._writer.start()
        atexit.register(self.stop)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], limit_seconds: float = 60.0) -> None:
        """Waits for a condition; stops the server and raises `NotReady` if that does not come or the server ends."""
        end = time.monotonic() + limit_seconds
        while not ready():
            status = self._process.poll()
            if status is not None or time.monotonic() > end:
                self.stop()
                why = f"ended with status {status}" if status is not None else f"is not ready after {limit_seconds:.0f} s"
                raise NotReady(f"{self.name} {why}; the end of {self.log}:\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def signal(self, number: Signals) -> None:
        """Sends a signal to the server alone, as an operator would; nothing happens if it has ended."""
        self._process.send_signal(number)

    def stop(self, limit_seconds: float = STOP_SECONDS) -> None:
        """Asks the server and its children to stop, and kills them if they have not after the limit."""
        if self._stopped:
            return  # by now the number may be somebody else's
        self._stopped = True
        self._signal_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(limit_seconds)
        self._signal_group(signal.SIGKILL)  # also what it left behind
        self._process.wait()
        self._writer.join(1.0)  # a grandchild that left the group may hold the pipe open: not our log any more
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """As `kill -9` does."""
        self.stop(limit_seconds=0)

    def tail(self) -> str:
        """The last lines of its log."""
        text = "".join(file.read_text(errors="replace") for file in (_older(self.log), self.log) if file.exists())
        return "\n".join(text.splitlines()[-TAIL_LINES:]) or "(it wrote nothing)"

    def _signal_group(self, number: Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _killed_with_us() -> list[str]:
    # The kernel watches the thread that starts the child, so this is for the main thread, which lives as long as we do.
    setpriv = shutil.which("setpriv") if threading.current_thread() is threading.main_thread() else None
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _keep_log(source: BinaryIO, log: Path) -> None:
    """Copies a process's output to its log; a full log becomes `<name>.log.1` in place of the one before."""
    while True:
        with open(log, "ab", buffering=0) as out:  # a server that is started again goes on in the same log
            written = out.tell()
            while written < LOG_BYTES:
                chunk = source.read1(64 * 1024)  # type: ignore[attr-defined]
                if not chunk:
                    source.close()
                    return
                out.write(chunk)
                written += len(chunk)
        log.replace(_older(log))


def _older(log: Path) -> Path:
    return log.with_suffix(".log.1")


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody uses, for TCP and UDP, each time another one.

    It is below those that the kernel gives to outgoing connections: there, some client may sit on a server's port when the server
    is started again, and a client that tries to connect over and over may meet itself.
    """
    for port in _ports:
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
                probe.bind((address, port))
            return port
    raise AssertionError("there is always a next one")


def accepts(address: str, port: int) -> bool:
    """Does somebody accept TCP connections there?"""
    try:
        with socket.create_connection((address, port), timeout=0.5):
            return True
    except OSError:
        return False


def stop_on_signals() -> None:
    """Makes SIGTERM, SIGHUP and Ctrl-C end this program the same way: `with` blocks close, then it exits with 128 + signal.

    Further signals are ignored from then on: the tear-down they would interrupt is what they ask for.
    """

    def end(number: int, _frame: object) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
