"""The simulation's evidence is the real thing: a benchmark report's numbers on the same pictures, and its verdict."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from support.alike import unlike
from support.made_population import CLASSES, COUNT, NOISE, made_models

from benchmarks.gate_holdout import EVENT_PICTURES, Holdout
from benchmarks.gate_models import VALS, Models
from benchmarks.gate_records import blank_evidence
from benchmarks.gate_scenes import draw
from safety_tasks.config import load_settings
from safety_tasks.gate.judging import judge
from safety_tasks.inference.detector import Found
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.scores import SliceDifference
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.measuring import report_scores

CASES = [
    (0, 0, {}),
    (1, 4, {"smoke": -0.1}),
    (2, 2, {"fire": 0.05}),
    (3, 1, {"smoke": -0.05, "fire": -0.1, "person_down": 0.05}),
]
every_case = pytest.mark.parametrize(("seed", "val", "shifts"), CASES)
# So small that parts fall by more, and so lenient that they are judged.
PLANT = load_profile("plant").model_copy(
    update={"slice_margin": 0.02, "min_slice_boxes": 1, "min_slice_scenes": 2}
)


def holdout_of(seed: int, val: int, models: Models | None = None) -> Holdout:
    """Draw a holdout of models, the made ones if none are given."""
    models = models or made_models()
    drawn = draw(models.scenes, COUNT, np.random.default_rng(seed))
    return Holdout(models, drawn, val, blank_evidence(CLASSES, NOISE), PLANT)


def measured(holdout: Holdout, shifts: Mapping[str, float], side: int) -> Accuracy:
    """Return what the product measures of the candidate (0) or the champion (1) on the drawn pictures.

    A model finds of each hazard what its variant of that hazard finds.
    """
    models, drawn = holdout.models, holdout.drawn
    variants = {name: models.pair(name, shifts.get(name, 0.0))[side] for name in CLASSES}
    each = [variants[name].found for name in CLASSES]
    found: dict[str, Found] = {}
    for picture, row in zip(drawn.pictures, drawn.rows.tolist(), strict=True):
        sha = models.scenes.rows[row].sha256
        found[picture.sha256] = tuple(
            d for class_id, mine in enumerate(each) for d in mine[sha] if d.class_id == class_id
        )
    thresholds = {name: variant.thresholds[holdout.val] for name, variant in variants.items()}
    return score(CLASSES, drawn.pictures, found, thresholds)


def by_part(parts: tuple[SliceDifference, ...]) -> dict[tuple[str, str, str], SliceDifference]:
    """Return differences of parts by kind, value and hazard."""
    return {(part.kind, part.value, part.hazard): part for part in parts}


@every_case
def test_scores_are_those_of_a_report(seed: int, val: int, shifts: Mapping[str, float]) -> None:
    """Hazards with their intervals, events, false alarms, pictures and scenes, number by number."""
    holdout = holdout_of(seed, val)
    found = holdout.evidence(shifts).measured.candidate
    wanted = report_scores(measured(holdout, shifts, 0), EVENT_PICTURES)
    for field in ("pictures", "scenes", "hazards", "events", "false_alarms"):
        assert not unlike(getattr(found, field), wanted[field]), field
    assert found.false_alarms is not None
    assert found.false_alarms.alarmed


def test_missed_events_and_no_alarm_are_those_of_a_report() -> None:
    """A candidate that hardly ever says anything at one val's threshold misses events by name and alarms nowhere."""
    made = made_models()
    silent = {
        name: {0.0: replace(variants[0.0], thresholds=(0.1,) * (VALS - 1) + (0.9,))}
        for name, variants in made.candidate.items()
    }
    holdout = holdout_of(4, VALS - 1, replace(made, candidate=silent))
    found = holdout.evidence({}).measured.candidate
    wanted = report_scores(measured(holdout, {}, 0), EVENT_PICTURES)
    assert found.events == wanted["events"]
    assert found.false_alarms == wanted["false_alarms"]
    assert any(score.missed for score in found.events.values())


