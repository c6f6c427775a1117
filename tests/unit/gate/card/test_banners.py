"""What nobody may overlook: each has its line, and nothing makes it quiet."""

import pytest
from support.made_gate_checks import made_check, made_checks, made_profile, with_changed
from support.made_gate_reports import (
    Situation,
    made_gate_report,
    made_waiver,
    situated_report,
)

from safety_tasks.gate.card import card_facts
from safety_tasks.records.gate import Approval, Verdict

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
CONTRADICTING = made_gate_report(FAIL).model_copy(update={"verdict": PASS})

REJECTED = Approval(decision="rejected", who="s.park", at="x")
CANARY = made_profile(inconclusive_to_canary=True)


@pytest.mark.parametrize(
    ("situation", "kinds"),
    [
        ("plain", []),
        ("broken", [("broken", "alarm")]),
        ("bypassed", [("bypasses", "alarm"), ("bypassed_fail", "alarm")]),
        ("waived", [("waived", "warning"), ("waivers_idle", "note")]),
        ("approved", [("approval", "note")]),
        ("no_champion", []),
        ("demo", [("warning", "warning"), ("synthetic", "warning")]),
    ],
)
def test_banners(situation: Situation, kinds: list[tuple[str, str]]) -> None:
    """Each thing that nobody may overlook has its line, the loudest first."""
    banners = card_facts(situated_report(situation)).banners
    assert [(banner.kind, banner.loudness) for banner in banners] == kinds


def test_what_fails_and_does_not_count_is_named() -> None:
    """A check that is only reported is quiet about passing, not about failing."""
    failing = made_check("events.fire", FAIL, -0.1, mode="reported")
    passing = made_check("size", mode="reported")
    report = made_gate_report(checks=with_changed(made_checks(), failing, passing))
    assert [(one.loudness, one.text.en) for one in card_facts(report).banners] == [
        ("note", "Only reported, and not passed: events.fire.")
    ]
    bypassed = card_facts(situated_report("bypassed")).banners[1].text.en
    assert bypassed == "NOT PASSED, and not counted: recall.smoke, recall.fire, recall.person_down."


def test_a_report_that_contradicts_its_checks_says_so() -> None:
    """A FAIL that was turned into a PASS is seen on the card."""
    first = card_facts(CONTRADICTING).banners[0]
    assert (first.kind, first.loudness) == ("contradiction", "alarm")
    assert first.text.en.startswith("CONTRADICTION: the report says PASS, its checks say FAIL.")


def test_a_gate_that_did_not_test_itself_is_an_alarm() -> None:
    """Without the self-test nothing shows that the gate can refuse."""
    (first,) = card_facts(made_gate_report(self_test=())).banners
    assert (first.kind, first.loudness) == ("untested", "alarm")
    assert first.text.en.startswith("GATE NOT TESTED")


def test_a_refusal_by_a_person_is_loud() -> None:
    """So is an approval that nobody gave in time."""
    late = Approval(decision="timed_out", who="clock", at="2026-11-25T09:00:00+00:00")
    for approval in (REJECTED, late):
        assert card_facts(made_gate_report(approval=approval)).banners[0].loudness == "alarm"


def test_a_note_is_read_to_its_end() -> None:
    """What somebody wrote beside a decision is a reason, and longer than a name."""
    note = " ".join(["not before the audit"] * 10)
    noted = REJECTED.model_copy(update={"note": note})
    assert note in card_facts(made_gate_report(approval=noted)).banners[0].text.en


def test_why_something_was_waived_is_read_to_its_end() -> None:
    """The reason is what an auditor looks for."""
    why = " ".join(["the camera is replaced on Monday"] * 6)
    banners = card_facts(made_gate_report(waivers=(made_waiver("size", why=why),))).banners
    assert why in banners[0].text.en


def test_very_many_waivers_are_counted() -> None:
    """The first are named, the rest is a number."""
    applied = [made_waiver("size", waiver_id=f"w-{n}") for n in range(9)]
    banners = card_facts(made_gate_report(waivers=applied)).banners
    assert [(one.kind, one.loudness) for one in banners] == [("waived", "warning")] * 6
    assert banners[-1].text.en == "More waivers that take checks out of this verdict: 4."
    assert len(card_facts(made_gate_report(waivers=applied[:5])).banners) == 5
    assert len(card_facts(made_gate_report(waivers=applied[:6])).banners) == 6
    idle = [made_waiver(waiver_id=f"w-{n}") for n in range(9)]
    banners = card_facts(made_gate_report(waivers=idle)).banners
    assert len(banners) == 1
    assert banners[0].text.en.endswith("and 4 more.")


def test_the_gate_may_let_inconclusive_to_canary_but_not_silently() -> None:
    """The policy that allows it is named where it matters."""
    (banner,) = card_facts(made_gate_report(THIN, profile=CANARY)).banners
    assert (banner.kind, banner.loudness) == ("canary", "warning")
    assert banner.text.en == "The policy lets INCONCLUSIVE go to canary."
    assert not card_facts(made_gate_report(profile=CANARY)).banners
