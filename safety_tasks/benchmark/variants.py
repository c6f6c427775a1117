"""Measure every variant of an export on the holdout, and time it beside the reference.

Rules: INT8's budget was met on val, and must be met again on the holdout, which nothing was chosen on; a variant that
was refused at export is measured no more; models take turns frame by frame.
"""

from collections.abc import Sequence

from safety_tasks.benchmark.latency import Timed, frame_ratio
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import BudgetResult, ModelVariant, VariantBenchmark
from safety_tasks.scoring.accuracy import LOWEST_SCORE, Accuracy, score
from safety_tasks.scoring.variant_budget import judge_budget, measure_variant_parity


def measured_variant(
    variant: ModelVariant,
    payload: bytes,
    reference: Accuracy,
    noise: NoiseFloor,
    reader: PictureReader,
    timed: dict[str, Timed],
) -> VariantBenchmark:
    """Measure one variant.

    Args:
        variant: as exported.
        payload: its file.
        reference: the reference's accuracy on the holdout.
        noise: the reference's noise floor there.
        reader: gives the holdout's pixels.
        timed: frames of ``reference`` and of each variant by name, timed turn by turn.
    """
    detector = Detector(payload, what=variant.model.key)
    found = {
        p.sha256: detector.detect(reader.read(p.sha256), LOWEST_SCORE) for p in reference.pictures
    }
    ours = score(reference.classes, reference.pictures, found, reference.thresholds)
    thresholds = [reference.thresholds[name] for name in reference.classes]
    parity = measure_variant_parity(ours.pictures, found, reference.found, thresholds)
    budget: BudgetResult | None = None
    offered, why = variant.offered, variant.why
    if variant.budget is not None:
        budget = judge_budget(
            "holdout", variant.budget.budget, parity, ours.precision, reference.precision, noise
        )
        if not budget.within:
            offered, why = False, f"not offered, on the holdout: {'; '.join(budget.reasons)}"
    return VariantBenchmark(
        name=variant.name,
        model_sha256=variant.model.sha256,
        parity=parity,
        budget=budget,
        latency=timed[variant.name].latency,
        frame_ratio=frame_ratio(timed[variant.name], timed["reference"]),
        offered=offered,
        why=why,
    )


def worth_measuring(exported: ExportedModel, hardware: str) -> Sequence[ModelVariant]:
    """Return the variants that are made for a hardware class and were not refused at export.

    The other architecture's INT8 would run here too, but slower than FP32 on any processor, so nobody gets it.
    """
    made_for = {"edge-int8-x86": "x86", "edge-int8-arm": "arm"}
    return [
        one
        for one in exported.variants
        if one.offered and hardware.startswith(made_for.get(one.name, ""))
    ]
