"""Checks of speed and memory, by the budget of the hardware class that they were measured on.

Rules: a time without the machine that it holds for is none; a class of hardware that the profile must have measured,
and nobody did, cannot be told; one thread, the whole frame.
"""

from collections.abc import Callable
from typing import Final

from safety_tasks.gate.results import ROUNDING, result
from safety_tasks.inference.fingerprint import hardware_class
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import CheckKind, GateProfile, HardwareBudget
from safety_tasks.records.timing import Latency
from safety_tasks.said import MISSING, Said, at_least, at_most

UNKNOWN: Final = "unknown"
_MIB: Final = 2**20


def check_latency(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the 95th percentile of a frame's time to keep the budget, on each class that must be measured."""
    here = hardware_of(evidence)
    measured = {here, *(choice.hardware for choice in evidence.choices)}
    found = [latency_result(evidence.measured.candidate.latency, here, profile)]
    if here == UNKNOWN:
        found = [_no_machine(profile)]
    for hardware, budget in profile.hardware.items():
        if budget.must_be_measured and hardware not in measured:
            found.append(
                result(
                    "latency",
                    Verdict.INCONCLUSIVE,
                    of=hardware,
                    observed=MISSING,
                    required=at_most(f"{budget.latency_p95_ms:.1f} ms"),
                    reason=f"nobody measured this model on {hardware}, which the profile needs: run safety-tasks "
                    f"benchmark {evidence.exported.run_id} there",
                    reason_ko=f"프로필이 요구하는 {hardware}에서 측정하지 않았습니다. "
                    f"그 장비에서 safety-tasks benchmark {evidence.exported.run_id}를 실행하세요",
                )
            )
    return tuple(found)


def check_throughput(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require enough frames a second without a pause."""
    return (throughput_result(evidence.measured.candidate.latency, hardware_of(evidence), profile),)


def check_load_time(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the model to load quickly."""
    return (load_result(evidence.measured.candidate.latency, hardware_of(evidence), profile),)


def check_memory(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require a process that runs the model to need little memory."""
    return (memory_result(evidence.measured.candidate.latency, hardware_of(evidence), profile),)


def hardware_of(evidence: GateEvidence) -> str:
    """Return the class of hardware that the benchmark ran on; ``unknown`` where the report does not tell."""
    found = evidence.measured.candidate.latency.fingerprint
    return hardware_class(found) if found else UNKNOWN


def latency_result(latency: Latency, hardware: str, profile: GateProfile) -> CheckResult:
    """Hold p95 of a frame against the budget of a class of hardware."""
    return _at_most(
        "latency",
        hardware,
        latency.p95_ms,
        lambda budget: budget.latency_p95_ms,
        "ms",
        profile,
        ("a frame takes", "(p95)", "프레임 시간(p95)"),
    )


def throughput_result(latency: Latency, hardware: str, profile: GateProfile) -> CheckResult:
    """Hold sustained frames a second against the budget."""
    least, value = profile.budget_of(hardware).sustained_fps, latency.sustained_fps
    required = at_least(_frames(least))
    if value is None:
        return _missing("throughput", hardware, required)
    good = value >= least - ROUNDING
    return result(
        "throughput",
        Verdict.PASS if good else Verdict.FAIL,
        of=hardware,
        observed=_frames(value),
        required=required,
        margin=value - least,
        reason=f"keeps up on {hardware}"
        if good
        else f"{value:.1f} frames/s on {hardware}, needed are {least:.1f}",
        reason_ko=f"{hardware}에서 처리 속도를 충족합니다"
        if good
        else f"{hardware}에서 초당 {value:.1f} 프레임으로 기준 {least:.1f}에 못 미칩니다",
    )


def _frames(rate: float) -> Said:
    return Said(f"{rate:.1f} frames/s", f"초당 {rate:.1f} 프레임")


def load_result(latency: Latency, hardware: str, profile: GateProfile) -> CheckResult:
    """Hold the time to load against the budget."""
    return _at_most(
        "load_time",
        hardware,
        latency.load_ms,
        lambda budget: budget.load_ms,
        "ms",
        profile,
        ("loading takes", "", "불러오는 시간"),
    )


def memory_result(latency: Latency, hardware: str, profile: GateProfile) -> CheckResult:
    """Hold the peak of memory against the budget."""
    peak = latency.peak_rss_bytes
    return _at_most(
        "memory",
        hardware,
        None if peak is None else peak / _MIB,
        lambda budget: budget.peak_rss_mib,
        "MiB",
        profile,
        ("the process needs", "of memory", "메모리"),
    )


def _at_most(
    kind: CheckKind,
    hardware: str,
    value: float | None,
    limit_of: Callable[[HardwareBudget], float],
    unit: str,
    profile: GateProfile,
    words: tuple[str, str, str],
) -> CheckResult:
    limit = limit_of(profile.budget_of(hardware))
    required = at_most(f"{limit:.1f} {unit}")
    if value is None:
        return _missing(kind, hardware, required)
    good = value <= limit + ROUNDING
    before, after, ko = words
    said = " ".join(part for part in (before, f"{value:.1f} {unit}", after) if part)
    return result(
        kind,
        Verdict.PASS if good else Verdict.FAIL,
        of=hardware,
        observed=f"{value:.1f} {unit}",
        required=required,
        margin=limit - value,
        reason=f"within the budget of {hardware}"
        if good
        else f"{said}, over the budget of {limit:.1f} {unit} on {hardware}",
        reason_ko=f"{hardware}의 예산을 지킵니다"
        if good
        else f"{ko} {value:.1f} {unit}이(가) {hardware}의 예산 {limit:.1f} {unit}을(를) 넘습니다",
    )


def _no_machine(profile: GateProfile) -> CheckResult:
    limit = profile.budget_of(UNKNOWN).latency_p95_ms
    return result(
        "latency",
        Verdict.INCONCLUSIVE,
        of=UNKNOWN,
        observed=Said("no machine", "장비 정보 없음"),
        required=at_most(f"{limit:.1f} ms"),
        reason="the report does not say which machine its times hold for: benchmark this run again",
        reason_ko="측정 시간이 어떤 장비의 것인지 보고서에 없습니다. 다시 측정하세요",
    )


def _missing(kind: CheckKind, hardware: str, required: Said) -> CheckResult:
    return result(
        kind,
        Verdict.FAIL,
        of=hardware,
        observed=MISSING,
        required=required,
        reason=f"not measured on {hardware}, so it is not a pass: benchmark this run again",
        reason_ko=f"{hardware}에서 측정하지 않아 통과로 볼 수 없습니다. 다시 측정하세요",
    )
