"""A run's latest report is what the history says, proved; what lies where the run keeps it is not believed."""

from datetime import timedelta

import pytest
from support.gate_runs import STRICT, judged
from support.judged import FAIL, PASS
from support.judged_runs import NOON, PROFILE

from safety_tasks.errors import ArtifactError, ObjectNotFound
from safety_tasks.gate import find_gate_report, list_gate_reports, read_gate_report, record_approval
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Approval
from safety_tasks.store.local import LocalStore

LATEST = "runs/r1/gate/report.json"


def test_the_latest_report_is_found(store: LocalStore, version: DatasetVersion) -> None:
    """Its reference is the one that judging gave; a run that nobody judged has none."""
    with pytest.raises(ObjectNotFound, match="run r1: expected a gate report in the history"):
        find_gate_report(store, "r1")
    first = judged(store, version, profile=STRICT)
    assert find_gate_report(store, "r1") == first
    later = judged(store, version, at=NOON + timedelta(minutes=1))
    judged(store, version, "r2", at=NOON + timedelta(minutes=2))
    assert find_gate_report(store, "r1") == later
    assert find_gate_report(store, "r2").run_id == "r2"
    with pytest.raises(ObjectNotFound, match="Run safety-tasks gate judge r3"):
        find_gate_report(store, "r3")


@pytest.mark.parametrize("payload", [b"{}", b"", None])
def test_what_the_run_keeps_is_not_believed(
    store: LocalStore, version: DatasetVersion, payload: bytes | None
) -> None:
    """A report that somebody puts where the run keeps its latest, or removes there, changes nothing."""
    ref = judged(store, version, profile=STRICT)
    if payload is None:
        store.delete(LATEST)
    else:
        store.put(LATEST, payload)
    found = find_gate_report(store, "r1")
    assert found == ref
    assert read_gate_report(store, found).verdict is FAIL


def test_an_altered_report_is_not_found(store: LocalStore, version: DatasetVersion) -> None:
    """The history has its digest."""
    ref = judged(store, version, profile=STRICT)
    forged = store.get(ref.report.key).payload.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
    store.put(ref.report.key, forged)
    for look in (lambda: find_gate_report(store, "r1"), lambda: read_gate_report(store, ref)):
        with pytest.raises(ArtifactError, match="altered or cut"):
            look()


def test_what_a_person_decided_is_the_latest(store: LocalStore, version: DatasetVersion) -> None:
    """An approved report is what is found and listed, not the one before."""
    ref = judged(store, version)
    at = NOON + timedelta(minutes=1)
    approval = Approval(decision="approved", who="kim", at=at.isoformat())
    approved = record_approval(store, ref, approval)
    assert find_gate_report(store, "r1") == approved
    ((when, listed),) = list_gate_reports(store, 9)
    assert (when, listed.report, listed.verdict) == (at.isoformat(), approved.report, PASS)


def test_no_reports_are_listed_where_there_are_none(store: LocalStore) -> None:
    """A new store has no reports."""
    assert list_gate_reports(store, 5) == ()


def test_reports_are_listed_newest_first_one_a_run(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Of a run judged twice the later report is listed; the limit counts runs."""
    times = [NOON.replace(hour=hour) for hour in (1, 2, 3, 4)]
    refs = [
        judged(store, version, run_id, profile, at)
        for run_id, at, profile in zip(
            ("a", "b", "a", "c"), times, (STRICT, PROFILE, PROFILE, PROFILE), strict=True
        )
    ]
    listed = list_gate_reports(store, 9)
    assert [(at, ref.run_id, ref.verdict) for at, ref in listed] == [
        ("2026-03-01T04:00:00+00:00", "c", PASS),
        ("2026-03-01T03:00:00+00:00", "a", PASS),
        ("2026-03-01T02:00:00+00:00", "b", PASS),
    ]
    assert [ref.report for _, ref in listed] == [refs[n].report for n in (3, 2, 1)]
    assert [ref.reasons for _, ref in listed] == [(), (), ()]
    assert list_gate_reports(store, 2) == listed[:2]
    assert list_gate_reports(store, 0) == ()
