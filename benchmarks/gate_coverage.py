"""How far the share of 95 % intervals that hold the true difference is from 0.95, at the plant's support."""

from pathlib import Path
from typing import Final

from benchmarks.gate_power import NAME as STUDY
from benchmarks.gate_power import plant_support
from benchmarks.gate_shares import Study, standard_error
from benchmarks.gate_study import LEVELLED, PROFILE, study
from benchmarks.result import NoResult, Result, judge_share
from safety_tasks.profiles import load_profile

NAME: Final = "gate_coverage"
BAR: Final = 0.02
NOMINAL: Final = 0.95
_WHAT: Final = "|coverage - 0.95| of the paired intervals over scenes"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or the policy is not one that was simulated.
    """
    found = study(folder.parent / STUDY)
    scenes, _ = plant_support(load_profile(PROFILE))
    share, draws = coverage(found, LEVELLED, scenes, "difference")
    extra: dict[str, float | str] = {
        "scenes": scenes,
        "coverage": round(share, 4),
        "draws": draws,
        "standard_error": round(standard_error(share, draws), 4),
    }
    for row in found.intervals:
        name = "_".join(
            map(str, (row["population"], row["scenes"], "scenes", row["what"], row["hazard"]))
        )
        extra[name] = round(row["held"] / row["draws"], 4)
    return judge_share(NAME, _WHAT, abs(share - NOMINAL), BAR, extra)


def coverage(found: Study, population: str, scenes: int, what: str) -> tuple[float, int]:
    """Return the share of intervals that held the truth, and how many there were, over all hazards.

    Args:
        found: the simulation.
        population: which one.
        scenes: of each hazard in a holdout.
        what: ``difference``, ``ap50`` or ``recall``.

    Raises:
        NoResult: there are none.
    """
    rows = [
        row
        for row in found.intervals
        if (row["population"], row["scenes"], row["what"]) == (population, scenes, what)
    ]
    draws = sum(row["draws"] for row in rows)
    if not draws:
        raise NoResult(f"{NAME}: expected scenes that are simulated, found {scenes}.")
    return sum(row["held"] for row in rows) / draws, draws
