"""The gate's checks: pure functions from numbers to verdicts.

Rules: a number that is missing is never a pass; too little evidence is INCONCLUSIVE, not FAIL, since it says
nothing against the model; FAIL beats INCONCLUSIVE beats PASS; no checks at all is a FAIL.
"""

from collections.abc import Iterable, Sequence

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.incidents import check_incidents
from safety_tasks.records.gate import CheckResult, GateProfile, Verdict
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark
from safety_tasks.records.scores import HazardScore

_ORDER = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; FAIL when there is none to combine."""
    present = set(verdicts)
    return next((verdict for verdict in _ORDER if verdict in present), Verdict.FAIL)


def run_checks(
    candidate: BenchmarkReport,
    champion: ChampionBenchmark,
    profile: GateProfile,
    classes: Sequence[str],
) -> tuple[CheckResult, ...]:
    """Judge a candidate beside the champion.

    Args:
        candidate: its measurements.
        champion: the champion's, on the same holdout, or why there are none.
        profile: floors, budgets and minimum support.
        classes: every hazard that must be judged.
    """
    results: list[CheckResult] = []
    for name in classes:
        score = candidate.hazards.get(name)
        results.append(check_support(name, score, profile))
        ap50 = score.ap50 if score else None
        recall = score.recall if score else None
        results.append(check_floor("ap50", name, ap50, profile.ap50_floors.get(name)))
        results.append(check_floor("recall", name, recall, profile.recall_floors.get(name)))
        results.append(check_regression(name, candidate, champion, profile.max_ap50_drop, classes))
    results.append(check_incidents(candidate, champion, profile))
    results.append(check_latency(candidate, profile))
    return tuple(results)


def check_support(name: str, score: HazardScore | None, profile: GateProfile) -> CheckResult:
    """Require enough pictures, boxes and scenes of a hazard in the holdout."""
    need = (profile.min_support_pictures, profile.min_support_boxes, profile.min_support_scenes)
    have = (
        (score.support.pictures, score.support.boxes, score.support.scenes) if score else (0, 0, 0)
    )
    enough = all(found >= wanted for found, wanted in zip(have, need, strict=True))
    return CheckResult(
        name=f"support.{name}",
        verdict=Verdict.PASS if enough else Verdict.INCONCLUSIVE,
        observed=_support_text(have),
        required=f"at least {_support_text(need)}",
        reason="enough evidence to judge"
        if enough
        else f"the holdout holds too little {name}: {_support_text(have)}, needs {_support_text(need)}; "
        "deliver labelled pictures of more scenes",
        reason_ko="판정에 충분한 근거가 있습니다"
        if enough
        else f"홀드아웃에 {name} 근거가 부족합니다: 사진 {have[0]}장, 박스 {have[1]}개, 장면 {have[2]}개 "
        f"(필요: {need[0]}장, {need[1]}개, {need[2]}개). 더 많은 장면의 라벨 사진을 전달하세요",
    )


def check_floor(metric: str, name: str, observed: float | None, floor: float | None) -> CheckResult:
    """Require a metric (0-1) to reach its floor; a missing floor fails, a missing number is thin evidence."""
    seen = "missing" if observed is None else f"{observed:.3f}"
    shown = metric.replace("ap50", "AP50")
    required = "a floor in the profile" if floor is None else f"at least {floor:.3f}"
    if floor is None:
        verdict = Verdict.FAIL
        reason = f"the profile names no {shown} floor for {name}: add one to gate.toml"
        reason_ko = f"프로필에 {name}의 {shown} 하한이 없습니다. gate.toml에 추가하세요"
    elif observed is None:
        verdict = Verdict.INCONCLUSIVE
        reason = f"{shown} of {name} could not be measured, so it is not a pass"
        reason_ko = f"{name}의 {shown}을(를) 측정할 수 없어 통과로 볼 수 없습니다"
    elif observed < floor:
        verdict = Verdict.FAIL
        reason = f"{shown} of {name} is {observed:.3f}, below the floor of {floor:.3f}"
        reason_ko = f"{name}의 {shown}이(가) {observed:.3f}로 하한 {floor:.3f}보다 낮습니다"
    else:
        verdict = Verdict.PASS
        reason = f"{shown} of {name} reaches its floor"
        reason_ko = f"{name}의 {shown}이(가) 하한을 충족합니다"
    return CheckResult(
        name=f"{metric}.{name}",
        verdict=verdict,
        observed=seen,
        required=required,
        reason=reason,
        reason_ko=reason_ko,
    )


def check_regression(
    name: str,
    candidate: BenchmarkReport,
    champion: ChampionBenchmark,
    max_drop: float,
    classes: Sequence[str] = (),
) -> CheckResult:
    """Require AP50 (0-1) of a hazard not to lie more than ``max_drop`` below the champion's.

    A hazard that was added to ``classes`` after the champion was trained has nothing to fall behind.
    """
    required = f"AP50 at most {max_drop:.3f} below the champion's"
    if champion.release_seq is None and champion.report is None and not champion.problem:
        text = "first release: there is no champion to fall behind"
        ko = "첫 릴리스입니다: 비교할 챔피언이 없습니다"
        return _regression(name, Verdict.PASS, "no champion", required, text, ko)
    if champion.report is None:
        text = f"the champion could not be measured: {champion.problem or 'no reason given'}"
        ko = f"챔피언을 측정할 수 없습니다: {champion.problem or '사유 없음'}"
        return _regression(name, Verdict.FAIL, "missing", required, text, ko)
    if champion.report.manifest_sha256 != candidate.manifest_sha256:
        text = "champion and candidate were measured on different holdouts: measure both again"
        ko = "챔피언과 후보가 서로 다른 홀드아웃에서 측정되었습니다. 다시 측정하세요"
        return _regression(name, Verdict.FAIL, "not comparable", required, text, ko)
    if _is_newer(name, champion.report, classes):
        text = f"{name} is new: release {champion.release_seq} does not know it"
        ko = f"{name}은(는) 새 위험 요소입니다: 릴리스 {champion.release_seq}은(는) 이를 모릅니다"
        return _regression(name, Verdict.PASS, "new hazard", required, text, ko)
    ours, theirs = candidate.hazards.get(name), champion.report.hazards.get(name)
    if ours is None or theirs is None or ours.ap50 is None or theirs.ap50 is None:
        text = f"AP50 of {name} is missing on one side, so it is not a pass"
        ko = f"{name}의 AP50이 한쪽에 없어 통과로 볼 수 없습니다"
        return _regression(name, Verdict.INCONCLUSIVE, "missing", required, text, ko)
    drop = theirs.ap50 - ours.ap50
    observed = f"{ours.ap50:.3f} against {theirs.ap50:.3f} of release {champion.release_seq}"
    # Equal to the last bit of the allowed drop must not depend on binary rounding.
    if drop > max_drop + 1e-12:
        text = f"AP50 of {name} fell by {drop:.3f}, more than {max_drop:.3f}: {observed}"
        ko = f"{name}의 AP50이 {drop:.3f} 하락했습니다 (허용 {max_drop:.3f})"
        return _regression(name, Verdict.FAIL, observed, required, text, ko)
    text = f"AP50 of {name} holds up beside the champion"
    ko = f"{name}의 AP50이 챔피언에 뒤지지 않습니다"
    return _regression(name, Verdict.PASS, observed, required, text, ko)


def check_latency(candidate: BenchmarkReport, profile: GateProfile) -> CheckResult:
    """Require the 95th percentile of frame time to keep the budget."""
    p95, budget = candidate.latency.p95_ms, profile.latency_p95_budget_ms
    good = p95 <= budget
    return CheckResult(
        name="latency.p95",
        verdict=Verdict.PASS if good else Verdict.FAIL,
        observed=f"{p95:.1f} ms",
        required=f"at most {budget:.1f} ms",
        reason="frames keep the budget"
        if good
        else f"a frame takes {p95:.1f} ms (p95), over the budget of {budget:.1f} ms on "
        f"{candidate.latency.machine}",
        reason_ko="프레임 시간이 예산을 지킵니다"
        if good
        else f"프레임 시간(p95) {p95:.1f} ms가 예산 {budget:.1f} ms를 초과합니다",
    )


def _is_newer(name: str, report: BenchmarkReport, classes: Sequence[str]) -> bool:
    """Tell whether a hazard was added after a model's class map, which its digest must prove."""
    known, added = classes[: len(report.hazards)], classes[len(report.hazards) :]
    return name in added and class_map_digest(known) == report.classes_sha256


def _regression(
    name: str, verdict: Verdict, observed: str, required: str, reason: str, reason_ko: str
) -> CheckResult:
    return CheckResult(
        name=f"regression.{name}",
        verdict=verdict,
        observed=observed,
        required=required,
        reason=reason,
        reason_ko=reason_ko,
    )


def _support_text(counts: tuple[int, int, int]) -> str:
    return f"{counts[0]} pictures, {counts[1]} boxes, {counts[2]} scenes"
