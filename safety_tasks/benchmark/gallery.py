"""Choose the pictures that say most about a model, and draw them.

Rules: three kinds a hazard: the best hits, the hazards that were missed worst (no detection, or the lowest score, of
the largest label first), and the false alarms with the highest score; not two of one scene before every scene had one,
so that a long clip does not fill the gallery; labels and detections are both drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.contact_sheet import (
    LABEL_BGR,
    MODEL_BGR,
    DrawnBox,
    Tile,
    draw_tile,
    encode_sheet,
)
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.details import GalleryKind, GalleryPicture
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.accuracy import Accuracy
from safety_tasks.scoring.matching import box_xyxy, iou_matrix
from safety_tasks.store.base import ObjectStore, put_artifact

A_KIND = 4
_FOUND_IOU = 0.5
_TILE_PX = (480, 360)


@dataclass(frozen=True)
class Choice:
    """A picture that was chosen: why, for which hazard, and how strongly (the larger the earlier)."""

    kind: GalleryKind
    hazard: str
    picture: Picture
    score: float | None
    weight: float


def choose_gallery(measured: Accuracy, count: int = A_KIND) -> tuple[Choice, ...]:
    """Return at most ``count`` pictures of each kind and hazard, the most telling first."""
    chosen: list[Choice] = []
    for class_id, name in enumerate(measured.classes):
        threshold = measured.thresholds[name]
        kinds: dict[GalleryKind, list[Choice]] = {"best": [], "missed": [], "false_alarm": []}
        for picture in measured.pictures:
            for choice in _judge(
                picture, measured.found[picture.sha256], class_id, name, threshold
            ):
                kinds[choice.kind].append(choice)
        for choices in kinds.values():
            chosen += _spread(choices, count)
    return tuple(chosen)


def keep_gallery(
    store: ObjectStore,
    run_id: str,
    choices: Sequence[Choice],
    measured: Accuracy,
    reader: PictureReader,
) -> tuple[GalleryPicture, ...]:
    """Draw and store the chosen pictures; return their records."""
    kept = []
    for choice in choices:
        drawn = encode_sheet(draw_tile(marked_tile(choice.picture, measured, reader), _TILE_PX))
        key = f"runs/{run_id}/gallery/{sha256_bytes(drawn)[:16]}.jpg"
        kept.append(
            GalleryPicture(
                kind=choice.kind,
                hazard=choice.hazard,
                file=choice.picture.file,
                scene=choice.picture.scene,
                score=choice.score,
                picture=put_artifact(store, key, drawn),
            )
        )
    return tuple(kept)


def _judge(
    picture: Picture, found: Sequence[Detection], class_id: int, name: str, threshold: float
) -> list[Choice]:
    """Return what a picture shows of one hazard: its best hit, its worst miss, its worst false alarm."""
    labels = [box_xyxy(box, picture) for box in picture.boxes if box.class_id == class_id]
    mine = [d for d in found if d.class_id == class_id]
    kept = [d for d in mine if d.score >= threshold]
    choices = []
    overlaps = iou_matrix(
        np.array([d.box_xyxy for d in mine], np.float64).reshape(-1, 4),
        np.array(labels, np.float64).reshape(-1, 4),
    )
    hits = [d for d, row in zip(mine, overlaps, strict=True) if (row >= _FOUND_IOU).any()]
    good = [d.score for d in hits if d.score >= threshold]
    if good:
        choices.append(Choice("best", name, picture, max(good), max(good)))
    for column, label in enumerate(labels):
        near = [d.score for d, row in zip(mine, overlaps, strict=True) if row[column] >= _FOUND_IOU]
        best = max(near, default=0.0)
        if best < threshold:
            share = (label[2] - label[0]) * (label[3] - label[1])
            share /= picture.width_px * picture.height_px
            choices.append(Choice("missed", name, picture, best or None, share - best))
    wrong = [d.score for d in kept if d not in hits]
    if wrong:
        choices.append(Choice("false_alarm", name, picture, max(wrong), max(wrong)))
    return choices


def _spread(choices: Sequence[Choice], count: int) -> list[Choice]:
    """Take the strongest, a picture once, scene by scene in turn."""
    ordered = sorted(choices, key=lambda c: (-c.weight, c.picture.sha256))
    turns: dict[str, int] = {}
    ranked, seen = [], set()
    for choice in ordered:
        if choice.picture.sha256 in seen:
            continue
        seen.add(choice.picture.sha256)
        turn = turns[choice.picture.scene] = turns.get(choice.picture.scene, 0) + 1
        ranked.append((turn, choice))
    ranked.sort(key=lambda item: item[0])  # stable: within a turn the strongest stay first
    return [choice for _, choice in ranked[:count]]


def marked_tile(
    picture: Picture, measured: Accuracy, reader: PictureReader, text: tuple[str, ...] = ()
) -> Tile:
    """Return a picture with its labels, and its detections at the operating thresholds, to be drawn.

    Args:
        picture: with its size as it decodes.
        measured: what a model found in it.
        reader: gives its pixels.
        text: lines above it.
    """
    drawn = [
        (box_xyxy(box, picture), measured.classes[box.class_id], LABEL_BGR) for box in picture.boxes
    ]
    for found in measured.found[picture.sha256]:
        name = measured.classes[found.class_id]
        if found.score >= measured.thresholds[name]:
            drawn.append((found.box_xyxy, f"{name} {found.score:.2f}", MODEL_BGR))
    wide, tall = picture.width_px, picture.height_px
    boxes = tuple(
        DrawnBox((x1 / wide, y1 / tall, x2 / wide, y2 / tall), name, colour)
        for (x1, y1, x2, y2), name, colour in drawn
    )
    return Tile(reader.read(picture.sha256), text, boxes)
