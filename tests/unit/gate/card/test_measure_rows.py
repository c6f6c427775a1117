"""Measures beside their limits, and the files of the release, as truth tables."""

from typing import Any

import pytest
from support.made_benchmarks import (
    made_alarms,
    made_latency,
    made_report,
)
from support.made_gate_checks import made_profile
from support.made_gate_reports import (
    made_gate_report,
    made_variant_verdicts,
    situated_report,
)
from support.refused_reports import evidence_of

from safety_tasks.gate.card import card_facts
from safety_tasks.records.gate import Approval, GateReport, Verdict

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
UNLABELLED = {"total": 0, "missed": (), "trained_on": 0, "without_hazard": 3}


def measured_report(**changes: Any) -> GateReport:
    """Return a report over a candidate with changes."""
    return made_gate_report(evidence=evidence_of(made_report(**changes)))


@pytest.mark.parametrize(
    ("changes", "kind", "shown", "small"),
    [
        ({}, "latency", "46.1 ms", "at most 60.0 ms"),
        ({"latency": made_latency(sustained_fps=None)}, "throughput", "-", "not measured · at least 10.0 fps"),
        ({"latency": made_latency(load_ms=None)}, "load_time", "-", "not measured · at most 2,000.0 ms"),
        ({"latency": made_latency(peak_rss_bytes=None)}, "memory", "-", "not measured · at most 512.0 MiB"),
        ({"false_alarms": None}, "false_alarms", "-", "not measured · at most 100.0"),
        ({"false_alarms": made_alarms(background=0)}, "false_alarms", "-", "no background · at most 100.0"),
        ({"incidents": UNLABELLED}, "incidents", "-", "3 pictures without a label · may miss 1"),
    ],
)  # fmt: skip
def test_measures_stand_beside_their_limits(
    changes: dict[str, Any], kind: str, shown: str, small: str
) -> None:
    """There are always the same six, a missing one with its reason."""
    rows = {row.kind: row for row in card_facts(measured_report(**changes)).measures}
    assert list(rows) == [
        "latency",
        "throughput",
        "load_time",
        "memory",
        "false_alarms",
        "incidents",
    ]
    assert (rows[kind].number.shown, rows[kind].beside.en) == (shown, small)


def test_the_budget_is_that_of_the_hardware() -> None:
    """A class of hardware with a table of its own is held against that."""
    own = {"latency_p95_ms": 40.0, "sustained_fps": 25.0, "load_ms": 500.0, "peak_rss_mib": 200.0}
    hardware = {"default": made_profile().hardware["default"], "x86-vnni": own}
    facts = card_facts(made_gate_report(profile=made_profile(hardware=hardware)))
    assert facts.measures[0].limit.en == "at most 40.0 ms"
    assert facts.machine.en.startswith("Hardware class x86-vnni, threads: 1, ")


def test_a_machine_that_the_report_does_not_name_is_unknown() -> None:
    """Its budget is that of any other."""
    facts = card_facts(measured_report(latency=made_latency(fingerprint=None)))
    assert facts.machine.en.startswith("Hardware class unknown")


REJECTED = Approval(decision="rejected", who="s.park", at="x")
APPROVED = Approval(decision="approved", who="s.park", at="x")
CANARY = made_profile(inconclusive_to_canary=True)


@pytest.mark.parametrize(
    ("report", "reference"),
    [
        (made_gate_report(), "ships"),
        (made_gate_report(approval=APPROVED), "ships"),
        (made_gate_report(approval=REJECTED), "held_back"),
        (made_gate_report(FAIL), "held_back"),
        (made_gate_report(THIN), "held_back"),
        (made_gate_report(THIN, profile=CANARY), "ships"),
        (situated_report("broken"), "held_back"),
        (made_gate_report(self_test=()), "held_back"),
    ],
)
def test_nothing_ships_that_the_gate_does_not_let_through(
    report: GateReport, reference: str
) -> None:
    """A file that is fit by itself is held back with the rest; one that is not is left out either way."""
    rows = card_facts(report).files
    states = [row.state for row in rows]
    assert states == [reference, reference, "left_out", "not_made"]
    assert rows[2].why.en == "on holdout: agreement F1 0.941, needed are 0.970"
    assert rows[3].why.en == "no Arm machine made one"


def test_a_variant_has_a_row_a_class_of_hardware() -> None:
    """It may be fit for one and not for another."""
    twice = made_variant_verdicts()
    twice += [{**twice[0], "hardware": "arm-dot"}]
    hardware = [row.hardware for row in card_facts(made_gate_report(variants=twice)).files]
    assert hardware == ["", "x86-vnni", "x86-vnni", "arm-dot", ""]
