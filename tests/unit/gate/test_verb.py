"""The gate leaves a report whatever the verdict, and lets only a stored, proved PASS through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.judged import FAIL, PASS, THIN
from support.judged_runs import NOON, PROFILE
from support.made_evidence import changed
from support.toy_measurements import finds_all, toy_measurements
from support.toy_runs import toy_export
from toy_models import strong_model

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, GateBroken, GateRefused, ObjectNotFound
from safety_tasks.gate import (
    enforce_gate,
    evaluate_gate,
    find_gate_report,
    list_gate_reports,
    read_gate_report,
    verb,
)
from safety_tasks.gate.history import read_history
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef, KnownBad, Verdict, combine
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.store.local import LocalStore

LATEST = "runs/r1/gate/report.json"
STRICT = changed(PROFILE, hardware__default__latency_p95_ms=1.0)
MANY = changed(PROFILE, min_holdout_pictures=4)  # the drawn holdout has three
BOTH = changed(MANY, hardware__default__latency_p95_ms=1.0)


def judged(
    store: LocalStore,
    version: DatasetVersion,
    run_id: str = "r1",
    profile: GateProfile = PROFILE,
    at: datetime | None = NOON,
    **choices: Any,
) -> GateReportRef:
    """Judge a run that finds every label, but for what is chosen otherwise."""
    exported = toy_export(store, version, run_id, strong_model())
    measured = toy_measurements(store, version, exported, **choices)
    return evaluate_gate(store, exported, version, measured, profile, at=at)


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


def test_the_latest_report_is_found(store: LocalStore, version: DatasetVersion) -> None:
    """Its reference proves it; a run that nobody judged has none, and one that is malformed is an error."""
    ref = judged(store, version, profile=STRICT)
    found = find_gate_report(store, "r1")
    assert (found.run_id, found.verdict, found.reasons) == ("r1", FAIL, ref.reasons)
    assert found.report == Artifact(
        key=LATEST, sha256=ref.report.sha256, size_bytes=ref.report.size_bytes
    )
    assert read_gate_report(store, found) == read_gate_report(store, ref)
    with pytest.raises(ObjectNotFound):
        find_gate_report(store, "r2")
    store.put(LATEST, b"{}")
    with pytest.raises(GateRefused, match=LATEST):
        find_gate_report(store, "r1")


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


@pytest.mark.parametrize(
    ("profile", "refused"), [(PROFILE, ""), (STRICT, "FAIL"), (MANY, "INCONCLUSIVE")]
)
@pytest.mark.parametrize("channel", ["canary", "stable"])
def test_only_a_pass_is_let_through(
    store: LocalStore, version: DatasetVersion, profile: GateProfile, refused: str, channel: Any
) -> None:
    """Enforcement gives the report back, or says every reason, where the report is, and shows the card."""
    ref = judged(store, version, profile=profile)
    report = read_gate_report(store, ref)
    if not refused:
        assert enforce_gate(store, ref, channel) == report
        return
    with pytest.raises(GateRefused) as error:
        enforce_gate(store, ref, channel)
    said = str(error.value)
    assert said.startswith(
        f"run r1: verdict {refused} by profile toy: {'; '.join(ref.reasons)}. Nothing "
    )
    assert f"was published. The report is at {store.uri}/{ref.report.key}.\n" in said
    assert len(said.splitlines()) > 5
    assert not isinstance(error.value, GateBroken)


@pytest.mark.parametrize(("channel", "through"), [("canary", True), ("stable", False)])
def test_what_cannot_be_told_may_go_to_canary(
    store: LocalStore, version: DatasetVersion, channel: Any, through: bool
) -> None:
    """Where the policy says so, and never to stable, which is meant where no channel is named."""
    profile = changed(MANY, inconclusive_to_canary=True)
    ref = judged(store, version, profile=profile)
    if through:
        assert enforce_gate(store, ref, channel).verdict is THIN
        return
    for call in (lambda: enforce_gate(store, ref, channel), lambda: enforce_gate(store, ref)):
        with pytest.raises(GateRefused, match="verdict INCONCLUSIVE"):
            call()


def restated(store: LocalStore, ref: GateReportRef, report: GateReport) -> GateReportRef:
    """Store another report with a reference that proves it."""
    payload = report.to_json_bytes()
    store.put(ref.report.key, payload)
    artifact = Artifact(key=ref.report.key, sha256=sha256_bytes(payload), size_bytes=len(payload))
    return ref.model_copy(update={"report": artifact, "verdict": PASS})


@pytest.mark.parametrize(
    ("profile", "lie", "words"),
    [
        (STRICT, {"verdict": PASS}, "says PASS and contradicts its own checks"),
        (PROFILE, {"verdict": FAIL}, "says FAIL and contradicts its own checks"),
        (PROFILE, {"self_test": ()}, "could not show that it refuses bad models"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(
    store: LocalStore, version: DatasetVersion, profile: GateProfile, lie: Any, words: str
) -> None:
    """PASS over a failing check, FAIL over passing ones or no test of the gate is no PASS, whatever its reference says."""
    ref = judged(store, version, profile=profile)
    report = read_gate_report(store, ref).model_copy(update=lie)
    with pytest.raises(GateRefused, match=words):
        enforce_gate(store, restated(store, ref, report))


def test_a_broken_gate_says_so(
    store: LocalStore, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad candidate that came through is on record, fails the verdict, and is an error of its own."""
    through = KnownBad(name="all-silent", must_be_refused_by="ap50", refused=False)
    monkeypatch.setattr(verb, "run_self_test", lambda *_: (through,))
    ref = judged(store, version)
    assert ref.verdict is FAIL
    assert ref.reasons[0].startswith("self_test: THE GATE IS BROKEN")
    assert read_gate_report(store, ref).broken == (through,)
    with pytest.raises(GateBroken, match="the gate could not show that it refuses bad models"):
        enforce_gate(store, ref)


def test_an_altered_report_is_refused(store: LocalStore, version: DatasetVersion) -> None:
    """A report whose bytes changed since the gate does not prove, even with a friendlier verdict."""
    ref = judged(store, version, profile=STRICT)
    text = store.get(ref.report.key).payload
    forged = text.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
    assert forged != text
    store.put(ref.report.key, forged)
    with pytest.raises(ArtifactError, match="altered or cut"):
        enforce_gate(store, ref)


def test_the_references_verdict_does_not_matter(store: LocalStore, version: DatasetVersion) -> None:
    """A reference that says PASS for a failing report lets nothing through."""
    ref = judged(store, version, profile=STRICT).model_copy(update={"verdict": PASS})
    with pytest.raises(GateRefused, match="verdict FAIL"):
        enforce_gate(store, ref)


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
