"""Records of edge variants: what was made of the reference model, how it agrees with it, who gets it.

Rules: a variant that is not offered stays on record with its reason; FP32 is what everybody falls back to, so it has no
budget, only a tolerance.
"""

from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.timing import Fingerprint, Latency, Positive

VariantName = Literal["reference", "edge-fp32", "edge-int8-x86", "edge-int8-arm"]
Change = Annotated[float, Field(ge=-1, le=1)]


class Int8Budget(Record):
    """What eight bits may cost: points of accuracy (0-1) and agreement with the reference at its thresholds.

    A hazard's AP50 may fall by the measured noise floor plus ``ap50_drop_beyond_noise``.
    """

    max_map50_95_drop: Fraction = 0.005
    min_agreement_f1: Annotated[float, Field(gt=0, le=1)] = 0.97
    ap50_drop_beyond_noise: Fraction = 0.01


class VariantParity(Record):
    """How a variant agrees with the reference on the same pictures, both at the operating thresholds.

    Differences are the largest over detections that match (IoU ≥ 0.5); ``worst_picture`` is the file of the picture
    that differs most, empty where none does.
    """

    pictures: Annotated[int, Field(ge=0)]
    reference_detections: Annotated[int, Field(ge=0)]
    variant_detections: Annotated[int, Field(ge=0)]
    matched: Annotated[int, Field(ge=0)]
    agreement_f1: Fraction
    max_box_difference_px: Annotated[float, Field(ge=0)]
    max_score_difference: Fraction
    worst_picture: str = ""


class BudgetResult(Record):
    """What a variant costs on one split, against its budget. Drops are reference − variant; None cannot be measured."""

    split: Literal["val", "holdout"]
    budget: Int8Budget
    agreement_f1: Fraction
    map50_95_drop: Change | None
    ap50_drops: dict[str, Change | None]
    noise_ap50: dict[str, Fraction | None]
    within: bool
    reasons: tuple[str, ...]


class FrontierStep(Record):
    """One choice of float layers: its time ÷ the float graph's, and what val said of it."""

    float_modules: tuple[str, ...]
    loss: Annotated[float, Field(ge=0)]
    time_ratio: Positive
    agreement_f1: Fraction
    map50_95_drop: Change | None
    within: bool
    why: str = ""


class ModelVariant(Record):
    """One graph made of the reference: its file, its parity, and whether it may be given to anybody.

    ``float_modules``, ``steps`` and ``frontier`` (a picture) tell how the layers that stay in float were found.
    """

    name: VariantName
    precision: Literal["fp32", "int8"]
    scheme: Literal["", "U8S8", "S8S8"] = ""
    model: Artifact
    parity: VariantParity
    budget: BudgetResult | None = None
    float_modules: tuple[str, ...] = ()
    steps: tuple[FrontierStep, ...] = ()
    frontier: Artifact | None = None
    offered: bool
    why: str


class VariantBenchmark(Record):
    """A variant measured on the holdout and timed beside the reference, on one machine.

    ``frame_ratio`` is its whole frame ÷ the reference's, medians of pairs that were run turn by turn.
    """

    name: VariantName
    model_sha256: Sha256
    parity: VariantParity
    budget: BudgetResult | None
    latency: Latency
    frame_ratio: Positive
    offered: bool
    why: str


class VariantChoice(Record):
    """Which variant a hardware class gets, and why: ``reasons`` holds one line a variant."""

    run_id: Name
    hardware: Name
    fingerprint: Fingerprint
    chosen: VariantName
    model_sha256: Sha256
    reasons: dict[str, str]
    timed: tuple[VariantBenchmark, ...]
    at: str
