"""The gate's check over the incidents on record.

Rules: what was missed once must be found by every later model; no incident on record is a pass; incidents that were not
measured, or that label nothing to find, are none.
"""

from typing import Final

from safety_tasks.records.gate import CheckResult, GateProfile, Verdict
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark

_SHOWN: Final = 5


def check_incidents(
    candidate: BenchmarkReport, champion: ChampionBenchmark, profile: GateProfile
) -> CheckResult:
    """Require the candidate to miss at most ``max_missed_incidents`` pictures of incidents."""
    allowed, found = profile.max_missed_incidents, candidate.incidents
    if found is None:
        return _result(
            Verdict.INCONCLUSIVE,
            "missing",
            allowed,
            "the incidents on record were not measured, so it is not a pass: benchmark this run again",
            "기록된 사고 사진을 측정하지 않아 통과로 볼 수 없습니다. 다시 측정하세요",
        )
    if not found.total:
        if found.without_hazard:
            return _result(
                Verdict.INCONCLUSIVE,
                f"{found.without_hazard} pictures without a label",
                allowed,
                f"none of the {found.without_hazard} incident pictures labels a hazard, so nothing can be found: "
                "deliver them again with labels and replaces_labels",
                f"사고 사진 {found.without_hazard}장에 위험 라벨이 없어 확인할 수 없습니다. 라벨을 붙여 "
                "replaces_labels로 다시 전달하세요",
            )
        return _result(
            Verdict.PASS, "none", allowed, "no incidents on record", "기록된 사고가 없습니다"
        )
    observed = f"{found.found} of {found.total} found{_beside(champion)}"
    if len(found.missed) > allowed:
        shown = "; ".join(found.missed[:_SHOWN])
        more = len(found.missed) - _SHOWN
        listed = f"{shown}; and {more} more" if more > 0 else shown
        return _result(
            Verdict.FAIL,
            observed,
            allowed,
            f"{len(found.missed)} of {found.total} incidents on record are missed again: {listed}",
            f"기록된 사고 {found.total}건 중 {len(found.missed)}건을 다시 놓쳤습니다: {listed}",
        )
    if found.missed:
        text = (
            f"{len(found.missed)} of {found.total} incidents are missed, which the profile allows"
        )
        ko = f"사고 {found.total}건 중 {len(found.missed)}건을 놓쳤지만 프로필이 허용합니다"
        return _result(Verdict.PASS, observed, allowed, text, ko)
    text, ko = "every incident on record is found", "기록된 사고를 모두 찾았습니다"
    return _result(Verdict.PASS, observed, allowed, text, ko)


def _beside(champion: ChampionBenchmark) -> str:
    theirs = champion.report.incidents if champion.report else None
    if theirs is None:
        return ""
    return f", {theirs.found} of {theirs.total} by release {champion.release_seq}"


def _result(
    verdict: Verdict, observed: str, allowed: int, reason: str, reason_ko: str
) -> CheckResult:
    return CheckResult(
        name="incidents",
        verdict=verdict,
        observed=observed,
        required=f"at most {allowed} missed",
        reason=reason,
        reason_ko=reason_ko,
    )
