"""Gate reports made by hand, for tests of what shows them: each verdict, and each thing that must be loud.

Rule: every name from data is the caller's, so that a test can make all of them hostile.
"""

from typing import Any, Literal

from support.made_benchmarks import (
    HAZARDS,
    made_latency,
    made_measurements,
    made_report,
)
from support.made_gate_checks import (
    failed_checks,
    made_check,
    made_checks,
    made_profile,
    unsure_checks,
    with_changed,
)
from support.made_gate_evidence import RUN, made_evidence, thin_measurements, weak_measurements
from support.made_variants import FP32, X86

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.gate import (
    Approval,
    CheckResult,
    GateReport,
    KnownBad,
    ShownWaiver,
    Verdict,
    combine,
)
from safety_tasks.records.model import ChampionBenchmark

Situation = Literal["plain", "broken", "bypassed", "waived", "approved", "no_champion", "demo"]
AT = "2026-11-24T08:55:00+00:00"
FIRST = ChampionBenchmark(release_seq=None, report=None)
TESTED = tuple(
    KnownBad(name=name, must_be_refused_by=by, refused=True, refused_by=(by,))
    for name, by in (
        ("all-silent", "recall"),
        ("alarms-everywhere", "false_alarms"),
        ("slow", "latency"),
    )
)


def made_gate_report(verdict: Verdict = Verdict.PASS, **changes: Any) -> GateReport:
    """Return a report with a verdict, and checks that give it; changes are fields of the report."""
    checks, evidence = made_checks(), made_evidence()
    if verdict is Verdict.FAIL:
        checks, evidence = (
            with_changed(checks, *failed_checks()),
            made_evidence(measured=weak_measurements()),
        )
    elif verdict is Verdict.INCONCLUSIVE:
        checks, evidence = (
            with_changed(checks, *unsure_checks()),
            made_evidence(measured=thin_measurements()),
        )
    profile = changes.get("profile") or made_profile()
    values: dict[str, Any] = {
        "run_id": RUN,
        "verdict": combine(check.counts for check in changes.get("checks", checks)),
        "at": AT,
        "profile": profile,
        "policy_sha256": profile.digest(),
        "checks": checks,
        "variants": made_variant_verdicts(),
        "self_test": TESTED,
        "evidence": evidence,
        "report_key": f"runs/{RUN}/gate/report.json",
    }
    return GateReport.model_validate(values | changes)


def made_variant_verdicts(
    why: str = "on holdout: agreement F1 0.941, needed are 0.970",
) -> list[dict[str, Any]]:
    """Return FP32 fit to ship and INT8 left out."""
    refused = made_check(
        f"int8.{X86}", Verdict.FAIL, reason=why, reason_ko=f"INT8 예산 초과: {why}"
    )
    fit = made_check(f"parity.{FP32}")
    return [
        made_variant_verdict(FP32, "x86-vnni", fit),
        made_variant_verdict(X86, "x86-vnni", refused),
    ]


def made_variant_verdict(name: str, hardware: str, *checks: CheckResult) -> dict[str, Any]:
    """Return what was judged of one file on a class of hardware."""
    return {
        "name": name,
        "hardware": hardware,
        "model_sha256": sha256_bytes(name.encode()),
        "verdict": combine(check.counts for check in checks),
        "checks": checks,
    }


def made_waiver(*applied: str, **changes: Any) -> ShownWaiver:
    """Return a waiver that takes checks out of this report."""
    values: dict[str, Any] = {
        "waiver_id": "w-5f2c81",
        "who": "j.kim",
        "approver": "s.park",
        "why": "the new gateway arrives on Monday",
        "checks": applied or ("latency.x86-vnni",),
        "run_id": RUN,
        "until": "2026-11-30T00:00:00+00:00",
        "applied": applied,
    }
    return ShownWaiver.model_validate(values | changes)


