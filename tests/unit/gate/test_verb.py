"""The gate leaves a report whatever the verdict, and lets only a stored, proved PASS through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.gate_runs import BOTH, MANY, STRICT, judged
from support.judged import FAIL, PASS, THIN
from support.judged_runs import NOON, PROFILE
from support.made_variants import made_variant
from support.toy_measurements import finds_all, toy_measurements
from support.toy_runs import toy_export
from toy_models import strong_model

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, GateRefused, ObjectNotFound
from safety_tasks.gate import (
    evaluate_gate,
    find_gate_report,
    list_gate_reports,
    read_gate_report,
)
from safety_tasks.gate.history import read_history
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Verdict, combine
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.store.local import LocalStore

LATEST = "runs/r1/gate/report.json"


@pytest.mark.parametrize(
    ("profile", "choices", "verdict", "first"),
    [
        (PROFILE, {}, PASS, ""),
        (PROFILE, {"finds": lambda picture: ()}, FAIL, "ap50.smoke: AP50 of smoke is 0.000"),
        (STRICT, {}, FAIL, "latency.x86-vnni: a frame takes 20.0 ms (p95)"),
        (MANY, {}, THIN, "holdout: the holdout holds 3 pictures"),
        (BOTH, {}, FAIL, "latency.x86-vnni: "),
    ],
)
def test_a_report_is_left_whatever_the_verdict(
    store: LocalStore,
    version: DatasetVersion,
    profile: GateProfile,
    choices: dict[str, Any],
    verdict: Verdict,
    first: str,
) -> None:
    """It proves, agrees with its reference, and says the worst first."""
    ref = judged(store, version, profile=profile, **choices)
    report = read_gate_report(store, ref)
    assert (ref.verdict, report.verdict, ref.reasons) == (verdict, verdict, report.reasons)
    assert combine(check.counts for check in report.checks) is verdict
    assert bool(ref.reasons) == bool(first)
    assert not first or ref.reasons[0].startswith(first)
    assert [each.verdict for each in report.refusing] == sorted(
        [each.verdict for each in report.refusing], key=(FAIL, THIN).index
    )


def test_where_a_report_lies(store: LocalStore, version: DatasetVersion) -> None:
    """Once under its digest, where nothing is written over, once as the run's latest, and in the history."""
    ref = judged(store, version)
    payload = store.get(LATEST).payload
    assert ref.run_id == "r1"
    assert ref.report.key == f"runs/r1/gate/reports/{sha256_bytes(payload)[:16]}.json"
    assert store.get(ref.report.key).payload == payload
    (entry,) = read_history(store)
    assert (entry.kind, entry.run_id, entry.verdict, entry.profile) == (
        "verdict",
        "r1",
        PASS,
        "toy",
    )
    assert (entry.at, entry.report, entry.note) == (NOON.isoformat(), ref.report, "")
    assert entry.model_sha256 == sha256_bytes(strong_model())
    cards = {key.removeprefix("runs/r1/gate/") for key in store.keys("runs/r1/gate/card")}
    assert {"card.en.md", "card.ko.md", "card.json"} <= cards


def test_what_a_report_holds(store: LocalStore, version: DatasetVersion) -> None:
    """All that the verdict follows from: evidence, policy and its digest, the gate's own test, the time."""
    exported = toy_export(store, version, "r1", strong_model())
    measured = toy_measurements(store, version, exported)
    told: list[tuple[int, int]] = []
    ref = evaluate_gate(
        store,
        exported,
        version,
        measured,
        PROFILE,
        at=NOON,
        progress=lambda done, total: told.append((done, total)),
    )
    report = read_gate_report(store, ref)
    assert (report.run_id, report.at, report.report_key) == ("r1", NOON.isoformat(), LATEST)
    assert (report.profile, report.policy_sha256) == (PROFILE, PROFILE.digest())
    assert report.evidence.exported == exported
    assert report.evidence.measured == measured
    assert report.synthetic
    assert (report.waivers, report.approval, report.variants) == ((), None, ())
    assert report.checks[0].name == "self_test"
    assert (report.checks[0].verdict, report.checks[0].mode) == (PASS, "required")
    assert {check.mode for check in report.checks if check.kind == "events"} == {"reported"}
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]
    assert len(report.self_test) == len(told) + 1
    assert all(bad.refused or bad.skipped for bad in report.self_test)


