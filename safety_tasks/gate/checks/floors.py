"""Checks of each hazard by itself: enough evidence, and accuracy that reaches its floor.

Rules: too little evidence is INCONCLUSIVE, it says nothing against the model; by intervals a hazard passes where all of
the interval reaches the floor, and fails where none of it does. A hazard without a floor, or with labels and no value,
is a fault that fails.
"""

from collections.abc import Callable, Mapping
from typing import Final

from safety_tasks.gate.results import hold, result
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import CheckKind, GateProfile
from safety_tasks.records.scores import HazardScore, Interval
from safety_tasks.said import MISSING, Said, at_least

Metric = Callable[[HazardScore], tuple[float | None, Interval | None]]
_SHOWN: Final[Mapping[CheckKind, tuple[str, str]]] = {
    "ap50": ("AP50", "AP50"),
    "ap50_95": ("AP50-95", "AP50-95"),
    "recall": ("recall", "재현율"),
}
_LEAST_SCENES: Final = 2
_NOTHING: Final = Support(pictures=0, boxes=0, scenes=0)


def check_support(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require enough pictures, boxes and scenes that hold each hazard."""
    return tuple(_support(name, evidence, profile) for name in evidence.classes)


def _support(name: str, evidence: GateEvidence, profile: GateProfile) -> CheckResult:
    have = support_of(evidence, name)
    need = Support(
        pictures=profile.min_support_pictures,
        boxes=profile.min_support_boxes,
        scenes=profile.min_support_scenes,
    )
    missing = max(0, need.scenes - have.scenes)
    spare = min(have.pictures - need.pictures, have.boxes - need.boxes, have.scenes - need.scenes)
    enough = spare >= 0
    shown, needed = _support_text(have), _support_text(need)
    more = f"{missing} more scenes" if missing else "more labelled pictures"
    more_ko = f"장면 {missing}개" if missing else "라벨 사진"
    return result(
        "support",
        Verdict.PASS if enough else Verdict.INCONCLUSIVE,
        of=name,
        observed=shown,
        required=at_least(needed),
        margin=float(have.scenes - need.scenes),
        reason=f"enough evidence to judge {name}"
        if enough
        else f"the holdout holds too little {name}: {shown.en}, needed are {needed.en}; "
        f"deliver {more} that hold {name}",
        reason_ko=f"{name}을(를) 판정할 근거가 충분합니다"
        if enough
        else f"홀드아웃에 {name} 근거가 부족합니다: {shown.ko} (필요: {needed.ko}). "
        f"{name}이(가) 있는 {more_ko}을(를) 더 전달하세요",
    )


def check_ap50(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require each hazard's AP50 to reach its floor."""
    return _floors(
        "ap50", lambda s: (s.ap50, s.ap50_interval), profile.ap50_floors, evidence, profile
    )


def check_ap50_95(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require each hazard's AP50-95 to reach its floor."""
    return _floors(
        "ap50_95",
        lambda s: (s.ap50_95, s.ap50_95_interval),
        profile.ap50_95_floors,
        evidence,
        profile,
    )


def check_recall(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require each hazard's recall at the operating threshold to reach its floor."""
    return _floors(
        "recall", lambda s: (s.recall, s.recall_interval), profile.recall_floors, evidence, profile
    )


def support_of(evidence: GateEvidence, name: str) -> Support:
    """Return how much the holdout holds of a hazard; nothing where it was not scored."""
    score = evidence.measured.candidate.hazards.get(name)
    return score.support if score else _NOTHING


def _floors(
    kind: CheckKind,
    metric: Metric,
    floors: Mapping[str, float],
    evidence: GateEvidence,
    profile: GateProfile,
) -> tuple[CheckResult, ...]:
    found = []
    for name in evidence.classes:
        score = evidence.measured.candidate.hazards.get(name)
        value, interval = metric(score) if score else (None, None)
        support = score.support if score else _NOTHING
        found.append(_floor(kind, name, value, interval, floors.get(name), support, profile))
    return tuple(found)


def _floor(
    kind: CheckKind,
    name: str,
    value: float | None,
    interval: Interval | None,
    floor: float | None,
    support: Support,
    profile: GateProfile,
) -> CheckResult:
    shown, shown_ko = _SHOWN[kind]
    if floor is None:
        return result(
            kind,
            Verdict.FAIL,
            of=name,
            observed=MISSING if value is None else f"{value:.3f}",
            required=Said("a floor in the profile", "프로필의 하한"),
            reason=f"the profile names no {shown} floor for {name}: add one to gate.toml",
            reason_ko=f"프로필에 {name}의 {shown_ko} 하한이 없습니다. gate.toml에 추가하세요",
        )
    sure = profile.floors_on == "interval"
    required = at_least(f"{floor:.3f}", surely=sure)
    if value is None:
        labelled = support.boxes > 0
        verdict = Verdict.FAIL if labelled else Verdict.INCONCLUSIVE
        why = "though it is labelled" if labelled else "since nothing labels it"
        why_ko = "라벨이 있는데도" if labelled else "라벨이 없어"
        return result(
            kind,
            verdict,
            of=name,
            observed=MISSING,
            required=required,
            reason=f"there is no {shown} of {name}, {why}, so it is not a pass",
            reason_ko=f"{why_ko} {name}의 {shown_ko} 값이 없으므로 통과로 볼 수 없습니다",
        )
    ends = (interval.low - floor, interval.high - floor) if interval else None
    verdict = hold(value - floor, ends, profile.floors_on)
    if sure and ends is None and support.scenes < _LEAST_SCENES:
        verdict = Verdict.INCONCLUSIVE  # one scene has no spread: the number says nothing of others
    observed = f"{value:.3f}" + (f" ({interval.low:.3f}-{interval.high:.3f})" if interval else "")
    if verdict is Verdict.PASS:
        reason = f"{shown} of {name} reaches its floor"
        reason_ko = f"{name}의 {shown_ko}이(가) 하한을 충족합니다"
    elif verdict is Verdict.FAIL:
        reason = f"{shown} of {name} is {value:.3f}, below the floor of {floor:.3f}"
        reason_ko = f"{name}의 {shown_ko}이(가) {value:.3f}로 하한 {floor:.3f}보다 낮습니다"
    else:
        lies, lies_ko = "has no interval", "구간 없음"
        if interval:
            lies = f"may lie at {interval.low:.3f} to {interval.high:.3f}"
            lies_ko = f"구간 {interval.low:.3f}-{interval.high:.3f}"
        reason = (
            f"{shown} of {name} is {value:.3f} and {lies}, the floor is {floor:.3f}: more scenes that hold {name} "
            "would tell"
        )
        reason_ko = (
            f"{name}의 {shown_ko}이(가) {value:.3f}({lies_ko})이라 하한 {floor:.3f}을(를) 넘는지 알 수 없습니다. "
            f"{name}이(가) 있는 장면이 더 필요합니다"
        )
    return result(
        kind,
        verdict,
        of=name,
        observed=observed,
        required=required,
        margin=value - floor,
        reason=reason,
        reason_ko=reason_ko,
    )


def _support_text(support: Support) -> Said:
    return Said(
        f"{support.pictures} pictures, {support.boxes} boxes, {support.scenes} scenes",
        f"사진 {support.pictures}장, 박스 {support.boxes}개, 장면 {support.scenes}개",
    )
