"""The candidate without one measurement after another: what is gone, and that nothing else is."""

import pytest
from support.bad_candidates import cases, made
from support.made_evidence import ADOPTED
from support.made_material import Candidate, made_candidate

from safety_tasks.gate.bad_case import with_candidate
from safety_tasks.records.dataset import Support

INTERVALS = {"without-ap50-interval", "without-ap50-95-interval", "without-recall-interval"}
BESIDE = {"without-noise", "without-differences", "without-slice-differences"}


def test_intervals_only_where_the_policy_wants_to_be_sure(good: Candidate) -> None:
    """Judged by estimates, a candidate without intervals is not bad."""
    sure, estimate = cases(good, floors_on="interval"), cases(good)
    assert set(sure) - set(estimate) == INTERVALS
    assert set(estimate) <= set(sure)


def test_without_a_champion() -> None:
    """There is nothing beside it to take away."""
    first = cases(made_candidate(champion_finds=None))
    assert BESIDE.isdisjoint(first)
    assert BESIDE | set(first) == set(cases(made_candidate()))


def test_of_an_adopted_model() -> None:
    """What came as a file has neither parity nor training to take away."""
    adopted = cases(made_candidate(changes=ADOPTED))
    assert set(cases(made_candidate())) - set(adopted) == {"without-parity", "without-training"}


def test_support_is_gone(good: Candidate) -> None:
    """Of every hazard there is nothing in the holdout, and its scores stay."""
    before = good.evidence.measured.candidate.hazards
    after = made(good, "without-support").measured.candidate.hazards
    nothing = Support(pictures=0, boxes=0, scenes=0)
    assert after == {n: s.model_copy(update={"support": nothing}) for n, s in before.items()}


@pytest.mark.parametrize(
    ("name", "part", "field"),
    [
        ("without-ap50", "hazards", "ap50"),
        ("without-ap50-95", "hazards", "ap50_95"),
        ("without-recall", "hazards", "recall"),
        ("without-f1", "hazards", "f1"),
        ("without-ap50-interval", "hazards", "ap50_interval"),
        ("without-ap50-95-interval", "hazards", "ap50_95_interval"),
        ("without-recall-interval", "hazards", "recall_interval"),
        ("without-sustained-fps", "latency", "sustained_fps"),
        ("without-load-ms", "latency", "load_ms"),
        ("without-peak-rss-bytes", "latency", "peak_rss_bytes"),
        ("without-fingerprint", "latency", "fingerprint"),
    ],
)
def test_one_number_is_gone(good: Candidate, name: str, part: str, field: str) -> None:
    """Of every hazard, or of the times, one number is missing and all others are as they were."""
    before = good.evidence.measured.candidate
    after = cases(good, floors_on="interval")[name].make().measured.candidate
    wanted = (
        {n: s.model_copy(update={field: None}) for n, s in before.hazards.items()}
        if part == "hazards"
        else before.latency.model_copy(update={field: None})
    )
    assert after == before.model_copy(update={part: wanted})


@pytest.mark.parametrize(
    ("name", "field", "nothing"),
    [
        ("without-hazards", "hazards", {}),
        ("without-false-alarms", "false_alarms", None),
        ("without-events", "events", {}),
        ("without-incidents", "incidents", None),
        ("without-noise", "noise", None),
        ("without-pictures", "pictures", 0),
    ],
)
def test_one_measurement_is_gone(
    good: Candidate, name: str, field: str, nothing: dict[str, object] | int | None
) -> None:
    """A whole part of the report is missing, and nothing else."""
    assert made(good, name) == with_candidate(good.evidence, **{field: nothing})


def test_what_stands_beside_the_report_is_gone(good: Candidate) -> None:
    """The comparison, the parity and the training go one at a time."""
    evidence = good.evidence
    assert made(good, "without-differences").measured == evidence.measured.model_copy(
        update={"differences": {}}
    )
    assert made(good, "without-slice-differences").measured == evidence.measured.model_copy(
        update={"slice_differences": ()}
    )
    assert made(good, "without-parity").exported == evidence.exported.model_copy(
        update={"parity": None}
    )
    assert made(good, "without-training") == evidence.model_copy(update={"training": None})
