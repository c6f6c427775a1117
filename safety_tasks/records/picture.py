"""Records of single pictures: boxes, manifest rows, and arrivals that have no place in a version yet."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.base import Name, Record, Sha256
from safety_tasks.records.batch import BatchKind

Split = Literal["train", "val", "holdout", "incident", "reserve"]
# incident: the permanent regression pack; reserve: kept, used by nobody until somebody decides.
SPLITS: tuple[Split, ...] = ("train", "val", "holdout", "incident", "reserve")
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


class Arrival(Record):
    """One labelled picture that passed every check and has no place in a version yet."""

    sha256: Sha256
    extension: Literal["jpg", "png"]
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    brightness: Annotated[float, Field(ge=0.0, le=255.0)]
    sharpness: Annotated[float, Field(ge=0.0)]
    label_sha256: Sha256
    file: str
    batch_id: Name
    kind: BatchKind
    site: str
    camera: str | None
    scene: str | None
    boxes: tuple[Box, ...]

    @property
    def key(self) -> str:
        """The store key of the picture's bytes."""
        return f"dataset/objects/{self.sha256[:2]}/{self.sha256}.{self.extension}"

    @property
    def label_key(self) -> str:
        """The store key of the label's bytes: named by the picture and the label's own content."""
        digest = sha256_bytes(f"{self.sha256}{self.label_sha256}".encode())
        return f"dataset/objects/{digest[:2]}/{digest}.txt"

    def label_text(self) -> str:
        """Return the picture's YOLO label file."""
        return label_text(self.boxes)


class Picture(Arrival):
    """One labelled picture of a dataset version (a manifest row)."""

    scene: str
    split: Split


def label_text(boxes: Sequence[Box]) -> str:
    """Return boxes as a YOLO label file: one line a box, six decimals."""
    return "".join(box.to_line() + "\n" for box in boxes)
