"""What the simulation of the gate leaves: how often each verdict was given, and how it is pooled.

Rules: shares are over draws, with their standard error sqrt(p (1 - p) / draws).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any


@dataclass(frozen=True)
class Share:
    """How often a verdict was given at a true difference; ``hazard`` says which one differs, or ``equal``."""

    population: str
    scenes: int
    rule: str
    margin: float
    hazard: str
    difference: float
    draws: int
    passed: int
    inconclusive: int
    failed: int
    refusing: dict[str, int]


@dataclass(frozen=True)
class Study:
    """What was kept: rows, and what they are of."""

    shares: tuple[Share, ...]
    intervals: tuple[dict[str, Any], ...]
    populations: dict[str, Any]

    def pooled(self, population: str, scenes: int, rule: str, margin: float, by: float) -> Share:
        """Return the rows of one true difference as one, over the hazards in turn."""
        wanted = (population, scenes, rule, margin, by)
        mine = [
            s
            for s in self.shares
            if (s.population, s.scenes, s.rule, s.margin, s.difference) == wanted
        ]
        refusing: dict[str, int] = {}
        for share in mine:
            for name, count in share.refusing.items():
                refusing[name] = refusing.get(name, 0) + count
        counts = [
            sum(getattr(s, n) for s in mine) for n in ("draws", "passed", "inconclusive", "failed")
        ]
        return Share(population, scenes, rule, margin, "", by, *counts, refusing)


def standard_error(share: float, draws: int) -> float:
    """Return that of a share of draws."""
    return sqrt(share * (1 - share) / draws)
