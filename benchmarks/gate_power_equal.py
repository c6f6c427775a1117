"""How often the gate does not pass a candidate that is as good as the champion, all required checks jointly."""

from pathlib import Path
from typing import Final

from benchmarks.gate_power import NAME as STUDY
from benchmarks.gate_power import not_simulated, plant_support, pooled
from benchmarks.gate_shares import standard_error
from benchmarks.gate_study import PROFILE, study
from benchmarks.result import NoResult, Result, judge_share
from safety_tasks.profiles import load_profile

NAME: Final = "gate_power_equal"
BAR: Final = 0.20
_WHAT: Final = "equal candidates that the plant's gate does not pass"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or the policy is not one that was simulated.
    """
    found, profile = study(folder.parent / STUDY), load_profile(PROFILE)
    scenes, margin = plant_support(profile)
    equal = [s for s in pooled(found, scenes, "gate", margin) if s.difference == 0]
    if not equal:
        raise NoResult(not_simulated(NAME, scenes, margin))
    share = equal[0]
    held_up = 1 - share.passed / share.draws
    extra: dict[str, float | str] = {
        "scenes": scenes,
        "margin": margin,
        "draws": share.draws,
        "standard_error": round(standard_error(held_up, share.draws), 4),
        "inconclusive": round(share.inconclusive / share.draws, 4),
        "failed": round(share.failed / share.draws, 4),
    }
    for check, count in sorted(share.refusing.items(), key=lambda each: -each[1]):
        extra[f"held_up_by_{check}"] = round(count / share.draws, 4)
    for rule in ("tfx", "map"):
        other = next(s for s in pooled(found, scenes, rule, 0.0) if s.difference == 0)
        extra[f"{rule}_not_passed"] = round(1 - other.passed / other.draws, 4)
    return judge_share(NAME, _WHAT, held_up, BAR, extra)
