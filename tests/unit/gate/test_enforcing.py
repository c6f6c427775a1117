"""Only a stored, proved report that lets a candidate through does so, whatever its reference says."""

from typing import Any

import pytest
from support.gate_runs import MANY, STRICT, judged
from support.judged import FAIL, PASS, THIN
from support.judged_runs import PROFILE
from support.made_evidence import changed

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, GateBroken, GateRefused
from safety_tasks.gate import enforce_gate, read_gate_report, verb
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef, KnownBad
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.store.local import LocalStore


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
    """PASS over a failing check, FAIL over passing ones or no test of the gate is no PASS."""
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
