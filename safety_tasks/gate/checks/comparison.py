"""Checks beside the champion: no hazard, and no part of the holdout, may fall further than its margin.

Non-inferiority as in clinical trials (ICH E9 and E10; Piaggio et al., CONSORT 2012): the candidate passes if the paired
95 % interval of candidate - champion lies above -margin, fails if it lies below, and nothing can be told where it spans
-margin. Rules: a margin that lies below the noise floor says nothing; nor do fewer scenes than the operating
characteristic asks for. Without a champion there is nothing to fall behind, and the card says so.
"""

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.results import ROUNDING, result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.scores import Difference, Interval
from safety_tasks.said import MISSING, NO_CHAMPION, Said


def check_non_inferiority(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require each hazard's AP50 to be no worse than the champion's by its margin."""
    return tuple(_hazard(name, evidence, profile) for name in evidence.classes)


def span(difference: float, interval: Interval | None, margin: float) -> Verdict:
    """Return what a difference and its interval say about a margin.

    Args:
        difference: candidate - champion.
        interval: its 95 % interval; None where there is none.
        margin: how far the candidate may fall, above 0.
    """
    if interval is None:
        return Verdict.FAIL if difference <= -margin else Verdict.INCONCLUSIVE
    if interval.low > -margin:
        return Verdict.PASS
    return Verdict.FAIL if interval.high < -margin else Verdict.INCONCLUSIVE


def is_newer(name: str, evidence: GateEvidence) -> bool:
    """Tell whether a hazard was added after the champion's class map, which its digest must prove."""
    report = evidence.measured.champion.report
    if report is None:
        return False
    known, added = (
        evidence.classes[: len(report.hazards)],
        evidence.classes[len(report.hazards) :],
    )
    return name in added and class_map_digest(known) == report.classes_sha256


def _hazard(name: str, evidence: GateEvidence, profile: GateProfile) -> CheckResult:
    margin = profile.non_inferiority_margins.get(name)
    champion = evidence.measured.champion
    if margin is None:
        text = f"the profile names no non-inferiority margin for {name}: add one to gate.toml"
        ko = f"프로필에 {name}의 비열등성 한계가 없습니다. gate.toml에 추가하세요"
        limit = Said("a margin in the profile", "프로필의 한계")
        return _result(name, Verdict.FAIL, Said("-", "-"), limit, text, ko)
    required = Said(
        f"AP50 surely less than {margin:.3f} below the champion's",
        f"챔피언 대비 AP50 하락이 확실히 {margin:.3f} 미만",
    )
    if champion.release_seq is None and champion.report is None and not champion.problem:
        text = "no champion yet: there is nothing to fall behind"
        ko = "아직 챔피언이 없습니다: 비교할 대상이 없습니다"
        return _result(name, Verdict.PASS, NO_CHAMPION, required, text, ko)
    if champion.report is None:
        why = champion.problem or "there are no measurements of it"
        text, ko = (
            f"there is no champion to compare with: {why}",
            f"비교할 챔피언이 없습니다: {why}",
        )
        return _result(name, Verdict.FAIL, MISSING, required, text, ko)
    if is_newer(name, evidence):
        text = f"{name} is new: release {champion.release_seq} does not know it"
        ko = f"{name}은(는) 새 위험 요소입니다: 릴리스 {champion.release_seq}은(는) 이를 모릅니다"
        return _result(name, Verdict.PASS, Said("new hazard", "새 위험 요소"), required, text, ko)
    found = evidence.measured.differences.get(f"ap50.{name}")
    if found is None or found.difference is None:
        score = evidence.measured.candidate.hazards.get(name)
        labelled = score is None or score.support.boxes > 0 or found is None
        verdict = Verdict.FAIL if labelled else Verdict.INCONCLUSIVE
        text = f"the difference of {name} to the champion is missing, so it is not a pass"
        ko = f"{name}의 챔피언 대비 차이 값이 없어 통과로 볼 수 없습니다"
        return _result(name, verdict, MISSING, required, text, ko)
    return _compared(name, found, found.difference, margin, required, evidence, profile)


def _compared(
    name: str,
    found: Difference,
    difference: float,
    margin: float,
    required: Said,
    evidence: GateEvidence,
    profile: GateProfile,
) -> CheckResult:
    interval, least = found.interval, profile.min_comparison_scenes
    observed = _shown(difference, interval)
    room = (interval.low if interval else difference) + margin
    verdict = span(difference, interval, margin)
    noise = evidence.measured.candidate.noise
    floor = noise.ap50.get(name) if noise else None
    scenes = interval.scenes if interval else found.support.scenes if found.support else 0
    if verdict is Verdict.FAIL:
        text = f"AP50 of {name} fell by {-difference:.3f}, surely more than {margin:.3f}: {observed.en}"
        ko = f"{name}의 AP50이 {-difference:.3f} 하락하여 한계 {margin:.3f}을(를) 넘었습니다"
        return _result(name, verdict, observed, required, text, ko, room)
    if floor is None:
        text = (
            f"the noise floor of {name} was not measured, so no difference can be told from noise: "
            "benchmark this run again"
        )
        ko = f"{name}의 잡음 수준을 측정하지 않아 차이를 구별할 수 없습니다. 다시 측정하세요"
        return _result(name, Verdict.INCONCLUSIVE, observed, required, text, ko, room)
    if margin < floor - ROUNDING:
        text = (
            f"the margin of {margin:.3f} lies below the noise floor of {name} ({floor:.3f}): harmless changes of the "
            "pictures move AP50 by more than that. More scenes lower it, or set a wider margin"
        )
        ko = (
            f"한계 {margin:.3f}이(가) {name}의 잡음 수준({floor:.3f})보다 작아 구별할 수 없습니다. "
            "장면을 늘리거나 한계를 넓히세요"
        )
        return _result(name, Verdict.INCONCLUSIVE, observed, required, text, ko, room)
    if scenes < least:
        text = (
            f"{scenes} scenes hold {name}, a comparison needs {least}: deliver {least - scenes} more scenes "
            f"that hold {name}"
        )
        ko = (
            f"{name}이(가) 있는 장면이 {scenes}개로 비교에 필요한 {least}개보다 적습니다. "
            f"장면 {least - scenes}개를 더 전달하세요"
        )
        return _result(name, Verdict.INCONCLUSIVE, observed, required, text, ko, room)
    if verdict is Verdict.INCONCLUSIVE:
        text = (
            f"AP50 of {name} may have fallen by more than {margin:.3f}: {observed.en}. "
            f"More scenes that hold {name} would tell"
        )
        ko = (
            f"{name}의 AP50이 한계 {margin:.3f}보다 더 하락했을 수 있습니다: {observed.ko}. "
            f"{name}이(가) 있는 장면이 더 필요합니다"
        )
        return _result(name, verdict, observed, required, text, ko, room)
    text, ko = (
        f"AP50 of {name} holds up beside the champion",
        f"{name}의 AP50이 챔피언에 뒤지지 않습니다",
    )
    return _result(name, verdict, observed, required, text, ko, room)


def _shown(difference: float, interval: Interval | None) -> Said:
    if interval is None:
        return Said(f"{difference:+.3f} (no interval)", f"{difference:+.3f} (구간 없음)")
    low, high = f"{interval.low:+.3f}", f"{interval.high:+.3f}"
    return Said(f"{difference:+.3f} ({low} to {high})", f"{difference:+.3f} ({low} ~ {high})")


def _result(
    name: str,
    verdict: Verdict,
    observed: Said,
    required: Said,
    reason: str,
    reason_ko: str,
    margin: float | None = None,
) -> CheckResult:
    return result(
        "non_inferiority",
        verdict,
        of=name,
        observed=observed,
        required=required,
        margin=margin,
        reason=reason,
        reason_ko=reason_ko,
    )
