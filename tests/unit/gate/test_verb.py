"""The gate leaves a report whatever the verdict, and lets only a stored, proved PASS through."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.toy_runs import PROFILE, toy_dataset, toy_export, toy_report
from toy_models import strong_model

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ClassMapError, GateRefused
from safety_tasks.gate import enforce_gate, evaluate_gate, list_gate_reports, read_gate_report
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef, Verdict
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.store.local import LocalStore

FIRST = ChampionBenchmark(release_seq=None, report=None)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def judge(
    store: LocalStore,
    version: DatasetVersion,
    run_id: str = "r1",
    at: datetime = NOON,
    **choices: Any,
) -> GateReportRef:
    """Judge made-up measurements of the strong model."""
    exported = toy_export(store, version, run_id, strong_model())
    report = toy_report(exported.model.sha256, version.manifest.sha256, **choices)
    return evaluate_gate(store, exported, version, report, FIRST, PROFILE, at=at)


@pytest.mark.parametrize(
    ("choices", "verdict"),
    [
        ({"ap50": None}, Verdict.INCONCLUSIVE),
        ({"support": (0, 0, 0)}, Verdict.INCONCLUSIVE),
        ({"ap50": 0.1}, Verdict.FAIL),
        ({"ap50": 0.1, "support": (0, 0, 0)}, Verdict.FAIL),
        ({"p95_ms": 5000.0}, Verdict.FAIL),
        ({}, Verdict.PASS),
    ],
)
def test_a_report_is_left_whatever_the_verdict(
    local_store: LocalStore, version: DatasetVersion, choices: dict[str, Any], verdict: Verdict
) -> None:
    """The stored report proves, agrees with its reference, and only PASS is let through."""
    ref = judge(local_store, version, **choices)
    report = read_gate_report(local_store, ref)
    assert (ref.verdict, report.verdict, ref.reasons) == (verdict, verdict, report.reasons)
    assert bool(ref.reasons) == (verdict is not Verdict.PASS)
    assert report.synthetic
    if verdict is Verdict.PASS:
        enforce_gate(local_store, ref)
        return
    with pytest.raises(GateRefused, match=f"verdict {verdict.value} by profile toy") as refused:
        enforce_gate(local_store, ref)
    assert all(reason in str(refused.value) for reason in ref.reasons)


def test_failures_come_before_thin_evidence_in_the_reasons(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Who reads only the first reason reads the worst one."""
    ref = judge(local_store, version, support=(0, 0, 0), p95_ms=5000.0)
    assert ref.reasons[0].startswith("latency.p95")
    assert len(ref.reasons) == 4


@pytest.mark.parametrize("field", ["model_sha256", "manifest_sha256"])
def test_measurements_of_something_else_are_refused(
    local_store: LocalStore, version: DatasetVersion, field: str
) -> None:
    """Numbers of another model or another holdout are not judged at all."""
    exported = toy_export(local_store, version, "r1", strong_model())
    report = toy_report(exported.model.sha256, version.manifest.sha256)
    other = report.model_copy(update={field: "e" * 64})
    with pytest.raises(GateRefused, match="Benchmark this run's model again"):
        evaluate_gate(local_store, exported, version, other, FIRST, PROFILE)
    assert list_gate_reports(local_store, 9) == ()


def test_an_altered_report_is_refused(local_store: LocalStore, version: DatasetVersion) -> None:
    """A report whose bytes changed since the gate does not prove, even with a friendlier verdict."""
    ref = judge(local_store, version, ap50=0.1)
    text = local_store.get(ref.report.key).payload
    forged = text.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
    assert forged != text
    local_store.put(ref.report.key, forged)
    with pytest.raises(ArtifactError, match="altered or cut"):
        enforce_gate(local_store, ref)


def restated(store: LocalStore, ref: GateReportRef, report: GateReport) -> GateReportRef:
    """Store another report with a reference that proves it."""
    payload = report.to_json_bytes()
    store.put(ref.report.key, payload)
    artifact = Artifact(key=ref.report.key, sha256=sha256_bytes(payload), size_bytes=len(payload))
    return ref.model_copy(update={"report": artifact, "verdict": Verdict.PASS})


def test_a_verdict_that_its_checks_contradict_is_refused(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """PASS over a failing check, or FAIL over passing ones, is no PASS, whatever the reference says."""
    bad, good = judge(local_store, version, ap50=0.1), judge(local_store, version, "r2")
    lies = [
        read_gate_report(local_store, bad).model_copy(update={"verdict": Verdict.PASS}),
        read_gate_report(local_store, good).model_copy(update={"verdict": Verdict.FAIL}),
    ]
    for ref, lie in zip((bad, good), lies, strict=True):
        with pytest.raises(GateRefused, match="Nothing was published"):
            enforce_gate(local_store, restated(local_store, ref, lie))


def test_the_references_verdict_does_not_matter(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A reference that says PASS for a failing report lets nothing through."""
    ref = judge(local_store, version, ap50=0.1).model_copy(update={"verdict": Verdict.PASS})
    with pytest.raises(GateRefused, match="verdict FAIL"):
        enforce_gate(local_store, ref)


def test_no_reports_are_listed_where_there_are_none(local_store: LocalStore) -> None:
    """A new store has no reports."""
    assert list_gate_reports(local_store, 5) == ()


def test_reports_are_listed_newest_first_one_a_run(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Of a run judged twice the later report is listed; the limit counts runs."""
    times = [NOON.replace(hour=hour) for hour in (1, 2, 3, 4)]
    for run_id, at, ap50 in zip(("a", "b", "a", "c"), times, (0.1, 0.9, 0.9, 0.9), strict=True):
        judge(local_store, version, run_id, at, ap50=ap50)
    listed = list_gate_reports(local_store, 9)
    assert [(at, ref.run_id) for at, ref in listed] == [
        ("20260301T040000", "c"),
        ("20260301T030000", "a"),
        ("20260301T020000", "b"),
    ]
    assert listed[1][1].verdict is Verdict.PASS
    assert list_gate_reports(local_store, 2) == listed[:2]
    assert list_gate_reports(local_store, 0) == ()


@pytest.mark.parametrize("part", ["exported model", "measurements"])
def test_another_class_map_is_not_judged(
    local_store: LocalStore, version: DatasetVersion, part: str
) -> None:
    """Model or measurements of other classes than the version's leave no report."""
    exported = toy_export(local_store, version, "r1", strong_model())
    report = toy_report(exported.model.sha256, version.manifest.sha256)
    other = {"classes_sha256": "0" * 64}
    if part == "measurements":
        report = report.model_copy(update=other)
    else:
        exported = exported.model_copy(update=other)
    with pytest.raises(ClassMapError, match=f"{part} of run r1: expected the class map 0000"):
        evaluate_gate(local_store, exported, version, report, FIRST, PROFILE)
    assert list_gate_reports(local_store, 9) == ()
