"""Checks of the gate made by hand, with numbers like real ones: a whole set that passes, and ones that do not.

Rule: reasons are written as the checks write them, in both languages.
"""

from typing import Any, Final

from support.made_benchmarks import HAZARDS, Names

from safety_tasks.records.gate import CheckResult, Verdict
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, CheckKind, GateProfile

HARDWARE: Final = "x86-vnni"
BY_HAZARD: Final[tuple[CheckKind, ...]] = (
    *("support", "ap50", "ap50_95", "recall", "events", "non_inferiority", "thresholds"),
)
BY_HARDWARE: Final[tuple[CheckKind, ...]] = ("latency", "throughput", "load_time", "memory")
# What was seen, what was required, and the margin between them.
SEEN: Final[dict[CheckKind, tuple[str, str, float | None]]] = {
    "support": ("48 pictures, 73 boxes, 12 scenes", "at least 40 pictures, 60 boxes, 10 scenes", 2.0),
    "ap50": ("0.700 (0.640-0.750)", "at least 0.600, surely", 0.04),
    "ap50_95": ("0.434 (0.385-0.476)", "at least 0.250, surely", 0.135),
    "recall": ("0.672 (0.623-0.700)", "at least 0.500, surely", 0.123),
    "events": ("8 of 9 caught within 3 pictures", "at least 0.700 of 10 events or more", 0.189),
    "non_inferiority": ("+0.092 (+0.062 to +0.123)", "AP50 surely less than 0.050 below the champion's", 0.112),
    "thresholds": ("0.707 at 0.313, 0.731 at best", "F1 at most 0.100 below the best threshold's", 0.076),
    "holdout": ("1412 pictures, 240 without a hazard", "at least 300 pictures, 100 without a hazard", 140.0),
    "false_alarms": ("50.0 of 1,000 (24.1-93.0)", "at most 100.0 of 1,000, surely", 7.0),
    "slices": ("9 parts compared, 2 with too little evidence", "recall of no part surely 0.150 below", 0.081),
    "incidents": ("5 of 6 found", "at most 1 missed", 0.0),
    "parity": ("boxes 0.0021 px, scores 0.000012 apart at most, on 64 pictures", "at most 1 px and 0.001", 0.98),
    "latency": ("46.1 ms", "at most 60.0 ms", 13.9),
    "throughput": ("23.8 frames/s", "at least 10.0 frames/s", 13.8),
    "load_time": ("312.5 ms", "at most 2000.0 ms", 1687.5),
    "memory": ("187.0 MiB", "at most 512.0 MiB", 325.0),
    "size": ("12.0 MiB", "at most 16.0 MiB", 4.0),
    "self_test": ("19 of 19 bad candidates refused", "every bad candidate refused, for the right reason", 0.0),
}  # fmt: skip
# The same in Korean, where it reads otherwise.
SEEN_KO: Final[dict[CheckKind, tuple[str, str]]] = {
    "support": ("사진 48장, 박스 73개, 장면 12개", "사진 40장, 박스 60개, 장면 10개 이상"),
    "ap50": ("", "0.600 이상, 확실히"),
    "ap50_95": ("", "0.250 이상, 확실히"),
    "recall": ("", "0.500 이상, 확실히"),
    "events": ("사건 9건 중 8건을 처음 3장 안에 감지", "사건 10건 이상에서 0.700 이상"),
    "non_inferiority": ("+0.092 (+0.062 ~ +0.123)", "챔피언 대비 AP50 하락이 확실히 0.050 미만"),
    "thresholds": ("임계값 0.313에서 0.707, 최선 0.731", "최선의 임계값 대비 F1 손실 0.100 이하"),
    "holdout": ("사진 1412장, 위험 없는 사진 240장", "사진 300장, 위험 없는 사진 100장 이상"),
    "false_alarms": ("1,000장당 50.0 (24.1-93.0)", "1,000장당 100.0 이하, 확실히"),
    "slices": ("9개 부분 비교, 2개 부분 근거 부족", "챔피언 대비 재현율이 확실히 0.150 넘게 하락한 부분 없음"),
    "incidents": ("6건 중 5건 찾음", "놓친 것 1건 이하"),
    "parity": ("사진 64장에서 최대 차이 박스 0.0021 px, 점수 0.000012", "1 px, 0.001 이하"),
    "latency": ("", "60.0 ms 이하"),
    "throughput": ("초당 23.8 프레임", "초당 10.0 프레임 이상"),
    "load_time": ("", "2000.0 ms 이하"),
    "memory": ("", "512.0 MiB 이하"),
    "size": ("", "16.0 MiB 이하"),
    "self_test": ("나쁜 후보 19개 중 19개 거부", "나쁜 후보를 모두 올바른 이유로 거부"),
}  # fmt: skip


