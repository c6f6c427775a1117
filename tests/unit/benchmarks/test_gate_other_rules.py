"""The simulation judges the two other rules by what was measured of the same candidates on the same draws."""

from collections import Counter

import pytest
from support.made_population import CLASSES, COUNT, NOISE, made_models

from benchmarks.gate_rules import mean_rule, thresholds_rule
from benchmarks.gate_simulation import EQUAL, simulate
from safety_tasks.gate.judging import Judgement, judge
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import GateProfile

ASKED = (-0.05, 0.05)
DRAWS = 4


@pytest.mark.parametrize("floor", [0.05, 0.7])
def test_other_rules_see_the_same_numbers(floor: float) -> None:
    """AP50 of the candidate as in the gate's evidence, the champion's as the candidate's less the difference."""
    profile = load_profile("plant").model_copy(
        update={
            "ap50_floors": dict.fromkeys(CLASSES, floor),
            "non_inferiority_margins": dict.fromkeys(CLASSES, 0.05),
        }
    )
    seen: list[GateEvidence] = []

    def judging(evidence: GateEvidence, asked: GateProfile) -> Judgement:
        if asked.non_inferiority_margins == profile.non_inferiority_margins:
            seen.append(evidence)
        return judge(evidence, asked)

    tally = simulate(made_models(), NOISE, profile, COUNT, DRAWS, ASKED, judging)
    assert len(seen) == DRAWS * (1 + len(ASKED))
    wanted: Counter[tuple[str, str, float, str]] = Counter()
    for number, evidence in enumerate(seen):
        turn, which = divmod(number, 1 + len(ASKED))
        by = (0.0, *ASKED)[which]
        hazard = CLASSES[turn % len(CLASSES)] if by else EQUAL
        ours = {n: score.ap50 or 0.0 for n, score in evidence.measured.candidate.hazards.items()}
        fell = {n: evidence.measured.differences[f"ap50.{n}"].difference or 0.0 for n in CLASSES}
        theirs = {n: ours[n] - fell[n] for n in CLASSES}
        tfx = thresholds_rule(ours, theirs, profile.ap50_floors)
        wanted["tfx", hazard, by, tfx.value] += 1
        wanted["map", hazard, by, mean_rule(ours, theirs).value] += 1
    found = {
        (rule, hazard, by, word): count
        for (rule, _, hazard, by), cell in tally.cells.items()
        if rule in ("tfx", "map")
        for word, count in cell.verdicts.items()
    }
    assert found == wanted
    assert len({word for *_, word in found}) == 2
