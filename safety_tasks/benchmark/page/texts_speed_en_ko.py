"""The words of the benchmark page in English and Korean: speed, variants, gallery, and why a number is missing.

Rules: as for the words of accuracy; each reason (``why_…``) is a whole sentence of its own.
"""

from typing import Final

from safety_tasks.benchmark.page.texts_en_ko import ACCURACY_TEXTS

SPEED_TEXTS: Final[dict[str, tuple[str, str]]] = {
    # Latency.
    "latency": ("Latency", "지연 시간"),
    "latency_note": (
        "A whole frame: letterbox, run, decode and suppression, after warm-up, the picture already in memory. "
        "Pre, run and post are medians of the parts.",
        "레터박스, 실행, 디코딩, 중복 제거를 모두 포함한 한 프레임의 시간입니다. 워밍업 후, 사진이 메모리에 있는 "
        "상태에서 쟀습니다. 전처리, 실행, 후처리는 각 부분의 중앙값입니다.",
    ),
    "measure": ("Measure", "측정 항목"),
    "column_candidate": ("Candidate, one thread", "후보, 스레드 1개"),
    "column_candidate_device": ("Candidate, as on a device", "후보, 장치 설정"),
    "column_champion": ("Champion, one thread", "챔피언, 스레드 1개"),
    "column_champion_device": ("Champion, as on a device", "챔피언, 장치 설정"),
    "p50_ms": ("p50", "p50"),
    "p95_ms": ("p95", "p95"),
    "p99_ms": ("p99", "p99"),
    "mean_ms": ("Mean", "평균"),
    "pre_ms": ("Pre: letterbox", "전처리: 레터박스"),
    "run_ms": ("Run: the model", "실행: 모델"),
    "post_ms": ("Post: decode and suppression", "후처리: 디코딩과 중복 제거"),
    "sustained_fps": ("Sustained frames per second", "지속 초당 프레임"),
    "over_seconds": ("over {} s", "{}초 동안"),
    "load_ms": ("Load, until ready", "로드(준비까지)"),
    "peak_rss_bytes": ("Peak memory", "최대 메모리"),
    "threads": ("Threads", "스레드"),
    "spinning": ("Threads spin while they wait", "대기 중 스레드 스핀"),
    "yes": ("yes", "예"),
    "no": ("no", "아니요"),
    "frames": ("Frames timed", "잰 프레임"),
    "warmup_frames": ("Warm-up frames", "워밍업 프레임"),
    "no_device_latency": (
        "The setting of a device was not timed.",
        "장치 설정으로는 시간을 재지 않았습니다.",
    ),
    "frame_ratio": (
        "Frame time of the candidate ÷ the champion's, turn by turn: {}.",
        "프레임 시간, 후보 ÷ 챔피언 (번갈아 측정): {}",
    ),
    "frames_chart": ("Single frames: how many took how long", "개별 프레임의 시간 분포"),
    "frames_beyond": (
        "The last bar counts all that took longer, up to {} ms.",
        "마지막 막대는 그보다 오래 걸린 모든 프레임입니다 (최대 {} ms).",
    ),
    "frame_time": ("frame time, ms", "프레임 시간, ms"),
    "share_of_frames": ("share of the frames, %", "프레임 비율, %"),
    "no_frames": ("No single frame times were kept.", "개별 프레임 시간이 남아 있지 않습니다."),
    "hardware": ("Hardware and runtime", "하드웨어와 런타임"),
    "processor": ("Processor", "프로세서"),
    "architecture": ("Architecture", "아키텍처"),
    "cores": ("Cores", "코어"),
    "features": ("Instructions", "명령어 집합"),
    "system": ("System", "운영체제"),
    "python": ("Python", "Python"),
    "onnxruntime": ("ONNX Runtime", "ONNX Runtime"),
    "opencv": ("OpenCV", "OpenCV"),
    "provider": ("Provider", "실행 공급자"),
    "no_features": ("none of those that matter", "관련 명령어 없음"),
    "no_fingerprint": (
        "The hardware and the runtime were not written down; the machine was: {}",
        "하드웨어와 런타임 기록이 없습니다. 장비: {}",
    ),
    # Variants.
    "variants": ("Variants", "변형 모델"),
    "variants_note": (
        "Graphs made of the reference model for edge devices. Agreement is the F1 of detections that match the "
        "reference's; a drop is reference minus variant; the time is a whole frame ÷ the reference's.",
        "기준 모델로 만든 엣지 장치용 그래프입니다. 일치도는 기준 모델의 감지와 맞는 감지의 F1이고, 하락은 기준에서 "
        "변형을 뺀 값이며, 시간은 한 프레임을 기준 모델과 비교한 비율입니다.",
    ),
    "variant": ("Variant", "변형"),
    "reference": ("reference", "기준 모델"),
    "chosen": ("chosen", "선택됨"),
    "number_format": ("Precision", "수치 정밀도"),
    "agreement": ("Agreement F1", "일치도 F1"),
    "on_split": ("on {}", "{} 기준"),
    "map_drop": ("AP50-95 drop", "AP50-95 하락"),
    "ap50_drops": ("AP50 drops", "AP50 하락"),
    "time_ratio": ("Time ÷ reference", "시간 ÷ 기준"),
    "size": ("File size", "파일 크기"),
    "float_layers": ("Float layers", "부동소수점 층"),
    "offered": ("Offered", "제공"),
    "is_offered": ("offered", "제공"),
    "is_not_offered": ("not offered", "제공 안 함"),
    "no_variants": ("No variant was made or measured.", "만들거나 측정한 변형이 없습니다."),
    "no_choice": ("No variant was chosen for this machine.", "이 장비에 쓸 변형을 고르지 않았습니다."),
    "choice": ("Chosen for {}: {}", "{}에 선택된 변형: {}"),
    "layers_of": ("Layers of {} that stay in float ({})", "{}에서 부동소수점으로 남은 층 ({}개)"),
    "frontier_of": (
        "{}: what each choice of float layers costs and brings, on val",
        "{}: 부동소수점 층 선택에 따른 비용과 효과 (검증 분할)",
    ),
    "frontier_note": (
        "Each point is one choice: the further left the faster, the higher the closer to the reference.",
        "점 하나가 선택 하나입니다. 왼쪽일수록 빠르고 위일수록 기준 모델과 잘 일치합니다.",
    ),
    "graph_ratio": ("time of the graph ÷ float graph", "그래프 시간 ÷ 부동소수점 그래프"),
    "is_within": ("within budget", "예산 이내"),
    "is_beyond": ("beyond budget", "예산 초과"),
    "budget_line": ("least agreement", "최소 일치도"),
    "steps_of": ("The choices of {} as a table ({})", "{}의 선택 목록 ({}개)"),
    "budget": ("Budget", "예산"),
    "why": ("Why", "사유"),
    "layers_count": ("{} float layers", "부동소수점 층 {}개"),
    # Gallery.
    "gallery": ("Gallery", "갤러리"),
    "gallery_note": (
        "Pictures of the holdout with labels and detections drawn.",
        "라벨과 감지 결과를 그린 홀드아웃 사진입니다.",
    ),
    "kind_best": ("Best finds", "가장 잘 찾은 것"),
    "kind_missed": ("Worst misses", "가장 아쉽게 놓친 것"),
    "kind_false_alarm": ("Worst false alarms", "가장 심한 오경보"),
    "no_gallery": ("No picture was kept for the gallery.", "갤러리에 남긴 사진이 없습니다."),
    "no_kind": ("There is none.", "해당 사진이 없습니다."),
    "score": ("score", "점수"),
    "picture_gone": ("The bytes of this picture are missing", "사진 파일이 없습니다"),
    "alt_best": ("{} found in {} of scene {}", "장면 {2}의 {1}에서 찾은 {0}"),
    "alt_missed": ("{} missed in {} of scene {}", "장면 {2}의 {1}에서 놓친 {0}"),
    "alt_false_alarm": ("false alarm of {} in {} of scene {}", "장면 {2}의 {1}에서 난 {0} 오경보"),
    "footer": (
        "This page is one file and needs no network.",
        "파일 하나로 된 페이지이며 네트워크가 필요 없습니다.",
    ),
    # Why a number is missing.
    "why_no_labels": ("The pictures label none of this hazard.", "사진에 이 위험 클래스의 라벨이 없습니다."),
    "why_no_detections": ("Nothing was detected at the operating threshold.", "운용 임계값에서 감지된 것이 없습니다."),
    "why_no_hazard_scored": ("No hazard could be scored.", "점수를 낼 수 있는 위험 클래스가 없습니다."),
    "why_few_scenes": (
        "An interval needs this hazard in two scenes or more.",
        "구간을 구하려면 이 위험 클래스가 둘 이상의 장면에 있어야 합니다.",
    ),
    "why_no_mean_interval": (
        "An interval of the mean needs hazards in two scenes or more, and a report that measured it.",
        "평균의 구간을 구하려면 위험 클래스가 둘 이상의 장면에 있고, 보고서가 구간을 재야 합니다.",
    ),
    "why_few_scenes_background": (
        "An interval needs background pictures of two scenes or more.",
        "구간을 구하려면 배경 사진이 있는 장면이 둘 이상 필요합니다.",
    ),
    "why_older": ("It was not measured when this report was made.", "이 보고서를 만들 때 재지 않은 값입니다."),
    "why_no_champion": ("There is no champion.", "챔피언이 없습니다."),
    "why_champion_problem": ("The champion could not be measured.", "챔피언을 측정할 수 없었습니다."),
    "why_champion_other": ("The champion was measured on other pictures.", "챔피언은 다른 사진에서 측정되었습니다."),
    "why_champion_unaware": ("The champion does not know this hazard.", "챔피언이 모르는 위험 클래스입니다."),
    "why_not_compared": ("One of the two sides could not be scored.", "둘 중 한쪽의 점수를 낼 수 없습니다."),
    "why_part_no_labels": ("This part labels none of this hazard.", "이 부분에는 이 위험 클래스의 라벨이 없습니다."),
    "why_size_recall_only": ("Box sizes are scored by recall only.", "박스 크기별로는 재현율만 잽니다."),
    "why_alarms_only": ("Hard negatives are scored by false alarms only.", "오경보 사진은 오경보만 셉니다."),
    "why_no_background": ("There is no background picture here.", "여기에는 배경 사진이 없습니다."),
    "why_not_counted": (
        "Nothing labelled and nothing detected is not counted.",
        "라벨도 감지도 없는 경우는 세지 않습니다.",
    ),
    "why_empty_row": ("There is nothing in this row.", "이 행에는 아무것도 없습니다."),
    "why_no_budget": ("FP32 has no budget, only a tolerance.", "FP32에는 예산이 없고 허용 오차만 있습니다."),
    "why_untimed": ("It was not timed on this machine.", "이 장비에서 시간을 재지 않았습니다."),
    "why_unscored": ("It cannot be scored on these pictures.", "이 사진들로는 점수를 낼 수 없습니다."),
    "why_unmade": ("The record of how it was made was not given.", "만든 기록이 주어지지 않았습니다."),
    "why_undetected": ("Nothing was detected there.", "그 자리에서 감지된 것이 없습니다."),
    "why_is_reference": ("The others are compared with the reference.", "기준 모델은 비교의 기준입니다."),
}  # fmt: skip
TEXTS: Final[dict[str, tuple[str, str]]] = {**ACCURACY_TEXTS, **SPEED_TEXTS}