def made_profile(classes: Names = HAZARDS, **changes: Any) -> GateProfile:
    """Return a policy in which every check counts."""
    values: dict[str, Any] = {
        "name": "plant",
        "policy_version": 3,
        "checks": {kind: "required" for kind in KINDS if kind not in ALWAYS_REQUIRED},
        "ap50_floors": dict.fromkeys(classes, 0.6),
        "ap50_95_floors": dict.fromkeys(classes, 0.25),
        "recall_floors": dict.fromkeys(classes, 0.5),
        "event_recall_floor": 0.7,
        "max_false_alarms_per_1000": 100.0,
        "non_inferiority_margins": dict.fromkeys(classes, 0.05),
        "slice_margin": 0.15,
        "min_slice_boxes": 30,
        "min_slice_scenes": 5,
        "min_support_pictures": 40,
        "min_support_boxes": 60,
        "min_support_scenes": 10,
        "min_comparison_scenes": 12,
        "min_holdout_pictures": 300,
        "min_background_pictures": 100,
        "max_missed_incidents": 1,
        "max_threshold_f1_loss": 0.1,
        "max_model_mib": 16.0,
        "hardware": {
            "default": {
                "latency_p95_ms": 60.0,
                "sustained_fps": 10.0,
                "load_ms": 2000.0,
                "peak_rss_mib": 512.0,
            }
        },
    }
    return GateProfile.model_validate(values | changes)


def made_check(
    name: str, verdict: Verdict = Verdict.PASS, margin: float | None = 0.1, **changes: Any
) -> CheckResult:
    """Return a check by its full name, such as ``ap50.fire``."""
    kind = max((kind for kind in KINDS if name.startswith(kind)), key=len)
    seen_ko, required_ko = SEEN_KO.get(kind, ("완전한 기록", "완전한 기록"))
    good = verdict is Verdict.PASS
    seen, required, usual = SEEN.get(kind, ("a whole record", "a whole record", None))
    values: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "verdict": verdict,
        "observed": seen,
        "required": required,
        "margin": usual if good else margin,
        "reason": f"{name} holds" if good else f"{name} does not hold: {seen}, {required}",
        "reason_ko": f"{name} 충족"
        if good
        else f"{name} 미달: {seen_ko or seen} (기준: {required_ko})",
        "observed_ko": "" if "observed" in changes else seen_ko,
        "required_ko": "" if "required" in changes else required_ko,
    }
    return CheckResult.model_validate(values | changes)


def made_checks(classes: Names = HAZARDS) -> tuple[CheckResult, ...]:
    """Return every check of a run, all of them passed; ``classes`` must be fit for a check's name."""
    found = []
    for kind in KINDS:
        if kind in BY_HAZARD:
            found += [made_check(f"{kind}.{name}") for name in classes]
        elif kind in BY_HARDWARE:
            found.append(made_check(f"{kind}.{HARDWARE}"))
        elif kind == "slices":
            uncovered = ("person_down in night", "fire in plant-a/gate")
            found.append(made_check(kind, uncovered=uncovered))
        elif kind != "int8":
            found.append(made_check(kind))
    return tuple(found)


def with_changed(checks: tuple[CheckResult, ...], *changed: CheckResult) -> tuple[CheckResult, ...]:
    """Return checks with others in the place of those of the same name."""
    new = {check.name: check for check in changed}
    kept = tuple(new.pop(check.name, check) for check in checks)
    return (*kept, *new.values())


def failed_checks() -> tuple[CheckResult, ...]:
    """Return four that keep a report from PASS, three of them against the model."""
    return (
        made_check(
            "recall.person_down",
            Verdict.FAIL,
            -0.087,
            observed="0.413 (0.352-0.474)",
            reason="recall of person_down is 0.413, below the floor of 0.500",
            reason_ko="person_down의 재현율이(가) 0.413로 하한 0.500보다 낮습니다",
        ),
        made_check(
            "non_inferiority.person_down",
            Verdict.FAIL,
            -0.031,
            reason="AP50 of person_down fell by 0.081, surely more than 0.050: -0.081 (-0.112 to -0.058)",
            reason_ko="person_down의 AP50이 0.081 하락하여 한계 0.050을(를) 넘었습니다",
        ),
        made_check(
            "latency.x86-vnni",
            Verdict.FAIL,
            -3.1,
            observed="63.1 ms",
            reason="a frame takes 63.1 ms (p95), over the budget of 60.0 ms on x86-vnni",
            reason_ko="프레임 시간(p95) 63.1 ms이(가) x86-vnni의 예산 60.0 ms을(를) 넘습니다",
        ),
        made_check(
            "support.person_down",
            Verdict.INCONCLUSIVE,
            -3.0,
            reason="the holdout holds too little person_down: 7 scenes, needed are 10",
            reason_ko="홀드아웃에 person_down 근거가 부족합니다: 장면 7개 (필요: 10개)",
        ),
    )


def unsure_checks() -> tuple[CheckResult, ...]:
    """Return two that cannot tell."""
    return (
        made_check(
            "support.person_down",
            Verdict.INCONCLUSIVE,
            -3.0,
            reason="the holdout holds too little person_down: 48 pictures, 73 boxes, 7 scenes, needed are 40 pictures, "
            "60 boxes, 10 scenes; deliver 3 more scenes that hold person_down",
            reason_ko="홀드아웃에 person_down 근거가 부족합니다: 사진 48장, 박스 73개, 장면 7개 "
            "(필요: 사진 40장, 박스 60개, 장면 10개). person_down이(가) 있는 장면 3개을(를) 더 전달하세요",
        ),
        made_check(
            "ap50.person_down",
            Verdict.INCONCLUSIVE,
            -0.04,
            reason="AP50 of person_down is 0.700 and may be as low as 0.560, the floor is 0.600: more scenes that hold "
            "person_down would tell",
            reason_ko="person_down의 AP50 0.700은(는) 0.560까지 낮을 수 있습니다 (하한 0.600). "
            "person_down이(가) 있는 장면이 더 필요합니다",
        ),
    )
