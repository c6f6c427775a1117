"""95 % intervals over scenes, for any score that can be computed from weights of pictures.

Pictures of a scene are alike, so that scenes, not pictures, are what was drawn. Each scene is once left out and once
counted twice; how far the score moves, scaled by the scene's share h of the evidence, gives its variance:
v = Σ ((two - out) / 2)² (1 - h) (1 + h)², a jackknife made free of bias for scenes of unlike size (Bell & McCaffrey
2002; both ways, since AP moves in steps that one way alone mistakes for spread). Student's t has the degrees of
freedom that Bell & McCaffrey give for such scenes. A fraction gets Wilson's interval (1927) for the number of labels
p (1 - p) / v that would spread as much (Korn & Graubard 1998; Franco et al. 2019): it is as lopsided as a fraction near
1 is unsure. A difference gets ± t sqrt(v).

Why not the percentile bootstrap: in simulated scenes it holds the truth about 80 % of the time at 5 scenes and 86 % at
8 (Cameron, Gelbach & Miller 2008 say why), and bootstrap-t 87 to 93 % at 5. This one holds it 93 to 97 % from 5 scenes
up. Where scenes hardly differ or nearly everything is found it holds it up to 99 % in few scenes, which say little of a
rare hard one, and a fraction over 0.95 about 92 % in 20 to 40.

Rules: fewer than two scenes with evidence give no interval; nothing is ever surer than its labels would be if each
stood alone (a fraction) or than one label more or less (a difference), also where scenes do not differ at all.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import Interval
from safety_tasks.scoring.match_table import Floats, Integers
from safety_tasks.scoring.student_t import t_quantile

Statistic = Callable[[Integers], float | None]


@dataclass(frozen=True)
class _Spread:
    """A score, its variance over scenes, the t quantile, and how many scenes and how much evidence there is."""

    value: float
    variance: float
    t: float
    scenes: int
    evidence: float


def scene_numbers(pictures: Sequence[Picture]) -> Integers:
    """Return each picture's scene as a number from 0 on, in the order in which scenes come."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(p.scene, len(known)) for p in pictures], dtype=np.int64)


def scene_interval(
    statistic: Statistic, scene_of_picture: Integers, evidence: Integers
) -> Interval | None:
    """Return the interval of a fraction (0-1), such as recall or AP.

    Args:
        statistic: the fraction when each picture counts as often as its weight says, (pictures,) of 0, 1 and 2; None
            where that cannot be measured.
        scene_of_picture: (pictures,), number of its scene, 0 to scenes - 1.
        evidence: (pictures,), how much each holds of what the fraction is out of: labels of the hazard, or 1 for each
            background picture. Scenes without any still count for what they change.

    Returns:
        Bounds within 0-1, or None with fewer than two scenes that hold evidence.
    """
    spread = _spread(statistic, scene_of_picture, evidence)
    if spread is None:
        return None
    p, t = min(max(spread.value, 0.0), 1.0), spread.t
    # t² over the number of independent labels that would spread as much, never more of them than there are.
    width = t * t / spread.evidence
    if p * (1 - p) > 0:
        width = max(width, t * t * spread.variance / (p * (1 - p)))
    middle = (p + width / 2) / (1 + width)
    half = math.sqrt(width * p * (1 - p) + width * width / 4) / (1 + width)
    # Where all or nothing is found a bound is p itself, but for rounding.
    low, high = max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))
    return Interval(low=low, high=high, scenes=spread.scenes)


def scene_difference_interval(
    statistic: Statistic, scene_of_picture: Integers, evidence: Integers
) -> Interval | None:
    """Return the paired interval of a difference, such as candidate - champion under the same weights.

    Args:
        statistic: the difference for weights of pictures, as for ``scene_interval``.
        scene_of_picture: (pictures,), number of its scene.
        evidence: (pictures,), how much each holds of what both are out of.

    Returns:
        Bounds, not clipped, or None with fewer than two scenes that hold evidence.
    """
    spread = _spread(statistic, scene_of_picture, evidence)
    if spread is None:
        return None
    # One label found by one model alone, had there been one, would have moved the difference by this much.
    half = spread.t * math.sqrt(max(spread.variance, 1 / spread.evidence**2))
    return Interval(low=spread.value - half, high=spread.value + half, scenes=spread.scenes)


def _spread(statistic: Statistic, scene_of_picture: Integers, evidence: Integers) -> _Spread | None:
    """Measure a score and how far each scene moves it."""
    held = np.bincount(scene_of_picture, weights=evidence)
    scenes = int(np.count_nonzero(held))
    value = statistic(np.ones(len(scene_of_picture), dtype=np.int64))
    if scenes < 2 or value is None:
        return None
    share = held / held.sum()
    moved = np.zeros(len(held))
    for scene in range(len(held)):
        mine = scene_of_picture == scene
        out, twice = statistic(np.where(mine, 0, 1)), statistic(np.where(mine, 2, 1))
        if out is None or twice is None:
            return None
        moved[scene] = (twice - out) / 2
    variance = float((moved**2 * (1 - share) * (1 + share) ** 2).sum())
    return _Spread(value, variance, t_quantile(degrees_of_freedom(share)), scenes, held.sum())


def degrees_of_freedom(share: Floats) -> float:
    """Return the degrees of freedom of a variance over scenes of unlike size.

    Source: Bell & McCaffrey 2002 (Satterthwaite's, of their bias-reduced estimator), worked out for a mean of labels
    that stand alone: 1 / (Σ h² + Σ_{i≠j} h_i² h_j² / ((1 - h_i) (1 - h_j))).

    Args:
        share: (scenes,), each scene's share of the evidence, 0 to under 1, together 1.

    Returns:
        Scenes - 1 if all are alike, down to 1 as one outgrows the others.
    """
    pull = share**2 / (1 - share)
    return float(1 / ((share**2).sum() + pull.sum() ** 2 - (pull**2).sum()))
