"""Records of ingest and validate: pictures, boxes, the ledger, dataset versions."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Name, Record, Sha256

SPLITS: tuple[Literal["train", "val", "holdout"], ...] = ("train", "val", "holdout")
Split = Literal["train", "val", "holdout"]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]


class Box(Record):
    """One labelled box: class and centre/size, normalised to the picture (0-1)."""

    class_id: Annotated[int, Field(ge=0)]
    x_center: Unit
    y_center: Unit
    width: Annotated[float, Field(gt=0.0, le=1.0)]
    height: Annotated[float, Field(gt=0.0, le=1.0)]

    def to_line(self) -> str:
        """Return the YOLO label line (six decimals)."""
        return (
            f"{self.class_id} {self.x_center:.6f} {self.y_center:.6f} "
            f"{self.width:.6f} {self.height:.6f}"
        )


class Picture(Record):
    """One labelled picture of a dataset version (a manifest row)."""

    sha256: Sha256
    extension: Literal["jpg", "png"]
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    phash: Annotated[int, Field(ge=0, lt=2**64)]
    file: str
    batch_id: Name
    scene: str
    split: Split
    boxes: tuple[Box, ...]

    @property
    def key(self) -> str:
        """The store key of the picture's bytes."""
        return f"dataset/objects/{self.sha256[:2]}/{self.sha256}.{self.extension}"

    def label_text(self) -> str:
        """Return the picture's YOLO label file."""
        return "".join(box.to_line() + "\n" for box in self.boxes)


class LedgerKind(StrEnum):
    """What a ledger row is about."""

    PICTURE = "picture"
    LABEL = "label"
    BOX = "box"


class LedgerRow(Record):
    """One thing that was dropped or changed on the way in, and why."""

    batch_id: Name
    item: str
    kind: LedgerKind
    action: Literal["dropped", "changed"]
    reason: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    detail: str


class BatchInfo(Record):
    """What the deliverer says of a batch (``batch.json``)."""

    batch_id: Name
    source: str = "unknown"
    synthetic: bool = False
    empty_label_is_background: bool = False
    license: str = "unknown"
    scene_rules: tuple["SceneRule", ...] = ()


class SceneRule(Record):
    """Pictures whose file name matches a shell pattern belong to a scene."""

    glob: Annotated[str, Field(min_length=1, max_length=200)]
    scene: Annotated[str, Field(min_length=1, max_length=200)]


class Support(Record):
    """How much evidence a split holds of one hazard."""

    pictures: Annotated[int, Field(ge=0)]
    boxes: Annotated[int, Field(ge=0)]
    scenes: Annotated[int, Field(ge=0)]


class SplitSummary(Record):
    """What a split holds: all its pictures, and the support of each hazard."""

    pictures: int
    scenes: int
    background_pictures: int
    hazards: dict[str, Support]


class DatasetVersion(Record):
    """An immutable, content-addressed dataset: its id is the digest of its rows."""

    version_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    parent_id: str | None
    classes: tuple[str, ...]
    batches: tuple[Name, ...]
    synthetic: bool
    backgrounds_declared: bool
    manifest: Artifact
    ledger: Artifact
    ledger_rows: Annotated[int, Field(ge=0)]
    splits: dict[Split, SplitSummary]

    @property
    def prefix(self) -> str:
        """The store prefix of this version."""
        return f"dataset/versions/{self.version_id}"


class Expectation(Record):
    """The outcome of one expectation over the dataset."""

    name: str
    subject: str
    success: bool
    observed: str
    reason: str


class ValidationReport(Record):
    """The outcome of the whole suite over one dataset version."""

    version_id: str
    manifest_sha256: Sha256
    suite_sha256: Sha256
    success: bool
    expectations: tuple[Expectation, ...]
    data_docs_key: str


class CurrentDataset(Record):
    """The pointer to the newest dataset version that passed validation."""

    version_id: str
    validation: Artifact


class IngestOutcome(Record):
    """What became of the pending batches: the newest version, and why others were refused."""

    version: DatasetVersion | None
    ingested: tuple[Name, ...]
    refused: dict[str, str]
