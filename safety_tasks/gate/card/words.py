"""The words of the card in English and Korean.

Rules: both languages have the same keys and the same blanks; texts are this project's own, what fills their blanks has
been made plain before; a word stands for one idea, as in the glossary.
"""

from typing import Final

from safety_tasks.gate.card.words_next import NEXT_TEXTS
from safety_tasks.said import LANGUAGES, Said


def said(key: str, *values: object) -> Said:
    """Return a text in both languages with its blanks filled; a ``Said`` fills each by its own language."""
    filled = (
        text.format(*(v.within(language) if isinstance(v, Said) else v for v in values))
        for text, language in zip(TEXTS[key], LANGUAGES, strict=True)
    )
    return Said(*filled)


_CARD_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Gate verdict card", "게이트 판정 카드"),
    "verdict_PASS": ("PASS", "통과"),
    "verdict_FAIL": ("FAIL", "불합격"),
    "verdict_INCONCLUSIVE": ("INCONCLUSIVE", "판정 불가"),
    "means_PASS": ("Every required check holds, with enough evidence.", "모든 필수 검사를 충분한 근거로 통과했습니다."),
    "means_PASS_bypassed": (
        "Every check that counts holds; some that guard people do not count.",
        "판정에 반영되는 검사는 모두 통과했지만, 사람을 지키는 검사 일부가 빠져 있습니다.",
    ),
    "means_PASS_waived": (
        "Every required check holds, but for those that somebody waived.",
        "면제된 검사를 빼고 모든 필수 검사를 통과했습니다.",
    ),
    "means_FAIL": (
        "A check speaks against this model: nothing is published.",
        "이 모델에 불리한 검사가 있습니다: 아무것도 게시하지 않습니다.",
    ),
    "means_INCONCLUSIVE": (
        "The evidence cannot tell; nothing is said against the model.",
        "근거가 부족해 판정할 수 없습니다. 모델이 나쁘다는 뜻은 아닙니다.",
    ),
    "means_broken": ("This verdict may not be believed.", "이 판정은 믿을 수 없습니다."),
    "run": ("Run", "실행"),
    "model": ("Model", "모델"),
    "dataset": ("Dataset version", "데이터셋 버전"),
    "policy": ("Policy", "정책"),
    "policy_of": ("{} v{} ({})", "{} v{} ({})"),
    "judged": ("Judged", "판정 시각"),
    "measured_on": ("Measured on", "측정 자료"),
    "pictures_of": ("{} holdout pictures, {} scenes", "홀드아웃 사진 {}장, 장면 {}개"),
    "and_more": ("{} and {} more", "{} 외 {}개"),
    # Counts.
    "checks": ("Checks", "검사"),
    "passed": ("passed", "통과"),
    "refused": ("refused", "거부"),
    "inconclusive": ("inconclusive", "판정 불가"),
    "reported": ("only reported", "참고"),
    "waived": ("waived", "면제"),
    # Reasons.
    "reasons": ("Why", "판정 사유"),
    "tightest": (
        "All {} required checks pass. The tightest:",
        "필수 검사 {}개를 모두 통과했습니다. 여유가 가장 적은 것:",
    ),
    "no_margins": ("All {} required checks pass.", "필수 검사 {}개를 모두 통과했습니다."),
    "more_reasons": ("More checks that keep it from PASS: {}", "그 밖에 통과를 막는 검사: {}개"),
    "room": ("{}, required {}: {} % of the limit to spare", "{} (기준 {}): 여유가 한계의 {} %"),
    "observed": ("Observed", "측정값"),
    "required": ("Required", "기준"),
    # Hazards.
    "hazards": ("Hazards", "위험 클래스"),
    "hazard": ("Hazard", "위험 클래스"),
    "ap50": ("AP50", "AP50"),
    "floor": ("Floor", "하한"),
    "champion": ("Champion", "챔피언"),
    "difference": ("Difference", "차이"),
    "recall": ("Recall", "재현율"),
    "support": ("Support", "근거량"),
    "support_short": ("pict. / boxes / scenes", "사진 / 박스 / 장면"),
    "support_of": ("{} pictures, {} boxes, {} scenes", "사진 {}장, 박스 {}개, 장면 {}개"),
    "recall_needs": ("floor {} · threshold {}", "하한 {} · 임계값 {}"),
    "intervals": (
        "Small print: 95 % intervals over scenes. Recall at the operating threshold.",
        "작은 글씨: 장면 단위 95 % 구간. 재현율은 운용 임계값 기준.",
    ),
    "legend": (
        "Bar: interval · dot: AP50 · line: floor · ring: champion",
        "막대: 구간 · 점: AP50 · 선: 하한 · 고리: 챔피언",
    ),
    "more_hazards": ("More hazards, none worse than these: {}", "이보다 나쁘지 않은 위험 클래스 {}개 더"),
    "no_hazards": ("The report scores no hazard.", "보고서에 위험 클래스 점수가 없습니다."),
    "champion_first": ("No champion yet: floors only.", "아직 챔피언이 없습니다: 하한만으로 판정합니다."),
    "champion_problem": ("The champion could not be measured: {}", "챔피언을 측정할 수 없습니다: {}"),
    "champion_other": (
        "Release {} was measured on other pictures: it may not be compared.",
        "릴리스 {}은(는) 다른 사진에서 측정되어 비교할 수 없습니다.",
    ),
    "champion_beside": (
        "Beside release {}, measured on the same holdout.",
        "릴리스 {}와(과) 같은 홀드아웃에서 나란히 측정.",
    ),
    # Why a number is a dash.
    "why_unmeasured": ("not measured", "측정 안 됨"),
    "why_no_labels": ("no labels", "라벨 없음"),
    "why_few_scenes": ("too few scenes", "장면 부족"),
    "why_no_floor": ("none in policy", "정책에 없음"),
    "why_first": ("no champion", "챔피언 없음"),
    "why_problem": ("not measured", "측정 안 됨"),
    "why_other": ("other pictures", "다른 사진"),
    "why_unaware": ("does not know it", "모르는 클래스"),
    "why_not_compared": ("not compared", "비교 안 됨"),
    "why_no_background": ("no background", "배경 사진 없음"),
    # Speed and alarms.
    "measures": ("Speed, alarms, incidents", "속도, 오경보, 사고"),
    "latency": ("Frame time, p95", "프레임 시간 p95"),
    "throughput": ("Sustained", "지속 처리량"),
    "load_time": ("Load time", "불러오는 시간"),
    "memory": ("Peak memory", "최대 메모리"),
    "false_alarms": ("False alarms / 1,000", "1,000장당 오경보"),
    "incidents": ("Incidents found", "찾은 사고"),
    "measure_beside": ("{} · {}", "{} · {}"),
    "at_most": ("at most {}", "최대 {}"),
    "at_least": ("at least {}", "최소 {}"),
    "incidents_limit": ("{} trained on · may miss {}", "학습 포함 {}건 · 허용 누락 {}건"),
    "misses_allowed": ("may miss {}", "허용 누락 {}건"),
    "incidents_none": ("none on record", "기록 없음"),
    "incidents_unlabelled": ("{} pictures without a label", "라벨 없는 사진 {}장"),
    "hardware": ("Hardware class {}, threads: {}, {}", "하드웨어 종류 {}, 스레드 {}개, {}"),
    # Variants.
    "variants": ("Files of the release", "릴리스에 담기는 파일"),
    "ships": ("ships", "포함"),
    "left_out": ("left out", "제외"),
    "not_made": ("not made", "생성 안 됨"),
    "held_back": ("held back", "보류"),
    "why_reference": ("the reference model", "기준 모델"),
    "why_fit": ("passes every check of its own", "자체 검사를 모두 통과"),
    "why_held": ("nothing is published", "아무것도 게시되지 않음"),
    "no_variants": ("No variant was made: the reference model ships alone.", "변형이 없어 기준 모델만 담깁니다."),
    # What is not covered.
    "uncovered": ("Too little evidence to judge", "근거가 부족해 판정하지 못한 부분"),
    "nothing_uncovered": (
        "Every part of the holdout had enough evidence.",
        "홀드아웃의 모든 부분에 근거가 충분했습니다.",
    ),
    # Pictures.
    "misses": ("Worst misses", "가장 아쉽게 놓친 것"),
    "no_misses": ("The benchmark kept no picture of a miss.", "벤치마크가 남긴 놓친 사진이 없습니다."),
    "scene_of": ("{} in scene {}", "장면 {1}의 {0}"),
    "best_score": ("best score {}", "최고 점수 {}"),
    "undetected": ("nothing detected", "감지 없음"),
    "picture_gone": ("This picture could not be read", "이 사진을 읽을 수 없습니다"),
    "picture_alt": ("{} missed in {} of scene {}", "장면 {2}의 {1}에서 놓친 {0}"),
    # Banners.
    "banner_broken": (
        "GATE BROKEN: the gate let through a model made bad on purpose: nothing of this verdict may be believed ({}).",
        "게이트 고장: 일부러 망가뜨린 모델을 통과시켰습니다. 이 판정은 아무것도 믿을 수 없습니다({}).",
    ),
    "banner_untested": (
        "GATE NOT TESTED: it did not show that it refuses bad models: nothing of this verdict may be believed.",
        "게이트 미시험: 나쁜 모델을 거부함을 보이지 못했습니다. 이 판정은 아무것도 믿을 수 없습니다.",
    ),
    "banner_contradiction": (
        "CONTRADICTION: the report says {}, its checks say {}. It was altered or written by other code.",
        "모순: 보고서의 판정은 {}, 검사의 결과는 {}입니다. 변경되었거나 다른 코드가 쓴 보고서입니다.",
    ),
    "banner_bypasses": (
        "BYPASSED: checks that guard people do not count here, since the policy took them out: {}.",
        "우회됨: 사람을 지키는 검사를 정책이 판정에서 뺐습니다: {}.",
    ),
    "banner_bypassed_fail": ("NOT PASSED, and not counted: {}.", "통과하지 못했지만 판정에 반영되지 않음: {}."),
    "banner_reported_fail": ("Only reported, and not passed: {}.", "참고용 검사 중 통과하지 못한 것: {}."),
    "banner_warning": ("Warning of the policy: {}", "정책의 경고: {}"),
    "banner_synthetic": (
        "SYNTHETIC PICTURES: these numbers say nothing about real cameras.",
        "합성 사진: 이 수치는 실제 카메라에 대해 아무것도 말해 주지 않습니다.",
    ),
    "banner_canary": (
        "The policy lets INCONCLUSIVE go to canary.",
        "정책이 판정 불가 모델을 canary에 내보내도록 허용합니다.",
    ),
    "banner_waived": (
        "WAIVED until {}: {}, by {}, signed by {}: {}",
        "{}까지 면제: {}. 요청 {}, 서명 {}: {}",
    ),
    "banner_waivers_more": (
        "More waivers that take checks out of this verdict: {}.",
        "이 판정에 적용된 그 밖의 면제: {}건.",
    ),
    "banner_waivers_idle": (
        "Waivers in force that change nothing here: {}.",
        "유효하지만 여기서는 적용되지 않은 면제: {}.",
    ),
    "idle_waiver": ("{} (run {}, by {}, until {})", "{} (실행 {}, 요청 {}, {}까지)"),
    "banner_approved": ("Approved by {} at {}", "{} 승인, {}"),
    "banner_rejected": ("REJECTED by {} at {}", "{} 거절, {}"),
    "banner_timed_out": ("NOT APPROVED in time ({}, {})", "제때 승인되지 않음 ({}, {})"),
    "noted": ("{}: {}", "{}: {}"),
    "next": ("Do this now", "지금 할 일"),
    "footer": ("This card is one file and needs no network.", "네트워크가 필요 없는 한 장의 카드입니다."),
}  # fmt: skip
TEXTS: Final[dict[str, tuple[str, str]]] = {**_CARD_TEXTS, **NEXT_TEXTS}
