"""Long steps say what they do, how long it will take, and that they are still at it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TERMINAL_TICK_SECONDS = 1.0
LOG_TICK_SECONDS = 30.0


@contextmanager
def step(doing: str, estimate: str = "", out: TextIO | None = None) -> Iterator[None]:
    """Announces a step, shows the elapsed time while it runs (a moving line on a terminal, a line now and then in a log)
    and says how it ended."""
    out = out or sys.stderr
    terminal = out.isatty()
    begin = time.monotonic()
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(TERMINAL_TICK_SECONDS if terminal else LOG_TICK_SECONDS):
            elapsed = clock(time.monotonic() - begin)
            out.write(f"\r{headline}  {elapsed} " if terminal else f"june: still {doing[0].lower()}{doing[1:]}, {elapsed}\n")
            out.flush()

    headline = f"june: {doing}" + (f" ({estimate})" if estimate else "")
    out.write(headline if terminal else f"{headline}\n")
    out.flush()
    ticker = threading.Thread(target=tick, name="progress", daemon=True)
    ticker.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        ended.set()
        ticker.join()
        elapsed = clock(time.monotonic() - begin)
        out.write(f"\r{headline}  {outcome}, {elapsed}\n" if terminal else f"june: {outcome}, {elapsed}\n")
        out.flush()


def clock(seconds: float) -> str:
    """65 seconds are "1:05"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
