"""The words of the dataset report, in English and Korean.

Rules: both languages have the same keys and the same places for values; texts are trusted, values are escaped where
they are put in; a word stands for one idea, as in the glossary.
"""

from typing import Final

LANGUAGES: Final = ("en", "ko")

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Dataset report", "데이터셋 보고서"),
    "intro": (
        "What this version holds, how it differs from its parent, and where to look first.",
        "이 버전에 무엇이 있고, 부모 버전과 무엇이 다르며, 어디를 먼저 볼지 보여 줍니다.",
    ),
    "version": ("Version", "버전"),
    "parent": ("Parent", "부모 버전"),
    "no_parent": ("none: the first version", "없음: 첫 버전"),
    "generation": ("Version {} of its line", "이 계보의 {}번째 버전"),
    "classes": ("Hazard classes", "위험 종류"),
    "synthetic": (
        "Synthetic pictures: numbers measured on them say nothing about real cameras",
        "합성 사진: 여기서 잰 수치로는 실제 카메라의 성능을 알 수 없습니다",
    ),
    "pictures": ("Pictures", "사진"),
    "boxes": ("Boxes", "박스"),
    "scenes": ("Scenes", "장면"),
    "backgrounds": ("Background pictures", "배경 사진"),
    "ledger_rows": ("Ledger rows", "변경 원장 행"),
    "batches": ("Batches", "배치"),
    "batch": ("Batch", "배치"),
    "kind": ("Kind", "종류"),
    "table": ("Table", "표"),
    "contents": ("On this page", "목차"),
    # Validation.
    "validation": ("Validation", "검증"),
    "valid": ("Passed", "통과"),
    "invalid": ("Failed", "불합격"),
    "not_judged": (
        "Today's suite has not judged this version yet.",
        "현재 기대 조건으로는 아직 이 버전을 검증하지 않았습니다.",
    ),
    "held": ("Expectations that held: {} of {}.", "기대 조건 {}개 충족 (전체 {}개)"),
    "data_docs": ("Open Data Docs", "데이터 문서 열기"),
    "expectation": ("Expectation", "기대 조건"),
    "severity": ("Effect", "효과"),
    "blocks": ("blocks", "차단"),
    "warns": ("warns", "경고"),
    "observed": ("Observed", "관측값"),
    "required": ("Required", "요구값"),
    "reason": ("Reason", "이유"),
    # Class balance.
    "balance": ("Class balance", "클래스 균형"),
    "balance_note": (
        "Boxes of each hazard by split; bars compare the hazards within a split. Small print: pictures and scenes.",
        "분할별 위험 종류의 박스 수입니다. 막대는 한 분할 안의 위험 종류를 비교하고, 작은 글씨는 사진과 장면 수입니다.",
    ),
    "split": ("Split", "분할"),
    "support": ("pictures: {}, scenes: {}", "사진 {}장, 장면 {}개"),
    "empty_split": ("empty", "비어 있음"),
    # Distributions.
    "sizes": ("Box sizes", "박스 크기"),
    "sizes_note": (
        "Side of a box as a share of the picture's side (square root of its area's share), one chart a hazard.",
        "사진 한 변에 대한 박스 한 변의 비율(면적 비율의 제곱근)이며, 위험 종류마다 차트 하나입니다.",
    ),
    "chart_sizes": ("Box sizes of {}", "{} 박스 크기"),
    "light": ("Brightness and sharpness", "밝기와 선명도"),
    "brightness": ("Brightness", "밝기"),
    "brightness_note": ("Mean grey value, 0 (black) to 255 (white)", "평균 회색값, 0(검정)부터 255(흰색)까지"),
    "sharpness": ("Sharpness", "선명도"),
    "sharpness_note": (
        "Variance of the Laplacian: below 100 a picture is soft, below 30 blurred",
        "라플라시안 분산: 100 미만이면 약간 흐리고, 30 미만이면 흐립니다",
    ),
    # Drift.
    "drift": ("Drift against the parent", "부모 버전 대비 드리프트"),
    "drift_note": (
        "Population stability index (PSI). Below 0.1: the same population. 0.1 to 0.25: it moved, look at it. "
        "Above 0.25: another population, train and compare with care. The marks stand at 0.1 and 0.25.",
        "모집단 안정성 지수(PSI)입니다. 0.1 미만: 같은 모집단. 0.1~0.25: 변화가 있으니 확인하세요. "
        "0.25 초과: 다른 모집단이니 학습과 비교에 주의하세요. 눈금은 0.1과 0.25입니다.",
    ),
    "first_version": (
        "The first version has no parent to compare with.",
        "첫 버전이라 비교할 부모 버전이 없습니다.",
    ),
    "measure": ("Measure", "측정 항목"),
    "drift_class": ("Pictures with {}", "{} 사진"),
    "drift_class_mix": ("Class mix", "클래스 구성"),
    "drift_box_side": ("Box side", "박스 한 변"),
    "drift_brightness": ("Brightness", "밝기"),
    "drift_sharpness": ("Sharpness", "선명도"),
    "drift_boxes_per_picture": ("Boxes per picture", "사진당 박스 수"),
    "psi": ("PSI", "PSI"),
    "reading": ("Reading", "해석"),
    "psi_low": ("same", "같음"),
    "psi_mid": ("moved", "변화"),
    "psi_high": ("another", "다름"),
    "then_now": ("Parent and now", "부모와 현재"),
    "was": ("parent", "부모"),
    "now": ("this version", "이 버전"),
    # Scenes.
    "scene": ("Scene", "장면"),
    "scenes_note": (
        "The largest scenes. A scene never crosses from what is learnt to what judges.",
        "가장 큰 장면부터 보여 줍니다. 한 장면이 학습용과 평가용 분할에 걸치는 일은 없습니다.",
    ),
    "other_scenes": ("other scenes: {}", "그 밖의 장면 {}개"),
    # Ledger.
    "ledger": ("Ledger", "변경 원장"),
    "ledger_note": (
        "Everything that was dropped, changed or doubted on the way in, by rule.",
        "수집 중에 제외, 변경 또는 의심된 모든 항목을 규칙별로 보여 줍니다.",
    ),
    "ledger_empty": ("Nothing was dropped, changed or doubted.", "제외, 변경 또는 의심된 항목이 없습니다."),
    "rule": ("Rule", "규칙"),
    "about": ("About", "대상"),
    "action": ("Action", "조치"),
    "rows": ("Rows", "행"),
    "others": ("all others", "그 밖의 모두"),
    # Holdout.
    "holdout": ("Holdout", "홀드아웃"),
    "holdout_note": (
        "The frozen judge: it grows only when somebody signs for it.",
        "고정된 평가 기준이며, 누군가 승인해야만 늘어납니다.",
    ),
    "frozen": ("Digest", "다이제스트"),
    "signed_by": ("Signed for by", "승인자"),
    "why": ("Why", "사유"),
    "at": ("When", "시각"),
    "grew": ("Pictures before and after", "전후 사진 수"),
    "not_signed": (
        "Nobody has signed for it yet: it is as the first version made it.",
        "아직 승인한 사람이 없습니다. 첫 버전이 만든 그대로입니다.",
    ),
    "no_holdout": ("It is empty: no model can be judged.", "비어 있어 어떤 모델도 평가할 수 없습니다."),
    # Suspicion.
    "suspicion": ("Label suspicion", "라벨 의심"),
    "suspicion_note": (
        "Where release {} contradicts the labels, the worst first. A doubt changes nothing by itself: look, "
        "then deliver the corrected labels. Pictures compared: {}.",
        "릴리스 {}의 모델이 라벨과 다르게 본 곳을 의심이 큰 순서로 보여 줍니다. 의심만으로는 아무것도 바뀌지 않습니다. "
        "확인한 뒤 고친 라벨을 전달하세요. 비교한 사진: {}장",
    ),
    "suspicion_left": ("Pictures that still wait to be compared: {}.", "아직 비교하지 않은 사진: {}장"),
    "suspicion_purged": ("Pictures that were purged and cannot be compared: {}.", "삭제되어 비교할 수 없는 사진: {}장"),
    "suspicion_none": ("No doubt was found.", "의심되는 라벨이 없습니다."),
    "no_review": ("No review was made for this page.", "이 보고서에는 라벨 검토 결과가 없습니다."),
    "no_comparison": ("There is no comparison yet.", "아직 비교하지 못했습니다."),
    "overlooked": ("overlooked", "누락"),
    "badly_located": ("badly located", "위치 오류"),
    "swapped": ("swapped", "클래스 뒤바뀜"),
    "label_says": ("label", "라벨"),
    "model_says": ("model", "모델"),
    "nothing": ("nothing", "없음"),
    "queue": ("Open the queue (CSV)", "검토 목록 열기 (CSV)"),
    "sheet": ("Contact sheet {}", "콘택트 시트 {}"),
    # Samples.
    "samples": ("Samples", "표본"),
    "samples_note": (
        "A few pictures of each hazard and split, from different scenes, with the labels drawn.",
        "위험 종류와 분할마다 서로 다른 장면에서 고른 사진 몇 장에 라벨을 그렸습니다.",
    ),
    "background": ("background", "배경"),
    "no_samples": ("There is no picture.", "사진이 없습니다."),
    "purged": ("This picture was purged", "삭제된 사진입니다"),
    "missing": ("This picture's bytes are missing", "사진 파일이 없습니다"),
    "altered": ("This picture does not prove", "사진을 검증할 수 없습니다"),
    "alt": ("{} of scene {}, with boxes", "장면 {1}의 {0}, 박스 표시"),
    "footer": (
        "This page is one file, needs no network and can be made again: safety-tasks dataset report.",
        "파일 하나로 된 페이지라 네트워크 없이 열리며, 언제든 다시 만들 수 있습니다: safety-tasks dataset report",
    ),
}  # fmt: skip