def test_each_file_that_may_ship_has_its_verdict(
    store: LocalStore, version: DatasetVersion
) -> None:
    """A variant that nobody measured is on record as left out; the reference goes its way."""
    exported = toy_export(store, version, "r1", strong_model())
    variant = made_variant("edge-int8-arm")
    exported = exported.model_copy(update={"variants": (variant,)})
    measured = toy_measurements(store, version, exported)
    ref = evaluate_gate(store, exported, version, measured, PROFILE, at=NOON)
    (verdict,) = read_gate_report(store, ref).variants
    assert (ref.verdict, verdict.name, verdict.verdict) == (PASS, "edge-int8-arm", THIN)
    assert verdict.model_sha256 == variant.model.sha256


def test_a_verdict_is_given_now_unless_told_otherwise(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Its time is the machine's, in UTC, to the second."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    report = read_gate_report(store, judged(store, version, at=None))
    at = datetime.fromisoformat(report.at)
    assert before <= at <= datetime.now(UTC)
    assert (at.microsecond, at.utcoffset()) == (0, timedelta(0))


def test_judging_twice_gives_one_report(store: LocalStore, version: DatasetVersion) -> None:
    """The same evidence at the same time is the same report; another time is another one, and the latest."""
    first, again = judged(store, version), judged(store, version)
    assert first == again
    assert len(list(store.keys("runs/r1/gate/reports/"))) == 1
    later = judged(store, version, at=NOON + timedelta(seconds=1))
    assert later.report != first.report
    assert len(list(store.keys("runs/r1/gate/reports/"))) == 2
    assert find_gate_report(store, "r1").report.sha256 == later.report.sha256
    assert read_gate_report(store, first).at == NOON.isoformat()


def without_detections(store: LocalStore) -> None:
    """Remove what the candidate found."""
    store.delete("runs/r1/benchmark/candidate.npz")


def altered_detections(store: LocalStore) -> None:
    """Alter what the candidate found."""
    store.put("runs/r1/benchmark/candidate.npz", b"other")


@pytest.mark.parametrize(
    ("changes", "spoil", "error", "words"),
    [
        ({"measured__run_id": "r2"}, None, GateRefused, "found those of run r2"),
        ({"candidate__manifest_sha256": "e" * 64}, None, GateRefused, "on eeeeeeeeeeee"),
        ({"candidate__model_sha256": "e" * 64}, None, GateRefused, "model eeeeeeeeeeee"),
        ({"candidate__split": "val"}, None, GateRefused, "found those of val"),
        ({"candidate__detections": None}, None, GateRefused, "to test the gate with, found none"),
        ({}, without_detections, ObjectNotFound, "candidate.npz"),
        ({}, altered_detections, ArtifactError, "altered or cut"),
    ],
)
def test_what_cannot_be_judged_leaves_no_report(
    store: LocalStore,
    version: DatasetVersion,
    changes: dict[str, Any],
    spoil: Callable[[LocalStore], None] | None,
    error: type[Exception],
    words: str,
) -> None:
    """Measurements of something else, or that do not prove, are no verdict at all: no report and no entry."""
    exported = toy_export(store, version, "r1", strong_model())
    measured = toy_measurements(store, version, exported, finds=finds_all)
    for path, value in changes.items():
        part, _, name = path.partition("__")
        if part == "measured":
            measured = measured.model_copy(update={name: value})
        else:
            report = measured.candidate.model_copy(update={name: value})
            measured = measured.model_copy(update={"candidate": report})
    if spoil is not None:
        spoil(store)
    with pytest.raises(error, match=words):
        evaluate_gate(store, exported, version, measured, PROFILE, at=NOON)
    assert list(store.keys("runs/r1/gate/")) == []
    assert list_gate_reports(store, 9) == ()