def situated_report(situation: Situation, **changes: Any) -> GateReport:
    """Return a report in which something must be loud."""
    if situation == "broken":
        through = KnownBad(name="blind-to-fire", must_be_refused_by="recall of fire", refused=False)
        checks = with_changed(made_checks(), _broken_check())
        changes = {"self_test": (*TESTED, through), "checks": checks} | changes
    elif situation == "bypassed":
        modes = made_profile().checks | {"recall": "reported_dangerously"}
        out = [
            made_check(f"recall.{h}", Verdict.FAIL, -0.1, mode="reported_dangerously")
            for h in HAZARDS
        ]
        checks = with_changed(made_checks(), *out)
        changes = {"profile": made_profile(checks=modes), "checks": checks} | changes
    elif situation == "waived":
        waived = made_check(
            "latency.x86-vnni", Verdict.FAIL, -9.2, observed="69.2 ms", waived_by="w-5f2c81"
        )
        waivers = (
            made_waiver("latency.x86-vnni"),
            made_waiver(waiver_id="w-other", run_id="20261120T101500-ffff", checks=("memory.x86",)),
        )
        candidate = made_report(latency=made_latency(p95_ms=69.2))
        changes = {
            "checks": with_changed(made_checks(), waived),
            "waivers": waivers,
            "evidence": made_evidence(measured=made_measurements(run_id=RUN, candidate=candidate)),
        } | changes
    elif situation == "approved":
        given = Approval(
            decision="approved", who="s.park", at="2026-11-24T09:20:00+00:00", note="seen"
        )
        changes = {"approval": given} | changes
    elif situation == "no_champion":
        measured = made_measurements(run_id=RUN, champion=FIRST, differences={}, frame_ratio=None)
        evidence = made_evidence(measured=measured, serving_release_seq=None)
        changes = {"evidence": evidence} | changes
    elif situation == "demo":
        profile = made_profile(
            name="demo",
            approval_before_stable=False,
            warning="judged by the demo profile, made for synthetic scenes: not for a plant",
        )
        changes = {"profile": profile, "evidence": made_evidence(synthetic=True)} | changes
    return made_gate_report(**changes)


def hostile_report(name: str) -> GateReport:
    """Return a report in which every text from data is ``name``, with everything that a card can show."""
    classes = ("smoke", name) if name != "smoke" else (name,)
    text = {"observed": name, "required": name, "reason": name, "reason_ko": name}
    evidence = made_evidence(classes, (name or "x",))
    changed = {"machine": name}
    candidate = evidence.measured.candidate.model_copy(update={"latency": made_latency(**changed)})
    measured = evidence.measured.model_copy(update={"candidate": candidate})
    exported = evidence.exported.model_copy(update={"not_made": {name: name}})
    evidence = evidence.model_copy(
        update={
            "measured": measured,
            "exported": exported,
            "dataset_version": name,
            "synthetic": True,
        }
    )
    checks = with_changed(
        made_checks(()),
        made_check("recall.x", Verdict.FAIL, -0.1, uncovered=(name,), **text),
        made_check("ap50.x", Verdict.INCONCLUSIVE, waived_by="w-1", **text),
    )
    waivers = (
        made_waiver("ap50.x", who=name, approver=name, why=name, until=name),
        made_waiver(who=name, approver=name, why=name, until=name, waiver_id="w-2"),
    )
    approval = Approval(decision="rejected", who=name, at=name, note=name)
    profile = made_profile(classes, warning=name, policy_version=1)
    return made_gate_report(
        profile=profile,
        checks=checks,
        variants=made_variant_verdicts(name),
        waivers=waivers,
        approval=approval,
        evidence=evidence,
        at=name,
    )


def _broken_check() -> CheckResult:
    return made_check(
        "self_test",
        Verdict.FAIL,
        -1.0,
        observed="18 of 19 bad candidates refused",
        observed_ko="나쁜 후보 19개 중 18개 거부",
        reason="THE GATE IS BROKEN: it let through what it must refuse: blind-to-fire (by recall of fire)",
        reason_ko="게이트가 고장났습니다: 거부해야 할 후보를 통과시켰습니다: blind-to-fire",
    )
