"""What a person decided belongs to one report, is recorded once, and never changes what the gate refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from support.judged_runs import NOON, PROFILE, judged_run
from support.made_evidence import changed
from support.signed_waivers import Signer, signer
from support.toy_measurements import toy_measurements
from support.toy_runs import toy_export
from toy_models import strong_model

from safety_tasks.errors import ArtifactError, ClockInPast, GateRefused
from safety_tasks.gate import (
    enforce_gate,
    evaluate_gate,
    find_gate_report,
    read_gate_report,
    record_approval,
)
from safety_tasks.gate.history import read_history
from safety_tasks.gate.waivers import give_waiver
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Approval, GateReportRef, Verdict
from safety_tasks.records.waiver import Waiver
from safety_tasks.release import publish_release
from safety_tasks.settings import ReleaseSettings
from safety_tasks.store.local import LocalStore

ASKS = changed(PROFILE, approval_before_stable=True)
STRICT = changed(ASKS, hardware__default__latency_p95_ms=1.0)
Decision = Literal["approved", "rejected", "timed_out"]


def decided(decision: Decision = "approved", minutes: int = 5, **changes: Any) -> Approval:
    """Return what kim decided some minutes after noon."""
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return Approval.model_validate({"decision": decision, "who": "kim", "at": at} | changes)


def judged(store: LocalStore, version: DatasetVersion, profile: Any = ASKS) -> GateReportRef:
    """Judge run r1."""
    ref, _ = judged_run(store, version, profile=profile)
    return ref


def publish(store: LocalStore, version: DatasetVersion, ref: GateReportRef, channel: Any) -> None:
    """Publish run r1."""
    exported = toy_export(store, version, "r1", strong_model())
    publish_release(store, ref, exported, version, channel, ReleaseSettings())


def test_a_yes_becomes_part_of_a_new_report(store: LocalStore, version: DatasetVersion) -> None:
    """The report that was judged stays as it was; the approved one is the run's latest and in the history."""
    ref = judged(store, version)
    before = read_gate_report(store, ref)
    approval = decided(note="seen on the wall")
    approved = record_approval(store, ref, approval)
    assert approved.report != ref.report
    assert (approved.run_id, approved.verdict, approved.reasons) == ("r1", Verdict.PASS, ())
    report = read_gate_report(store, approved)
    assert report == before.model_copy(update={"approval": approval})
    assert read_gate_report(store, ref) == before
    assert find_gate_report(store, "r1").report.sha256 == approved.report.sha256
    entry, first = read_history(store)
    assert (entry.kind, entry.verdict, entry.report) == ("approval", Verdict.PASS, approved.report)
    assert (entry.at, entry.note) == (approval.at, "approved by kim: seen on the wall")
    assert (first.kind, first.report) == ("verdict", ref.report)


@pytest.mark.parametrize(
    ("decision", "note"),
    [
        ("approved", "approved by kim"),
        ("rejected", "rejected by kim"),
        ("timed_out", "timed_out by kim"),
    ],
)
def test_every_decision_is_recorded(
    store: LocalStore, version: DatasetVersion, decision: Decision, note: str
) -> None:
    """A no and no answer in time are on record like a yes."""
    ref = record_approval(store, judged(store, version), decided(decision))
    report = read_gate_report(store, ref)
    assert report.approval is not None
    assert report.approval.decision == decision
    assert read_history(store)[0].note == note


@pytest.mark.parametrize("decision", ["approved", "rejected", "timed_out"])
def test_the_same_decision_again_changes_nothing(
    store: LocalStore, version: DatasetVersion, decision: Decision
) -> None:
    """A task that runs twice records it once, also at another time and with another note."""
    ref = record_approval(store, judged(store, version), decided(decision))
    before = {key: store.get(key).payload for key in store.keys("")}
    assert record_approval(store, ref, decided(decision)) == ref
    assert record_approval(store, ref, decided(decision, 9, note="again")) == ref
    assert {key: store.get(key).payload for key in store.keys("")} == before


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (decided("approved"), decided("rejected")),
        (decided("rejected"), decided("approved")),
        (decided("timed_out"), decided("approved")),
        (decided("approved"), decided("approved", who="park")),
    ],
)
def test_a_decision_is_not_changed(
    store: LocalStore, version: DatasetVersion, first: Approval, then: Approval
) -> None:
    """Whoever comes later judges the run again; the message says who decided what, and when."""
    ref = record_approval(store, judged(store, version), first)
    with pytest.raises(GateRefused) as refused:
        record_approval(store, ref, then)
    assert str(refused.value) == (
        f"run r1: expected no decision yet, found {first.decision} by kim at {first.at}. "
        "Judge the run again to decide anew."
    )
    assert read_gate_report(store, find_gate_report(store, "r1")).approval == first


