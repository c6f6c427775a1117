"""Two plain rules that releases are decided by elsewhere, beside the gate.

Sources: TFX's evaluator blesses a model by TensorFlow Model Analysis (``metrics_validator.py``): each metric at or
above its ``GenericValueThreshold``, and its change against the baseline at or above a ``GenericChangeThreshold``, here
0, as higher is better; no interval, no support. And the rule of a single number: mAP50 at or above the champion's.
"""

from collections.abc import Mapping

from safety_tasks.records.gate import Verdict


def thresholds_rule(
    ours: Mapping[str, float], theirs: Mapping[str, float], floors: Mapping[str, float]
) -> Verdict:
    """Return TFX's verdict: every hazard's AP50 at or above its floor and the champion's.

    Args:
        ours: the candidate's AP50 by hazard.
        theirs: the champion's.
        floors: the least AP50 by hazard.
    """
    good = all(ours[name] >= floors[name] and ours[name] - theirs[name] >= 0 for name in ours)
    return Verdict.PASS if good and ours else Verdict.FAIL


def mean_rule(ours: Mapping[str, float], theirs: Mapping[str, float]) -> Verdict:
    """Return the verdict by mAP50 alone: the mean over hazards at or above the champion's."""
    good = bool(ours) and sum(ours.values()) >= sum(theirs[name] for name in ours)
    return Verdict.PASS if good else Verdict.FAIL