@every_case
def test_differences_are_those_of_a_report(
    seed: int, val: int, shifts: Mapping[str, float]
) -> None:
    """Each hazard's AP50, candidate less champion, with its paired interval and support."""
    holdout = holdout_of(seed, val)
    wanted = compare(measured(holdout, shifts, 0), measured(holdout, shifts, 1))
    found = holdout.evidence(shifts).measured.differences
    assert not unlike(found, {f"ap50.{name}": wanted[f"ap50.{name}"] for name in CLASSES})


@every_case
def test_parts_are_those_of_a_report(seed: int, val: int, shifts: Mapping[str, float]) -> None:
    """Every source and brightness; an interval stands wherever recall fell by more than the margin, and only there."""
    holdout = holdout_of(seed, val)
    wanted = by_part(compare_slices(measured(holdout, shifts, 0), measured(holdout, shifts, 1)))
    parts = holdout.evidence(shifts).measured.slice_differences
    found = by_part(parts)
    assert len(found) == len(parts)
    assert found.keys() == wanted.keys()
    fallen = {key for key, part in wanted.items() if (part.difference or 0) < -PLANT.slice_margin}
    told = {
        key: part if key in fallen else part.model_copy(update={"interval": None})
        for key, part in wanted.items()
    }
    assert not unlike(found, told)
    assert fallen
    assert {kind for kind, _, _ in found} == {"source", "brightness"}


@every_case
def test_the_gate_says_the_same_of_whole_reports(
    seed: int, val: int, shifts: Mapping[str, float]
) -> None:
    """What the evidence leaves out or makes up changes no check: verdict, observation and reason are as of reports."""
    holdout = holdout_of(seed, val)
    evidence = holdout.evidence(shifts)
    ours, theirs = (measured(holdout, shifts, side) for side in (0, 1))
    whole = _whole(evidence, ours, theirs)
    assert whole != evidence
    found, wanted = judge(evidence, PLANT), judge(whole, PLANT)
    assert found.verdict == wanted.verdict
    assert not unlike(found.checks, wanted.checks)


def test_measured_precision_is_told_beside() -> None:
    """The other rules judge the AP50 of both, as the product measures it."""
    holdout, shifts = holdout_of(5, 0), {"person_down": -0.05}
    ours, theirs = holdout.ap50s(shifts)
    for side, found in enumerate((ours, theirs)):
        wanted = measured(holdout, shifts, side).hazards
        assert found == pytest.approx({name: score.ap50 for name, score in wanted.items()})


def test_asking_for_others_changes_nothing() -> None:
    """What is measured once and kept serves each candidate as if it were the only one."""
    one = holdout_of(1, 0)
    first = one.evidence({})
    one.evidence({"smoke": -0.1})
    one.evidence({"fire": 0.05})
    assert one.evidence({}) == first
    assert one.evidence({"smoke": -0.1}) == holdout_of(1, 0).evidence({"smoke": -0.1})
    assert one.evidence({"smoke": -0.1}) != first


def test_events_are_counted_as_the_pipeline_counts_them() -> None:
    """Within as many pictures as the configuration says."""
    assert load_settings().benchmark.event_pictures == EVENT_PICTURES


def _whole(evidence: GateEvidence, ours: Accuracy, theirs: Accuracy) -> GateEvidence:
    """Return the evidence with both reports and every comparison as the benchmark makes them, parts by hazard."""
    measured, champion = evidence.measured, evidence.measured.champion
    assert champion.report is not None
    return evidence.model_copy(
        update={
            "measured": measured.model_copy(
                update={
                    "candidate": measured.candidate.model_copy(
                        update=report_scores(ours, EVENT_PICTURES)
                    ),
                    "champion": champion.model_copy(
                        update={
                            "report": champion.report.model_copy(
                                update=report_scores(theirs, EVENT_PICTURES)
                            )
                        }
                    ),
                    "differences": compare(ours, theirs),
                    "slice_differences": tuple(
                        sorted(compare_slices(ours, theirs), key=lambda p: CLASSES.index(p.hazard))
                    ),
                }
            )
        }
    )
