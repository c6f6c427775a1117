"""The card's words for each kind of check, and for what to do now, in English and Korean.

Rules: as for the card's words; one sentence that says what to do, not what went wrong; commands and names of DAGs are
those of the runbook. The blank of a sentence is what it is about.
"""

from typing import Final

NEXT_TEXTS: Final[dict[str, tuple[str, str]]] = {
    # What a check asks, by kind.
    "kind_class_map": ("Class map", "클래스 맵"),
    "kind_champion": ("Champion measured beside", "챔피언 나란히 측정"),
    "kind_duplicate": ("Not released before", "기존 릴리스와 다름"),
    "kind_self_test": ("Gate refuses bad models", "게이트 자체 시험"),
    "kind_holdout": ("Holdout large enough", "홀드아웃 크기"),
    "kind_support": ("Enough evidence", "근거량"),
    "kind_ap50": ("AP50 reaches floor", "AP50 하한"),
    "kind_ap50_95": ("AP50-95 reaches floor", "AP50-95 하한"),
    "kind_recall": ("Recall reaches floor", "재현율 하한"),
    "kind_false_alarms": ("Few false alarms", "오경보 한도"),
    "kind_events": ("Events caught in time", "이벤트 제때 감지"),
    "kind_non_inferiority": ("No worse than champion", "챔피언 대비 비열등성"),
    "kind_slices": ("No part falls behind", "뒤처지는 부분 없음"),
    "kind_incidents": ("Incidents found again", "과거 사고 재감지"),
    "kind_thresholds": ("Thresholds fit", "운용 임계값 적합"),
    "kind_parity": ("File agrees with weights", "파일 동등성"),
    "kind_int8": ("INT8 within budget", "INT8 예산"),
    "kind_latency": ("Fast enough", "프레임 시간"),
    "kind_throughput": ("Keeps up", "지속 처리량"),
    "kind_load_time": ("Loads quickly", "불러오는 시간"),
    "kind_memory": ("Memory", "메모리"),
    "kind_size": ("File size", "파일 크기"),
    "kind_reproducibility": ("Can be made again", "재현 가능성"),
    # What to do where a check speaks against the candidate.
    "next_broken": (
        "Stop: publish nothing and call the owners of the gate; no verdict counts until it refuses {} again.",
        "중지하세요: 게시하지 말고 게이트 담당자를 부르세요. {}을(를) 다시 거부할 때까지 모든 판정이 무효입니다.",
    ),
    "next_untested": (
        "Stop: publish nothing, and judge this run again (safety-tasks gate judge {}), so that the gate tests itself.",
        "중지하세요: 게시하지 말고 다시 판정하세요(safety-tasks gate judge {}). 게이트의 자체 시험이 필요합니다.",
    ),
    "next_contradiction": (
        "Stop: prove the history (safety-tasks gate verify), find out who wrote this report, and judge run {} again.",
        "중지하세요: 이력을 검증하고(safety-tasks gate verify) 누가 썼는지 확인한 뒤 실행 {}을(를) 다시 판정하세요.",
    ),
    "next_class_map": (
        "Export and benchmark run {} again with the dataset's class map (config/classes.txt), then judge it again.",
        "데이터셋의 클래스 맵(config/classes.txt)으로 실행 {}을(를) 다시 내보내고 측정한 뒤 다시 판정하세요.",
    ),
    "next_champion": (
        "Measure again beside what stable serves now: safety-tasks benchmark {}, then judge it again.",
        "지금 stable이 제공하는 모델과 나란히 다시 측정하고(safety-tasks benchmark {}) 다시 판정하세요.",
    ),
    "next_duplicate": (
        "Nothing to publish: release {} is this very model; a better one needs another training.",
        "게시할 것이 없습니다: 릴리스 {}이(가) 바로 이 모델입니다. 더 나은 모델은 새로 학습해야 합니다.",
    ),
    "next_self_test": (
        "Stop: the gate is broken. Publish nothing and call the owners of the gate; no verdict counts until then.",
        "중지하세요: 게이트가 고장났습니다. 게시하지 말고 게이트 담당자를 부르세요. 그때까지 모든 판정이 무효입니다.",
    ),
    "next_holdout": (
        "Deliver pictures of more scenes under incoming/, {}, then run safety-tasks holdout extend.",
        "incoming/ 아래에 더 많은 장면의 사진을 전달하고({}) safety-tasks holdout extend를 실행하세요.",
    ),
    "next_support": (
        "Deliver labelled pictures under incoming/: {}; then run safety-tasks holdout extend.",
        "incoming/ 아래에 라벨 사진을 전달한 뒤({}) safety-tasks holdout extend를 실행하세요.",
    ),
    "next_ap50": (
        "Look at the misses of {}, deliver labelled pictures like them, or retrain with a longer recipe.",
        "놓친 사진({})을 보고 비슷한 라벨 사진을 전달하거나 더 긴 레시피로 다시 학습하세요.",
    ),
    "next_ap50_95": (
        "Look at how tightly the boxes of {} fit, mend loose labels, or retrain with a longer recipe.",
        "박스가 얼마나 정확한지({}) 보고 느슨한 라벨을 고치거나 더 긴 레시피로 다시 학습하세요.",
    ),
    "next_recall": (
        "Look at the misses of {}, deliver labelled pictures like them, or retrain with a longer recipe.",
        "놓친 사진({})을 보고 비슷한 라벨 사진을 전달하거나 더 긴 레시피로 다시 학습하세요.",
    ),
    "next_false_alarms": (
        "Look at the false alarms in the benchmark page, deliver such pictures as false_alarm batches, and retrain.",
        "벤치마크 페이지의 오경보를 보고 그런 사진을 false_alarm 배치로 전달한 뒤 다시 학습하세요.",
    ),
    "next_events": (
        "Look at the events of {} that were missed, deliver early pictures of such scenes, and retrain.",
        "놓친 이벤트({})를 보고 그런 장면의 초기 사진을 전달한 뒤 다시 학습하세요.",
    ),
    "next_non_inferiority": (
        "Keep the champion: find out why {} got worse (data, labels, recipe), then retrain.",
        "챔피언을 유지하세요: 왜 나빠졌는지({}) 데이터, 라벨, 레시피에서 찾은 뒤 다시 학습하세요.",
    ),
    "next_slices": (
        "Look at the parts named above, deliver labelled pictures from there, and retrain.",
        "위에 적힌 부분을 보고 그곳의 라벨 사진을 전달한 뒤 다시 학습하세요.",
    ),
    "next_incidents": (
        "Look at the incident pictures that were missed, deliver labelled pictures like them, and retrain.",
        "놓친 사고 사진을 보고 비슷한 라벨 사진을 전달한 뒤 다시 학습하세요.",
    ),
    "next_thresholds": (
        "Put more scenes of {} into val, so that the threshold is chosen on pictures like the holdout's, then retrain.",
        "임계값이 홀드아웃과 비슷한 사진에서 정해지도록 검증 분할에 장면({})을 더 넣고 다시 학습하세요.",
    ),
    "next_parity": (
        "Do not use this file: export run {} again; if it differs again, call the owners of the export.",
        "이 파일을 쓰지 마세요: 실행 {}을(를) 다시 내보내고, 또 다르면 내보내기 담당자를 부르세요.",
    ),
    "next_int8": (
        "Ship without the INT8 file, or export run {} again with more layers in float.",
        "INT8 파일 없이 내보내거나, 더 많은 층을 부동소수점으로 두고 실행 {}을(를) 다시 내보내세요.",
    ),
    "next_latency": (
        "Benchmark again on a quiet machine (safety-tasks benchmark {}); if it stays slow, train with a smaller imgsz.",
        "다른 작업이 없는 장비에서 다시 측정하고(safety-tasks benchmark {}), 그래도 느리면 더 작은 imgsz로 학습하세요.",
    ),
    "next_throughput": (
        "Benchmark again on a quiet machine (safety-tasks benchmark {}); if it lags, train with a smaller imgsz.",
        "다른 작업이 없는 장비에서 다시 측정하고(safety-tasks benchmark {}), 그래도 느리면 더 작은 imgsz로 학습하세요.",
    ),
    "next_load_time": (
        "Benchmark again on a quiet machine (safety-tasks benchmark {}); if loading stays slow, use a smaller model.",
        "다른 작업이 없는 장비에서 다시 측정하고(safety-tasks benchmark {}), 그래도 느리면 더 작은 모델을 쓰세요.",
    ),
    "next_memory": (
        "Train with a smaller imgsz or a smaller model; only the owners may raise the memory budget of {}.",
        "더 작은 imgsz나 더 작은 모델로 학습하세요. {}의 메모리 예산은 담당자만 올릴 수 있습니다.",
    ),
    "next_size": (
        "Train a smaller model: this file is larger than the devices of the policy take.",
        "더 작은 모델을 학습하세요: 이 파일은 정책이 정한 장치의 한도보다 큽니다.",
    ),
    "next_reproducibility": (
        "Retrain by retrain_detector, which keeps every record, and judge that run instead.",
        "모든 기록을 남기는 retrain_detector로 다시 학습하고 그 실행을 판정하세요.",
    ),
    # What to do where the evidence cannot tell.
    "unsure_self_test": (
        "Deliver labelled pictures: without any in the holdout the gate cannot show that it refuses a blind model.",
        "라벨 사진을 전달하세요: 홀드아웃에 라벨이 없으면 게이트가 눈먼 모델을 거부함을 보일 수 없습니다.",
    ),
    "unsure_scenes": (
        "Nothing against the model: deliver labelled pictures under incoming/ ({}), then safety-tasks holdout extend.",
        "모델이 나쁜 것은 아닙니다: incoming/에 라벨 사진을 전달한 뒤({}) safety-tasks holdout extend를 실행하세요.",
    ),
    "unsure_false_alarms": (
        "Nothing against the model: deliver more scenes without a hazard, then safety-tasks holdout extend.",
        "모델이 나쁜 것은 아닙니다: 위험이 없는 장면의 사진을 더 전달하고 safety-tasks holdout extend를 실행하세요.",
    ),
    "unsure_slices": (
        "Nothing against the model: deliver labelled pictures of the parts named, then safety-tasks holdout extend.",
        "모델이 나쁜 것은 아닙니다: 위에 적힌 부분의 라벨 사진을 전달하고 safety-tasks holdout extend를 실행하세요.",
    ),
    "unsure_incidents": (
        "Deliver the incident pictures again with labels (replaces_labels), then benchmark and judge again.",
        "사고 사진에 라벨을 붙여 다시 전달한 뒤(replaces_labels) 다시 측정하고 판정하세요.",
    ),
    "unsure_measure": (
        "Measure where the policy asks for it: run safety-tasks benchmark {} on hardware of {}, then judge again.",
        "정책이 요구하는 곳에서 측정하세요: safety-tasks benchmark {}을(를) {} 장비에서 실행한 뒤 다시 판정하세요.",
    ),
    "unsure_noise": (
        "Lower the noise floor of {} with more holdout scenes, or let the owners set a wider margin.",
        "홀드아웃 장면을 늘려 노이즈 플로어({})를 낮추거나, 담당자가 한계를 넓히게 하세요.",
    ),
    # What was not measured, or not named.
    "next_measure": (
        "Measure run {} again (safety-tasks benchmark), since {} is missing, then judge it again.",
        "측정값이 없습니다({1}): 실행 {0}을(를) 다시 측정하고(safety-tasks benchmark) 다시 판정하세요.",
    ),
    "next_policy": (
        "Let the owners of config/gate.toml name what {} must reach, then judge run {} again.",
        "config/gate.toml 담당자가 기준({0})을 정하게 한 뒤 실행 {1}을(를) 다시 판정하세요.",
    ),
    # What to do after PASS.
    "after_pass": (
        "Nothing to correct: it may be published.",
        "고칠 것이 없습니다: 게시해도 됩니다.",
    ),
    "after_approve": (
        "An approver reads this card and decides: Required Actions in Airflow, or safety-tasks gate approve {}.",
        "승인자가 이 카드를 보고 결정하세요: Airflow의 Required Actions 또는 safety-tasks gate approve {}.",
    ),
    "after_waiver": (
        "It may be published, but it rests on a waiver that ends {}: correct {} before then.",
        "게시해도 되지만 {}에 끝나는 면제에 기대고 있습니다: 그 전에 바로잡으세요({}).",
    ),
    "after_rejected": (
        "Nothing is published: correct what {} objected to, then judge the run again.",
        "아무것도 게시되지 않습니다: {}의 지적을 바로잡은 뒤 다시 판정하세요.",
    ),
    "after_timed_out": (
        "Nothing is published: find an approver, then judge run {} again.",
        "아무것도 게시되지 않습니다: 승인자를 정한 뒤 실행 {}을(를) 다시 판정하세요.",
    ),
    # What more evidence is needed.
    "more_scenes": ("{1} more scenes of {0}", "{0} 장면 {1}개 더"),
    "more_scene": ("1 more scene of {}", "{} 장면 1개 더"),
    "some_scenes": ("more scenes of {}", "{} 장면 더"),
    "some_pictures": ("more pictures", "사진 더"),
    "lacking_pictures": ("{} more in all", "전체 {}장 더"),
    "lacking_background": ("{} more without a hazard", "위험 없는 사진 {}장 더"),
    "everything": ("every hazard", "모든 위험 클래스"),
}  # fmt: skip
