"""What to do where evidence is missing: how much more, of what, in numbers."""

import re

import pytest
from support.made_benchmarks import (
    HAZARDS,
    made_alarms,
    made_noise,
    made_report,
    made_score,
)
from support.made_gate_checks import (
    made_check,
)
from support.made_gate_reports import (
    RUN,
)
from support.refused_reports import evidence_of, refused, support_of

from safety_tasks.gate.card import next_action
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_policy import CheckKind
from safety_tasks.records.scores import EventScore

THIN, FAIL = Verdict.INCONCLUSIVE, Verdict.FAIL


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
    evidence = evidence_of(candidate)
    said = next_action(refused(made_check("events.fire", THIN, -0.1), evidence=evidence))
    assert f"({english} of fire)".replace("of fire of fire", "of fire") in said.en


def test_events_that_nobody_counted_are_none() -> None:
    """Many scenes whose events were not counted bring none, so all that the policy asks for are missing."""
    hazards = {"fire": made_score(0.8, support=Support(pictures=400, boxes=400, scenes=99))}
    evidence = evidence_of(made_report(hazards=hazards, events={}))
    said = next_action(refused(made_check("events.fire", THIN, -0.1), evidence=evidence))
    assert "10 more scenes of fire" in said.en


@pytest.mark.parametrize("kind", ["support", "events", "ap50"])
def test_scenes_of_a_hazard_that_was_not_scored(kind: CheckKind) -> None:
    """It has none, so all that the policy asks for are missing."""
    candidate = made_report(hazards={}, events={})
    evidence = evidence_of(candidate)
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
    evidence = evidence_of(candidate)
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
    evidence = evidence_of(made_report(noise=noise))
    check = made_check("non_inferiority.fire", THIN, -0.01)
    said = next_action(refused(check, evidence=evidence))
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
    evidence = evidence_of(candidate)
    said = next_action(refused(made_check("holdout", THIN, -50.0), evidence=evidence))
    assert expected in said.en


def test_a_margin_below_the_noise_floor_asks_for_no_scenes_of_the_hazard() -> None:
    """Where harmless changes move a score further than the margin, the margin or the noise must change."""
    noise = made_noise().model_copy(update={"ap50": dict.fromkeys(HAZARDS, 0.08)})
    evidence = evidence_of(made_report(noise=noise))
    check = made_check("non_inferiority.fire", THIN, -0.01)
    said = next_action(refused(check, evidence=evidence))
    assert said.en.startswith("Lower the noise floor of fire")


def test_a_noise_floor_that_nobody_measured_is_measured_first() -> None:
    """Without it no difference can be told from noise, however many scenes there are."""
    evidence = evidence_of(made_report(noise=None))
    check = made_check("non_inferiority.fire", THIN, 0.01)
    said = next_action(refused(check, evidence=evidence))
    assert said.en == (
        f"Measure run {RUN} again (safety-tasks benchmark), since non_inferiority.fire is missing, then judge it again."
    )


def test_one_delivery_mends_a_holdout_that_lacks_pictures_and_scenes() -> None:
    """All that is missing is said at once, so that nobody delivers twice."""
    held = support_of(7)["evidence"]
    short = held.measured.candidate.model_copy(update={"pictures": 280})
    measured = held.measured.model_copy(update={"candidate": short})
    thin = [made_check(f"support.{name}", THIN, -3.0) for name in ("smoke", "fire")]
    said = next_action(
        refused(
            made_check("holdout", THIN, -20.0),
            *thin,
            evidence=held.model_copy(update={"measured": measured}),
        )
    )
    assert said.en == (
        "Deliver pictures of more scenes under incoming/, 20 more in all; 3 more scenes of smoke; 3 more scenes of "
        "fire, then run safety-tasks holdout extend."
    )
    assert "전체 20장 더; smoke 장면 3개 더; fire 장면 3개 더" in said.ko


def test_a_small_holdout_says_what_it_lacks() -> None:
    """Pictures in all, and pictures without a hazard."""
    candidate = made_report(pictures=250, false_alarms=made_alarms(background=60))
    evidence = evidence_of(candidate)
    said = next_action(refused(made_check("holdout", THIN, -50.0), evidence=evidence))
    assert "50 more in all; 40 more without a hazard" in said.en
    assert "전체 50장 더; 위험 없는 사진 40장 더" in said.ko
