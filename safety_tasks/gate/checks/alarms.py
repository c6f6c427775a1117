"""Checks of what a person in the control room meets: events that are caught in time, and alarms about nothing.

Rules: both are held against their limit by their interval, where the profile asks for that; too few events or pictures
without a hazard cannot tell, and neither can events of too few scenes, which all look alike; what was not measured is a
fault that fails.
"""

from typing import Final

from safety_tasks.gate.checks.floors import support_of
from safety_tasks.gate.results import hold, result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.scores import EventScore
from safety_tasks.said import MISSING, Said, at_most
from safety_tasks.scoring.events import caught_interval

_SHOWN: Final = 3


def check_false_alarms(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require few alarms in pictures that show no hazard."""
    limit, found = profile.max_false_alarms_per_1000, evidence.measured.candidate.false_alarms
    sure = profile.floors_on == "interval"
    required = at_most(_of_1000(limit), surely=sure)
    if found is None or (found.per_1000 is None and found.background_pictures):
        return (
            result(
                "false_alarms",
                Verdict.FAIL,
                observed=MISSING,
                required=required,
                reason="false alarms were not measured, so it is not a pass: benchmark this run again",
                reason_ko="오경보를 측정하지 않아 통과로 볼 수 없습니다. 다시 측정하세요",
            ),
        )
    rate, least = found.per_1000, profile.min_background_pictures
    if rate is None:
        return (
            result(
                "false_alarms",
                Verdict.INCONCLUSIVE,
                observed=Said("no background pictures", "위험 없는 사진 없음"),
                required=required,
                reason="the holdout holds no picture without a hazard, so false alarms cannot be counted: deliver some",
                reason_ko="홀드아웃에 위험 없는 사진이 없어 오경보를 셀 수 없습니다. 그런 사진을 전달하세요",
            ),
        )
    high = found.interval.high if found.interval else None
    ends = (limit - found.interval.high, limit - found.interval.low) if found.interval else None
    verdict = hold(limit - rate, ends, profile.floors_on)
    observed = _of_1000(
        rate, f" ({found.interval.low:.1f}-{found.interval.high:.1f})" if found.interval else ""
    )
    counted = f"{found.alarmed} of {found.background_pictures} pictures without a hazard"
    if verdict is Verdict.FAIL:
        reason = f"{counted} raise an alarm, {rate:.1f} of 1,000, allowed are {limit:.1f}"
        reason_ko = (
            f"위험 없는 사진 {found.background_pictures}장 중 {found.alarmed}장에서 오경보가 났습니다 "
            f"(1,000장당 {rate:.1f}, 허용 {limit:.1f})"
        )
    elif found.background_pictures < least:
        verdict = Verdict.INCONCLUSIVE
        held = found.background_pictures
        reason = (
            f"the holdout holds {held} pictures without a hazard, needed are {least}: deliver more"
        )
        reason_ko = f"홀드아웃에 위험 없는 사진이 {held}장뿐입니다 (필요: {least}장). 더 전달하세요"
    elif verdict is Verdict.INCONCLUSIVE:
        may = "cannot be bounded" if high is None else f"may be {high:.1f}"
        reason = (
            f"false alarms are {rate:.1f} of 1,000 and {may}, allowed are {limit:.1f}: more scenes without a hazard "
            "would tell"
        )
        reason_ko = (
            f"오경보가 1,000장당 {rate:.1f}이지만 허용치 {limit:.1f}을(를) 넘을 수 있습니다. "
            "위험 없는 장면이 더 필요합니다"
        )
    else:
        reason, reason_ko = f"few false alarms: {counted}", "오경보가 허용치 안에 있습니다"
    return (
        result(
            "false_alarms",
            verdict,
            observed=observed,
            required=required,
            margin=limit - rate,
            reason=reason,
            reason_ko=reason_ko,
        ),
    )


def _of_1000(rate: float, span: str = "") -> Said:
    return Said(f"{rate:.1f} of 1,000{span}", f"1,000장당 {rate:.1f}{span}")


def check_events(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require enough of each hazard's events to be caught in their first pictures."""
    return tuple(_events(name, evidence, profile) for name in evidence.classes)


def _events(name: str, evidence: GateEvidence, profile: GateProfile) -> CheckResult:
    floor, least = profile.event_recall_floor, profile.min_support_scenes
    required = Said(
        f"at least {floor:.3f} of {least} events or more, in {least} scenes or more",
        f"장면 {least}개 이상의 사건 {least}건 이상에서 {floor:.3f} 이상",
    )
    score = evidence.measured.candidate.events.get(name)
    if score is None:
        return result(
            "events",
            Verdict.FAIL,
            of=name,
            observed=MISSING,
            required=required,
            reason=f"events of {name} were not measured, so it is not a pass: benchmark this run again",
            reason_ko=f"{name} 사건을 측정하지 않아 통과로 볼 수 없습니다. 다시 측정하세요",
        )
    return _caught(name, score, support_of(evidence, name).scenes, required, profile)


def _caught(
    name: str, score: EventScore, scenes: int, required: Said, profile: GateProfile
) -> CheckResult:
    floor, least = profile.event_recall_floor, profile.min_support_scenes
    share = score.caught / score.events if score.events else None
    ends = caught_interval(score)
    span = f" ({ends[0]:.2f}-{ends[1]:.2f})" if ends else ""
    observed = Said(
        f"{score.caught} of {score.events} caught within {score.within_pictures} pictures{span}",
        f"사건 {score.events}건 중 {score.caught}건을 처음 {score.within_pictures}장 안에 감지{span}",
    )
    verdict = Verdict.INCONCLUSIVE
    if share is not None and ends is not None and min(score.events, scenes) >= least:
        verdict = hold(share - floor, (ends[0] - floor, ends[1] - floor), profile.floors_on)
    if verdict is Verdict.FAIL:
        reason = f"{observed.en}, below {floor:.3f}; missed: {', '.join(score.missed[:_SHOWN])}"
        reason_ko = (
            f"{name} 사건 {score.events}건 중 {score.caught}건만 처음 {score.within_pictures}장 안에 감지했습니다 "
            f"(하한 {floor:.3f})"
        )
    elif score.events < least:
        reason = (
            f"the holdout holds {score.events} events of {name}, needed are {least}: "
            f"deliver more scenes that hold {name}"
        )
        reason_ko = (
            f"홀드아웃에 {name} 사건이 {score.events}건뿐입니다 (필요: {least}건). "
            f"{name}이(가) 있는 장면을 더 전달하세요"
        )
    elif scenes < least:
        reason = (
            f"{observed.en}, but from {scenes} of the {least} scenes that are needed: "
            f"deliver more scenes that hold {name}"
        )
        reason_ko = (
            f"{name} 사건 {score.events}건 중 {score.caught}건을 감지했으나 모두 {scenes}개 장면에서 나왔습니다 "
            f"(필요: {least}개). {name}이(가) 있는 장면을 더 전달하세요"
        )
    elif verdict is Verdict.INCONCLUSIVE:
        reason = f"{observed.en}, the floor is {floor:.3f}: more events of {name} would tell"
        reason_ko = (
            f"{name} 사건 {score.events}건 중 {score.caught}건을 감지했으나 하한 {floor:.3f}을(를) 넘는지 "
            f"알 수 없습니다. {name} 사건이 더 필요합니다"
        )
    else:
        reason = f"events of {name} are caught in time"
        reason_ko = f"{name} 사건을 제때 감지합니다"
    return result(
        "events",
        verdict,
        of=name,
        observed=observed,
        required=required,
        margin=None if share is None else share - floor,
        reason=reason,
        reason_ko=reason_ko,
    )
