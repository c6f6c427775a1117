"""Records of a delivery: what the deliverer says of a batch (``batch.json``), and what ingest found in it.

Rules: a kind says what its pictures are for, and is never guessed from them; cameras and scenes are named by whoever
delivers, by picture or by rule; class names of another export are translated by name, never by number.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Name, Record, Sha256

Text = Annotated[str, Field(min_length=1, max_length=200)]


class BatchKind(StrEnum):
    """What the pictures of a batch are for."""

    LABELLED = "labelled"
    FALSE_ALARM = "false_alarm"
    INCIDENT = "incident"
    BACKGROUND = "background"


WITHOUT_HAZARD: frozenset[BatchKind] = frozenset({BatchKind.FALSE_ALARM, BatchKind.BACKGROUND})


class SceneRule(Record):
    """Pictures whose file name matches a shell pattern belong to a scene."""

    glob: Text
    scene: Text


class CameraRule(Record):
    """Pictures whose file name matches a shell pattern come from a camera."""

    glob: Text
    camera: Text


class BatchInfo(Record):
    """What the deliverer says of a batch (``batch.json``)."""

    batch_id: Name
    source: str = "unknown"
    site: str = "unknown"
    labeller: str = "unknown"
    license: str = "unknown"
    kind: BatchKind = BatchKind.LABELLED
    synthetic: bool = False
    empty_label_is_background: bool = False
    replaces_labels: bool = False
    cameras: dict[Text, Text] = Field(default_factory=dict)
    camera_rules: tuple[CameraRule, ...] = ()
    scene_rules: tuple[SceneRule, ...] = ()
    class_aliases: dict[Text, Text] = Field(default_factory=dict)

    @property
    def empty_means_background(self) -> bool:
        """Whether an empty label is a picture without hazard: said so, or by the batch's kind."""
        return self.empty_label_is_background or self.kind in WITHOUT_HAZARD


class BatchListing(Record):
    """What lies under ``incoming/``, by what is to be done with it.

    ``pending`` is complete and new; ``stuck`` was never marked ready: hours since it was first seen; ``waiting``
    neither; ``quarantined`` was refused and is tried again only when somebody names it.
    """

    pending: tuple[str, ...]
    waiting: tuple[str, ...]
    stuck: dict[str, float]
    quarantined: tuple[str, ...]


class BatchIntake(Record):
    """One batch, checked and stored, not yet part of a version: its pictures, their signatures, its ledger."""

    batch_id: Name
    info: BatchInfo
    format: Literal["yolo", "coco", "voc"]
    classes: tuple[str, ...]
    listing_sha256: Sha256
    delivered: Annotated[int, Field(ge=0)]
    accepted: Annotated[int, Field(ge=0)]
    arrivals: Artifact
    signatures: Artifact
    ledger: Artifact
