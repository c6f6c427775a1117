"""Check that no part of the holdout falls behind the champion: no source, and no time of day.

Rules: a part is judged where it holds enough boxes and scenes of a hazard, else it is listed as uncovered, which blocks
only where the profile needs that part; a part fails where the whole interval lies below minus the margin, and cannot
be told where recall fell by more than the margin and the interval reaches it.
"""

from safety_tasks.gate.results import ROUNDING, result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.scores import SliceDifference
from safety_tasks.said import MISSING, NO_CHAMPION, Said


def check_slices(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require recall in each source and brightness to hold up beside the champion."""
    required = Said(
        f"recall of no part surely more than {profile.slice_margin:.3f} below the champion's",
        f"챔피언 대비 재현율이 확실히 {profile.slice_margin:.3f} 넘게 하락한 부분 없음",
    )
    found = evidence.measured.slice_differences
    parts = {each.value for each in evidence.measured.candidate.slices}
    lacking = tuple(part for part in profile.slices_needed if part not in parts)
    if evidence.measured.champion.release_seq is None and not lacking:
        return (
            result(
                "slices",
                Verdict.PASS,
                observed=NO_CHAMPION,
                required=required,
                reason="no champion yet: there is nothing to fall behind",
                reason_ko="아직 챔피언이 없습니다: 비교할 대상이 없습니다",
                uncovered=_thin(evidence, profile),
            ),
        )
    if evidence.measured.champion.release_seq is not None and not found:
        return (
            result(
                "slices",
                Verdict.FAIL,
                observed=MISSING,
                required=required,
                reason="parts of the holdout were not compared with the champion: benchmark this run again",
                reason_ko="홀드아웃의 부분별 비교가 없습니다. 다시 측정하세요",
            ),
        )
    covered = [each for each in found if _is_covered(each, profile)]
    uncovered = tuple(
        sorted(
            [_name(each) for each in found if not _is_covered(each, profile)]
            + [f"{part}: no picture" for part in lacking]
        )
    )
    return (_judge(covered, uncovered, required, evidence, profile),)


def _judge(
    covered: list[SliceDifference],
    uncovered: tuple[str, ...],
    required: Said,
    evidence: GateEvidence,
    profile: GateProfile,
) -> CheckResult:
    fallen = [
        each for each in covered if (each.difference or 0.0) < -profile.slice_margin - ROUNDING
    ]
    sure = [each for each in fallen if _is_sure(each, profile)]
    seen = {each.value for each in covered}
    needed = tuple(part for part in profile.slices_needed if part not in seen)
    worst = min(covered, key=lambda each: each.difference or 0.0, default=None)
    if sure or fallen:
        verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
        listed = "; ".join(f"{_name(each)} {each.difference:+.3f}" for each in (sure or fallen)[:3])
        reason = f"recall {'surely ' if sure else ''}fell by more than {profile.slice_margin:.3f} in: {listed}"
        reason_ko = f"재현율이 {profile.slice_margin:.3f}보다 {'확실히 ' if sure else ''}더 하락한 부분: {listed}"
    elif needed and evidence.measured.champion.release_seq is not None:
        verdict = Verdict.INCONCLUSIVE
        reason = (
            f"too little evidence in {', '.join(needed)}, which the profile needs: deliver at least "
            f"{profile.min_slice_scenes} scenes with {profile.min_slice_boxes} boxes of a hazard each"
        )
        reason_ko = (
            f"프로필이 요구하는 {', '.join(needed)}의 근거가 부족합니다: 위험 요소마다 "
            f"장면 {profile.min_slice_scenes}개, 박스 {profile.min_slice_boxes}개 이상을 전달하세요"
        )
    elif needed:
        verdict = Verdict.INCONCLUSIVE
        reason = f"the holdout holds no picture of {', '.join(needed)}, which the profile needs: deliver some"
        reason_ko = f"홀드아웃에 프로필이 요구하는 {', '.join(needed)} 사진이 없습니다. 전달하세요"
    else:
        verdict = Verdict.PASS
        reason, reason_ko = "no part of the holdout falls behind", "뒤처지는 부분이 없습니다"
    lowest = (
        f"{_name(worst)} {worst.difference:+.3f}" if worst and worst.difference is not None else ""
    )
    observed = Said(
        f"{len(covered)} parts compared, {len(uncovered)} with too little evidence"
        + (f"; worst {lowest}" if lowest else ""),
        f"{len(covered)}개 부분 비교, {len(uncovered)}개 부분 근거 부족"
        + (f"; 최저 {lowest}" if lowest else ""),
    )
    return result(
        "slices",
        verdict,
        observed=observed,
        required=required,
        margin=None if worst is None else (worst.difference or 0.0) + profile.slice_margin,
        reason=reason,
        reason_ko=reason_ko,
        uncovered=uncovered,
    )


def _is_sure(each: SliceDifference, profile: GateProfile) -> bool:
    return each.interval is not None and each.interval.high < -profile.slice_margin


def _is_covered(each: SliceDifference, profile: GateProfile) -> bool:
    return (
        each.difference is not None
        and each.support.boxes >= profile.min_slice_boxes
        and each.support.scenes >= profile.min_slice_scenes
    )


def _thin(evidence: GateEvidence, profile: GateProfile) -> tuple[str, ...]:
    """Return the hazards that a source or brightness labels, with too little evidence to compare."""
    return tuple(
        sorted(
            f"{hazard} in {part.value}"
            for part in evidence.measured.candidate.slices
            if part.kind in ("source", "brightness")
            for hazard, support in part.support.items()
            if support.boxes
            and (
                support.boxes < profile.min_slice_boxes or support.scenes < profile.min_slice_scenes
            )
        )
    )


def _name(each: SliceDifference) -> str:
    return f"{each.hazard} in {each.value}"
