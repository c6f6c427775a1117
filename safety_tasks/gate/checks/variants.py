"""Judge each file that may ship beside the reference.

Rules: a variant is judged by its own numbers on each class of hardware that it was measured on; INT8 must keep the
profile's budget on val and again on the holdout, FP32 must find what the reference finds; one that nobody measured
cannot be told; one that is not PASS is left out, and the release goes on without it.
"""

from collections.abc import Iterator
from typing import Final

from safety_tasks.gate.checks.files import size_result
from safety_tasks.gate.checks.speed import (
    UNKNOWN,
    hardware_of,
    latency_result,
    load_result,
    memory_result,
    throughput_result,
)
from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.variants import (
    BudgetResult,
    Int8Budget,
    ModelVariant,
    VariantBenchmark,
)
from safety_tasks.said import MISSING, Said, alike
from safety_tasks.scoring.variant_budget import budget_reasons

FP32_AGREEMENT: Final = 0.999
_VAL: Final = Said("val", "검증 분할")
_HOLDOUT: Final = Said("holdout", "홀드아웃")
_UNMEASURED: Final = Said("not measured", "측정 안 됨")


def variant_checks(
    evidence: GateEvidence, profile: GateProfile
) -> Iterator[tuple[ModelVariant, str, tuple[CheckResult, ...]]]:
    """Yield each variant of the run with a class of hardware and the checks that judge it there."""
    for variant in evidence.exported.variants:
        measured = list(_measured(variant, evidence))
        for hardware, found in measured:
            yield variant, hardware, _judge(variant, found, hardware, profile)
        if not measured:
            yield variant, UNKNOWN, (_nobody(variant),)


def check_int8(variant: ModelVariant, found: VariantBenchmark, budget: Int8Budget) -> CheckResult:
    """Require eight bits to cost no more than the budget, on val and on the holdout."""
    reasons = [
        Said(f"on {split.en}: {reason.en}", f"{split.ko}: {reason.ko}")
        for split, cost in ((_VAL, variant.budget), (_HOLDOUT, found.budget))
        for reason in _over(cost, budget)
    ]
    if not found.offered and not reasons:
        reasons.append(alike(found.why))
    least, most = f"{budget.min_agreement_f1:.3f}", f"{budget.max_map50_95_drop:.4f}"
    required = Said(
        f"agreement F1 at least {least}, AP50-95 at most {most} lower",
        f"일치 F1 {least} 이상, AP50-95 하락 {most} 이하",
    )
    val, holdout = _agreement(variant.budget), _agreement(found.budget)
    observed = Said(
        f"{_VAL.en} {val.en}; {_HOLDOUT.en} {holdout.en}",
        f"{_VAL.ko} {val.ko}; {_HOLDOUT.ko} {holdout.ko}",
    )
    worst = min(
        (cost.agreement_f1 for cost in (variant.budget, found.budget) if cost), default=None
    )
    return result(
        "int8",
        Verdict.FAIL if reasons else Verdict.PASS,
        of=variant.name,
        observed=observed,
        required=required,
        margin=None if worst is None else worst - budget.min_agreement_f1,
        reason="; ".join(reason.en for reason in reasons)
        or "eight bits cost no more than the budget, on val and on the holdout",
        reason_ko=f"INT8 예산을 지키지 못했습니다: {'; '.join(reason.ko for reason in reasons)}"
        if reasons
        else "검증 분할과 홀드아웃에서 INT8 예산을 지킵니다",
    )


def _agreement(cost: BudgetResult | None) -> Said:
    return alike(f"F1 {cost.agreement_f1:.4f}") if cost else MISSING


def _measured(
    variant: ModelVariant, evidence: GateEvidence
) -> Iterator[tuple[str, VariantBenchmark]]:
    """Yield where a variant was measured, once a class of hardware: here first."""
    here = hardware_of(evidence)
    places = [(here, evidence.measured.variants)]
    places += [(one.hardware, one.timed) for one in evidence.choices if one.hardware != here]
    for hardware, benchmarks in places:
        for found in benchmarks:
            if (found.name, found.model_sha256) == (variant.name, variant.model.sha256):
                yield hardware, found


def _judge(
    variant: ModelVariant, found: VariantBenchmark, hardware: str, profile: GateProfile
) -> tuple[CheckResult, ...]:
    agrees = (
        check_int8(variant, found, profile.int8_budget)
        if variant.precision == "int8"
        else _agrees(variant, found)
    )
    return (
        agrees,
        latency_result(found.latency, hardware, profile),
        throughput_result(found.latency, hardware, profile),
        load_result(found.latency, hardware, profile),
        memory_result(found.latency, hardware, profile),
        size_result(variant.model, profile, of=variant.name),
    )


def _over(cost: BudgetResult | None, budget: Int8Budget) -> list[Said]:
    """Return why a cost is over the budget, held against this policy's and against its own."""
    if cost is None:
        return [_UNMEASURED]
    found = budget_reasons(
        budget, cost.agreement_f1, cost.map50_95_drop, cost.ap50_drops, cost.noise_ap50
    )
    if found or cost.within:
        return found
    return [alike(reason) for reason in cost.reasons] or [Said("over its budget", "예산 초과")]


def _agrees(variant: ModelVariant, found: VariantBenchmark) -> CheckResult:
    f1, count = found.parity.agreement_f1, found.parity.reference_detections
    good = f1 >= FP32_AGREEMENT and found.offered
    return result(
        "parity",
        Verdict.PASS if good else Verdict.FAIL,
        of=variant.name,
        observed=Said(f"F1 {f1:.4f} of {count} detections", f"감지 {count}개에서 F1 {f1:.4f}"),
        required=Said(f"F1 at least {FP32_AGREEMENT:.3f}", f"F1 {FP32_AGREEMENT:.3f} 이상"),
        margin=f1 - FP32_AGREEMENT,
        reason="finds what the reference finds"
        if good
        else f"differs from the reference on the holdout: F1 {f1:.4f}; see {found.parity.worst_picture}",
        reason_ko="기준 모델과 같은 것을 찾습니다"
        if good
        else f"홀드아웃에서 기준 모델과 다릅니다: F1 {f1:.4f}. {found.parity.worst_picture}을(를) 확인하세요",
    )


def _nobody(variant: ModelVariant) -> CheckResult:
    """Return why a variant that no benchmark measured is left out."""
    refused = not variant.offered
    return result(
        "int8" if variant.precision == "int8" else "parity",
        Verdict.FAIL if refused else Verdict.INCONCLUSIVE,
        of=variant.name,
        observed=Said("refused at export", "내보낼 때 거부됨") if refused else _UNMEASURED,
        required=Said("measured on its hardware", "맞는 장비에서 측정"),
        reason=variant.why
        if refused
        else f"nobody measured {variant.name} on hardware that it is made for: run safety-tasks benchmark there",
        reason_ko=f"내보낼 때 거부되었습니다: {variant.why}"
        if refused
        else f"{variant.name}에 맞는 장비에서 측정하지 않았습니다. 그 장비에서 safety-tasks benchmark를 실행하세요",
    )
