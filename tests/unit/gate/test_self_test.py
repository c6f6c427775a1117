"""The gate tests itself: bad candidates are refused for the right reason, and a blind check is found."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.judged import FAIL, PASS, THIN, mode_of
from support.made_evidence import Changes
from support.made_material import Candidate, made_candidate, strict_profile

from safety_tasks.gate import self_test
from safety_tasks.gate.checks import CHECKS, variants
from safety_tasks.gate.results import result
from safety_tasks.gate.self_test import run_self_test, self_test_result
from safety_tasks.records.gate import CheckResult, GateEvidence, KnownBad
from safety_tasks.records.gate_policy import CheckKind, GateProfile

HAZARDS = ("smoke", "fire", "person_down")
REPORTED = "the policy only wants this reported"


@pytest.fixture(scope="module")
def good() -> Candidate:
    """Give a candidate that finds everything, as the champion does."""
    return made_candidate()


def push_all(candidate: Candidate, **policy: Any) -> dict[str, KnownBad]:
    """Return what became of each bad candidate, by name."""
    found = run_self_test(candidate.evidence, candidate.material, strict_profile(**policy))
    assert len({bad.name for bad in found}) == len(found)
    return {bad.name: bad for bad in found}


def through(candidate: Candidate, **policy: Any) -> set[str]:
    """Return the names of those that came through."""
    found = push_all(candidate, **policy).values()
    return {bad.name for bad in found if not bad.refused and not bad.skipped}


def accuracy_of(*hazards: str) -> tuple[str, ...]:
    """Return the checks of accuracy of some hazards."""
    kinds = ("ap50", "ap50_95", "recall", "events")
    return tuple(f"{kind}.{hazard}" for kind in kinds for hazard in hazards)


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


def always_passes(kind: CheckKind) -> Callable[[GateEvidence, GateProfile], tuple[CheckResult]]:
    """Return a check that lets everything through."""

    def check(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult]:
        words = {"observed": "-", "required": "-", "reason": "fine", "reason_ko": "좋음"}
        return (result(kind, PASS, **words),)

    return check


@pytest.mark.parametrize("kind", list(CHECKS))
def test_a_check_that_always_passes_is_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch, kind: CheckKind
) -> None:
    """Whichever check is blind, something bad comes through and the gate says that it is broken."""
    monkeypatch.setitem(CHECKS, kind, always_passes(kind))  # type: ignore[arg-type]
    found = run_self_test(good.evidence, good.material, strict_profile())
    assert [bad for bad in found if not bad.refused]
    check = self_test_result(found)
    assert (check.verdict, check.counts) == (FAIL, FAIL)
    assert "THE GATE IS BROKEN" in check.reason


@pytest.mark.parametrize("kind", ["ap50", "ap50_95", "recall", "events"])
def test_accuracy_has_more_than_one_guard(
    good: Candidate, monkeypatch: pytest.MonkeyPatch, kind: CheckKind
) -> None:
    """With one of these blind the others still refuse what finds nothing: only its own missing number shows it."""
    monkeypatch.setitem(CHECKS, kind, always_passes(kind))  # type: ignore[arg-type]
    assert through(good) == {f"without-{kind.replace('_', '-')}"}


def test_checks_of_accuracy_that_all_pass_are_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate that looks at no accuracy lets a silent, a swapped, a shifted and a blind model through."""
    for kind in ("ap50", "ap50_95", "recall", "events"):
        monkeypatch.setitem(CHECKS, kind, always_passes(kind))  # type: ignore[arg-type,call-overload]
    blind = {f"blind-to-{name.replace('_', '-')}" for name in HAZARDS}
    missing = {"without-ap50", "without-ap50-95", "without-recall", "without-events"}
    assert through(good) == {"all-silent", "class-swapped", "shifted-boxes"} | blind | missing


def test_a_check_of_int8_that_always_passes_is_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken INT8 file that would ship is found."""
    words = {"observed": "-", "required": "-", "reason": "fine", "reason_ko": "좋음"}
    monkeypatch.setattr(variants, "check_int8", lambda *_: result("int8", PASS, **words))
    assert through(good) == {"int8-broken"}


def test_a_check_that_looks_at_another_hazard_is_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of another hazard counts as none."""

    def renamed(kind: CheckKind) -> Callable[..., tuple[CheckResult, ...]]:
        real = CHECKS[kind]

        def check(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
            return tuple(
                each.model_copy(update={"name": each.name.replace(".fire", ".smoke")})
                for each in real(evidence, profile)
            )

        return check

    for kind in ("ap50", "ap50_95", "recall", "events"):
        monkeypatch.setitem(CHECKS, kind, renamed(kind))  # type: ignore[call-overload,index,arg-type]
    assert through(good) == {"blind-to-fire"}


def test_a_check_that_only_cannot_tell_is_found(
    good: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is surely bad must be refused surely; what is missing may also not be told."""

    def unsure(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult]:
        words = {"observed": "-", "required": "-", "reason": "who knows", "reason_ko": "모름"}
        return (result("latency", THIN, **words),)

    monkeypatch.setitem(CHECKS, "latency", unsure)  # type: ignore[arg-type]
    assert through(good) == {"slow"}


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


def test_where_nothing_is_labelled() -> None:
    """The gate cannot show that it would refuse a blind model, and says so."""
    found = tuple(push_all(made_candidate(((),))).values())
    (unknown,) = [bad for bad in found if bad.skipped]
    assert (unknown.name, unknown.must_be_refused_by, unknown.refused) == (
        "all-silent",
        "ap50",
        False,
    )
    assert unknown.skipped == "the holdout labels no hazard, so nothing can be made worse"
    assert found[-1] == unknown
    check = self_test_result(found)
    assert check.verdict is THIN
    assert "labels no hazard" in check.reason


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


@pytest.mark.parametrize(
    "labels",
    [
        ((0,), (1,), (2,), ()),
        ((0, 1, 2), (2, 0)),
        ((0, 0, 0, 1, 1, 1, 2, 2, 2), ()),
    ],
    ids=["one hazard a picture", "no background", "labels side by side"],
)
def test_a_sound_gate_is_not_broken_by_what_the_holdout_holds(
    labels: tuple[tuple[int, ...], ...],
) -> None:
    """Whatever pictures there are, a bad candidate that is made of them is bad, or is not made."""
    assert through(made_candidate(labels)) == set()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 2), max_size=4).map(tuple), min_size=1, max_size=4, unique=True
    ).filter(any)
)
def test_no_layout_of_labels_makes_a_sound_gate_broken(labels: list[tuple[int, ...]]) -> None:
    """Any pictures of a scene, as long as one labels something: every bad candidate is refused, or is not made."""
    assert through(made_candidate(labels)) == set()


def test_what_cannot_be_made_bad_is_skipped_with_its_reason() -> None:
    """It counts neither as refused nor as let through."""
    found = push_all(made_candidate(((0, 1, 2), (2, 0))))
    assert {name for name, bad in found.items() if bad.skipped} == {"all-alarm"}
    assert "no picture without a hazard" in found["all-alarm"].skipped
    assert self_test_result(tuple(found.values())).verdict is PASS
