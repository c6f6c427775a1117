"""Checks of the exported file: its agreement with the weights, its thresholds, its size.

Rules: parity is measured when the model is exported and judged by the tolerance that stands beside it; a file that was
adopted as ONNX has no weights to agree with; a threshold is judged by what it costs on the holdout, which chose none,
and cannot be judged by fewer scenes than any other floor.
"""

from safety_tasks.gate.checks.floors import support_of
from safety_tasks.gate.results import ROUNDING, result
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.said import MISSING, Said, at_most

_MIB = 2**20


def check_parity(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the exported file to find what the weights find."""
    exported, parity = evidence.exported, evidence.exported.parity
    required = Said(
        "boxes and scores of the weights, within their tolerance",
        "허용 오차 안에서 가중치와 같은 박스와 점수",
    )
    if parity is None:
        adopted = bool(exported.adopted_file) and evidence.training is None
        return (
            result(
                "parity",
                Verdict.PASS if adopted else Verdict.FAIL,
                observed=Said("adopted as ONNX", "ONNX로 받아들임") if adopted else MISSING,
                required=required,
                reason=f"{exported.adopted_file} was adopted as ONNX: there are no weights to agree with"
                if adopted
                else "the file was not compared with its weights, so it is not a pass: export this run again",
                reason_ko="ONNX로 받아들인 모델이라 비교할 가중치가 없습니다"
                if adopted
                else "파일을 가중치와 비교하지 않아 통과로 볼 수 없습니다. 다시 내보내세요",
            ),
        )
    room = min(
        1 - parity.max_box_difference_px / parity.box_tolerance_px,
        1 - parity.max_score_difference / parity.score_tolerance,
    )
    good = room >= -ROUNDING
    boxes, scores = f"{parity.max_box_difference_px:.4f} px", f"{parity.max_score_difference:.6f}"
    seen = Said(
        f"boxes {boxes}, scores {scores} apart at most, on {parity.pictures} pictures",
        f"사진 {parity.pictures}장에서 최대 차이 박스 {boxes}, 점수 {scores}",
    )
    px, score = f"{parity.box_tolerance_px:g} px", f"{parity.score_tolerance:g}"
    allowed = Said(f"{px} and {score}", f"{px}, {score}")
    return (
        result(
            "parity",
            Verdict.PASS if good else Verdict.FAIL,
            observed=seen,
            required=at_most(allowed),
            margin=room,
            reason="the exported file finds what the weights find"
            if good
            else f"the exported file differs from its weights: {seen.en}, allowed are {allowed.en}; "
            f"see {parity.worst_picture}",
            reason_ko="내보낸 파일이 가중치와 같은 것을 찾습니다"
            if good
            else f"내보낸 파일이 가중치와 다릅니다: 허용 {allowed.ko}. {parity.worst_picture}을(를) 확인하세요",
        ),
    )


def check_thresholds(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require each operating threshold, chosen on val, to do nearly as well on the holdout as any could."""
    return tuple(_threshold(name, evidence, profile) for name in evidence.classes)


def check_size(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the reference file to be small enough for a device."""
    return (size_result(evidence.exported.model, profile),)


def size_result(model: Artifact, profile: GateProfile, *, of: str = "") -> CheckResult:
    """Hold a file's size against the profile's limit."""
    size, limit = model.size_bytes / _MIB, profile.max_model_mib
    good = size <= limit
    return result(
        "size",
        Verdict.PASS if good else Verdict.FAIL,
        of=of,
        observed=f"{size:.1f} MiB",
        required=at_most(f"{limit:.1f} MiB"),
        margin=limit - size,
        reason="the file is small enough"
        if good
        else f"the file has {size:.1f} MiB, allowed are {limit:.1f}",
        reason_ko="파일 크기가 허용치 안에 있습니다"
        if good
        else f"파일 크기가 {size:.1f} MiB로 허용치 {limit:.1f} MiB를 넘습니다",
    )


def _threshold(name: str, evidence: GateEvidence, profile: GateProfile) -> CheckResult:
    score = evidence.measured.candidate.hazards.get(name)
    limit = profile.max_threshold_f1_loss
    required = Said(
        f"F1 at most {limit:.3f} below the best threshold's",
        f"최선의 임계값 대비 F1 손실 {limit:.3f} 이하",
    )
    labelled = score is not None and score.support.boxes > 0
    scenes, least = support_of(evidence, name).scenes, profile.min_support_scenes
    if score is None or score.f1 is None or score.best_f1 is None:
        # Nothing detected leaves F1 without a value, which is all that a threshold can lose.
        return result(
            "thresholds",
            Verdict.FAIL
            if score is None or (labelled and scenes >= least)
            else Verdict.INCONCLUSIVE,
            of=name,
            observed=MISSING,
            required=required,
            reason=f"F1 of {name} at its threshold is missing, so the threshold is not known to be good",
            reason_ko=f"{name}의 임계값에서 F1 값이 없어 임계값이 적절한지 알 수 없습니다",
        )
    lost = score.best_f1 - score.f1
    good = lost <= limit + ROUNDING
    observed = Said(
        f"{score.f1:.3f} at {score.threshold:.3f}, {score.best_f1:.3f} at best",
        f"임계값 {score.threshold:.3f}에서 {score.f1:.3f}, 최선 {score.best_f1:.3f}",
    )
    verdict = Verdict.PASS if good else Verdict.FAIL
    if scenes < least:
        verdict = Verdict.INCONCLUSIVE
        reason = (
            f"F1 of {name} is {observed.en}, but from {scenes} of the {least} scenes that are needed: "
            f"deliver more scenes that hold {name}"
        )
        reason_ko = (
            f"{name}의 F1이 {score.f1:.3f}(최선 {score.best_f1:.3f})이지만 장면이 {scenes}개뿐입니다 "
            f"(필요: {least}개). {name}이(가) 있는 장면을 더 전달하세요"
        )
    elif good:
        reason = f"the threshold of {name} fits the holdout"
        reason_ko = f"{name}의 임계값이 홀드아웃에도 맞습니다"
    else:
        reason = f"the threshold of {name} does not fit: F1 {observed.en}. Val and holdout differ, or val is too small"
        reason_ko = (
            f"{name}의 임계값이 맞지 않습니다: F1 {score.f1:.3f}, 최선은 {score.best_f1:.3f}. "
            "val이 작거나 다릅니다"
        )
    return result(
        "thresholds",
        verdict,
        of=name,
        observed=observed,
        required=required,
        margin=limit - lost,
        reason=reason,
        reason_ko=reason_ko,
    )
