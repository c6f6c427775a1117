"""What a variant costs beside the reference: its parity, and INT8's budget.

Rules: both see the same pictures, both at the reference's operating thresholds; a number that cannot be measured is not
within any budget, but for a hazard that has no labels, which agreement alone can judge; a budget that was missed says
every reason, not the first.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import BudgetResult, Int8Budget, VariantParity
from safety_tasks.said import Said
from safety_tasks.scoring.agreement import agreement, matches
from safety_tasks.scoring.average_precision import AveragePrecision

_ROUNDING: Final = 1e-12  # equal to the last bit must not depend on binary rounding


def measure_variant_parity(
    pictures: Sequence[Picture],
    variant: Mapping[str, Found],
    reference: Mapping[str, Found],
    thresholds: Sequence[float],
) -> VariantParity:
    """Compare a variant with the reference.

    Args:
        pictures: what both looked at.
        variant: its detections by sha256, down to the lowest threshold.
        reference: the reference's.
        thresholds: operating threshold of each class id (0-1).
    """
    mine, theirs = ({p.sha256: side[p.sha256] for p in pictures} for side in (variant, reference))
    found = agreement(mine, theirs, thresholds, worst=1)
    box = score = 0.0
    for sha256, detections in mine.items():
        for ours, other in matches(detections, theirs[sha256], thresholds):
            box = max(
                box, *(abs(a - b) for a, b in zip(ours.box_xyxy, other.box_xyxy, strict=True))
            )
            score = max(score, abs(ours.score - other.score))
    files = {p.sha256: p.file for p in pictures}
    return VariantParity(
        pictures=len(pictures),
        reference_detections=found.theirs,
        variant_detections=found.ours,
        matched=found.matched,
        agreement_f1=found.f1,
        max_box_difference_px=box,
        max_score_difference=score,
        worst_picture=files[found.worst[0]] if found.worst else "",
    )


def judge_budget(
    split: Literal["val", "holdout"],
    budget: Int8Budget,
    parity: VariantParity,
    variant: AveragePrecision,
    reference: AveragePrecision,
    noise: NoiseFloor,
) -> BudgetResult:
    """Hold a variant's cost against its budget.

    Args:
        split: where it was measured.
        budget: what it may cost.
        parity: its agreement with the reference there.
        variant: its AP.
        reference: the reference's AP on the same pictures.
        noise: the reference's noise floor on the same pictures.
    """
    drops = {name: _drop(reference.ap50[name], variant.ap50[name]) for name in reference.ap50}
    overall = _drop(reference.map50_95, variant.map50_95)
    agreement_f1 = parity.agreement_f1 if parity.reference_detections else None
    missed = budget_reasons(budget, agreement_f1, overall, drops, noise.ap50)
    reasons = [reason.en for reason in missed]
    reasons += [
        f"AP50 of {name} cannot be measured, though the reference's can"
        for name, drop in drops.items()
        if drop is None and reference.ap50[name] is not None
    ]
    return BudgetResult(
        split=split,
        budget=budget,
        agreement_f1=parity.agreement_f1,
        map50_95_drop=overall,
        ap50_drops=drops,
        noise_ap50=noise.ap50,
        within=not reasons,
        reasons=tuple(reasons),
    )


def budget_reasons(
    budget: Int8Budget,
    agreement_f1: float | None,
    map50_95_drop: float | None,
    ap50_drops: Mapping[str, float | None],
    noise_ap50: Mapping[str, float | None],
) -> list[Said]:
    """Return why numbers that were measured do not keep a budget; nothing where they do.

    ``agreement_f1`` None: the reference detects nothing that could be agreed with.
    """
    reasons = []
    if map50_95_drop is None:
        reasons.append(Said("AP50-95 cannot be measured", "AP50-95를 측정할 수 없음"))
    elif map50_95_drop > budget.max_map50_95_drop + _ROUNDING:
        fell, most = f"{map50_95_drop:.4f}", f"{budget.max_map50_95_drop:.4f}"
        reasons.append(
            Said(
                f"AP50-95 falls by {fell}, more than {most}",
                f"AP50-95가 {fell} 하락하여 허용치 {most}을(를) 넘음",
            )
        )
    if agreement_f1 is None:
        reasons.append(
            Said(
                "the reference detects nothing, so nothing agrees with it",
                "기준 모델이 아무것도 감지하지 않아 일치할 것이 없음",
            )
        )
    elif agreement_f1 < budget.min_agreement_f1:
        f1, least = f"F1 {agreement_f1:.4f}", f"{budget.min_agreement_f1:.4f}"
        reasons.append(
            Said(
                f"agreement with the reference is {f1}, below {least}",
                f"기준 모델과의 일치 {f1}이(가) 기준 {least}보다 낮음",
            )
        )
    for name, drop in ap50_drops.items():
        allowed = (noise_ap50.get(name) or 0.0) + budget.ap50_drop_beyond_noise
        if drop is not None and drop > allowed + _ROUNDING:
            reasons.append(
                Said(
                    f"AP50 of {name} falls by {drop:.4f}, more than noise and allowance {allowed:.4f}",
                    f"{name}의 AP50이 {drop:.4f} 하락하여 잡음과 허용치의 합 {allowed:.4f}을(를) 넘음",
                )
            )
    return reasons


def _drop(reference: float | None, variant: float | None) -> float | None:
    return None if reference is None or variant is None else reference - variant
