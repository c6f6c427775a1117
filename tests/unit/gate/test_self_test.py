"""The gate tests itself: bad candidates are refused for the right reason, and a blind check is found."""

import pytest
from support.judged import FAIL, PASS, mode_of
from support.made_benchmarks import HAZARDS
from support.made_evidence import Changes
from support.made_material import Candidate, made_candidate, strict_profile
from support.pushed import accuracy_of, push_all, through

from safety_tasks.gate import self_test
from safety_tasks.gate.self_test import run_self_test, self_test_result
from safety_tasks.records.gate import KnownBad
from safety_tasks.records.gate_policy import CheckKind

REPORTED = "the policy only wants this reported"


@pytest.mark.parametrize(
    ("name", "refused_by"),
    [
        ("all-silent", accuracy_of(*HAZARDS)),
        ("all-alarm", ("false_alarms",)),
        ("class-swapped", accuracy_of(*HAZARDS)),
        ("shifted-boxes", accuracy_of(*HAZARDS)),
        ("blind-to-smoke", accuracy_of("smoke")),
        ("blind-to-fire", accuracy_of("fire")),
        ("blind-to-person-down", accuracy_of("person_down")),
        ("int8-broken", ("int8.edge-int8-x86",)),
        ("slow", ("latency.x86-vnni",)),
        ("oversized", ("size",)),
        ("without-pictures", ("holdout",)),
        ("without-support", tuple(f"support.{hazard}" for hazard in HAZARDS)),
        ("older-champion", ("champion",)),
        ("released-before", ("duplicate",)),
        ("without-ap50", tuple(f"ap50.{hazard}" for hazard in HAZARDS)),
        ("without-hazards", ("class_map",)),
        ("without-slice-differences", ("slices",)),
        ("without-training", ("reproducibility",)),
        ("not-a-number", ("the record",)),
    ],
)
def test_each_is_refused_for_the_right_reason(
    good: Candidate, name: str, refused_by: tuple[str, ...]
) -> None:
    """By the checks that are there for it, and only those are named."""
    bad = push_all(good)[name]
    assert (bad.refused, bad.refused_by, bad.skipped) == (True, refused_by, "")


def test_a_working_gate_refuses_them_all(good: Candidate) -> None:
    """Nothing comes through and nothing is skipped where every check counts."""
    found = push_all(good)
    assert all(bad.refused and not bad.skipped for bad in found.values())
    check = self_test_result(tuple(found.values()))
    assert (check.name, check.verdict, check.margin) == ("self_test", PASS, 0.0)
    assert check.observed == f"{len(found)} of {len(found)} bad candidates refused"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("all-silent", "ap50 or ap50_95 or recall or events"),
        ("blind-to-fire", "ap50 or ap50_95 or recall or events of fire"),
        ("slow", "latency"),
        ("not-a-number", "the record"),
    ],
)
def test_who_should_have_refused_it_is_said(good: Candidate, name: str, said: str) -> None:
    """A reader learns which check to correct."""
    assert push_all(good)[name].must_be_refused_by == said


@pytest.mark.parametrize(
    ("kind", "skipped"),
    [
        ("latency", {"slow", "without-fingerprint"}),
        ("thresholds", {"without-f1"}),
        ("non_inferiority", {"without-noise", "without-differences"}),
        ("slices", {"without-slice-differences"}),
        ("ap50_95", {"without-ap50-95"}),
    ],
)
def test_what_the_policy_only_reports_is_skipped(
    good: Candidate, kind: CheckKind, skipped: set[str]
) -> None:
    """A check that does not count need not refuse; its bad candidates are on record with the reason."""
    found = push_all(good, **{f"checks__{kind}": mode_of(kind)})
    assert {bad.name for bad in found.values() if bad.skipped} == skipped
    assert {bad.skipped for bad in found.values() if bad.name in skipped} == {REPORTED}
    assert not any(bad.refused or bad.refused_by for bad in found.values() if bad.skipped)
    assert self_test_result(tuple(found.values())).verdict is PASS


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"checks__int8": "reported_dangerously"}, {"int8-broken"}),
        ({"checks__false_alarms": "reported_dangerously"}, {"all-alarm"}),
        (
            {
                "checks__ap50": "reported_dangerously",
                "checks__recall": "reported_dangerously",
                "checks__ap50_95": "reported",
                "checks__events": "reported",
            },
            {"all-silent", "class-swapped", "shifted-boxes"}
            | {f"blind-to-{name.replace('_', '-')}" for name in HAZARDS},
        ),
    ],
)
def test_a_policy_that_lets_bad_models_through_is_broken(
    good: Candidate, policy: Changes, expected: set[str]
) -> None:
    """What must never be released must be refused by every policy, however it is worded."""
    found = tuple(push_all(good, **policy).values())
    assert {bad.name for bad in found if not bad.refused and not bad.skipped} == expected
    assert self_test_result(found).verdict is FAIL


def test_a_candidate_that_is_bad_already(good: Candidate) -> None:
    """A gate that refuses the real one too is not broken for that."""
    silent = made_candidate(finds=lambda picture: ())
    assert through(silent) == set()


def test_progress_is_told(good: Candidate) -> None:
    """After each candidate, with the total, so that a slow test shows that it goes on."""
    told: list[tuple[int, int]] = []
    run_self_test(
        good.evidence,
        good.material,
        strict_profile(),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(number, len(told)) for number in range(1, len(told) + 1)]
    assert len(told) == len(push_all(good)) - 1


def test_a_record_that_takes_what_is_no_number_is_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If evidence could hold a NaN, the gate would be broken; an error about something else is no refusal."""
    monkeypatch.setattr(
        self_test.GateEvidence, "model_validate", classmethod(lambda cls, document: document)
    )
    bad = self_test._not_a_number(good.evidence)
    assert (bad.name, bad.refused, bad.refused_by) == ("not-a-number", False, ())
    monkeypatch.setattr(
        self_test.GateEvidence,
        "model_validate",
        classmethod(lambda cls, document: KnownBad.model_validate(document)),
    )
    assert not self_test._not_a_number(good.evidence).refused
