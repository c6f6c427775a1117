"""The card says how the candidate fares on the incidents on record."""

import pytest
from support.toy_runs import NO_INCIDENTS, PROFILE, toy_report

from safety_tasks.gate.card import card_text
from safety_tasks.gate.checks import combine, run_checks
from safety_tasks.records.gate import GateReport
from safety_tasks.records.model import ChampionBenchmark, IncidentResult

FIRST = ChampionBenchmark(release_seq=None, report=None)
MISSED = IncidentResult(total=3, missed=("0 a.jpg: fire",), trained_on=2, without_hazard=0)


def card(incidents: IncidentResult | None) -> str:
    """Return the card of a good candidate with these incidents, its lines joined."""
    candidate = toy_report(incidents=incidents)
    checks = run_checks(candidate, FIRST, PROFILE, tuple(candidate.hazards))
    report = GateReport(
        run_id="r1",
        verdict=combine(check.verdict for check in checks),
        profile=PROFILE,
        checks=checks,
        model_sha256=candidate.model_sha256,
        dataset_version=candidate.dataset_version,
        synthetic=False,
        candidate=candidate,
        champion=FIRST,
        report_key="runs/r1/gate/report.json",
    )
    return card_text(report, width=200)


@pytest.mark.parametrize("incidents", [None, NO_INCIDENTS])
def test_without_incidents_no_count_is_shown(incidents: IncidentResult | None) -> None:
    """Nothing on record, or nothing measured, is no line of numbers."""
    assert "incidents on record found" not in card(incidents)


def test_incidents_are_counted_and_the_missed_named() -> None:
    """How many were found, how many the model learned from, and which were missed again."""
    text = card(MISSED)
    assert "2 of 3 incidents on record found; 2 of them lie in train or val" in text
    assert "incidents: 1 of 3 incidents on record are missed again: 0 a.jpg: fire" in text
