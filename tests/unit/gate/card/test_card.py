"""The card in a terminal: one screen that says what was decided, why, and what to do now."""

import pytest
from rich.cells import cell_len
from rich.console import Group
from rich.panel import Panel
from rich.text import Text
from support.made_benchmarks import made_report
from support.made_gate_checks import made_check, made_checks, with_changed
from support.made_gate_reports import (
    RUN,
    Situation,
    made_gate_report,
    situated_report,
)
from support.odd_gate_reports import MANY, crowded_report
from support.refused_reports import evidence_of

from safety_tasks.gate.card import card_text, render_card, warnings
from safety_tasks.records.gate import GateReport, Verdict

SCREEN_LINES = 52


def joined(report: GateReport) -> str:
    """Return the card's words without its frame and line ends."""
    return " ".join(card_text(report, width=400).replace("│", " ").split())


@pytest.mark.parametrize("verdict", Verdict)
def test_it_is_one_screen(verdict: Verdict) -> None:
    """Whatever the verdict, the card has the width asked for and no more lines than a screen."""
    lines = card_text(made_gate_report(verdict), width=110).splitlines()
    assert {cell_len(line) for line in lines} == {110}
    assert len(lines) <= SCREEN_LINES


def test_a_refusal_names_reasons_in_both_languages_and_what_to_do() -> None:
    """The worst three stand there, the rest is counted, and the next action is a sentence of each language."""
    text = joined(made_gate_report(Verdict.FAIL))
    assert "FAIL 불합격" in text
    assert "recall.person_down: recall of person_down is 0.413, below the floor of 0.500" in text
    assert "person_down의 재현율이(가) 0.413로 하한 0.500보다 낮습니다" in text
    assert "More checks that keep it from PASS: 1" in text
    assert "Do this now: Look at the misses of person_down" in text
    assert "지금 할 일: 놓친 사진(person_down)" in text


def test_numbers_stand_beside_floor_champion_and_support() -> None:
    """A hazard's row holds its AP50 with interval, floor, champion, difference, recall and support."""
    text = joined(made_gate_report())
    row = "✓ fire 0.790 0.73-0.84 0.600 0.738 +0.052 [+0.02, +0.08] 0.758 0.70-0.79 48 / 73 / 12"
    assert row in text
    assert "Frame time, p95 46.1 ms at most 60.0 ms" in text
    assert "False alarms / 1,000 50.0 24.1-93.0 · at most 100.0" in text
    assert "Incidents found 5 / 6 2 trained on · may miss 1" in text
    assert "edge-int8-x86 (x86-vnni): left out, on holdout: agreement F1 0.941" in text


@pytest.mark.parametrize(
    "incidents", [None, {"total": 0, "missed": (), "trained_on": 0, "without_hazard": 0}]
)
def test_incidents_that_nobody_measured_are_no_number(incidents: dict[str, object] | None) -> None:
    """Nothing on record, or nothing measured, is a dash with its reason."""
    candidate = made_report(incidents=incidents)
    report = made_gate_report(evidence=evidence_of(candidate))
    expected = "not measured" if incidents is None else "none on record"
    assert f"Incidents found - {expected} · may miss 1" in joined(report)


def test_without_a_champion_its_columns_are_left_out() -> None:
    """The first model is judged by floors only, and the card says so."""
    text = joined(situated_report("no_champion"))
    assert "No champion yet: floors only." in text
    assert "Difference" not in text


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        ("plain", ()),
        ("broken", ("GATE BROKEN: the gate let through a model made bad on purpose: nothing of this",)),
        ("bypassed", ("BYPASSED: checks that guard people do not count here", "NOT PASSED, and not counted")),
        ("waived", ("WAIVED until 2026-11-30 00:00 UTC: latency.x86-vnni", "Waivers in force that change nothing")),
        ("approved", ("Approved by s.park at 2026-11-24 09:20 UTC: seen",)),
        ("demo", ("Warning of the policy: judged by the demo profile", "SYNTHETIC PICTURES")),
    ],
)  # fmt: skip
def test_what_nobody_may_overlook_is_shown(situation: Situation, expected: tuple[str, ...]) -> None:
    """Each stands on the card, in its order, and nothing else does."""
    report = situated_report(situation)
    found = warnings(report)
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True))
    text = joined(report)
    assert all(f"! {line}" in text for line in found)


def test_plain_text_has_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log gets letters only, 110 columns of them, even where the environment asks for colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = card_text(made_gate_report(Verdict.FAIL)).splitlines()
    assert {cell_len(line) for line in lines} == {110}
    assert not any("\x1b" in line for line in lines)


def of_hazards(report: GateReport, *names: str) -> GateReport:
    """Return a report whose candidate knows these hazards only."""
    evidence = report.evidence
    hazards = {name: report.candidate.hazards[name] for name in names}
    candidate = evidence.measured.candidate.model_copy(update={"hazards": hazards})
    measured = evidence.measured.model_copy(update={"candidate": candidate})
    return report.model_copy(
        update={"evidence": evidence.model_copy(update={"classes": names, "measured": measured})}
    )


def test_a_card_without_hazards_says_so() -> None:
    """A dataset whose classes nobody knows leaves no empty table."""
    text = joined(of_hazards(made_gate_report()))
    assert "The report scores no hazard." in text
    assert "Floor" not in text


@pytest.mark.parametrize("hazards", [12, 13, 14])
def test_more_hazards_than_fit_are_counted(hazards: int) -> None:
    """What is left out of the table is said below it, and nothing is said where nothing is."""
    text = joined(of_hazards(crowded_report(), *MANY[:hazards]))
    assert (f"none worse than these: {hazards - 12} " in text) is (hazards > 12)
    assert ("none worse" in text) is (hazards > 12)


def test_of_more_hazards_than_fit_the_worst_are_shown() -> None:
    """A hazard that fails is not the one that there is no room for."""
    text = joined(of_hazards(crowded_report(), *MANY[6:], *MANY[:6]))
    assert all(f"? {name} 0." in text for name in MANY[:6])
    assert text.index("? smoke") < text.index("✓ arc")


@pytest.mark.parametrize(
    ("parts", "expected"), [(5, ""), (6, ""), (7, " and 1 more"), (8, " and 2 more")]
)
def test_more_uncovered_parts_than_fit_are_counted(parts: int, expected: str) -> None:
    """Six are named."""
    names = tuple(f"part-{n}" for n in range(parts))
    checks = with_changed(made_checks(), made_check("slices", uncovered=names))
    text = joined(made_gate_report(checks=checks))
    assert f"Too little evidence to judge: {', '.join(names[:6])}{expected} ▶" in text


def test_more_lines_can_be_added() -> None:
    """What a caller has to say stands at the end, inside the frame."""
    card = render_card(made_gate_report(), Group(Text("release 9 published")))
    assert isinstance(card, Panel)
    assert isinstance(card.renderable, Group)
    assert isinstance(card.renderable.renderables[-1], Group)
    plainly = render_card(made_gate_report())
    assert isinstance(plainly.renderable, Group)
    assert len(card.renderable.renderables) == len(plainly.renderable.renderables) + 2
    assert isinstance(card.title, Text)
    assert RUN in card.title.plain
