"""What to do now: one sentence for every kind of check and verdict, and the right one among many."""

import re
from typing import Any, Literal, get_args

import pytest
from support.made_gate_checks import (
    BY_HARDWARE,
    BY_HAZARD,
    made_check,
    made_profile,
)
from support.made_gate_reports import (
    RUN,
    made_evidence,
    made_gate_report,
    made_waiver,
    situated_report,
)
from support.refused_reports import refused

from safety_tasks.gate.card import next_action
from safety_tasks.gate.card.next_steps import FIRST
from safety_tasks.records.gate import Approval, CheckResult, GateReport, KnownBad, Verdict
from safety_tasks.records.gate_policy import KINDS, CheckKind

FAIL, THIN = Verdict.FAIL, Verdict.INCONCLUSIVE
CONTRADICTING = made_gate_report(FAIL).model_copy(update={"verdict": Verdict.PASS})


def decided(decision: Literal["approved", "rejected", "timed_out"]) -> Approval:
    """Return what s.park decided."""
    return Approval(decision=decision, who="s.park", at="x")


def name_of(kind: CheckKind) -> str:
    """Return the full name of a check of a kind."""
    if kind in BY_HAZARD:
        return f"{kind}.fire"
    return f"{kind}.x86-vnni" if kind in BY_HARDWARE else kind


def test_every_kind_has_its_turn() -> None:
    """The order knows each kind once."""
    assert sorted(FIRST) == sorted(KINDS) == sorted(get_args(CheckKind))


@pytest.mark.parametrize("margin", [-0.1, None])
@pytest.mark.parametrize("verdict", [FAIL, THIN])
@pytest.mark.parametrize("kind", KINDS)
def test_every_check_says_what_to_do(
    kind: CheckKind, verdict: Verdict, margin: float | None
) -> None:
    """Whatever stops a release, there is one filled sentence in each language."""
    said = next_action(refused(made_check(name_of(kind), verdict, margin)))
    assert said.en.endswith(".")
    assert said.ko.endswith((".", "요."))
    assert re.search(r"[가-힣]", said.ko)
    assert not set("{}") & set(said.en + said.ko)
    assert said != next_action(made_gate_report())


LOW_RECALL = made_check("recall.fire", FAIL, -0.1)
SLOW = made_check("latency.x86-vnni", FAIL, -9.0)
THIN_SMOKE = made_check("support.smoke", THIN, -3.0)
STALE = made_check("champion", FAIL, None)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((LOW_RECALL, SLOW), "Look at the misses of fire"),
        ((SLOW, THIN_SMOKE), "Benchmark again on a quiet"),
        ((made_check("ap50.fire", THIN, -0.1), THIN_SMOKE), "Deliver labelled pictures"),
        ((STALE, made_check("non_inferiority.fire", FAIL, None)), "Measure again beside"),
        ((made_check("class_map", FAIL, None), STALE), "Export and benchmark"),
        ((LOW_RECALL, made_check("recall.smoke", FAIL, -0.1)), "Look at the misses of smoke, fire"),
    ],
)  # fmt: skip
def test_what_must_be_mended_first_speaks(checks: tuple[CheckResult, ...], expected: str) -> None:
    """The worst verdict goes first, then what the others hang on; all hazards of one kind are named."""
    assert next_action(refused(*checks)).en.startswith(expected)


def test_a_floor_that_the_policy_does_not_name_is_the_owners_task() -> None:
    """No model can reach what nobody wrote down."""
    profile = made_profile(("smoke",))
    said = next_action(refused(made_check("ap50.fire", FAIL, None), profile=profile))
    assert said.en.startswith("Let the owners of config/gate.toml name what ap50.fire must reach")


def test_a_released_model_is_named() -> None:
    """The release that has it is the one to roll back to."""
    report = refused(made_check("duplicate", FAIL, None), evidence=made_evidence(released_as=5))
    assert "release 5 is this very model" in next_action(report).en


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "An approver reads this card"),
        ({"profile": made_profile(approval_before_stable=False)}, "Nothing to correct"),
        ({"approval": decided("approved")}, "Nothing to correct"),
        ({"approval": decided("rejected")}, "Nothing is published: correct what s.park"),
        ({"approval": decided("timed_out")}, "Nothing is published: find an approver"),
    ],
)  # fmt: skip
def test_a_pass_waits_for_whom_it_must(changes: dict[str, Any], expected: str) -> None:
    """After PASS the sentence says who is next."""
    assert next_action(made_gate_report(**changes)).en.startswith(expected)


def test_a_pass_by_waiver_says_until_when() -> None:
    """What was waived must be put right before the waiver that ends first."""
    later = made_waiver("memory.x86-vnni", until="2026-12-20T00:00:00+00:00", waiver_id="w-later")
    waived = made_check("latency.x86-vnni", FAIL, -9.0, waived_by="w-5f2c81")
    report = refused(
        waived,
        waivers=(later, made_waiver("latency.x86-vnni")),
        profile=made_profile(approval_before_stable=False),
    )
    assert "ends 2026-11-30 00:00 UTC: correct latency.x86-vnni" in next_action(report).en


BROKEN = KnownBad(name="silent", must_be_refused_by="recall", refused=False)
SKIPPED = KnownBad(name="silent", must_be_refused_by="recall", refused=False, skipped="no labels")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"self_test": (BROKEN,)}, "Stop: publish nothing and call the owners"),
        ({"self_test": ()}, "Stop: publish nothing, and judge this run again"),
        ({"self_test": (SKIPPED,)}, "An approver reads this card"),
    ],
)
def test_a_gate_that_may_not_be_believed_comes_first(
    changes: dict[str, Any], expected: str
) -> None:
    """Broken or untested: nothing else is worth doing, even where every check passes."""
    assert next_action(made_gate_report(**changes)).en.startswith(expected)


def test_a_report_that_contradicts_its_checks_is_not_acted_on() -> None:
    """Who wrote it is to be found out first."""
    assert next_action(CONTRADICTING).en.startswith("Stop: prove the history")


def test_a_broken_gate_beats_a_bad_model() -> None:
    """Who made it through is named."""
    said = next_action(situated_report("broken"))
    assert "blind-to-fire" in said.en
    assert "blind-to-fire" in said.ko


@pytest.mark.parametrize(
    "report",
    [
        made_gate_report(self_test=()),
        CONTRADICTING,
        made_gate_report(approval=decided("timed_out")),
        refused(made_check("ap50.fire", FAIL, None), profile=made_profile(("smoke",))),
        refused(made_check("ap50.fire", FAIL, None)),
        refused(made_check("latency.x86-vnni", THIN, -1.0)),
    ],
)
def test_what_is_to_be_done_again_is_named(report: GateReport) -> None:
    """Whoever reads the sentence can type the command: the run stands in it, in both languages."""
    assert RUN in next_action(report).en
    assert RUN in next_action(report).ko


@pytest.mark.parametrize(
    "kind", ["recall", "ap50", "ap50_95", "events", "non_inferiority", "thresholds"]
)
def test_the_hazard_is_named(kind: CheckKind) -> None:
    """What fails for one hazard is corrected for that one."""
    said = next_action(refused(made_check(f"{kind}.fire", FAIL, -0.1)))
    assert "fire" in said.en
    assert "fire" in said.ko


def test_the_class_of_hardware_is_named() -> None:
    """What needs too much memory needs it there."""
    said = next_action(refused(made_check("memory.x86-vnni", FAIL, -9.0)))
    assert "x86-vnni" in said.en
    assert "x86-vnni" in said.ko
