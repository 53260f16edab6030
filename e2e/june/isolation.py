"""A machine inside the machine: runs a piece of work with processes, mounts and a network of its own.

    terminal ── outside: waits, passes signals on
                  └── init: process 1 of the new namespaces, reaps orphans
                        └── the work: starts servers, containers, interfaces, firewall rules …

Whatever the work starts lives in these namespaces and nowhere else. When the work ends or dies, or anybody kills any of the
three, the kernel ends every process inside, and with the last of them go the mounts, interfaces and rules. So there is
nothing to look for and clean up afterwards but control groups, which are folders and carry the name of their owner.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from june.processes import stop_on_signals
from june.setup import SetupError

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG = 1
# Set inside: the name of our control groups, and the number by which init is known outside.
GROUP, INIT = "JUNE_ISOLATED", "JUNE_ISOLATED_INIT"
CGROUPS = Path("/sys/fs/cgroup")
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def inside() -> bool:
    return GROUP in os.environ


def control_group() -> str:
    """The control group, in every hierarchy, under which the work may make its own."""
    return os.environ[GROUP]


def run_isolated(work: Callable[[], int]) -> int:
    """Runs the work in namespaces of its own and answers its exit status, after nothing of it is left. Needs root.

    Ctrl-C and SIGTERM reach the work as `processes.stop_on_signals` describes. The work sees the files of this machine,
    with an empty /run and /var/log of its own, and no network but loopback until it makes one.
    """
    if os.geteuid() != 0:
        raise SetupError("A cluster of our own needs root: run this as root, or use --quick, which needs none.")
    remove_abandoned_groups()
    name = f"june-{os.getpid()}-{_start_time(os.getpid())}"
    try:
        return _wait(_fork(lambda: _outside(name, work)))
    finally:
        _remove_groups(name)


def enter_command() -> list[str]:
    """Called inside: the words that, put before a command by root in another terminal, run it in here."""
    return ["nsenter", "--target", os.environ[INIT], "--mount", "--net", "--ipc", "--pid", "--uts", "--"]


def _outside(name: str, work: Callable[[], int]) -> int:
    _die_with_parent()
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET), "unshare")
    return _wait(_fork(lambda: _init(name, work)))


def _init(name: str, work: Callable[[], int]) -> int:
    _die_with_parent()
    os.environ[GROUP] = name
    os.environ[INIT] = os.readlink("/proc/self")  # still the /proc of outside
    for command in (
        "mount --make-rprivate /",
        "mount -t proc proc /proc",
        "mount -t tmpfs -o mode=755 tmpfs /run",
        "mount -t tmpfs -o mode=755 tmpfs /var/log",
        "ip link set lo up",
    ):
        subprocess.run(command.split(), check=True)
    for hierarchy in hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)
    return _wait(_fork(lambda: _work(work)))


def _work(work: Callable[[], int]) -> int:
    stop_on_signals()
    return work()


def _fork(run: Callable[[], int]) -> int:
    """Runs a function in a child process, whose exit status is what it answers."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        status = run()
    except SystemExit as e:
        status = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
        if isinstance(e.code, str):
            print(e.code, file=sys.stderr)
    except SetupError as e:
        print(e, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - the child must not run on into its parent's code
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _wait(child: int) -> int:
    """Waits for a child, passes signals on to it, reaps whoever else turns out to be ours."""
    before = {number: signal.signal(number, lambda n, _: os.kill(child, n)) for number in PASSED_ON}
    try:
        while True:
            pid, status = os.wait()
            if pid == child:
                return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _die_with_parent() -> None:
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def _check(result: int, call: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise SetupError(f"{call} failed: {os.strerror(error)}. A cluster of our own needs all of root's rights on this machine.")


def hierarchies() -> list[Path]:
    """The roots of the control group trees: one with cgroup 2, one per controller with cgroup 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [folder for folder in CGROUPS.iterdir() if folder.is_dir() and not folder.is_symlink()]


def remove_abandoned_groups() -> None:
    """Removes control groups whose owner died without doing so."""
    for name in {folder.name for hierarchy in hierarchies() for folder in hierarchy.glob("june-*-*")}:
        _, pid, start = name.split("-")
        if _start_time(int(pid)) != start:
            _remove_groups(name)


def _remove_groups(name: str) -> None:
    for hierarchy in hierarchies():
        for folder, _, _ in os.walk(hierarchy / name, topdown=False):
            try:
                os.rmdir(folder)
            except OSError as e:
                print(f"june: the control group {folder} cannot be removed: {e.strerror}", file=sys.stderr)


def _start_time(pid: int) -> str:
    """When a process started, in ticks since boot: with its pid this names it for good. Empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""
