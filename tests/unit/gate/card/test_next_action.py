"""What to do now: one sentence for every kind of check and verdict, and the right one among many."""

import re
from typing import Any, Literal, get_args

import pytest
from support.made_benchmarks import (
    HAZARDS,
    made_alarms,
    made_measurements,
    made_noise,
    made_report,
    made_score,
)
from support.made_gate_checks import (
    BY_HARDWARE,
    BY_HAZARD,
    made_check,
    made_checks,
    made_profile,
    with_changed,
)
from support.made_gate_reports import (
    RUN,
    made_evidence,
    made_gate_report,
    made_waiver,
    situated_report,
)

from safety_tasks.gate.card import next_action
from safety_tasks.gate.card.next_steps import FIRST
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import Approval, CheckResult, GateReport, KnownBad, Verdict
from safety_tasks.records.gate_policy import KINDS, CheckKind
from safety_tasks.records.scores import EventScore

FAIL, THIN = Verdict.FAIL, Verdict.INCONCLUSIVE


def refused(*checks: CheckResult, **changes: Any) -> GateReport:
    """Return a report that these checks keep from PASS."""
    return made_gate_report(checks=with_changed(made_checks(), *checks), **changes)


def decided(decision: Literal["approved", "rejected", "timed_out"]) -> Approval:
    """Return what s.park decided."""
    return Approval(decision=decision, who="s.park", at="x")


def name_of(kind: CheckKind) -> str:
    """Return the full name of a check of a kind."""
    if kind in BY_HAZARD:
        return f"{kind}.fire"
    return f"{kind}.x86-vnni" if kind in BY_HARDWARE else kind


def support_of(scenes: int) -> dict[str, Any]:
    """Return changes of a report whose hazards have so many scenes."""
    held = Support(pictures=400, boxes=400, scenes=scenes)
    hazards = {name: made_score(0.8, support=held) for name in HAZARDS}
    return {
        "evidence": made_evidence(
            measured=made_measurements(candidate=made_report(hazards=hazards))
        )
    }


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


@pytest.mark.parametrize(
    ("name", "scenes", "english", "korean"),
    [
        ("support.fire", 7, "3 more scenes of fire", "fire 장면 3개 더"),
        ("support.fire", 10, "more scenes of fire", "fire 장면 더"),
        ("ap50.fire", 8, "2 more scenes of fire", "fire 장면 2개 더"),
        ("ap50.fire", 40, "more scenes of fire", "fire 장면 더"),
        ("non_inferiority.fire", 8, "4 more scenes of fire", "fire 장면 4개 더"),
        ("non_inferiority.fire", 12, "more scenes of fire", "fire 장면 더"),
        ("events.fire", 99, "1 more scene of fire", "fire 장면 1개 더"),
    ],
)
def test_missing_scenes_are_counted(name: str, scenes: int, english: str, korean: str) -> None:
    """How many scenes a hazard lacks is named where the policy says how many there must be."""
    said = next_action(refused(made_check(name, THIN, -1.0), **support_of(scenes)))
    assert re.search(rf"[:(] ?{english}", said.en)
    assert korean in said.ko


@pytest.mark.parametrize(
    ("scenes", "events", "english"),
    [
        (99, 9, "1 more scene of fire"),
        (7, 9, "3 more scenes"),
        (7, 2, "8 more scenes"),
        (99, 99, "more scenes"),
    ],
)
def test_events_need_scenes_too(scenes: int, events: int, english: str) -> None:
    """Many events of few scenes ask for scenes, as few events do."""
    hazards = {"fire": made_score(0.8, support=Support(pictures=400, boxes=400, scenes=scenes))}
    counted = {"fire": EventScore(events=events, caught=1, within_pictures=3)}
    candidate = made_report(hazards=hazards, events=counted)
    evidence = made_evidence(measured=made_measurements(candidate=candidate))
    said = next_action(refused(made_check("events.fire", THIN, -0.1), evidence=evidence))
    assert f"({english} of fire)".replace("of fire of fire", "of fire") in said.en


@pytest.mark.parametrize("kind", ["support", "events", "ap50"])
def test_scenes_of_a_hazard_that_was_not_scored(kind: CheckKind) -> None:
    """It has none, so all that the policy asks for are missing."""
    candidate = made_report(hazards={}, events={})
    evidence = made_evidence(measured=made_measurements(candidate=candidate))
    said = next_action(refused(made_check(f"{kind}.fire", THIN, -1.0), evidence=evidence))
    assert "10 more scenes of fire" in said.en


