"""What a card says of the verdict, as truth tables: what may not be believed never looks like a verdict."""

import json

import pytest
from support.made_benchmarks import (
    HAZARDS,
)
from support.made_gate_checks import made_check
from support.made_gate_reports import (
    made_gate_report,
    situated_report,
)

from safety_tasks.gate.card import card_facts, facts_json
from safety_tasks.gate.card.facts import Counts, count_checks
from safety_tasks.records.gate import CheckResult, GateReport, KnownBad, Verdict

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
CONTRADICTING = made_gate_report(FAIL).model_copy(update={"verdict": PASS})


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((), Counts(0, 0, 0, 0, 0)),
        ((made_check("size"),), Counts(1, 0, 0, 0, 0)),
        ((made_check("size", FAIL),), Counts(0, 1, 0, 0, 0)),
        ((made_check("size", THIN),), Counts(0, 0, 1, 0, 0)),
        ((made_check("size", FAIL, mode="reported"),), Counts(0, 0, 0, 1, 0)),
        ((made_check("recall.fire", mode="reported_dangerously"),), Counts(0, 0, 0, 1, 0)),
        ((made_check("size", FAIL, waived_by="w"),), Counts(0, 0, 0, 0, 1)),
        ((made_check("size", FAIL, waived_by="w", mode="reported"),), Counts(0, 0, 0, 0, 1)),
        ((made_check("size"), made_check("size", FAIL), made_check("size")), Counts(2, 1, 0, 0, 0)),
    ],
)
def test_every_check_is_counted_once(checks: tuple[CheckResult, ...], expected: Counts) -> None:
    """Waived, only reported, or by its verdict; the counts add up."""
    assert count_checks(checks) == expected
    assert expected.total == len(checks)


@pytest.mark.parametrize(
    ("report", "tone", "meaning"),
    [
        (made_gate_report(), "PASS", "Every required check holds, with"),
        (made_gate_report(FAIL), "FAIL", "A check speaks against"),
        (made_gate_report(THIN), "INCONCLUSIVE", "The evidence cannot tell"),
        (situated_report("waived"), "PASS", "Every required check holds, but for"),
        (situated_report("bypassed"), "PASS", "Every check that counts holds; some"),
        (situated_report("broken"), "broken", "This verdict may not be believed"),
        (made_gate_report(self_test=()), "broken", "This verdict may not be believed"),
        (CONTRADICTING, "broken", "This verdict may not be believed"),
    ],
)
def test_the_tone_is_the_verdict_unless_it_may_not_be_believed(
    report: GateReport, tone: str, meaning: str
) -> None:
    """A broken gate, an untested one and a report that contradicts its checks never look like a verdict."""
    facts = card_facts(report)
    assert facts.tone == tone
    assert facts.meaning.en.startswith(meaning)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-11-24T17:55:00+09:00", "2026-11-24 08:55 UTC"),
        ("2026-11-24T08:55:00", "2026-11-24T08:55:00"),
        ("0001-01-01T00:00:00+09:00", "0001-01-01T00:00:00+09:00"),
        ("yesterday\u202e", "yesterday\\u202e"),
    ],
)
def test_times_are_utc(at: str, shown: str) -> None:
    """A time without a zone, or no time at all, is shown as it is."""
    assert card_facts(made_gate_report(at=at)).judged_at == shown


def test_machines_read_the_same_facts() -> None:
    """The JSON holds values as numbers, both languages, and the whole digests."""
    report = made_gate_report(FAIL)
    found = json.loads(facts_json(card_facts(report), [{"hazard": "fire"}]))
    assert found["format_version"] == 1
    assert found["verdict"] == "FAIL"
    assert found["model_sha256"] == report.model_sha256
    assert found["policy_sha256"] == report.policy_sha256
    assert found["hazards"][2]["recall"]["value"] == 0.413
    assert set(found["next_action"]) == {"en", "ko"}
    assert found["counts"] == {
        "passed": 32,
        "refused": 3,
        "inconclusive": 1,
        "reported": 0,
        "waived": 0,
    }
    assert found["pictures"] == [{"hazard": "fire"}]
    assert [row["hazard"] for row in found["hazards"]] == list(HAZARDS)


def test_a_skipped_candidate_breaks_nothing() -> None:
    """A bad candidate that could not be made is no proof against the gate."""
    skipped = KnownBad(name="x", must_be_refused_by="y", refused=False, skipped="no labels")
    assert card_facts(made_gate_report(self_test=(skipped,))).tone == "PASS"
