"""A replay judges stored evidence again, says what changed, and leaves self-test and waivers out."""

from typing import Any

import pytest
from support.judged_runs import PROFILE, STRICT, judged_run
from support.toy_runs import toy_dataset

from safety_tasks.gate import replay
from safety_tasks.gate.judging import Judgement
from safety_tasks.gate.replay import Replayed, replay_gate
from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, GateReport, KnownBad, VariantVerdict, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.store.local import LocalStore


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GateReport:
    """Give the report of a run that the toy policy lets through."""
    store = LocalStore(tmp_path_factory.mktemp("store"))
    _, report = judged_run(store, toy_dataset(store))
    assert report.verdict is Verdict.PASS
    return report


def policy(**checks: str) -> GateProfile:
    """Return the toy policy with checks weighed otherwise."""
    changed: dict[str, Any] = {"checks": {**PROFILE.checks, **checks}, "name": "other"}
    return GateProfile.model_validate(PROFILE.to_dict() | changed)


def one(kind: Any, verdict: Verdict, of: str = "", reason: str = "so") -> CheckResult:
    """Return a check's result."""
    return result(
        kind, verdict, of=of, observed="1", required="2", reason=reason, reason_ko="그래서"
    )


def verdicts(found: Replayed) -> tuple[str, str, str]:
    """Return the verdicts: as given, by the old policy, by the new one."""
    return (found.given.value, found.old.value, found.new.value)


def test_the_same_policy_says_the_same(report: GateReport) -> None:
    """Nothing changed, and both sides name one policy."""
    found = replay_gate(report, PROFILE)
    assert verdicts(found) == ("PASS", "PASS", "PASS")
    assert found.changed == ()
    assert found.old_policy == found.new_policy
    assert found.at == report.at
    assert (found.run_id, found.old_policy.profile, found.old_policy.version) == ("r1", "toy", 1)
    assert found.old_policy.sha256 == report.policy_sha256


def test_what_was_stored_replays_as_what_was_judged(report: GateReport) -> None:
    """A report read from its bytes gives the same replay."""
    read = GateReport.from_json_bytes(report.to_json_bytes(), what="a report")
    assert replay_gate(read, STRICT) == replay_gate(report, STRICT)


