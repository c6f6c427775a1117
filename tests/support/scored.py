"""Pictures with labels, and detections of them, for tests of scores."""

from collections.abc import Sequence

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Box, Picture, label_text
from safety_tasks.records.release import Detection

CLASSES = ("smoke", "fire", "person_down")
SIDE_PX = 100


def labelled(index: int, *classes: int, scene: str = "s") -> Picture:
    """Return picture number ``index``: its n-th label is a 10 px square at column n."""
    boxes = tuple(
        Box(class_id=class_id, x_center=0.05 + 0.1 * n, y_center=0.05, width=0.1, height=0.1)
        for n, class_id in enumerate(classes)
    )
    return Picture(
        sha256=f"{index:064x}",
        extension="png",
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        brightness=114.0,
        sharpness=50.0,
        label_sha256=sha256_bytes(label_text(boxes).encode()),
        file=f"{index}.png",
        batch_id="b",
        kind=BatchKind.LABELLED,
        site="unknown",
        camera=None,
        scene=scene,
        split="val",
        boxes=boxes,
    )


def right(column: int, score: float, class_id: int = 0) -> Detection:
    """Return a detection exactly on the label at a column."""
    box = (10.0 * column, 0.0, 10.0 * column + 10, 10.0)
    return Detection(class_id=class_id, score=score, box_xyxy=box)


def wrong(score: float, class_id: int = 0) -> Detection:
    """Return a detection where no label ever is."""
    return Detection(class_id=class_id, score=score, box_xyxy=(0, 80, 10, 90))


def found_in(*each: Sequence[Detection]) -> dict[str, tuple[Detection, ...]]:
    """Return the detections of pictures 0, 1, …"""
    return {f"{index:064x}": tuple(found) for index, found in enumerate(each)}
