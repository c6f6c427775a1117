"""The three reasons that matter most, and what too little evidence was found for."""

import pytest
from support.made_gate_checks import (
    BY_HARDWARE,
    BY_HAZARD,
    made_check,
    made_checks,
    made_profile,
    with_changed,
)
from support.made_gate_reports import (
    made_gate_report,
)

from safety_tasks.gate.card import card_facts
from safety_tasks.gate.card.reasons import limit_of
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_policy import KINDS, CheckKind

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def test_the_worst_three_reasons_are_shown_and_the_rest_counted() -> None:
    """FAIL goes before INCONCLUSIVE, in the order of the checks."""
    facts = card_facts(made_gate_report(FAIL))
    assert [reason.check for reason in facts.reasons] == [
        "recall.person_down",
        "non_inferiority.person_down",
        "latency.x86-vnni",
    ]
    assert facts.more_reasons == 1
    assert facts.reasons[0].asks.en == "Recall reaches floor"
    assert facts.reasons[0].subject == "person_down"


def test_a_pass_shows_the_tightest_margins() -> None:
    """The least room first, as a share of each check's own limit; what does not count is left out."""
    tight = made_check("memory.x86-vnni").model_copy(
        update={"margin": 5.12, "observed": "506.9 MiB"}
    )
    waived = made_check("size", FAIL, 0.0, waived_by="w")
    reported = made_check("ap50.fire", mode="reported").model_copy(update={"margin": 0.0})
    facts = card_facts(
        made_gate_report(checks=with_changed(made_checks(), tight, waived, reported))
    )
    assert facts.reasons_title.en == "All 34 required checks pass. The tightest:"
    assert [reason.check for reason in facts.reasons] == [
        "memory.x86-vnni",
        "ap50.person_down",
        "ap50.smoke",
    ]
    assert (
        facts.reasons[0].text.en
        == "506.9 MiB, required at most 512.0 MiB: 1 % of the limit to spare"
    )
    assert facts.more_reasons == 0


def test_a_pass_without_margins_says_that_all_passed() -> None:
    """Checks that hold no number against a limit have no room to show."""
    facts = card_facts(made_gate_report(checks=(made_check("class_map"), made_check("duplicate"))))
    assert facts.reasons_title.en == "All 2 required checks pass."
    assert facts.reasons == ()


def test_uncovered_parts_are_listed_once() -> None:
    """Whichever checks name them."""
    checks = with_changed(
        made_checks(), made_check("size", uncovered=("night", "fire in plant-a/gate"))
    )
    expected = ("person_down in night", "fire in plant-a/gate", "night")
    assert card_facts(made_gate_report(checks=checks)).uncovered == expected


LIMITS: dict[CheckKind, float] = {
    "support": 10,
    "holdout": 300,
    "ap50": 0.6,
    "ap50_95": 0.25,
    "recall": 0.5,
    "false_alarms": 100.0,
    "events": 0.7,
    "non_inferiority": 0.05,
    "slices": 0.15,
    "thresholds": 0.1,
    "parity": 1.0,
    "latency": 60.0,
    "throughput": 10.0,
    "load_time": 2000.0,
    "memory": 512.0,
    "size": 16.0,
}


@pytest.mark.parametrize("kind", KINDS)
def test_room_is_a_share_of_the_checks_own_limit(kind: CheckKind) -> None:
    """Each number of the policy is the limit of its kind; a check that holds no number against one has none."""
    about = "x86-vnni" if kind in BY_HARDWARE else "fire" if kind in BY_HAZARD else ""
    check = made_check(f"{kind}.{about}".rstrip("."))
    assert limit_of(check, made_profile(("fire",))) == LIMITS.get(kind)


def test_a_class_of_hardware_has_its_own_limit() -> None:
    """The budget is that of the class that the check names, else the one for all."""
    profile = made_profile()
    slow = profile.hardware["default"].model_copy(update={"latency_p95_ms": 180.0})
    profile = profile.model_copy(update={"hardware": {**profile.hardware, "arm64": slow}})
    assert limit_of(made_check("latency.arm64"), profile) == 180.0
    assert limit_of(made_check("latency.x86-vnni"), profile) == 60.0


def test_a_hazard_without_a_limit_has_none() -> None:
    """Another hazard's number is not borrowed."""
    for kind in ("ap50", "ap50_95", "recall", "non_inferiority"):
        assert limit_of(made_check(f"{kind}.fire"), made_profile(("smoke",))) is None
