"""Records of train, export and benchmark: recipe, training run, exported model, report."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.class_map import class_map_digest, require_digest
from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.dataset import Support


class Recipe(Record):
    """Hyperparameters and seed of a training run, and the class map it is bound to once a run is planned."""

    name: Name
    model: Literal["yolov8n"] = "yolov8n"
    epochs: Annotated[int, Field(ge=1, le=1000)] = 50
    imgsz_px: Annotated[int, Field(ge=64, le=1280, multiple_of=32)] = 640
    batch: Annotated[int, Field(ge=1, le=512)] = 16
    nominal_batch: Annotated[int, Field(ge=1, le=512)] = 64
    optimizer: Literal["SGD", "AdamW", "auto"] = "auto"
    lr0: Annotated[float, Field(gt=0, le=1)] = 0.01
    warmup_epochs: Annotated[float, Field(ge=0, le=10)] = 3.0
    mosaic: Fraction = 1.0
    freeze_layers: Annotated[int, Field(ge=0, le=22)] = 0
    patience_epochs: Annotated[int, Field(ge=1)] = 20
    validate_each_epoch: bool = True
    cache_pictures: bool = False
    start_from_scratch: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    classes_sha256: Sha256 | None = None

    def bound_to(self, classes: Sequence[str]) -> "Recipe":
        """Return the recipe bound to a class map, which later stages compare with theirs.

        Raises:
            ClassMapError: it is bound to another one.
        """
        if self.classes_sha256 is not None:
            require_digest(classes, self.classes_sha256, where=f"recipe {self.name}")
        return self.model_copy(update={"classes_sha256": class_map_digest(classes)})


class RunPlan(Record):
    """What a retraining will do: every choice made, before any work."""

    run_id: Name
    dataset_version: str
    recipe: Recipe
    profile: Name
    channel: Literal["canary", "stable"]
    fingerprint: Sha256


class BaseWeights(Record):
    """Where training started from, said plainly."""

    kind: Literal["configured", "champion", "download", "scratch"]
    source: str
    sha256: Sha256 | None
    note: str


class TrainingRun(Record):
    """One finished training: what went in and the candidate's weights."""

    run_id: Name
    dataset_version: str
    recipe: Recipe
    classes_sha256: Sha256
    base_weights: BaseWeights
    weights: Artifact
    device: str
    epochs_done: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]
    code_sha256: Sha256


class Parity(Record):
    """How closely two artifacts agree on the same pictures."""

    pictures: Annotated[int, Field(ge=1)]
    max_box_difference_px: Annotated[float, Field(ge=0)]
    max_score_difference: Annotated[float, Field(ge=0)]
    box_tolerance_px: Annotated[float, Field(gt=0)]
    score_tolerance: Annotated[float, Field(gt=0)]


class ExportedModel(Record):
    """The candidate as the reference ONNX model."""

    run_id: Name
    dataset_version: str
    classes: tuple[str, ...]
    classes_sha256: Sha256
    imgsz_px: int
    model: Artifact
    parity: Parity
    code_sha256: Sha256


class HazardScore(Record):
    """Accuracy on one hazard of the holdout; None where it cannot be measured."""

    ap50: Fraction | None
    ap50_95: Fraction | None
    recall: Fraction | None
    precision: Fraction | None
    threshold: Fraction
    support: Support


class Latency(Record):
    """Whole-frame time: letterbox, run, decode and NMS, after warm-up."""

    p50_ms: Annotated[float, Field(gt=0)]
    p95_ms: Annotated[float, Field(gt=0)]
    p99_ms: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)]
    machine: str


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
    """Measurements of one exported model on one holdout, and on the incidents if they were measured. No verdict."""

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


class ChampionBenchmark(Record):
    """The champion measured again on the same holdout, or why there is no such number.

    ``release_seq`` None means that nothing was ever released; a ``problem`` means that there is a champion which
    could not be measured, and that no comparison may be claimed.
    """

    release_seq: int | None
    report: BenchmarkReport | None
    problem: str = ""


class Measurements(Record):
    """All that the gate judges: the candidate and, on the same holdout, the champion."""

    run_id: Name
    candidate: BenchmarkReport
    champion: ChampionBenchmark
