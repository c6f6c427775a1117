"""A simulation's rows written by hand, and a plant's policy that asks for some of them, for the gate's benchmarks."""

from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from benchmarks.gate_shares import Share, Study
from benchmarks.gate_study import LEVELLED, PROFILE
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate_policy import GateProfile

SCENES: Final = 20
MARGIN: Final = 0.05
OTHER: Final = "unseen"


def share(
    rule: str, by: float, counts: tuple[int, int, int], hazard: str = "equal", **changes: Any
) -> Share:
    """Return a row: how many candidates passed, were inconclusive, failed; 20 scenes, the gate's margin 0.05."""
    passed, inconclusive, failed = counts
    values: dict[str, Any] = {
        "population": LEVELLED,
        "scenes": SCENES,
        "rule": rule,
        "margin": MARGIN if rule in ("gate", "non_inferiority") else 0.0,
        "hazard": hazard,
        "difference": by,
        "draws": sum(counts),
        "passed": passed,
        "inconclusive": inconclusive,
        "failed": failed,
        "refusing": {},
    }
    return Share(**values | changes)


def interval(what: str, hazard: str, held: int, draws: int = 100, **changes: Any) -> dict[str, Any]:
    """Return a row of how often an interval held the truth."""
    values: dict[str, Any] = {
        "population": LEVELLED,
        "scenes": SCENES,
        "what": what,
        "hazard": hazard,
        "draws": draws,
        "held": held,
    }
    if what == "difference":
        values |= {"truth": 0.0, "bias": 0.0, "standard_deviation": 0.02, "mean_half_width": 0.04}
    return values | changes


def made_study() -> Study:
    """Return a simulation of two hazards at 10 and 20 scenes and two margins, and one of another population."""
    refusing = {"non_inferiority.smoke": 20, "events.fire": 10}
    shares = (
        share("gate", -0.1, (0, 10, 40), "smoke"),
        share("gate", -0.1, (1, 9, 40), "fire"),
        share("gate", -0.05, (1, 39, 10), "smoke"),
        share("gate", -0.05, (3, 37, 10), "fire"),
        share("gate", -0.03, (20, 20, 10), "smoke"),
        share("gate", 0.0, (85, 14, 1), refusing=refusing),
        share("gate", 0.05, (49, 1, 0), "smoke"),
        share("gate", 0.0, (95, 5, 0), margin=0.1),
        share("gate", -0.1, (2, 40, 8), "fire", margin=0.1),
        share("gate", 0.0, (30, 70, 0), scenes=10),
        share("gate", -0.05, (0, 90, 10), "smoke", scenes=10),
        share("gate", 0.0, (0, 100, 0), population=OTHER),
        share("gate", -0.05, (50, 0, 0), "smoke", population=OTHER),
        share("non_inferiority", -0.05, (50, 0, 0), "smoke"),
    )
    rules = tuple(
        share(rule, by, counts, "equal" if by == 0 else "smoke", scenes=scenes)
        for scenes in (10, SCENES)
        for rule, by, counts in (
            ("tfx", 0.0, (30, 0, 70)),
            ("tfx", -0.05, (5, 0, 95)),
            ("map", 0.0, (50, 0, 50)),
            ("map", -0.05, (25, 0, 75)),
        )
    )
    intervals = (
        interval("difference", "smoke", 97),
        interval("difference", "fire", 199, 200, mean_half_width=0.07),
        interval("ap50", "smoke", 50),
        interval("difference", "smoke", 90, scenes=10),
        interval("difference", "smoke", 1, population=OTHER),
    )
    return Study(shares + rules, intervals, {LEVELLED: {"smoke": {"scenes": 9}}})


def plant(scenes: int = SCENES, **margins: float) -> GateProfile:
    """Return the plant's policy with other scenes and margins; 0.05 for every hazard if none is named."""
    real = load_profile(PROFILE)
    return real.model_copy(
        update={
            "min_comparison_scenes": scenes,
            "non_inferiority_margins": margins or {"smoke": MARGIN, "fire": MARGIN},
        }
    )


def use(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, found: Study, profile: GateProfile
) -> list[Path]:
    """Let a benchmark find this simulation and this policy; return the folders that it looks into."""
    folders: list[Path] = []

    def study(folder: Path) -> Study:
        folders.append(folder)
        return found

    monkeypatch.setattr(module, "study", study)
    monkeypatch.setattr(module, "load_profile", {PROFILE: profile}.__getitem__)
    return folders
