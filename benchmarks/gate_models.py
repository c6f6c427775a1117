"""A champion and candidates that are truly equal to it, or truly better or worse in one hazard by so many points.

Rules: first the better side is thinned, hazard by hazard, until both have the same AP50 in each brightness, since the
gate compares those too, and on the whole population, each picture with the weight that a holdout gives it in
expectation; then the candidate is thinned further to be worse, or the champion to be worse than the candidate;
thresholds are chosen for each model by itself on holdouts drawn apart, as val is, several of them in turn, so that the
luck of one val is not the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from benchmarks.gate_scenes import Drawn, Scenes, draw, expected_weights
from benchmarks.gate_tables import Matched
from benchmarks.gate_thinning import bisect, thin
from safety_tasks.inference.detector import Found
from safety_tasks.scoring.match_table import Floats
from safety_tasks.scoring.operating_point import choose_threshold
from safety_tasks.scoring.slices import brightness
from safety_tasks.scoring.table_scores import table_recall, table_scores

VALS: Final = 5
VAL_SCENES: Final = 20  # of each hazard
_VAL_SEED: Final = 7_000_000


@dataclass(frozen=True, eq=False)
class Variant:
    """One model of one hazard: all its detections, its matches of the hazard, its threshold by each val."""

    found: Mapping[str, Found]
    matched: Matched
    thresholds: tuple[float, ...]

    def ap50(self, weights: Floats) -> float:
        """Return the true AP50."""
        scores = table_scores(self.matched.whole, weights)
        return scores.ap50 if scores else 0.0

    def recall(self, threshold: float, weights: Floats) -> float:
        """Return the true recall at a threshold."""
        return table_recall(self.matched.whole, threshold, weights) or 0.0


@dataclass(frozen=True, eq=False)
class Models:
    """Variants by hazard and by true difference: ``candidate`` at 0 and below, ``champion`` at 0 and above."""

    scenes: Scenes
    weights: Floats
    champion: dict[str, dict[float, Variant]]
    candidate: dict[str, dict[float, Variant]]

    def pair(self, hazard: str, difference: float) -> tuple[Variant, Variant]:
        """Return candidate and champion of a hazard whose true difference is so much."""
        return (
            self.candidate[hazard][min(difference, 0.0)],
            self.champion[hazard][max(difference, 0.0)],
        )

    def truth(self, hazard: str, difference: float) -> float:
        """Return the true difference that was reached."""
        ours, theirs = self.pair(hazard, difference)
        return ours.ap50(self.weights) - theirs.ap50(self.weights)


def make_models(
    scenes: Scenes,
    champion: Mapping[str, Found],
    candidate: Mapping[str, Found],
    count: int,
    differences: Sequence[float],
) -> Models:
    """Make the variants for holdouts of ``count`` scenes of each hazard.

    Args:
        scenes: the population.
        champion: its detections by the rows' names.
        candidate: likewise.
        count: scenes of each hazard, which decides how much each row weighs.
        differences: true differences of AP50 (-1 to 1) that are wanted beside 0.
    """
    weights = expected_weights(scenes, count)
    maker = _Maker(scenes, weights, _vals(scenes))
    found = {"champion": dict(champion), "candidate": dict(candidate)}
    sides: dict[str, dict[str, dict[float, Variant]]] = {"champion": {}, "candidate": {}}
    for class_id in range(len(scenes.classes)):
        for part in (*maker.parts, ""):
            scores = {side: maker.ap50(class_id, mine, part) for side, mine in found.items()}
            better = max(scores, key=lambda side: scores[side])
            level = min(scores.values())
            found[better] = maker.thinned(class_id, found[better], level, part)
    for class_id, name in enumerate(scenes.classes):
        for side, sign, other in (("candidate", -1, "champion"), ("champion", 1, "candidate")):
            # From the other side, so that what is left of inequality makes nothing less bad than it is said to be.
            level = maker.ap50(class_id, found[other])
            made = {0.0: maker.variant(class_id, found[side])}
            for by in differences:
                if by * sign > 0:
                    fallen = maker.thinned(class_id, found[side], level - abs(by), worse=True)
                    made[by] = maker.variant(class_id, fallen)
            sides[side][name] = made
    return Models(scenes, weights, sides["champion"], sides["candidate"])


@dataclass(frozen=True, eq=False)
class _Maker:
    scenes: Scenes
    weights: Floats
    vals: tuple[Drawn, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The values of brightness."""
        return tuple(sorted({brightness(row) for row in self.scenes.rows}))

    def ap50(self, class_id: int, found: Mapping[str, Found], part: str = "") -> float:
        """Return AP50 in a brightness, or in all by an empty name; 0 where nothing is labelled."""
        inside = np.array([not part or brightness(row) == part for row in self.scenes.rows])
        whole = Matched.of(self.scenes, found, class_id).whole
        scores = table_scores(whole, self.weights * inside)
        return scores.ap50 if scores else 0.0

    def thinned(
        self,
        class_id: int,
        found: Mapping[str, Found],
        level: float,
        part: str = "",
        *,
        worse: bool = False,
    ) -> dict[str, Found]:
        """Return detections that are thinned, in a part, until AP50 is at a level there; ``worse``: not above it."""
        labelled = [
            row for row in self.scenes.rows if row.boxes and (not part or brightness(row) == part)
        ]
        fall = partial(thin, labelled, found, class_id, salt="worse" if worse else f"equal{part}")
        share = bisect(
            lambda share: self.ap50(class_id, fall(share=share), part),
            level,
            rising=False,
            at_most=worse,
        )
        return fall(share=share)

    def variant(self, class_id: int, found: Mapping[str, Found]) -> Variant:
        thresholds = tuple(
            choose_threshold(val.pictures, val.found(found, self.scenes), class_id)
            for val in self.vals
        )
        return Variant(found, Matched.of(self.scenes, found, class_id), thresholds)


def _vals(scenes: Scenes) -> tuple[Drawn, ...]:
    seeds = range(_VAL_SEED, _VAL_SEED + VALS)
    return tuple(draw(scenes, VAL_SCENES, np.random.default_rng(seed)) for seed in seeds)
