"""A gate with one check that is broken, in whatever way, finds out that it is."""

from collections.abc import Callable

import pytest
from support.judged import FAIL, PASS, THIN
from support.made_benchmarks import HAZARDS
from support.made_material import Candidate, strict_profile
from support.pushed import through

from safety_tasks.gate.checks import CHECKS, variants
from safety_tasks.gate.results import result
from safety_tasks.gate.self_test import run_self_test, self_test_result
from safety_tasks.records.gate import CheckResult, GateEvidence
from safety_tasks.records.gate_policy import CheckKind, GateProfile


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
