"""The gate's check over the incidents on record.

Rules: what was missed once must be found by every later model; no incident on record is a pass; incidents that were not
measured fail, and those that label nothing to find cannot be told.
"""

from typing import Final

from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.said import MISSING, Said

_SHOWN: Final = 5


def check_incidents(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the candidate to miss at most ``max_missed_incidents`` pictures of incidents."""
    allowed, found = profile.max_missed_incidents, evidence.measured.candidate.incidents
    margin = None
    if found is None:
        verdict, observed = Verdict.FAIL, MISSING
        text = "the incidents on record were not measured, so it is not a pass: benchmark this run again"
        ko = "기록된 사고 사진을 측정하지 않아 통과로 볼 수 없습니다. 다시 측정하세요"
    elif not found.total and found.without_hazard:
        verdict, observed = (
            Verdict.INCONCLUSIVE,
            Said(
                f"{found.without_hazard} pictures without a label",
                f"라벨 없는 사진 {found.without_hazard}장",
            ),
        )
        text = (
            f"none of the {found.without_hazard} incident pictures labels a hazard, so nothing can be found: "
            "deliver them again with labels and replaces_labels"
        )
        ko = (
            f"사고 사진 {found.without_hazard}장에 위험 라벨이 없어 확인할 수 없습니다. "
            "라벨을 붙여 replaces_labels로 다시 전달하세요"
        )
    elif not found.total:
        verdict, observed = Verdict.PASS, Said("none", "없음")
        text, ko = "no incidents on record", "기록된 사고가 없습니다"
    else:
        beside = _beside(evidence)
        observed = Said(
            f"{found.found} of {found.total} found{beside.en}",
            f"{found.total}건 중 {found.found}건 찾음{beside.ko}",
        )
        margin = float(allowed - len(found.missed))
        if len(found.missed) > allowed:
            verdict = Verdict.FAIL
            listed = "; ".join(found.missed[:_SHOWN])
            more = len(found.missed) - _SHOWN
            listed += f"; and {more} more" if more > 0 else ""
            text = f"{len(found.missed)} of {found.total} incidents on record are missed again: {listed}"
            ko = f"기록된 사고 {found.total}건 중 {len(found.missed)}건을 다시 놓쳤습니다: {listed}"
        elif found.missed:
            verdict = Verdict.PASS
            text = f"{len(found.missed)} of {found.total} incidents are missed, which the profile allows"
            ko = f"사고 {found.total}건 중 {len(found.missed)}건을 놓쳤지만 프로필이 허용합니다"
        else:
            verdict = Verdict.PASS
            text, ko = "every incident on record is found", "기록된 사고를 모두 찾았습니다"
    return (
        result(
            "incidents",
            verdict,
            observed=observed,
            required=Said(f"at most {allowed} missed", f"놓친 것 {allowed}건 이하"),
            margin=margin,
            reason=text,
            reason_ko=ko,
        ),
    )


def _beside(evidence: GateEvidence) -> Said:
    champion = evidence.measured.champion
    theirs = champion.report.incidents if champion.report else None
    if theirs is None:
        return Said("", "")
    seq = champion.release_seq
    return Said(
        f", {theirs.found} of {theirs.total} by release {seq}",
        f", 릴리스 {seq}은(는) {theirs.total}건 중 {theirs.found}건",
    )