@pytest.mark.parametrize(
    ("hazards", "ends"),
    [
        (4, "10 more scenes of d"),
        (5, "10 more scenes of d and 1 more"),
        (6, "10 more scenes of d and 2 more"),
    ],
)
def test_four_hazards_are_named_and_the_others_counted(hazards: int, ends: str) -> None:
    """One sentence holds four; nobody has to guess that there are others."""
    names = "abcdef"[:hazards]
    candidate = made_report(hazards={}, events={})
    evidence = made_evidence(measured=made_measurements(candidate=candidate))
    checks = [made_check(f"support.{name}", THIN, -1.0) for name in names]
    said = next_action(refused(*checks, evidence=evidence))
    assert (
        f": 10 more scenes of a; 10 more scenes of b; 10 more scenes of c; {ends}; then" in said.en
    )


@pytest.mark.parametrize("kind", ["recall", "ap50", "events"])
def test_a_check_of_no_hazard_is_about_all(kind: CheckKind) -> None:
    """Where a check names none, every hazard is meant."""
    said = next_action(refused(made_check(kind, FAIL, -0.1)))
    assert "every hazard" in said.en
    assert "모든 위험 클래스" in said.ko


def test_hardware_that_was_not_timed_is_named() -> None:
    """Who measures again knows which run, and on what."""
    unsure = [made_check(f"latency.{name}", THIN, None) for name in ("arm-dot", "x86-avx2")]
    said = next_action(refused(*unsure))
    assert RUN in said.en
    assert "arm-dot, x86-avx2" in said.en
    assert "None" not in said.en + said.ko


@pytest.mark.parametrize(
    ("floor", "noisy"), [(0.049, False), (0.05, False), (0.0501, True), (0.0, False)]
)
def test_noise_as_large_as_the_margin_is_no_noise(floor: float, noisy: bool) -> None:
    """Only a floor above the margin of 0.05 drowns it."""
    noise = made_noise().model_copy(update={"ap50": dict.fromkeys(HAZARDS, floor)})
    measured = made_measurements(candidate=made_report(noise=noise))
    check = made_check("non_inferiority.fire", THIN, -0.01)
    said = next_action(refused(check, evidence=made_evidence(measured=measured)))
    assert said.en.startswith("Lower the noise floor of fire") is noisy


@pytest.mark.parametrize(
    ("pictures", "background", "expected"),
    [
        (250, 60, "50 more in all; 40 more without a hazard"),
        (299, 100, "incoming/, 1 more in all, then"),
        (300, 99, "incoming/, 1 more without a hazard, then"),
        (300, 100, "incoming/, more pictures, then"),
        (250, None, "50 more in all; 100 more without a hazard"),
    ],
)
def test_a_small_holdout_in_numbers(pictures: int, background: int | None, expected: str) -> None:
    """What is there in full is not asked for; alarms that nobody counted count as no picture."""
    alarms = None if background is None else made_alarms(background=background)
    candidate = made_report(pictures=pictures, false_alarms=alarms)
    evidence = made_evidence(measured=made_measurements(candidate=candidate))
    said = next_action(refused(made_check("holdout", THIN, -50.0), evidence=evidence))
    assert expected in said.en


def test_a_margin_below_the_noise_floor_asks_for_no_scenes_of_the_hazard() -> None:
    """Where harmless changes move a score further than the margin, the margin or the noise must change."""
    noise = made_noise().model_copy(update={"ap50": dict.fromkeys(HAZARDS, 0.08)})
    measured = made_measurements(candidate=made_report(noise=noise))
    check = made_check("non_inferiority.fire", THIN, -0.01)
    said = next_action(refused(check, evidence=made_evidence(measured=measured)))
    assert said.en.startswith("Lower the noise floor of fire")


def test_a_noise_floor_that_nobody_measured_is_measured_first() -> None:
    """Without it no difference can be told from noise, however many scenes there are."""
    measured = made_measurements(candidate=made_report(noise=None))
    check = made_check("non_inferiority.fire", THIN, 0.01)
    said = next_action(refused(check, evidence=made_evidence(measured=measured)))
    assert said.en == (
        f"Measure run {RUN} again (safety-tasks benchmark), since non_inferiority.fire is missing, then judge it again."
    )


def test_a_small_holdout_says_what_it_lacks() -> None:
    """Pictures in all, and pictures without a hazard."""
    candidate = made_report(pictures=250, false_alarms=made_alarms(background=60))
    evidence = made_evidence(measured=made_measurements(candidate=candidate))
    said = next_action(refused(made_check("holdout", THIN, -50.0), evidence=evidence))
    assert "50 more in all; 40 more without a hazard" in said.en
    assert "전체 50장 더; 위험 없는 사진 40장 더" in said.ko


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
    report = made_gate_report(FAIL).model_copy(update={"verdict": Verdict.PASS})
    assert next_action(report).en.startswith("Stop: prove the history")


def test_a_broken_gate_beats_a_bad_model() -> None:
    """Who made it through is named."""
    said = next_action(situated_report("broken"))
    assert "blind-to-fire" in said.en
    assert "blind-to-fire" in said.ko
