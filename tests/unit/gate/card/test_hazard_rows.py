"""The table of hazards, as truth tables: what is missing is a dash with its reason."""

from typing import Any

import pytest
from support.made_benchmarks import (
    made_measurements,
    made_report,
    made_score,
)
from support.made_gate_checks import made_check, made_checks, made_profile, with_changed
from support.made_gate_reports import (
    FIRST,
    made_evidence,
    made_gate_report,
)
from support.refused_reports import evidence_of

from safety_tasks.gate.card import card_facts, card_html, card_markdown, card_text
from safety_tasks.gate.card.hazard_rows import HazardRow, worst_first
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark
from safety_tasks.records.scores import HazardScore

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
NOTHING = Support(pictures=0, boxes=0, scenes=0)
ELSEWHERE = made_report(manifest_sha256="9" * 64)


def beside(seq: int | None, report: BenchmarkReport | None, problem: str = "") -> ChampionBenchmark:
    """Return a champion."""
    return ChampionBenchmark(release_seq=seq, report=report, problem=problem)


def measured_report(**changes: Any) -> GateReport:
    """Return a report over a candidate with changes."""
    return made_gate_report(evidence=evidence_of(made_report(**changes)))


def fire_row(report: GateReport) -> HazardRow:
    """Return the row of fire."""
    return next(row for row in card_facts(report).hazards if row.hazard == "fire")


@pytest.mark.parametrize(
    ("champion", "state", "english"),
    [
        (FIRST, "first", "No champion yet: floors only."),
        (beside(7, None, problem="gone"), "problem", "The champion could not be measured: gone"),
        (beside(None, None, problem="x"), "problem", "The champion could not be measured: x"),
        (beside(7, None), "problem", "The champion could not be measured: not measured"),
        (beside(7, ELSEWHERE), "other", "Release 7 was measured on other pictures: it may not be compared."),
        (beside(7, made_report()), "beside", "Beside release 7, measured on the same holdout."),
    ],
)  # fmt: skip
def test_only_the_same_pictures_are_compared(
    champion: ChampionBenchmark, state: str, english: str
) -> None:
    """A number of the champion's stands there only where it may be compared with; else its place says why not."""
    report = made_gate_report(evidence=made_evidence(measured=made_measurements(champion=champion)))
    facts, row = card_facts(report), fire_row(report)
    assert facts.champion_state == state
    assert facts.comparison.en == english
    assert facts.is_compared is (state != "first")
    assert (row.champion_ap50.value is not None) is (state == "beside")
    assert (row.difference.value is not None) is (state == "beside")
    assert state == "beside" or (row.champion_ap50.shown, row.difference.shown) == ("-", "-")


def test_why_a_champion_was_not_measured_is_read_to_its_end() -> None:
    """It says what to do at its end."""
    problem = " ".join(["its file was deleted from the bucket"] * 5)
    measured = made_measurements(champion=beside(7, None, problem=problem))
    report = made_gate_report(evidence=made_evidence(measured=measured))
    assert card_facts(report).comparison.en.endswith(problem)


def test_a_hazard_that_nobody_scored_has_its_row() -> None:
    """Every hazard of the class map is shown, without a number that was not measured."""
    row = fire_row(measured_report(hazards={"smoke": made_score(0.8)}))
    assert (row.ap50.shown, row.recall.shown) == ("-", "-")
    assert row.ap50.why is not None
    assert row.ap50.why.en == "not measured"
    assert row.support is None
    assert row.floor.shown == "0.600"


@pytest.mark.parametrize(
    ("changes", "shown", "small"),
    [
        ({}, "0.800", "0.74-0.85"),
        ({"ap50_interval": None}, "0.800", "too few scenes"),
        ({"ap50": None, "ap50_interval": None}, "-", "not measured"),
        ({"ap50": None, "support": NOTHING}, "-", "no labels"),
        ({"ap50_interval": {"low": -0.2, "high": 1.3, "scenes": 2}}, "0.800", "0.00-1.00"),
    ],
)
def test_a_missing_number_says_why(changes: dict[str, Any], shown: str, small: str) -> None:
    """A dash is never 0, and an interval stays where a score can lie."""
    row = fire_row(
        measured_report(
            hazards={"fire": HazardScore.model_validate(made_score(0.8).model_dump() | changes)}
        )
    )
    assert (row.ap50.shown, row.ap50.beside.en) == (shown, small)


def test_a_hazard_without_a_floor_says_so() -> None:
    """A policy that forgot a hazard is seen in its row."""
    row = fire_row(made_gate_report(profile=made_profile(("smoke",))))
    assert (row.floor.shown, row.floor.beside.en) == ("-", "none in policy")


def test_a_hazard_that_is_new_to_the_champion_is_no_fall() -> None:
    """There is nothing to compare with, and that is what stands there."""
    theirs = made_report(hazards={"smoke": made_score(0.8)})
    measured = made_measurements(
        champion=ChampionBenchmark(release_seq=7, report=theirs), differences={}
    )
    row = fire_row(made_gate_report(evidence=made_evidence(measured=measured)))
    assert (row.champion_ap50.beside.en, row.difference.beside.en) == ("does not know it",) * 2


def test_a_champion_without_a_value_says_why() -> None:
    """As the candidate does: nothing labels the hazard, or nobody measured it."""
    for support, why in ((NOTHING, "no labels"), (None, "not measured")):
        changes = {"ap50": None, "ap50_interval": None} | ({"support": support} if support else {})
        score = HazardScore.model_validate(made_score(0.8).model_dump() | changes)
        theirs = made_report(hazards={"fire": score})
        measured = made_measurements(champion=beside(7, theirs), differences={})
        row = fire_row(made_gate_report(evidence=made_evidence(measured=measured)))
        assert (row.champion_ap50.shown, row.champion_ap50.beside.en) == ("-", why)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ((), PASS),
        (("support.fire", THIN), THIN),
        (("events.fire", FAIL), FAIL),
        (("latency.x86-vnni", FAIL), PASS),
        (("recall.smoke", FAIL), PASS),
    ],
)
def test_a_row_is_as_bad_as_its_worst_check(changed: tuple[Any, ...], verdict: Verdict) -> None:
    """Only checks about this hazard speak."""
    checks = with_changed(made_checks(), made_check(*changed)) if changed else made_checks()
    assert fire_row(made_gate_report(checks=checks)).verdict is verdict


def test_as_many_rows_as_fit_keep_their_order() -> None:
    """Only where some are left out do the worst come first."""
    checks = with_changed(made_checks(), made_check("recall.person_down", FAIL))
    rows = card_facts(made_gate_report(checks=checks)).hazards
    assert worst_first(rows, len(rows)) == rows
    assert [row.hazard for row in worst_first(rows, 2)] == ["person_down", "smoke"]


def test_a_report_without_hazards_says_so() -> None:
    """Each form of the card has a sentence in the table's place."""
    evidence = evidence_of(made_report(hazards={})).model_copy(update={"classes": ()})
    report = made_gate_report(checks=(made_check("class_map"),), evidence=evidence)
    assert "The report scores no hazard." in card_text(report, width=200)
    for language, sentence in (
        ("en", "The report scores no hazard."),
        ("ko", "보고서에 위험 클래스 점수가 없습니다."),
    ):
        assert sentence in card_markdown(report, language)
        assert sentence in card_html(report, [], language)
