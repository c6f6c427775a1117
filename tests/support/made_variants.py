"""Records of edge variants made by hand: how one was made, and how a benchmark saw it."""

from typing import Any

from support.made_benchmarks import HAZARDS, made_latency

from safety_tasks.records.base import Artifact
from safety_tasks.records.variants import BudgetResult, ModelVariant, VariantBenchmark

FP32, X86, ARM = "edge-fp32", "edge-int8-x86", "edge-int8-arm"
DIGESTS = {"reference": "0" * 64, FP32: "1" * 64, X86: "2" * 64, ARM: "3" * 64}
PARITY = {
    "pictures": 200,
    "reference_detections": 310,
    "variant_detections": 308,
    "matched": 300,
    "agreement_f1": 0.9709,
    "max_box_difference_px": 2.5,
    "max_score_difference": 0.04,
    "worst_picture": "plant-7.jpg",
}


def made_budget(split: str = "val", *reasons: str) -> BudgetResult:
    """Return what INT8 costs, with the reasons to refuse it, or none."""
    return BudgetResult.model_validate(
        {
            "split": split,
            "budget": {},
            "agreement_f1": 0.9709,
            "map50_95_drop": 0.0021,
            "ap50_drops": {name: 0.004 if h else None for h, name in enumerate(HAZARDS)},
            "noise_ap50": dict.fromkeys(HAZARDS, 0.02),
            "within": not reasons,
            "reasons": reasons,
        }
    )


def made_variant(name: str, *reasons: str, **changes: Any) -> ModelVariant:
    """Return how a variant was made; ``reasons`` speak against INT8."""
    is_int8 = name in (X86, ARM)
    values = {
        "name": name,
        "precision": "int8" if is_int8 else "fp32",
        "scheme": {X86: "U8S8", ARM: "S8S8"}.get(name, ""),
        "model": Artifact(key=f"models/{name}.onnx", sha256=DIGESTS[name], size_bytes=3 * 2**20),
        "parity": PARITY,
        "budget": made_budget("val", *reasons) if is_int8 else None,
        "float_modules": ("model.0", "model.22/cv2.0") if is_int8 else (),
        "offered": not reasons,
        "why": f"not offered: {'; '.join(reasons)}" if reasons else f"{name} agrees on val",
    }
    return ModelVariant.model_validate(values | changes)


def timed_variant(name: str, frame_ratio: float, **changes: Any) -> VariantBenchmark:
    """Return a variant as a benchmark saw it: its frame ÷ the reference's."""
    values = {
        "name": name,
        "model_sha256": DIGESTS[name],
        "parity": PARITY,
        "budget": made_budget("holdout") if name in (X86, ARM) else None,
        "latency": made_latency(40 * frame_ratio),
        "frame_ratio": frame_ratio,
        "offered": True,
        "why": f"{name} agrees on the holdout",
    }
    return VariantBenchmark.model_validate(values | changes)
