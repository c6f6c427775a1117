"""The simulation counts: each draw is judged once with each candidate, under each policy that is asked about."""

from functools import cache

import pytest
from support.made_population import CLASSES, COUNT, NOISE, made_models

from benchmarks.gate_models import VALS
from benchmarks.gate_simulation import (
    BETTER,
    DIFFERENCES,
    EQUAL,
    MARGINS,
    WORSE,
    Cell,
    Tally,
    policy,
    shares,
    simulate,
)
from safety_tasks.gate.judging import Judgement
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.scores import Interval

PLANT = load_profile("plant").model_copy(
    update={"non_inferiority_margins": dict.fromkeys(CLASSES, 0.05)}
)
DRAWS = 4
ASKED = (-0.1, -0.05, 0.05)
# What the simulation studies; everything else is on record and never refuses.
ACCURACY = {
    *("holdout", "support", "ap50", "ap50_95", "recall", "false_alarms", "events"),
    *("non_inferiority", "slices", "thresholds"),
}


def check(name: str, verdict: Verdict, mode: str = "required") -> CheckResult:
    """Return a check of the kind that its name begins with."""
    words = {"observed": "", "required": "", "reason": "", "reason_ko": ""}
    return CheckResult(name=name, kind=name.partition(".")[0], verdict=verdict, mode=mode, **words)


def says(verdict: Verdict, alone: Verdict) -> Judgement:
    """Return a judgement: two checks refuse unless it passes, one that is only reported always fails."""
    checks = [
        check("non_inferiority.smoke", alone),
        check("non_inferiority.fire", Verdict.PASS),
        check("size", verdict),
        check("memory", Verdict.FAIL, "reported"),
    ]
    return Judgement(verdict, tuple(checks), ())


@cache
def simulated() -> tuple[Tally, list[tuple[GateEvidence, GateProfile]]]:
    """Simulate with a gate that looks at how many scenes are asked for and at the margin alone."""
    seen = []

    def judging(evidence: GateEvidence, profile: GateProfile) -> Judgement:
        seen.append((evidence, profile))
        strict = profile.non_inferiority_margins["smoke"] < 0.08
        verdict = Verdict.INCONCLUSIVE if strict else Verdict.PASS
        return says(verdict, Verdict.FAIL if strict else Verdict.PASS)

    tally = simulate(made_models(), NOISE, PLANT, COUNT, DRAWS, ASKED, judging)
    return tally, seen


def test_a_policy_differs_in_margin_and_scenes_alone() -> None:
    """All else is the plant's; every hazard gets the margin."""
    found = policy(PLANT, 0.08, 7)
    assert set(found.non_inferiority_margins) == set(PLANT.non_inferiority_margins)
    assert set(found.non_inferiority_margins.values()) == {0.08}
    assert found.min_comparison_scenes == 7
    changed = {"non_inferiority_margins", "min_comparison_scenes"}
    assert found.model_dump(exclude=changed) == PLANT.model_dump(exclude=changed)
    assert set(PLANT.non_inferiority_margins.values()) == {0.05}


@pytest.mark.parametrize("rule", ["gate", "non_inferiority", "tfx", "map"])
@pytest.mark.parametrize("by", [0.0, *ASKED])
def test_counts_add_up_to_the_draws(rule: str, by: float) -> None:
    """Each draw gives each rule one verdict on each candidate; the hazards that differ take turns."""
    tally, _ = simulated()
    margin = 0.05 if rule in ("gate", "non_inferiority") else 0.0
    mine = {
        hazard: cell.verdicts.total()
        for (r, m, hazard, d), cell in tally.cells.items()
        if (r, m, d) == (rule, margin, by)
    }
    turns = {"smoke": 2, "fire": 1, "person_down": 1}
    assert mine == ({EQUAL: DRAWS} if by == 0 else turns)
    assert sum(shares(tally, rule, margin, by).values()) == pytest.approx(1)


def test_other_margins_are_judged_where_they_matter() -> None:
    """Of equal candidates, and of those that are worse by just that margin."""
    cells = {(m, d) for rule, m, _, d in simulated()[0].cells if rule == "gate"}
    wanted = {(m, 0.0) for m in MARGINS} | {(0.05, by) for by in ASKED} | {(0.10, -0.1)}
    assert cells == wanted


def test_the_gate_is_asked_with_each_policy() -> None:
    """As many scenes as there are, and the margin; the evidence is of the drawn holdout."""
    _, seen = simulated()
    assert len(seen) == DRAWS * (len(MARGINS) + len(ASKED) + 1)
    assert {profile.min_comparison_scenes for _, profile in seen} == {COUNT}
    margins = [profile.non_inferiority_margins["fire"] for _, profile in seen]
    assert set(margins) == set(MARGINS)
    assert margins.count(0.05) == DRAWS * (1 + len(ASKED))
    assert len({evidence.measured.candidate.pictures for evidence, _ in seen}) > 1


