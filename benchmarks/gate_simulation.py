"""The gate's operating characteristic: many drawn holdouts, each judged with candidates whose true difference is known.

Rules: every number of scenes has its own draws, by seeds of its own; in each draw one hazard in turn is truly better or
worse by each difference while the others are equal, which is the hardest bad candidate to catch, and beside it all are
equal; the policy is the plant's, but for the margin and the scenes that a comparison needs, which are what is studied.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from benchmarks.gate_holdout import Holdout
from benchmarks.gate_models import VALS, Models
from benchmarks.gate_records import blank_evidence
from benchmarks.gate_rules import mean_rule, thresholds_rule
from benchmarks.gate_scenes import draw
from safety_tasks.gate.judging import Judgement, judge
from safety_tasks.records.gate import GateEvidence, Verdict, combine
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.scores import Interval, NoiseFloor

EQUAL: Final = "equal"
MARGINS: Final = (0.03, 0.05, 0.08, 0.10)
WORSE: Final = (-0.10, -0.08, -0.065, -0.05, -0.04, -0.03, -0.02, -0.01)
BETTER: Final = (0.01, 0.02, 0.03, 0.05, 0.075, 0.10)
DIFFERENCES: Final = (*WORSE, *BETTER)
Judging = Callable[[GateEvidence, GateProfile], Judgement]
_SEED: Final = 1_000_000


@dataclass
class Cell:
    """What was said of candidates of one kind: verdicts, and which required checks kept them from PASS."""

    verdicts: Counter[str] = field(default_factory=Counter)
    refusing: Counter[str] = field(default_factory=Counter)

    def share(self, verdict: Verdict) -> float:
        """Return the share of a verdict."""
        return self.verdicts[verdict.value] / max(1, self.verdicts.total())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "draws": self.verdicts.total(),
            **{word.value.lower(): round(self.share(word), 4) for word in Verdict},
            "refusing": dict(self.refusing.most_common()),
        }


@dataclass
class Tally:
    """What was seen at one number of scenes.

    ``cells`` by (rule, margin, hazard or ``equal``, true difference): rules are ``gate``, its ``non_inferiority``
    alone, ``tfx`` and ``map``, of which the last two have no margin (0). ``covered`` says by (what, hazard) of each
    interval whether it held the truth; ``estimates`` by hazard the measured differences of equal candidates,
    ``widths`` their intervals' half widths.
    """

    scenes: int
    cells: dict[tuple[str, float, str, float], Cell] = field(default_factory=dict)
    covered: dict[tuple[str, str], list[bool]] = field(default_factory=dict)
    estimates: dict[str, list[float]] = field(default_factory=dict)
    widths: dict[str, list[float]] = field(default_factory=dict)

    def cell(self, rule: str, margin: float, hazard: str, by: float) -> Cell:
        """Return a cell, new where there is none."""
        return self.cells.setdefault((rule, margin, hazard, by), Cell())

    def cover(self, what: str, hazard: str, interval: Interval | None, truth: float) -> None:
        """Note whether an interval holds the truth; one that is missing does not."""
        held = interval is not None and interval.low <= truth <= interval.high
        self.covered.setdefault((what, hazard), []).append(held)


def policy(profile: GateProfile, margin: float, scenes: int) -> GateProfile:
    """Return a profile with another margin, that asks for no more scenes than there are."""
    return profile.model_copy(
        update={
            "non_inferiority_margins": dict.fromkeys(profile.non_inferiority_margins, margin),
            "min_comparison_scenes": scenes,
        }
    )


def simulate(
    models: Models,
    noise: NoiseFloor,
    profile: GateProfile,
    scenes: int,
    draws: int,
    differences: Sequence[float] = DIFFERENCES,
    judging: Judging = judge,
) -> Tally:
    """Judge candidates on drawn holdouts.

    Args:
        models: made for this number of scenes.
        noise: the candidate's noise floor.
        profile: the policy.
        scenes: of each hazard in a holdout.
        draws: how many holdouts.
        differences: true ones beside 0, of those that the models were made for.
        judging: the gate.
    """
    tally = Tally(scenes)
    blank = blank_evidence(models.scenes.classes, noise)
    for number in range(draws):
        random = np.random.default_rng(_SEED + 100_000 * scenes + number)
        drawn = draw(models.scenes, scenes, random)
        holdout = Holdout(models, drawn, number % VALS, blank, profile)
        _note_intervals(holdout, tally)
        _judge_all(holdout, number, differences, judging, tally)
    return tally


def _judge_all(
    holdout: Holdout, number: int, differences: Sequence[float], judging: Judging, tally: Tally
) -> None:
    profile = holdout.profile
    hazard = holdout.classes[number % len(holdout.classes)]
    plant = profile.non_inferiority_margins[hazard]
    for by in (0.0, *differences):
        shifts = {hazard: by} if by else {}
        name = hazard if by else EQUAL
        evidence = holdout.evidence(shifts)
        for margin in MARGINS:
            if margin != plant and by not in (0.0, -margin):
                continue
            judged = judging(evidence, policy(profile, margin, tally.scenes))
            alone = combine(c.verdict for c in judged.checks if c.kind == "non_inferiority")
            tally.cell("non_inferiority", margin, name, by).verdicts[alone.value] += 1
            cell = tally.cell("gate", margin, name, by)
            cell.verdicts[judged.verdict.value] += 1
            cell.refusing.update(
                {check.name for check in judged.checks if check.counts is not Verdict.PASS}
            )
        ours, theirs = holdout.ap50s(shifts)
        tfx = thresholds_rule(ours, theirs, profile.ap50_floors)
        tally.cell("tfx", 0.0, name, by).verdicts[tfx.value] += 1
        tally.cell("map", 0.0, name, by).verdicts[mean_rule(ours, theirs).value] += 1


def _note_intervals(holdout: Holdout, tally: Tally) -> None:
    models = holdout.models
    for name in holdout.classes:
        ours, _ = models.pair(name, 0.0)
        view, measured = holdout.view(ours), holdout.difference(name, 0.0)
        tally.cover("difference", name, measured.interval, models.truth(name, 0.0))
        tally.cover("ap50", name, view.ap50_interval(), ours.ap50(models.weights))
        recall = ours.recall(view.threshold, models.weights)
        tally.cover("recall", name, view.recall_interval(), recall)
        if measured.difference is not None and measured.interval is not None:
            half = (measured.interval.high - measured.interval.low) / 2
            tally.estimates.setdefault(name, []).append(measured.difference)
            tally.widths.setdefault(name, []).append(half)


def shares(tally: Tally, rule: str, margin: float, by: float) -> Mapping[Verdict, float]:
    """Return the share of each verdict at a true difference, over the hazards in turn."""
    mine = [cell for (r, m, _, d), cell in tally.cells.items() if (r, m, d) == (rule, margin, by)]
    draws = sum(cell.verdicts.total() for cell in mine)
    return {
        word: sum(cell.verdicts[word.value] for cell in mine) / max(1, draws) for word in Verdict
    }
