"""What each kind of check asks, in one sentence, and how it decides, in one line: in English and Korean.

Rules: every kind of the policy has both; names of the policy's fields stand as ``config/gate.toml`` has them; ``low``
and ``high`` are the ends of the 95 % interval over scenes.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from safety_tasks.records.gate_policy import CheckKind


class Meaning(NamedTuple):
    """What a kind of check asks, and its formula."""

    asks: str
    formula: str
    asks_ko: str
    formula_ko: str


MEANINGS: Final[Mapping[CheckKind, Meaning]] = {
    "class_map": Meaning(
        "Dataset, model and measurements have the same hazards in the same order.",
        "PASS: the class map digests of model and measurements = the dataset's, and each hazard is scored; else FAIL",
        "데이터셋, 모델, 측정값의 위험 클래스가 같은 순서로 같습니다.",
        "PASS: 모델과 측정값의 클래스 맵 다이제스트 = 데이터셋의 것이고 모든 위험 클래스에 점수가 있음. 아니면 FAIL",
    ),
    "champion": Meaning(
        "The candidate was measured beside what stable serves now, in the same run on the same holdout.",
        "PASS: measured release = served release and same manifest, or nothing is served yet; else FAIL",
        "후보를 지금 stable이 제공하는 모델과 같은 실행, 같은 홀드아웃에서 나란히 측정했습니다.",
        "PASS: 측정한 릴리스 = 제공 중인 릴리스이고 매니페스트가 같거나, 아직 제공되는 것이 없음. 아니면 FAIL",
    ),
    "duplicate": Meaning(
        "This very model is not released already: an old release comes back by rolling back.",
        "FAIL: a release of another run has the same model digest; else PASS",
        "바로 이 모델이 이미 릴리스되지 않았습니다. 이전 릴리스는 롤백으로 되돌립니다.",
        "FAIL: 다른 실행의 릴리스가 같은 모델 다이제스트를 가짐. 아니면 PASS",
    ),
    "self_test": Meaning(
        "Models made bad on purpose are refused, each for the right reason.",
        "PASS: every bad candidate is refused by the check that is there for it; one let through: FAIL; no label in "
        "the holdout: INCONCLUSIVE",
        "일부러 망가뜨린 모델이 각각 올바른 이유로 거부됩니다.",
        "PASS: 모든 불량 후보를 담당 검사가 거부. 하나라도 통과하면 FAIL, 홀드아웃에 라벨이 없으면 INCONCLUSIVE",
    ),
    "holdout": Meaning(
        "The holdout has enough pictures, and enough of them show no hazard.",
        "PASS: pictures ≥ min_holdout_pictures and background pictures ≥ min_background_pictures; else INCONCLUSIVE",
        "홀드아웃의 사진과 위험 없는 사진이 충분합니다.",
        "PASS: 사진 수 ≥ min_holdout_pictures, 배경 사진 수 ≥ min_background_pictures. 아니면 INCONCLUSIVE",
    ),
    "support": Meaning(
        "Enough pictures, boxes and scenes of the holdout hold the hazard.",
        "PASS: pictures, boxes, scenes with the hazard ≥ min_support_pictures, _boxes, _scenes; else INCONCLUSIVE",
        "홀드아웃에서 이 위험 클래스가 있는 사진, 박스, 장면이 충분합니다.",
        "PASS: 해당 사진, 박스, 장면 수 ≥ min_support_pictures, _boxes, _scenes. 아니면 INCONCLUSIVE",
    ),
    "ap50": Meaning(
        "Average precision of the hazard at IoU 0.5 reaches its floor.",
        "low(AP50) ≥ ap50_floors: PASS; high(AP50) < floor: FAIL; else INCONCLUSIVE. Where floors_on = estimate the "
        "value itself passes or fails",
        "IoU 0.5에서의 평균 정밀도(AP50)가 하한에 이릅니다.",
        "low(AP50) ≥ ap50_floors: PASS. high(AP50) < 하한: FAIL. 그 밖: INCONCLUSIVE. floors_on = estimate이면 "
        "값 자체로 PASS 또는 FAIL",
    ),
    "ap50_95": Meaning(
        "Average precision of the hazard, averaged over IoU 0.50 to 0.95 in steps of 0.05, reaches its floor.",
        "low(AP50-95) ≥ ap50_95_floors: PASS; high(AP50-95) < floor: FAIL; else INCONCLUSIVE. Where floors_on = "
        "estimate the value itself passes or fails",
        "IoU 0.50-0.95(0.05 간격)의 평균 정밀도 평균(AP50-95)이 하한에 이릅니다.",
        "low(AP50-95) ≥ ap50_95_floors: PASS. high(AP50-95) < 하한: FAIL. 그 밖: INCONCLUSIVE. floors_on = "
        "estimate이면 값 자체로 PASS 또는 FAIL",
    ),
    "recall": Meaning(
        "The share of the hazard's labels that are found at its operating threshold reaches its floor.",
        "low(recall) ≥ recall_floors: PASS; high(recall) < floor: FAIL; else INCONCLUSIVE. Where floors_on = estimate "
        "the value itself passes or fails",
        "운용 임계값에서 찾은 라벨의 비율(재현율)이 하한에 이릅니다.",
        "low(재현율) ≥ recall_floors: PASS. high(재현율) < 하한: FAIL. 그 밖: INCONCLUSIVE. floors_on = estimate이면 "
        "값 자체로 PASS 또는 FAIL",
    ),
    "false_alarms": Meaning(
        "Few pictures without a hazard raise an alarm.",
        "rate = 1,000 × alarmed ÷ background pictures: high(rate) ≤ max_false_alarms_per_1000: PASS; low(rate) > "
        "limit: FAIL; else, or fewer than min_background_pictures: INCONCLUSIVE. Where floors_on = estimate the value "
        "itself passes or fails",
        "위험 없는 사진에서 오경보가 적습니다.",
        "비율 = 1,000 × 오경보 사진 ÷ 배경 사진: high(비율) ≤ max_false_alarms_per_1000: PASS. low(비율) > 한도: FAIL. "
        "그 밖 또는 min_background_pictures 미만: INCONCLUSIVE. floors_on = estimate이면 값 자체로 PASS 또는 FAIL",
    ),
    "events": Meaning(
        "Enough of the hazard's events are caught within their first pictures.",
        "share = caught ÷ events, Wilson's interval: low(share) ≥ event_recall_floor: PASS; high(share) < floor: FAIL; "
        "else, or fewer events, or scenes that hold the hazard, than min_support_scenes: INCONCLUSIVE",
        "이 위험 클래스의 이벤트를 처음 몇 장 안에 충분히 감지합니다.",
        "비율 = 감지 ÷ 이벤트(윌슨 구간): low(비율) ≥ event_recall_floor: PASS. high(비율) < 하한: FAIL. 그 밖 또는 "
        "이벤트나 위험이 있는 장면이 min_support_scenes 미만: INCONCLUSIVE",
    ),
    "non_inferiority": Meaning(
        "The hazard's AP50 is surely not below the champion's by the margin or more.",
        "d = AP50 of candidate − champion, paired by scene: low(d) > −margin: PASS; high(d) < −margin: FAIL; else, or "
        "with fewer than min_comparison_scenes, or margin < noise floor: INCONCLUSIVE",
        "AP50이 챔피언보다 한계 이상 낮지 않음이 확실합니다.",
        "d = 후보 − 챔피언의 AP50(장면별 짝): low(d) > −한계: PASS. high(d) < −한계: FAIL. 그 밖, 또는 장면이 "
        "min_comparison_scenes 미만, 또는 한계 < 노이즈 플로어: INCONCLUSIVE",
    ),
    "slices": Meaning(
        "Recall holds up beside the champion in each source and brightness of the holdout.",
        "d = recall of candidate − champion in a part: high(d) < −slice_margin: FAIL; d < −slice_margin, or "
        "too little evidence in a part of slices_needed: INCONCLUSIVE; else PASS",
        "홀드아웃의 출처와 밝기별로 재현율이 챔피언에 뒤처지지 않습니다.",
        "d = 부분별 후보 − 챔피언 재현율: high(d) < −slice_margin: FAIL. d < −slice_margin이거나 "
        "slices_needed의 근거가 부족: INCONCLUSIVE. 아니면 PASS",
    ),
    "incidents": Meaning(
        "Every incident on record is still found.",
        "missed incident pictures > max_missed_incidents: FAIL; none of them labels a hazard: INCONCLUSIVE; else PASS",
        "기록된 사고를 지금도 모두 찾습니다.",
        "놓친 사고 사진 > max_missed_incidents: FAIL. 라벨이 하나도 없음: INCONCLUSIVE. 아니면 PASS",
    ),
    "thresholds": Meaning(
        "The operating threshold, chosen on val, does nearly as well on the holdout as the best one would.",
        "best F1 − F1 at the threshold ≤ max_threshold_f1_loss: PASS; above: FAIL; fewer scenes that hold the "
        "hazard than min_support_scenes: INCONCLUSIVE",
        "val에서 정한 운용 임계값이 홀드아웃의 최선 임계값과 거의 같은 성능을 냅니다.",
        "최선 F1 − 임계값의 F1 ≤ max_threshold_f1_loss: PASS. 초과: FAIL. 위험이 있는 장면이 min_support_scenes "
        "미만: INCONCLUSIVE",
    ),
    "parity": Meaning(
        "The exported file finds what the weights find, and an FP32 variant what the reference finds.",
        "box and score differences ≤ their tolerance, of an FP32 variant agreement F1 ≥ 0.999 on the holdout: PASS; "
        "else FAIL",
        "내보낸 파일이 가중치와, FP32 변형이 기준 모델과 같은 것을 찾습니다.",
        "박스와 점수 차이 ≤ 허용 오차, FP32 변형은 홀드아웃 일치도 F1 ≥ 0.999: PASS. 아니면 FAIL",
    ),
    "int8": Meaning(
        "Eight bits cost no more than the budget, on val and again on the holdout.",
        "agreement F1, fall of AP50-95 and of each AP50 beyond its noise within int8_budget on both splits: PASS; else "
        "FAIL",
        "INT8 변환의 손실이 val과 홀드아웃 모두에서 예산 안에 있습니다.",
        "두 분할에서 일치도 F1, AP50-95 하락, 노이즈를 넘는 AP50 하락이 int8_budget 안: PASS. 아니면 FAIL",
    ),
    "latency": Meaning(
        "A whole frame is fast enough on one thread of its class of hardware.",
        "p95 of a frame ≤ hardware.latency_p95_ms: PASS; above, or missing: FAIL; a class with must_be_measured that "
        "was not: INCONCLUSIVE",
        "해당 하드웨어 종류의 스레드 하나에서 프레임 하나가 충분히 빠릅니다.",
        "프레임 p95 ≤ hardware.latency_p95_ms: PASS. 초과 또는 값 없음: FAIL. must_be_measured인데 미측정: "
        "INCONCLUSIVE",
    ),
    "throughput": Meaning(
        "Frames keep coming fast enough without a pause.",
        "sustained frames/s ≥ hardware.sustained_fps: PASS; below, or missing: FAIL",
        "쉬지 않고 처리해도 초당 프레임 수가 충분합니다.",
        "지속 프레임/초 ≥ hardware.sustained_fps: PASS. 미달 또는 값 없음: FAIL",
    ),
    "load_time": Meaning(
        "The model loads quickly.",
        "time to load ≤ hardware.load_ms: PASS; above, or missing: FAIL",
        "모델을 빨리 불러옵니다.",
        "불러오는 시간 ≤ hardware.load_ms: PASS. 초과 또는 값 없음: FAIL",
    ),
    "memory": Meaning(
        "A process that runs the model needs little memory.",
        "peak memory ≤ hardware.peak_rss_mib: PASS; above, or missing: FAIL",
        "모델을 실행하는 프로세스의 메모리가 적습니다.",
        "최대 메모리 ≤ hardware.peak_rss_mib: PASS. 초과 또는 값 없음: FAIL",
    ),
    "size": Meaning(
        "The file is small enough for a device.",
        "file size ≤ max_model_mib: PASS; above: FAIL",
        "파일이 장치에 들어갈 만큼 작습니다.",
        "파일 크기 ≤ max_model_mib: PASS. 초과: FAIL",
    ),
    "reproducibility": Meaning(
        "The record of what made the model is complete, so that somebody could make it again.",
        "PASS: data, recipe, seed, code, weights, export settings are on record, or the model was adopted; else FAIL",
        "모델을 만든 기록이 온전해서 다시 만들 수 있습니다.",
        "PASS: 데이터, 레시피, 시드, 코드, 가중치, 내보내기 설정이 기록되어 있거나 외부에서 받아들인 모델. 아니면 FAIL",
    ),
}  # fmt: skip
