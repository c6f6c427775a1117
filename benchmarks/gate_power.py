"""How often the gate passes a candidate that is truly worse: in at least one hazard at or below minus the margin."""

from pathlib import Path
from typing import Final

from benchmarks.gate_figures import keep_rows
from benchmarks.gate_shares import Share, Study, standard_error
from benchmarks.gate_study import LEVELLED, PROFILE, study
from benchmarks.result import NoResult, Result, judge_share
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate_policy import GateProfile

NAME: Final = "gate_power"
BAR: Final = 0.05
_WHAT: Final = "truly worse candidates that the plant's gate passes, at worst"
_RULES: Final = ("tfx", "map")


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or the policy is not one that was simulated.
    """
    found, profile = study(folder), load_profile(PROFILE)
    scenes, margin = plant_support(profile)
    worse = [s for s in pooled(found, scenes, "gate", margin) if s.difference <= -margin]
    if not worse:
        raise NoResult(not_simulated(NAME, scenes, margin))
    keep_rows(found, scenes, margin)
    worst = max(worse, key=lambda share: share.passed / share.draws)
    extra: dict[str, float | str] = {"scenes": scenes, "margin": margin, "profile": PROFILE}
    for share in worse:
        extra[f"passed_at_{share.difference}"] = round(share.passed / share.draws, 4)
        extra[f"standard_error_at_{share.difference}"] = _error(share)
        extra[f"draws_at_{share.difference}"] = share.draws
    for rule in _RULES:
        for share in pooled(found, scenes, rule, 0.0):
            if share.difference == -margin:
                extra[f"{rule}_passed_at_{-margin}"] = round(share.passed / share.draws, 4)
    return judge_share(NAME, _WHAT, worst.passed / worst.draws, BAR, extra)


def not_simulated(name: str, scenes: int, margin: float) -> str:
    """Return what to say where the policy's support was not simulated."""
    return (
        f"{name}: expected a policy that is simulated, found {scenes} scenes with a margin of {margin}. Add them to "
        "DRAWS in gate_study.py and MARGINS in gate_simulation.py."
    )


def pooled(found: Study, scenes: int, rule: str, margin: float) -> list[Share]:
    """Return the shares of a rule by true difference, over the hazards in turn; the worst difference first."""
    differences = sorted(
        {
            s.difference
            for s in found.shares
            if (s.population, s.scenes, s.rule, s.margin) == (LEVELLED, scenes, rule, margin)
        }
    )
    return [found.pooled(LEVELLED, scenes, rule, margin, by) for by in differences]


def plant_support(profile: GateProfile) -> tuple[int, float]:
    """Return the scenes that a profile's comparison needs, and its margin, which is one for all hazards.

    Raises:
        NoResult: it has several margins.
    """
    margins = set(profile.non_inferiority_margins.values())
    if len(margins) != 1:
        raise NoResult(f"{profile.name}: expected one margin for all hazards, found {margins}.")
    return profile.min_comparison_scenes, margins.pop()


def _error(share: Share) -> float:
    return round(standard_error(share.passed / share.draws, share.draws), 4)
