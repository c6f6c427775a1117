"""Records of export and benchmark: exported model, report, measurements."""

from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.scores import HazardScore
from safety_tasks.records.timing import Latency


class Parity(Record):
    """How closely two artifacts agree on the same pictures."""

    pictures: Annotated[int, Field(ge=1)]
    max_box_difference_px: Annotated[float, Field(ge=0)]
    max_score_difference: Annotated[float, Field(ge=0)]
    box_tolerance_px: Annotated[float, Field(gt=0)]
    score_tolerance: Annotated[float, Field(gt=0)]


class ExportedModel(Record):
    """The candidate as the reference ONNX model; ``parity`` is None for an adopted model that came as ONNX."""

    run_id: Name
    dataset_version: str
    classes: tuple[str, ...]
    classes_sha256: Sha256
    imgsz_px: int
    model: Artifact
    parity: Parity | None
    code_sha256: Sha256


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