def test_what_the_gate_refuses_cannot_be_approved(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Nobody can say yes to it; a no is recorded all the same."""
    ref = judged(store, version, STRICT)
    with pytest.raises(GateRefused) as refused:
        record_approval(store, ref, decided())
    said = str(refused.value)
    assert said.startswith(
        "run r1: expected a verdict that can be approved, found: verdict FAIL by"
    )
    assert said.endswith(
        "A person cannot approve what the gate refuses; a waiver can take out a check."
    )
    assert find_gate_report(store, "r1").report.sha256 == ref.report.sha256
    rejected = record_approval(store, ref, decided("rejected"))
    assert rejected.verdict is Verdict.FAIL
    assert rejected.reasons == ref.reasons


def test_what_may_only_go_to_canary_cannot_be_approved(
    store: LocalStore, version: DatasetVersion
) -> None:
    """An approval is for stable, where what cannot be told never goes."""
    profile = changed(ASKS, min_holdout_pictures=4, inconclusive_to_canary=True)
    ref = judged(store, version, profile)
    enforce_gate(store, ref, "canary")
    with pytest.raises(GateRefused, match="found: verdict INCONCLUSIVE"):
        record_approval(store, ref, decided())


def test_an_altered_report_cannot_be_approved(store: LocalStore, version: DatasetVersion) -> None:
    """What does not prove is not what the gate said."""
    ref = judged(store, version, STRICT)
    forged = store.get(ref.report.key).payload.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
    store.put(ref.report.key, forged)
    with pytest.raises(ArtifactError, match="altered or cut"):
        record_approval(store, ref, decided())


def test_a_clock_that_lies_is_found(store: LocalStore, version: DatasetVersion) -> None:
    """A decision from long before the verdict is not recorded."""
    ref = judged(store, version)
    with pytest.raises(ClockInPast):
        record_approval(store, ref, decided(minutes=-60))
    assert len(read_history(store)) == 1
    assert find_gate_report(store, "r1").report.sha256 == ref.report.sha256


def test_nothing_goes_to_stable_before_somebody_said_yes(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Canary needs nobody; stable needs a yes in the very report that is published by."""
    ref = judged(store, version)
    with pytest.raises(GateRefused, match="expected somebody's approval before stable") as refused:
        publish(store, version, ref, "stable")
    assert "safety-tasks gate approve r1" in str(refused.value)
    assert list(store.keys("channels/")) == []
    publish(store, version, ref, "canary")
    approved = record_approval(store, ref, decided())
    publish(store, version, approved, "stable")
    assert list(store.keys("channels/")) == ["channels/canary.json", "channels/stable.json"]


@pytest.mark.parametrize("decision", ["rejected", "timed_out"])
def test_nothing_is_published_after_a_no(
    store: LocalStore, version: DatasetVersion, decision: Decision
) -> None:
    """Nor after no answer in time, and by no channel."""
    ref = record_approval(store, judged(store, version), decided(decision))
    for channel in ("canary", "stable"):
        with pytest.raises(GateRefused, match=f"it was {decision.replace('_', ' ')} by kim"):
            publish(store, version, ref, channel)
    assert list(store.keys("channels/")) == []


@pytest.fixture
def kim(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Give an approver."""
    return signer(tmp_path_factory.mktemp("kim"), "kim")


@pytest.mark.parametrize(("minutes", "counts"), [(29, True), (30, False), (31, False)])
def test_an_approval_rests_on_waivers_that_still_count(
    store: LocalStore, version: DatasetVersion, kim: Signer, minutes: int, counts: bool
) -> None:
    """A yes after a waiver ended is no yes to what the gate lets through."""
    exported = toy_export(store, version, "r1", strong_model())
    waiver = Waiver.of(
        who="kim",
        why="the gateway arrives on Monday",
        checks=("latency.*",),
        run_id="r1",
        model_sha256=exported.model.sha256,
        profile="toy",
        given_at=NOON,
        until=NOON + timedelta(minutes=30),
    )
    give_waiver(store, waiver, kim.key, (kim.approver,), at=NOON)
    measured = toy_measurements(store, version, exported)
    ref = evaluate_gate(store, exported, version, measured, STRICT, (kim.approver,), at=NOON)
    assert ref.verdict is Verdict.PASS
    if counts:
        record_approval(store, ref, decided(minutes=minutes))
        return
    with pytest.raises(GateRefused, match="it rests on waivers that have ended"):
        record_approval(store, ref, decided(minutes=minutes))
    assert datetime.now(UTC) > NOON
