"""The words of the benchmark page in English and Korean: its frame, and what it says of accuracy.

Rules: both languages have the same keys and the same places for values; texts are trusted, values are escaped where
they are put in; a word stands for one idea, as in the glossary.
"""

from typing import Final, Literal

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")

ACCURACY_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Benchmark report", "벤치마크 보고서"),
    "intro": (
        "What the candidate finds, misses and costs, beside the champion on the same pictures. Measurements only: the "
        "gate gives the verdict. Intervals are 95 % intervals over scenes. Where a number cannot be measured there "
        "is a dash; click or tap it to see why.",
        "같은 사진에서 챔피언과 나란히 잰, 후보가 찾은 것과 놓친 것과 드는 비용입니다. 측정값만 있고 판정은 게이트가 "
        "내립니다. 구간은 장면 단위의 95 % 구간입니다. 잴 수 없는 값은 줄표(–)로 표시하며, 누르면 이유가 보입니다.",
    ),
    "contents": ("On this page", "목차"),
    "no_script": (
        "The charts need JavaScript, which is switched off here. Every other number stands in the tables.",
        "차트에는 자바스크립트가 필요한데 꺼져 있습니다. 나머지 수치는 모두 표에 있습니다.",
    ),
    # Headline.
    "overview": ("What was measured", "측정 대상"),
    "run": ("Run", "실행"),
    "dataset": ("Dataset version", "데이터셋 버전"),
    "model": ("Model digest", "모델 다이제스트"),
    "measured_on": ("Measured on", "측정 분할"),
    "split_holdout": ("holdout", "홀드아웃"),
    "split_val": ("val, not the holdout", "검증 분할(홀드아웃 아님)"),
    "pictures_scenes": ("{} pictures of {} scenes", "장면 {1}개의 사진 {0}장"),
    "input": ("Input", "입력 크기"),
    "machine": ("Machine", "장비"),
    "champion": ("Champion", "챔피언"),
    "champion_first": (
        "There is no champion: nothing was ever released, so there is nothing to compare with.",
        "챔피언이 없습니다. 릴리스한 적이 없어 비교할 대상이 없습니다.",
    ),
    "champion_problem": (
        "The champion could not be measured, so no comparison is made:",
        "챔피언을 측정할 수 없어 비교하지 않습니다:",
    ),
    "champion_other": (
        "Release {} was measured on other pictures, so the two may not be compared.",
        "릴리스 {}은(는) 다른 사진에서 측정되어 비교할 수 없습니다.",
    ),
    "champion_beside": ("Release {}, measured on the same pictures", "릴리스 {}, 같은 사진에서 측정"),
    "frame_tile": ("One frame, p50, threads: {}", "한 프레임 p50, 스레드 {}개"),
    "alarms_tile": ("False alarms per 1,000 background pictures", "배경 사진 1,000장당 오경보"),
    # Table.
    "accuracy": ("Accuracy beside the champion", "챔피언과 비교한 정확도"),
    "accuracy_note": (
        "Recall, precision and F1 are at the operating threshold, which was chosen on val. A difference is candidate "
        "minus champion; “within noise” marks one that is smaller than the noise floor below.",
        "재현율, 정밀도, F1은 검증 분할에서 고른 운용 임계값에서 잰 값입니다. 차이는 후보에서 챔피언을 뺀 값이며, "
        "아래의 노이즈 플로어보다 작으면 ‘노이즈 이내’로 표시합니다.",
    ),
    "hazard": ("Hazard class", "위험 클래스"),
    "mean": ("Mean over hazards", "위험 클래스 평균"),
    "ap50": ("AP50", "AP50"),
    "ap50_95": ("AP50-95", "AP50-95"),
    "ar": ("AR", "AR"),
    "recall": ("Recall", "재현율"),
    "precision": ("Precision", "정밀도"),
    "f1": ("F1", "F1"),
    "threshold": ("Threshold", "임계값"),
    "at_threshold": ("threshold {}", "임계값 {}"),
    "support_cell": ("{} pictures, {} boxes, {} scenes", "사진 {}장, 박스 {}개, 장면 {}개"),
    "champion_ap50": ("Champion AP50", "챔피언 AP50"),
    "difference": ("Difference", "차이"),
    "difference_95": ("Difference AP50-95", "AP50-95 차이"),
    "within_noise": ("within noise", "노이즈 이내"),
    "no_hazards": ("The report scores no hazard class.", "보고서에 위험 클래스 점수가 없습니다."),
    "span": ("{}–{}", "{}–{}"),
    "span_signed": ("{} to {}", "{} ~ {}"),
    "interval_title": ("95 % interval over {} scenes", "장면 {}개에 대한 95 % 구간"),
    # Curves.
    "curves": ("Curves", "곡선"),
    "curves_note": (
        "At IoU 0.5. With a mouse: drag to zoom, double-click to go back.",
        "IoU 0.5 기준입니다. 마우스로 끌면 확대되고, 두 번 누르면 되돌아갑니다.",
    ),
    "recall_precision": ("Precision against recall", "재현율과 정밀도"),
    "operating_point": ("operating point", "운용 지점"),
    "by_threshold": ("{}: precision, recall and F1 against the threshold", "{}: 임계값에 따른 정밀도, 재현율, F1"),
    "operating_threshold": ("operating threshold {}", "운용 임계값 {}"),
    "no_details": (
        "The details of this benchmark (curves, single frames, gallery) were not kept, so they cannot be shown.",
        "이 벤치마크의 상세 자료(곡선, 개별 프레임, 갤러리)가 남아 있지 않아 보여 줄 수 없습니다.",
    ),
    "no_curve": (
        "{}: there is no curve, since the pictures label none of it.",
        "{}: 사진에 라벨이 하나도 없어 곡선이 없습니다.",
    ),
    "empty_curve": (
        "{}: there is no curve, since nothing was detected at any threshold.",
        "{}: 어떤 임계값에서도 감지된 것이 없어 곡선이 없습니다.",
    ),
    # False alarms.
    "alarms": ("False alarms", "오경보"),
    "alarms_note": (
        "Pictures that label nothing, with at least one detection at the operating thresholds.",
        "라벨이 없는 사진 가운데 운용 임계값에서 하나라도 감지된 사진입니다.",
    ),
    "per_1000": ("per 1,000 background pictures", "배경 사진 1,000장당"),
    "alarmed": ("Alarmed: {} of {} background pictures", "배경 사진 {1}장 중 오경보 {0}장"),
    "taken_for": ("Taken for", "오인한 위험 클래스"),
    "detections": ("Detections", "감지 수"),
    "by_hazard": ("By hazard class", "위험 클래스별"),
    "share": ("Share of the largest", "최댓값 대비"),
    "no_background": (
        "There is no background picture among those measured: false alarms cannot be measured.",
        "측정한 사진에 배경 사진이 없어 오경보를 잴 수 없습니다.",
    ),
    "alarms_unmeasured": ("This report did not measure false alarms.", "이 보고서는 오경보를 재지 않았습니다."),
    "candidate": ("Candidate", "후보"),
    # Confusion matrix.
    "confusion": ("Confusion matrix", "혼동 행렬"),
    "confusion_note": (
        "Boxes at the operating thresholds. Rows: what was labelled; columns: what was detected there; shades and "
        "small print: the share of the row.",
        "운용 임계값에서 센 박스입니다. 행은 라벨, 열은 그 자리에서 감지된 것이며, "
        "음영과 작은 글씨는 행 안의 비율입니다.",
    ),
    "labelled": ("Labelled", "라벨"),
    "detected": ("Detected", "감지"),
    "missed_column": ("not detected", "감지 안 됨"),
    "background_row": ("nothing labelled", "라벨 없음"),
    "confusion_unmeasured": ("This report did not count confusions.", "이 보고서는 혼동을 세지 않았습니다."),
    # Slices.
    "slices": ("Parts of the holdout", "홀드아웃의 부분별 점수"),
    "slices_note": (
        "Each part is scored as if it were all there is, at the thresholds of the whole. Few boxes say little.",
        "부분마다 전체의 임계값으로, 그 부분만 있는 것처럼 점수를 냅니다. 박스가 적으면 알 수 있는 것도 적습니다.",
    ),
    "slices_unmeasured": ("This report scored no parts.", "이 보고서는 부분별 점수를 내지 않았습니다."),
    "slice_scene": ("By scene", "장면별"),
    "slice_source": ("By source", "출처별"),
    "slice_box_size": ("By box size", "박스 크기별"),
    "slice_brightness": ("By brightness", "밝기별"),
    "slice_hard_negatives": ("Hard negatives", "오경보 사진"),
    "no_slice": ("No part of this kind was scored.", "이 종류의 부분은 점수가 없습니다."),
    "part": ("Part", "부분"),
    "pictures": ("Pictures", "사진"),
    "scenes": ("Scenes", "장면"),
    "boxes": ("{} boxes", "박스 {}개"),
    "ap50_recall": ("AP50 · recall", "AP50 · 재현율"),
    "alarms_rate": ("False alarms per 1,000", "1,000장당 오경보"),
    "of_background": ("of {} background", "배경 {}장 중"),
    "box_size small": ("small (under 32² px)", "작음 (32² px 미만)"),
    "box_size medium": ("medium (under 96² px)", "중간 (96² px 미만)"),
    "box_size large": ("large (96² px and more)", "큼 (96² px 이상)"),
    "brightness night": ("night", "밤"),
    "brightness dusk": ("dusk", "어스름"),
    "brightness day": ("day", "낮"),
    "hard_negatives false_alarm": ("delivered as false alarms", "오경보로 전달된 사진"),
    # Events.
    "events": ("Events", "이벤트"),
    "events_note": (
        "A run of consecutive pictures of one scene that show the hazard is an event. It counts as caught if one of "
        "its first pictures holds a detection that points at it.",
        "한 장면에서 위험이 이어서 보이는 사진들이 이벤트 하나입니다. 처음 몇 장 가운데 한 장에서라도 그 위험을 "
        "감지하면 잡은 것으로 셉니다.",
    ),
    "caught": ("Caught", "잡은 이벤트"),
    "caught_of": ("{} of {}", "{1}개 중 {0}개"),
    "within_pictures": ("within the first {} pictures", "처음 {}장 이내"),
    "missed_events": ("Missed", "놓친 이벤트"),
    "missed_count": ("{} events", "이벤트 {}개"),
    "none_missed": ("none", "없음"),
    "events_none": ("there is no event of it", "해당 이벤트 없음"),
    "events_unmeasured": ("This report counted no events.", "이 보고서는 이벤트를 세지 않았습니다."),
    "incidents": ("Incidents on record: {} of {} pictures found.", "기록된 사고 사진 {1}장 중 {0}장에서 찾았습니다."),
    "incidents_trained": (
        "{} of them lie in train or val, where finding them proves little.",
        "그중 {}장은 학습·검증 분할에 있어, 찾았어도 큰 의미가 없습니다.",
    ),
    # Noise floor.
    "noise": ("Noise floor", "노이즈 플로어"),
    "noise_note": (
        "How far the candidate's own scores move when the pictures change harmlessly. What is smaller than the floor "
        "is neither progress nor decay.",
        "사진에 무해한 변화를 줄 때 후보의 점수가 얼마나 움직이는지입니다. "
        "플로어보다 작은 차이는 개선도 퇴보도 아닙니다.",
    ),
    "change": ("Change", "변화"),
    "floor": ("Floor: the largest movement", "플로어: 가장 큰 움직임"),
    "mean_ap50_95": ("Mean AP50-95", "평균 AP50-95"),
    "noise_unmeasured": (
        "The noise floor was not measured: no difference can be called noise or not.",
        "노이즈 플로어를 재지 않아, 차이가 노이즈인지 아닌지 말할 수 없습니다.",
    ),
    "change encoded again as JPEG 90": ("encoded again as JPEG 90", "JPEG 90으로 다시 저장"),
    "change scaled with another kernel": ("scaled with another kernel", "다른 보간법으로 크기 조정"),
    "change brighter by 2 of 255": ("brighter by 2 of 255", "255 중 2만큼 밝게"),
    "change darker by 2 of 255": ("darker by 2 of 255", "255 중 2만큼 어둡게"),
}  # fmt: skip