def test_a_stricter_policy_refuses(report: GateReport) -> None:
    """The checks that turned are named, with the reason that they have now, in both languages."""
    found = replay_gate(report, STRICT)
    assert verdicts(found) == ("PASS", "PASS", "FAIL")
    assert (found.new_policy.profile, found.new_policy.version) == ("strict", 2)
    assert found.new_policy.sha256 == STRICT.digest() != found.old_policy.sha256
    (change,) = found.changed
    assert change.name == "latency.x86-vnni"
    assert (change.old_verdict, change.new_verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "over the budget of 1.0 ms" in change.reason
    assert "예산" in change.reason_ko


def test_a_milder_policy_lets_through(report: GateReport) -> None:
    """What a strict policy refused passes by a milder one, by the same evidence."""
    strict = report.model_copy(
        update={
            "verdict": Verdict.FAIL,
            "profile": STRICT,
            "checks": tuple(
                check.model_copy(update={"verdict": Verdict.FAIL})
                if check.kind == "latency"
                else check
                for check in report.checks
            ),
        }
    )
    found = replay_gate(strict, PROFILE)
    assert verdicts(found) == ("FAIL", "FAIL", "PASS")
    assert [change.new_verdict for change in found.changed] == [Verdict.PASS]


def test_another_weight_is_a_change(report: GateReport) -> None:
    """A check that said FAIL all along and counts now turns the verdict, and is listed with both weights."""
    found = replay_gate(report, policy(reproducibility="required"))
    assert verdicts(found) == ("PASS", "PASS", "FAIL")
    (change,) = found.changed
    assert (change.name, change.old_mode, change.new_mode) == (
        "reproducibility",
        "reported",
        "required",
    )
    assert change.old_verdict is change.new_verdict is Verdict.FAIL


def test_waivers_are_left_out(report: GateReport) -> None:
    """A PASS that rests on a waiver is a FAIL on both sides, and the report's own word stands beside them."""
    checks = tuple(
        check.model_copy(update={"verdict": Verdict.FAIL, "waived_by": "w1"})
        if check.kind == "latency"
        else check
        for check in report.checks
    )
    found = replay_gate(report.model_copy(update={"checks": checks, "profile": STRICT}), STRICT)
    assert verdicts(found) == ("PASS", "FAIL", "FAIL")
    assert found.changed == ()
    assert "waivers are not part" in found.left_out
    assert "면제" in found.left_out_ko


def test_the_self_test_is_left_out(report: GateReport) -> None:
    """A gate that was broken then says nothing about the evidence: neither side counts it."""
    bad = KnownBad(name="silent", must_be_refused_by="ap50", refused=False)
    checks = (one("self_test", Verdict.FAIL), *report.checks[1:])
    assert report.checks[0].kind == "self_test"
    broken = report.model_copy(
        update={"verdict": Verdict.FAIL, "checks": checks, "self_test": (bad,)}
    )
    found = replay_gate(broken, PROFILE)
    assert verdicts(found) == ("FAIL", "PASS", "PASS")
    assert found.changed == ()
    assert "self-test" in found.left_out


def test_what_one_side_does_not_judge(report: GateReport) -> None:
    """A check that only one policy has is a change, without a verdict on the other side."""
    here = PROFILE.hardware["default"]
    hardware = {**PROFILE.hardware, "arm-dot": here.model_copy(update={"must_be_measured": True})}
    wider = PROFILE.model_copy(update={"hardware": hardware})
    (change,) = replay_gate(report, wider).changed
    assert change.name == "latency.arm-dot"
    assert (change.old_verdict, change.new_verdict) == (None, Verdict.INCONCLUSIVE)
    assert (change.old_mode, change.new_mode) == (None, "required")
    checks = (*report.checks, one("latency", Verdict.INCONCLUSIVE, "arm-dot"))
    older = report.model_copy(update={"checks": checks, "verdict": Verdict.INCONCLUSIVE})
    found = replay_gate(older, PROFILE)
    assert verdicts(found) == ("INCONCLUSIVE", "INCONCLUSIVE", "PASS")
    (gone,) = found.changed
    assert (gone.new_verdict, gone.new_mode) == (None, None)
    assert (gone.reason, gone.reason_ko) == (
        "this policy does not judge it",
        "이 정책은 이것을 판정하지 않습니다",
    )


def test_each_file_is_replayed_by_itself(
    report: GateReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variant's check is named with its file and hardware, and does not turn the verdict of the reference."""

    def variants(verdict: Verdict) -> tuple[VariantVerdict, ...]:
        checks = (one("latency", verdict, "x86", f"it is {verdict.value}"),)
        values = {"name": "edge-int8-x86", "hardware": "x86", "model_sha256": "d" * 64}
        return (VariantVerdict.model_validate(values | {"verdict": verdict, "checks": checks}),)

    checks = (one("ap50", Verdict.PASS, "fire"),)
    judged = Judgement(Verdict.PASS, checks, variants(Verdict.FAIL))
    monkeypatch.setattr(replay, "judge", lambda evidence, profile: judged)
    old = report.model_copy(update={"checks": checks, "variants": variants(Verdict.PASS)})
    found = replay_gate(old, PROFILE)
    assert verdicts(found) == ("PASS", "PASS", "PASS")
    (change,) = found.changed
    assert (change.name, change.reason) == ("latency.x86 (edge-int8-x86 on x86)", "it is FAIL")


def test_no_check_at_all_is_no_pass(report: GateReport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a report holds its self-test alone, nothing was shown: FAIL on its side."""
    judged = Judgement(Verdict.FAIL, (), ())
    monkeypatch.setattr(replay, "judge", lambda evidence, profile: judged)
    found = replay_gate(report.model_copy(update={"checks": report.checks[:1]}), PROFILE)
    assert verdicts(found) == ("PASS", "FAIL", "FAIL")


def test_it_is_plain_json(report: GateReport) -> None:
    """A replay as a dict holds nothing but JSON's types, words as they are shown."""
    document = replay_gate(report, STRICT).to_dict()
    assert (document["given"], document["new"]) == ("PASS", "FAIL")
    assert document["changed"][0]["new_verdict"] == "FAIL"
    assert document["new_policy"]["profile"] == "strict"
