"""Records of export and benchmark: exported model, report, measurements."""

from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.scores import (
    Confusion,
    Difference,
    EventScore,
    FalseAlarms,
    HazardScore,
    Interval,
    NoiseFloor,
    SliceDifference,
    SliceScore,
)
from safety_tasks.records.timing import Latency, Positive
from safety_tasks.records.variants import ModelVariant, VariantBenchmark, VariantChoice


class Parity(Record):
    """How closely the reference agrees with the weights on the same pictures; ``worst_picture`` differs most."""

    pictures: Annotated[int, Field(ge=1)]
    max_box_difference_px: Annotated[float, Field(ge=0)]
    max_score_difference: Annotated[float, Field(ge=0)]
    box_tolerance_px: Annotated[float, Field(gt=0)]
    score_tolerance: Annotated[float, Field(gt=0)]
    worst_picture: str = ""


class ExportedModel(Record):
    """The candidate as the reference ONNX model, and its edge variants.

    ``parity`` is None for an adopted model that came as ONNX, whose file ``adopted_file`` names; ``thresholds`` are the
    operating thresholds by hazard that the files carry, chosen on val; ``not_made`` tells of each variant that there is
    none of, why.
    """

    run_id: Name
    dataset_version: str
    classes: tuple[str, ...]
    classes_sha256: Sha256
    imgsz_px: int
    model: Artifact
    parity: Parity | None
    code_sha256: Sha256
    thresholds: dict[str, Fraction] = Field(default={})
    threshold_reasons: dict[str, str] = Field(default={})
    variants: tuple[ModelVariant, ...] = ()
    not_made: dict[str, str] = Field(default={})
    settings_sha256: Sha256 | None = None
    adopted_file: str = ""


class IncidentResult(Record):
    """What a model finds of the incidents on record, at its operating thresholds.

    ``total`` counts pictures with a labelled hazard; ``missed`` names those of them that were not found, with their
    hazards; ``trained_on`` counts those of them that lie in train or val, where finding them proves little;
    ``without_hazard`` counts incident pictures that label nothing to be found.
    """

    total: Annotated[int, Field(ge=0)]
    missed: tuple[str, ...]
    trained_on: Annotated[int, Field(ge=0)]
    without_hazard: Annotated[int, Field(ge=0)]

    @property
    def found(self) -> int:
        """How many incident pictures were found."""
        return self.total - len(self.missed)


class BenchmarkReport(Record):
    """Measurements of one exported model on one holdout, and on the incidents if they were measured. No verdict.

    ``ar`` is the mean over hazards; ``latency`` is on one thread, ``device_latency`` on the threads that a device has;
    ``details`` is the ``BenchmarkDetails`` that go with it, ``detections`` all that the model found in the holdout and
    in the incidents' pictures.
    """

    model_sha256: Sha256
    classes_sha256: Sha256
    dataset_version: str
    manifest_sha256: Sha256
    split: Literal["val", "holdout"]
    imgsz_px: int
    pictures: Annotated[int, Field(ge=0)]
    scenes: Annotated[int, Field(ge=0)]
    hazards: dict[str, HazardScore]
    map50: Fraction | None
    map50_95: Fraction | None
    latency: Latency
    incidents: IncidentResult | None = None
    sample_keys: tuple[str, ...] = ()
    ar: Fraction | None = None
    map50_interval: Interval | None = None
    map50_95_interval: Interval | None = None
    slices: tuple[SliceScore, ...] = ()
    events: dict[str, EventScore] = Field(default={})
    confusion: Confusion | None = None
    false_alarms: FalseAlarms | None = None
    noise: NoiseFloor | None = None
    device_latency: Latency | None = None
    details: Artifact | None = None
    detections: Artifact | None = None


class ChampionBenchmark(Record):
    """The champion measured again on the same holdout, or why there is no such number.

    ``release_seq`` None means that nothing was ever released; a ``problem`` means that there is a champion which
    could not be measured, and that no comparison may be claimed.
    """

    release_seq: int | None
    report: BenchmarkReport | None
    problem: str = ""


class Measurements(Record):
    """All that the gate judges: the candidate and, on the same holdout, the champion.

    ``differences`` are candidate − champion by ``ap50.<hazard>``, ``ap50_95.<hazard>``, ``recall.<hazard>``, ``map50``
    and ``map50_95``, ``slice_differences`` those of parts of the holdout;
    ``frame_ratio`` is the candidate's frame time ÷ the champion's, turn by turn; ``page_keys`` are the report pages by
    language.
    """

    run_id: Name
    candidate: BenchmarkReport
    champion: ChampionBenchmark
    differences: dict[str, Difference] = Field(default={})
    slice_differences: tuple[SliceDifference, ...] = ()
    frame_ratio: Positive | None = None
    variants: tuple[VariantBenchmark, ...] = ()
    choice: VariantChoice | None = None
    page_keys: dict[str, str] = Field(default={})
