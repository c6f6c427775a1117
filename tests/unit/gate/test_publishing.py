"""Nothing is published that the gate did not let through: each way to be wrong is a named verdict or error."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.gate_runs import MANY, STRICT, judged
from support.judged import FAIL, PASS, THIN
from support.judged_runs import PROFILE
from support.made_evidence import changed
from support.signed_waivers import Signer, signer
from support.toy_measurements import toy_measurements
from support.toy_runs import publish_toy, toy_export
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.errors import ArtifactError, GateRefused, ReleaseError, SafetyTasksError
from safety_tasks.gate import evaluate_gate, read_gate_report
from safety_tasks.gate.waivers import give_waiver
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.model import ChampionBenchmark, Measurements
from safety_tasks.records.release import PublishedRelease
from safety_tasks.records.waiver import Waiver
from safety_tasks.release import publish_release
from safety_tasks.settings import ReleaseSettings
from safety_tasks.store.local import LocalStore

OTHER_MODEL = toy_model(gains=(1.0, 1.0, 0.999))


def publish(
    store: LocalStore, version: DatasetVersion, ref: GateReportRef, channel: Any = "stable"
) -> PublishedRelease:
    """Publish run r1 by a report."""
    exported = toy_export(store, version, "r1", strong_model())
    return publish_release(store, ref, exported, version, channel, ReleaseSettings())


def releases(store: LocalStore) -> list[str]:
    """Return what lies in the store of releases and channels."""
    return [*store.keys("releases/"), *store.keys("channels/")]


def refused_by(ref: GateReportRef) -> list[str]:
    """Return the names of the checks that refuse."""
    return [reason.partition(":")[0] for reason in ref.reasons]


@pytest.mark.parametrize("channel", ["canary", "stable"])
@pytest.mark.parametrize(("profile", "verdict"), [(PROFILE, PASS), (STRICT, FAIL), (MANY, THIN)])
def test_only_a_pass_is_published(
    store: LocalStore, version: DatasetVersion, profile: GateProfile, verdict: Verdict, channel: Any
) -> None:
    """By either channel, FAIL and INCONCLUSIVE leave nothing behind."""
    ref = judged(store, version, profile=profile)
    assert ref.verdict is verdict
    if verdict is PASS:
        assert publish(store, version, ref, channel).release_seq == 1
        return
    with pytest.raises(GateRefused, match=f"verdict {verdict.value} by profile toy.*Nothing was"):
        publish(store, version, ref, channel)
    assert releases(store) == []


def altered(store: LocalStore, ref: GateReportRef) -> GateReportRef:
    """Alter the stored report."""
    payload = store.get(ref.report.key).payload
    store.put(ref.report.key, payload.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    return ref


def friendlier(store: LocalStore, ref: GateReportRef) -> GateReportRef:
    """Let the reference say PASS."""
    return ref.model_copy(update={"verdict": PASS, "reasons": ()})


@pytest.mark.parametrize(
    ("forge", "error", "words"),
    [(altered, ArtifactError, "altered or cut"), (friendlier, GateRefused, "verdict FAIL")],
)
def test_a_forged_report_publishes_nothing(
    store: LocalStore,
    version: DatasetVersion,
    forge: Callable[[LocalStore, GateReportRef], GateReportRef],
    error: type[SafetyTasksError],
    words: str,
) -> None:
    """Neither other bytes nor a friendlier reference."""
    ref = forge(store, judged(store, version, profile=STRICT))
    with pytest.raises(error, match=words):
        publish(store, version, ref)
    assert releases(store) == []


def test_a_report_on_another_model_publishes_nothing(
    store: LocalStore, version: DatasetVersion
) -> None:
    """A PASS of one model is not one of another."""
    ref = judged(store, version, "r2", at=None, model=OTHER_MODEL)
    assert ref.verdict is PASS
    with pytest.raises(GateRefused, match="expected a verdict on model"):
        publish(store, version, ref)
    assert releases(store) == []


def test_a_model_that_is_released_is_not_released_again(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Another run of the very model is refused as a duplicate."""
    publish_toy(store, version, "r0", strong_model())
    before = releases(store)
    ref = judged(store, version, at=None)
    assert (ref.verdict, refused_by(ref)) == (FAIL, ["duplicate"])
    with pytest.raises(GateRefused, match="duplicate: release 1 is this very model"):
        publish(store, version, ref)
    assert releases(store) == before


