"""The three reasons that matter most, and what too little evidence was found for."""

from support.made_gate_checks import made_check, made_checks, with_changed
from support.made_gate_reports import (
    made_gate_report,
)

from safety_tasks.gate.card import card_facts
from safety_tasks.records.gate import Verdict

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
