"""What a case found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHOWN = 10


@dataclass(frozen=True)
class Result:
    """`wrong` is empty if the case has passed."""

    numbers: dict[str, Any]
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        more = [f"and {len(self.wrong) - SHOWN} more"] if len(self.wrong) > SHOWN else []
        return [f"    {name}: {value}" for name, value in self.numbers.items()] + [f"  ✗ {text}" for text in self.wrong[:SHOWN] + more]