def test_verdicts_and_what_refuses_are_told() -> None:
    """The gate's verdict, that of non-inferiority by itself, and the required checks that are not PASS."""
    tally, _ = simulated()
    strict, lenient = (tally.cell("gate", margin, EQUAL, 0.0) for margin in (0.05, 0.08))
    assert strict.verdicts == {"INCONCLUSIVE": DRAWS}
    assert strict.refusing == {"size": DRAWS, "non_inferiority.smoke": DRAWS}
    assert lenient.verdicts == {"PASS": DRAWS}
    assert not lenient.refusing
    alone = tally.cell("non_inferiority", 0.05, EQUAL, 0.0)
    assert alone.verdicts == {"FAIL": DRAWS}
    assert shares(tally, "gate", 0.05, 0.0)[Verdict.INCONCLUSIVE] == 1
    assert shares(tally, "gate", 0.07, 0.0) == dict.fromkeys(Verdict, 0)


def test_intervals_are_noted_of_equal_candidates() -> None:
    """Each draw, hazard and number has one, and the measured difference with its half width beside."""
    tally, _ = simulated()
    whats = ("difference", "ap50", "recall")
    assert set(tally.covered) == {(what, hazard) for what in whats for hazard in CLASSES}
    assert {len(held) for held in tally.covered.values()} == {DRAWS}
    assert {len(values) for values in tally.estimates.values()} == {DRAWS}
    for hazard in CLASSES:
        for estimate, half, held in zip(
            tally.estimates[hazard],
            tally.widths[hazard],
            tally.covered["difference", hazard],
            strict=True,
        ):
            truth = made_models().truth(hazard, 0.0)
            assert held is (estimate - half <= truth <= estimate + half)


def test_draws_are_the_same_again_and_the_real_gate_judges_by_default() -> None:
    """Seeds decide; a shorter run is the beginning of a longer one, and each val has its turn."""
    tally = simulate(made_models(), NOISE, PLANT, COUNT, 1, ())
    longer, seen = simulated()
    for hazard in CLASSES:
        assert tally.estimates[hazard] == longer.estimates[hazard][:1]
    kinds = {name.partition(".")[0] for name in tally.cell("gate", 0.05, EQUAL, 0.0).refusing}
    assert "non_inferiority" in kinds
    assert kinds <= ACCURACY
    thresholds = {e.measured.candidate.hazards["smoke"].threshold for e, _ in seen}
    mine = made_models().candidate["smoke"]
    first = [mine[0.0].thresholds[n] for n in range(min(DRAWS, VALS))]
    assert thresholds >= set(first)


@pytest.mark.parametrize(
    ("interval", "truth", "held"),
    [
        (None, 0.0, False),
        (Interval(low=-0.1, high=0.1, scenes=2), 0.0, True),
        (Interval(low=-0.1, high=0.1, scenes=2), 0.1, True),
        (Interval(low=-0.1, high=0.1, scenes=2), -0.11, False),
        (Interval(low=-0.1, high=0.1, scenes=2), 0.11, False),
    ],
)
def test_an_interval_holds_the_truth_or_not(
    interval: Interval | None, truth: float, held: bool
) -> None:
    """Its ends belong to it; one that is missing holds nothing."""
    tally = Tally(5)
    tally.cover("ap50", "smoke", interval, truth)
    assert tally.covered == {("ap50", "smoke"): [held]}


def test_a_cell_is_told_as_shares() -> None:
    """An empty one is of no draws, not of none that passed."""
    empty = {"draws": 0, "pass": 0, "inconclusive": 0, "fail": 0, "refusing": {}}
    assert Cell().to_dict() == empty
    cell = Cell()
    cell.verdicts.update(["PASS", "FAIL", "FAIL"])
    cell.refusing.update(["size", "memory", "memory"])
    found = cell.to_dict()
    assert found == {**empty, "draws": 3, "pass": 0.3333, "fail": 0.6667, "refusing": cell.refusing}
    assert list(found["refusing"]) == ["memory", "size"]


def test_what_is_studied() -> None:
    """Each margin has candidates that are worse by just that much; worse and better do not meet."""
    assert {-margin for margin in MARGINS} <= set(WORSE)
    assert max(WORSE) < 0 < min(BETTER)
    assert set(DIFFERENCES) == {*WORSE, *BETTER}
