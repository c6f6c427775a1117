"""Cases for the checks of files and machines, and of the files beside the reference: each outcome once."""

from collections.abc import Mapping
from typing import Final

from support.gate_cases import HAZARD_CASES, Case, only
from support.made_evidence import ADOPTED, made_choice

_SLOW: Final = {
    "latency_p95_ms": 40.0,
    "sustained_fps": 30.0,
    "load_ms": 300.0,
    "peak_rss_mib": 128.0,
}
_NEEDED: Final = _SLOW | {"must_be_measured": True}
FILE_CASES: Final[Mapping[str, Mapping[str, Case]]] = {
    "parity": {
        "boxes differ": only(exported__parity__max_box_difference_px=0.06),
        "scores differ": only(exported__parity__max_score_difference=0.0012),
        "missing": only(exported__parity=None),
        "adopted": only(**ADOPTED),
        "adopted, though trained here": only(
            exported__parity=None, exported__adopted_file="team.onnx"
        ),
    },
    "latency": {
        "over": only(latency__p95_ms=163.1),
        "over its own budget": ({}, {"hardware__x86-vnni": _SLOW}),
        "no machine": only(latency__fingerprint=None),
        "not measured elsewhere": (
            {},
            {"hardware__arm-dot": _NEEDED, "hardware__x86-vnni": _NEEDED},
        ),
        "measured elsewhere": ({"choices": [made_choice()]}, {"hardware__arm-dot": _NEEDED}),
    },
    "throughput": {
        "under": only(latency__sustained_fps=4.9),
        "under its own budget": ({}, {"hardware__x86-vnni": _SLOW}),
        "missing": only(latency__sustained_fps=None),
        "no machine": only(latency__fingerprint=None),
    },
    "load_time": {
        "over": only(latency__load_ms=5001.0),
        "over its own budget": ({}, {"hardware__x86-vnni": _SLOW}),
        "missing": only(latency__load_ms=None),
    },
    "memory": {
        "over": only(latency__peak_rss_bytes=1100 << 20),
        "over its own budget": ({}, {"hardware__x86-vnni": _SLOW}),
        "missing": only(latency__peak_rss_bytes=None),
    },
    "size": {"over": only(exported__model__size_bytes=17 << 20)},
    "reproducibility": {
        "no training": only(training=None),
        "adopted": only(**ADOPTED),
        "adopted weights": only(training__fit=None, training__backend="adopted"),
        "another dataset": only(training__dataset_version="f" * 16),
        "no fit": only(training__fit=None),
        "no settings": only(exported__settings_sha256=None),
        "nothing": only(training=None, exported__settings_sha256=None),
    },
}
CASES: Final = HAZARD_CASES | FILE_CASES
_FIRE: Final = "budget__ap50_drops__fire"
VARIANT_CASES: Final[Mapping[str, Case]] = {
    "fp32 differs": only(fp32_timed__parity__agreement_f1=0.998),
    "fp32 not offered": only(
        fp32_timed__offered=False, fp32_timed__why="slower than the reference"
    ),
    "int8 not measured on val": only(int8__budget=None),
    "int8 not measured on the holdout": only(int8_timed__budget=None),
    "int8 not measured at all": only(int8__budget=None, int8_timed__budget=None),
    "int8 over on val": only(int8__budget__agreement_f1=0.96),
    "int8 over on the holdout": only(
        int8_timed__budget__map50_95_drop=0.006, **{f"int8_timed__{_FIRE}": 0.05}
    ),
    "int8 over its own budget": only(
        int8_timed__budget__within=False,
        int8_timed__budget__reasons=("AP50 of fire cannot be measured",),
    ),
    "int8 over its own budget, no reason": only(int8__budget__within=False),
    "int8 over this policy's budget": ({}, {"int8_budget__min_agreement_f1": 0.9855}),
    "int8 not offered": only(int8_timed__offered=False, int8_timed__why="made for another machine"),
    "nobody measured": only(measured__variants=()),
    "refused at export": only(
        measured__variants=(), int8__offered=False, int8__why="not offered: AP50-95 falls by 0.0100"
    ),
    "another file was measured": only(fp32_timed__model_sha256="9" * 64),
    "measured elsewhere too": only(choices=[made_choice("x86-vnni"), made_choice("arm-dot")]),
    "measured elsewhere alone": only(measured__variants=(), choices=[made_choice("arm-dot")]),
    "slow": only(int8_timed__latency__p95_ms=151.0, fp32_timed__latency__sustained_fps=None),
    "slow elsewhere": ({"choices": [made_choice()]}, {"hardware__arm-dot": _SLOW}),
    "large": only(int8__model__size_bytes=17 << 20),
    "not counted": (
        {"int8_timed__latency__p95_ms": 151.0, "fp32_timed__parity__agreement_f1": 0.5},
        {"checks__latency": "reported", "checks__parity": "reported_dangerously"},
    ),
}
