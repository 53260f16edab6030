"""The one clock of a run: wall time that never jumps, so that what is sent and what arrives can be compared."""

import time
from datetime import datetime, timezone

_WALL_AT_START = time.time() - time.monotonic()


def now() -> float:
    """Seconds since 1970."""
    return _WALL_AT_START + time.monotonic()


def parse(instant: str) -> float:
    """Seconds since 1970 of an RFC 3339 time in UTC. Digits behind the microsecond, which Java may write, are dropped."""
    text = instant.removesuffix("Z")
    whole, _, fraction = text.partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + (int(fraction[:6].ljust(6, "0")) / 1e6 if fraction else 0.0)
