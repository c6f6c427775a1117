"""The gate tests itself: it must refuse every candidate that was made bad on purpose, each for the right reason.

Rules: run before every verdict, with the policy that the verdict uses; a refusal for another reason counts as none; a
gate that lets one through is broken, and then no verdict of it may be believed. Where the holdout labels nothing, the
gate cannot show what it would refuse: INCONCLUSIVE.
"""

from collections.abc import Callable

from pydantic import ValidationError

from safety_tasks.gate.bad_case import BadCase
from safety_tasks.gate.judging import judge
from safety_tasks.gate.known_bad import bad_cases, labelled_hazards
from safety_tasks.gate.material import Material
from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, GateEvidence, KnownBad, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.said import Said

Progress = Callable[[int, int], None]


def run_self_test(
    evidence: GateEvidence,
    material: Material,
    profile: GateProfile,
    progress: Progress = lambda done, total: None,
) -> tuple[KnownBad, ...]:
    """Push known-bad candidates through the checks.

    Args:
        evidence: the real candidate's.
        material: what it found, to make bad ones of.
        profile: the policy that the verdict uses.
        progress: called with candidates done and their total.
    """
    cases = list(bad_cases(evidence, material, profile))
    done = []
    for number, case in enumerate(cases, start=1):
        done.append(_push(case, profile))
        progress(number, len(cases))
    done.append(_not_a_number(evidence))
    if not labelled_hazards(evidence, material):
        done.append(
            KnownBad(
                name="all-silent",
                must_be_refused_by="ap50",
                refused=False,
                skipped="the holdout labels no hazard, so nothing can be made worse",
            )
        )
    return tuple(done)


def self_test_result(tested: tuple[KnownBad, ...]) -> CheckResult:
    """Return what the test of the gate contributes to the verdict."""
    through = [bad for bad in tested if not bad.refused and not bad.skipped]
    unknown = [bad for bad in tested if bad.skipped and bad.name == "all-silent"]
    made = sum(not bad.skipped for bad in tested)
    held = made - len(through)
    observed = Said(
        f"{held} of {made} bad candidates refused", f"나쁜 후보 {made}개 중 {held}개 거부"
    )
    if through or not tested:
        verdict = Verdict.FAIL
        listed = ", ".join(f"{bad.name} (by {bad.must_be_refused_by})" for bad in through) or "none"
        reason = (
            f"THE GATE IS BROKEN: it let through what it must refuse: {listed}. Nothing may be published; correct the "
            "policy or the checks"
        )
        reason_ko = (
            f"게이트가 고장났습니다: 거부해야 할 후보를 통과시켰습니다: {listed}. "
            "아무것도 게시하지 말고 정책이나 검사를 고치세요"
        )
    elif unknown:
        verdict = Verdict.INCONCLUSIVE
        reason = "the holdout labels no hazard, so the gate cannot show that it would refuse a blind model"
        reason_ko = "홀드아웃에 위험 라벨이 없어 게이트가 눈먼 모델을 거부함을 보일 수 없습니다"
    else:
        verdict = Verdict.PASS
        reason = (
            f"the gate refused all {made} candidates made bad on purpose, each for the right reason"
        )
        reason_ko = f"일부러 망가뜨린 후보 {made}개를 모두 올바른 이유로 거부했습니다"
    return result(
        "self_test",
        verdict,
        observed=observed,
        required=Said(
            "every bad candidate refused, for the right reason",
            "나쁜 후보를 모두 올바른 이유로 거부",
        ),
        margin=float(-len(through)),
        reason=reason,
        reason_ko=reason_ko,
    )


def _push(case: BadCase, profile: GateProfile) -> KnownBad:
    """Judge one bad candidate; it is refused if a check that must refuse it does, and counts."""
    said = " or ".join(case.kinds) + (f" of {case.of}" if case.of else "")
    skipped = case.impossible
    if case.optional and all(profile.mode_of(kind) != "required" for kind in case.kinds):
        skipped = "the policy only wants this reported"
    if skipped:
        return KnownBad(name=case.name, must_be_refused_by=said, refused=False, skipped=skipped)
    judged = judge(case.make(), profile)
    checks = judged.variants[0].checks if case.variant else judged.checks
    refusing = [
        check
        for check in checks
        if check.counts is not Verdict.PASS and (not case.surely or _misses(check))
    ]
    right = [
        check.name
        for check in refusing
        if check.kind in case.kinds and (not case.of or check.name.endswith(f".{case.of}"))
    ]
    return KnownBad(
        name=case.name, must_be_refused_by=said, refused=bool(right), refused_by=tuple(right)
    )


def _misses(check: CheckResult) -> bool:
    """Tell whether a check saw its requirement missed, and does not only lack evidence."""
    return check.verdict is Verdict.FAIL or (check.margin is not None and check.margin < 0)


def _not_a_number(evidence: GateEvidence) -> KnownBad:
    """Push scores that are no numbers: no record may hold them, so that no check ever sees them."""
    document = evidence.to_dict()
    document["measured"]["candidate"]["map50"] = float("nan")
    try:
        GateEvidence.model_validate(document)
    except ValidationError as problem:
        refused = any(error["loc"][-1] == "map50" for error in problem.errors())
    else:
        refused = False
    return KnownBad(
        name="not-a-number",
        must_be_refused_by="the record",
        refused=refused,
        refused_by=("the record",) if refused else (),
    )