def test_a_champion_that_was_deleted(store: LocalStore, version: DatasetVersion) -> None:
    """What cannot be measured cannot be beaten."""
    publish_toy(store, version, "r0", OTHER_MODEL)
    before = releases(store)
    gone = ChampionBenchmark(release_seq=1, report=None, problem="its model was deleted")

    def without(measured: Measurements) -> Measurements:
        changes = {"champion": gone, "differences": {}, "slice_differences": ()}
        return measured.model_copy(update=changes)

    ref = judged(store, version, at=None, spoil=without)
    assert (ref.verdict, refused_by(ref)) == (FAIL, ["champion"])
    with pytest.raises(GateRefused, match="could not be measured: its model was deleted"):
        publish(store, version, ref)
    assert releases(store) == before


def test_a_champion_that_changed_before_the_verdict(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Measured beside what stable served once is not measured beside the champion."""
    publish_toy(store, version, "r0", OTHER_MODEL)

    def promoted(measured: Measurements) -> Measurements:
        publish_toy(store, version, "r9", weak_model())
        return measured

    ref = judged(store, version, at=None, spoil=promoted)
    before = releases(store)
    assert (ref.verdict, refused_by(ref)) == (FAIL, ["champion"])
    with pytest.raises(
        GateRefused, match="measured beside release 1, while stable serves release 2"
    ):
        publish(store, version, ref)
    assert releases(store) == before


def test_a_champion_that_changed_after_the_verdict(
    store: LocalStore, version: DatasetVersion
) -> None:
    """A PASS beside an older champion publishes nothing."""
    ref = judged(store, version, at=None)
    assert ref.verdict is PASS
    publish_toy(store, version, "r9", weak_model())
    before = releases(store)
    with pytest.raises(
        ReleaseError, match="expected release None to be the champion still, found 1"
    ):
        publish(store, version, ref)
    assert releases(store) == before


def test_a_holdout_that_is_too_small(store: LocalStore, version: DatasetVersion) -> None:
    """A dataset that shrank below what the policy asks for says nothing of a model."""
    ref = judged(store, version, profile=MANY)
    assert (ref.verdict, refused_by(ref)) == (THIN, ["holdout"])
    assert "needed are 4 and 1" in ref.reasons[0]
    with pytest.raises(GateRefused, match="verdict INCONCLUSIVE"):
        publish(store, version, ref)
    assert releases(store) == []


def test_a_waiver_that_ended_publishes_nothing(
    store: LocalStore, version: DatasetVersion, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A PASS that rests on a waiver is one until the waiver ends."""
    kim: Signer = signer(tmp_path_factory.mktemp("kim"), "kim")
    exported = toy_export(store, version, "r1", strong_model())
    given = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    waiver = Waiver.of(
        who="kim",
        why="the gateway arrives on Monday",
        checks=("latency.*",),
        run_id="r1",
        model_sha256=exported.model.sha256,
        profile="toy",
        given_at=given,
        until=given + timedelta(hours=1),
    )
    give_waiver(store, waiver, kim.key, (kim.approver,), at=given)
    measured = toy_measurements(store, version, exported)
    ref = evaluate_gate(store, exported, version, measured, STRICT, (kim.approver,), at=given)
    assert ref.verdict is PASS
    with pytest.raises(GateRefused, match="it rests on waivers that have ended"):
        publish(store, version, ref)
    assert releases(store) == []


def test_a_policy_that_asks_somebody(store: LocalStore, version: DatasetVersion) -> None:
    """A PASS is not published to stable before somebody said yes."""
    ref = judged(store, version, profile=changed(PROFILE, approval_before_stable=True))
    assert read_gate_report(store, ref).needs_approval("stable")
    with pytest.raises(GateRefused, match="expected somebody's approval before stable"):
        publish(store, version, ref)
    assert releases(store) == []
    assert publish(store, version, ref, "canary").channel == "canary"
