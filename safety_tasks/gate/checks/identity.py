"""Checks that the right things were compared: class map, champion, duplicate, holdout, and the record of the training.

Rules: none of these can be waived but the last two; a champion that could not be measured, or is no longer what
``stable`` serves, makes every comparison worthless, so it fails here, once, with its reason.
"""

from typing import Final

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, GateEvidence, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.said import Said, at_least, listed

_NEW: Final = Said("a new model", "새 모델")
_WHOLE: Final = Said("a whole record", "완전한 기록")


def check_class_map(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require dataset, model and measurements to mean the same hazards by the same numbers."""
    wanted = class_map_digest(evidence.classes)
    found = evidence.measured.candidate
    same = {
        Said("model", "모델"): evidence.exported.classes_sha256 == wanted,
        Said("measurements", "측정값"): found.classes_sha256 == wanted,
        # A record's names are sorted when it is written: which there are is all that can be told.
        Said("scores", "점수"): set(found.hazards) == set(evidence.classes),
    }
    wrong = [side for side, is_same in same.items() if not is_same]
    names, count = ", ".join(evidence.classes), len(evidence.classes)
    expected = Said(f"{count} hazards: {names}", f"위험 요소 {count}개: {names}")
    if wrong:
        sides = listed(wrong)
        return (
            result(
                "class_map",
                Verdict.FAIL,
                observed=Said(f"other hazards in {sides.en}", f"다른 위험 요소: {sides.ko}"),
                required=expected,
                reason=f"{sides.en}: not the hazards of the dataset ({names}), so a number may mean another "
                "hazard. Export and benchmark this run again",
                reason_ko=f"{sides.ko}: 데이터셋의 위험 요소({names})와 다릅니다. "
                "번호의 뜻이 달라질 수 있으니 다시 내보내고 측정하세요",
            ),
        )
    return (
        result(
            "class_map",
            Verdict.PASS,
            observed=expected,
            required=expected,
            reason="model, measurements and dataset have the same hazards",
            reason_ko="모델, 측정값, 데이터셋의 위험 요소가 같습니다",
        ),
    )


def check_champion(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the champion to be what ``stable`` serves, measured on the same holdout."""
    champion, serving = evidence.measured.champion, evidence.serving_release_seq
    required = (
        Said("no release served", "제공 중인 릴리스 없음")
        if serving is None
        else Said(f"release {serving}, measured beside", f"릴리스 {serving}, 나란히 측정")
    )
    observed = _release(champion.release_seq)
    if champion.problem:
        found = Said(f"{observed.en}, not measured", f"{observed.ko}, 측정 안 됨")
        reason = f"the champion could not be measured: {champion.problem}"
        reason_ko = f"챔피언을 측정할 수 없습니다: {champion.problem}"
    elif champion.release_seq != serving:
        found = observed
        reason = (
            f"measured beside {observed.en}, while stable serves "
            f"{'nothing' if serving is None else f'release {serving}'}: benchmark this run again"
        )
        reason_ko = (
            f"측정에 쓴 챔피언({observed.ko})이 현재 stable이 제공하는 것"
            f"({'없음' if serving is None else f'릴리스 {serving}'})과 다릅니다. 다시 측정하세요"
        )
    elif champion.release_seq is not None and champion.report is None:
        found = Said(f"{observed.en}, not measured", f"{observed.ko}, 측정 안 됨")
        reason = f"there are no measurements of {observed.en}, so nothing can be compared: benchmark this run again"
        reason_ko = (
            f"릴리스 {champion.release_seq}의 측정값이 없어 비교할 수 없습니다. 다시 측정하세요"
        )
    elif champion.report is not None and (
        champion.report.manifest_sha256 != evidence.measured.candidate.manifest_sha256
    ):
        found = Said(f"{observed.en}, on another holdout", f"{observed.ko}, 다른 홀드아웃")
        reason = (
            "champion and candidate were measured on different holdouts: benchmark this run again"
        )
        reason_ko = "챔피언과 후보가 서로 다른 홀드아웃에서 측정되었습니다. 다시 측정하세요"
    else:
        first = champion.release_seq is None
        return (
            result(
                "champion",
                Verdict.PASS,
                observed=observed if first else required,
                required=required,
                reason="no champion yet: judged by floors only"
                if first
                else f"release {serving} was measured in the same run on the same holdout",
                reason_ko="아직 챔피언이 없습니다: 하한만으로 판정했습니다"
                if first
                else f"릴리스 {serving}을(를) 같은 실행, 같은 홀드아웃에서 측정했습니다",
            ),
        )
    return (
        result(
            "champion",
            Verdict.FAIL,
            observed=found,
            required=required,
            reason=reason,
            reason_ko=reason_ko,
        ),
    )


def check_duplicate(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Refuse a model that is released already: an old one comes back by rolling back, never by a second release."""
    seq = evidence.released_as
    if seq is None:
        return (
            result(
                "duplicate",
                Verdict.PASS,
                observed=_NEW,
                required=_NEW,
                reason="no release has this model",
                reason_ko="이 모델의 릴리스가 없습니다",
            ),
        )
    return (
        result(
            "duplicate",
            Verdict.FAIL,
            observed=Said(f"release {seq} is this model", f"릴리스 {seq}의 모델과 같음"),
            required=_NEW,
            reason=f"release {seq} is this very model: an old one comes back by rolling back, never as a new release",
            reason_ko=f"릴리스 {seq}이(가) 바로 이 모델입니다. 이전 모델은 새 릴리스가 아니라 롤백으로만 되돌립니다",
        ),
    )


def check_holdout(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require a holdout of enough pictures, and enough of them without a hazard."""
    found = evidence.measured.candidate
    background = found.false_alarms.background_pictures if found.false_alarms else 0
    need = (profile.min_holdout_pictures, profile.min_background_pictures)
    enough = found.pictures >= need[0] and background >= need[1]
    return (
        result(
            "holdout",
            Verdict.PASS if enough else Verdict.INCONCLUSIVE,
            observed=_pictures(found.pictures, background),
            required=at_least(_pictures(*need)),
            margin=float(min(found.pictures - need[0], background - need[1])),
            reason="the holdout is large enough"
            if enough
            else f"the holdout holds {found.pictures} pictures, {background} of them without a hazard; needed are "
            f"{need[0]} and {need[1]}: deliver pictures of more scenes, then safety-tasks holdout extend",
            reason_ko="홀드아웃이 충분히 큽니다"
            if enough
            else f"홀드아웃 사진이 {found.pictures}장(위험 없는 사진 {background}장)뿐입니다 "
            f"(필요: {need[0]}장, {need[1]}장). 더 많은 장면의 사진을 전달한 뒤 "
            "safety-tasks holdout extend를 실행하세요",
        ),
    )


def check_reproducibility(evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
    """Require the record of what made this model: data, recipe and seed, code, weights and where they came from."""
    training, exported = evidence.training, evidence.exported
    missing = []
    if training is None and not exported.adopted_file:
        missing.append(Said("training", "학습"))
    if training is not None and training.dataset_version != exported.dataset_version:
        version = exported.dataset_version
        missing.append(Said(f"training on dataset version {version}", f"데이터셋 {version}의 학습"))
    if training is not None and training.fit is None and training.backend != "adopted":
        missing.append(Said("what the training loop did", "학습 과정"))
    if exported.settings_sha256 is None and not exported.adopted_file:
        missing.append(Said("export settings", "내보내기 설정"))
    adopted = bool(exported.adopted_file) or (
        training is not None and training.backend == "adopted"
    )
    if missing:
        shown = listed(missing)
        return (
            result(
                "reproducibility",
                Verdict.FAIL,
                observed=Said(f"no record of {shown.en}", f"기록 없음: {shown.ko}"),
                required=_WHOLE,
                reason=f"nobody could make this model again: there is no record of {shown.en}",
                reason_ko=f"이 모델을 다시 만들 수 없습니다. 기록이 없습니다: {shown.ko}",
            ),
        )
    return (
        result(
            "reproducibility",
            Verdict.PASS,
            observed=Said("adopted, its file is on record", "외부 모델, 파일이 기록됨")
            if adopted
            else _WHOLE,
            required=_WHOLE,
            reason="adopted: trained elsewhere, its file and digest are on record"
            if adopted
            else "data, recipe, seed, code and weights are on record",
            reason_ko="외부에서 학습된 모델로, 파일과 다이제스트가 기록되어 있습니다"
            if adopted
            else "데이터, 레시피, 시드, 코드, 가중치가 기록되어 있습니다",
        ),
    )


def _release(seq: int | None) -> Said:
    return Said("none", "없음") if seq is None else Said(f"release {seq}", f"릴리스 {seq}")


def _pictures(pictures: int, background: int) -> Said:
    return Said(
        f"{pictures} pictures, {background} without a hazard",
        f"사진 {pictures}장, 위험 없는 사진 {background}장",
    )
