"""One defect for each expectation over a dataset version, with the words that its worst row must hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from support.made_versions import SOUND, made_box, made_picture

from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Picture

FIRST = SOUND[0].sha256[:12]
TWO_KINDS = SOUND[0].boxes[:2]


@dataclass(frozen=True)
class Case:
    """A defect: what is made wrong, and the words that its worst row must hold."""

    name: str
    worst: str
    pictures: Sequence[Picture] = SOUND
    parent: Sequence[Picture] | None = None
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)


def changed(number: int, **values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, one of them changed."""
    made = list(SOUND)
    made[number] = made[number].model_copy(update=values)
    return tuple(made)


def every(**values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, all of them changed."""
    return tuple(picture.model_copy(update=values) for picture in SOUND)


def with_box(**values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, the first with one more box."""
    return changed(0, boxes=(*SOUND[0].boxes, made_box(**values)))


FOUR = tuple(made_box(2, x_center=0.2 + 0.2 * n) for n in range(4))
CASES = (
    Case("any_pictures", "", limits={"any_pictures": {"min": 100}}),
    Case("complete", f"{FIRST} 0.jpg (b1): missing site", changed(0, site=None)),
    Case("picture_digest", "short 0.jpg (b1): sha256 short", changed(0, sha256="short")),
    Case("label_digest", f"{FIRST} 0.jpg (b1): label_sha256 X", changed(0, label_sha256="X")),
    Case("unique_pictures", f"{FIRST} 0.jpg (b1): sha256", changed(1, sha256=SOUND[0].sha256)),
    Case("unique_files", "0.jpg (b1): batch_id b1, file 0.jpg", changed(1, file="0.jpg")),
    Case("picture_format", f"{FIRST} 0.jpg (b1): extension gif", changed(0, extension="gif")),
    Case("width", "0.jpg (b1): width_px 8", changed(0, width_px=8, boxes=())),
    Case("height", "0.jpg (b1): height_px 70000", changed(0, height_px=70_000, boxes=())),
    Case("kind", "0.jpg (b1): kind odd", changed(0, kind="odd")),
    Case("split", "0.jpg (b1): split test", changed(0, split="test")),
    Case("scene_named", "0.jpg (b1): scene", changed(0, scene="")),
    Case("batch_listed", "0.jpg (b9): batch_id b9", changed(0, batch_id="b9")),
    Case(
        "brightness",
        "0.jpg (b1): brightness 200",
        changed(0, brightness=200.0),
        limits={"brightness": {"max": 150}},
    ),
    Case(
        "sharpness",
        "0.jpg (b1): sharpness 50",
        changed(0, sharpness=50.0),
        limits={"sharpness": {"min": 100}},
    ),
    Case("dark_pictures", "0.jpg (b1): brightness 3", changed(0, brightness=3.0)),
    Case("bright_pictures", "0.jpg (b1): brightness 250", changed(0, brightness=250.0)),
    Case("blurred_pictures", "0.jpg (b1): sharpness 5", changed(0, sharpness=5.0)),
    Case(
        "boxes_per_picture",
        "0.jpg (b1): boxes 4",
        with_box(x_center=0.3),
        settings={"max_boxes_per_picture": 3},
    ),
    Case(
        "label_density",
        "0.jpg (b1): boxes_if_any 4",
        with_box(x_center=0.3),
        limits={"label_density": {"max": 3}},
    ),
    Case(
        "label_density",
        "0.jpg (b1): boxes_if_any 2",
        changed(0, boxes=TWO_KINDS),
        limits={"label_density": {"min": 3}},
    ),
    Case(
        "background_pictures",
        "0.jpg (b1): boxes 0",
        changed(0, boxes=()),
        limits={"background_pictures": {"max_share": 0.1}},
    ),
    Case(
        "boxes_against_kind",
        "0.jpg (b1): boxes_against_kind 3",
        changed(0, kind=BatchKind.BACKGROUND),
    ),
    Case("box_class", "0.jpg (b1): class_id 9", with_box(class_id=9)),
    Case(
        "box_width",
        "0.jpg (b1): width 0",
        with_box(width=0.0),
        limits={"tiny_boxes": {"max_share": 0.5}},
    ),
    Case(
        "box_height",
        "0.jpg (b1): height 1.2",
        with_box(height=1.2),
        limits={"box_inside": {"max": 0.2}},
    ),
    Case("box_inside", "0.jpg (b1): overhang 0.05", with_box(x_center=0.95)),
    Case("box_inside", "0.jpg (b1): overhang 0.05", with_box(y_center=0.05)),
    Case("tiny_boxes", "0.jpg (b1): area_px 1.229", with_box(width=0.002, height=0.002)),
    Case("thin_boxes", "0.jpg (b1): aspect 60", with_box(width=0.9, height=0.02)),
    Case(
        "huge_boxes",
        "0.jpg (b1): share 0.9801",
        with_box(width=0.99, height=0.99),
        limits={"huge_boxes": {"max_share": 0.01}},
    ),
    Case("duplicate_boxes", "0.jpg (b1): class_id 0", with_box()),
    Case(
        "train_boxes",
        "person_down: train_boxes 0",
        (*(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[:4]), *SOUND[4:]),
        limits={"train_scenes": {"min": 0}},
    ),
    Case(
        "train_scenes",
        "person_down: train_scenes 2",
        (*(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[:2]), *SOUND[2:]),
    ),
    Case("val_boxes", "person_down: val_boxes 0", changed(4, boxes=TWO_KINDS)),
    Case("holdout_boxes", "person_down: holdout_boxes 0", changed(5, boxes=TWO_KINDS)),
    Case(
        "class_balance",
        "person_down: times_rarer 1.333",
        changed(0, boxes=TWO_KINDS),
        limits={"class_balance": {"max": 1.2}},
    ),
    Case(
        "scene_share",
        "s9: train_share 0.75",
        (*(p.model_copy(update={"scene": "s9"}) for p in SOUND[:3]), *SOUND[3:]),
        limits={"train_scenes": {"min": 1}},
    ),
    Case("scene_sides", f"{FIRST} 0.jpg (b1): scene s0", changed(4, scene="s0")),
    Case("holdout_left", f"{FIRST} 0.jpg (b1): split train", parent=changed(0, split="holdout")),
    Case(
        "holdout_pictures",
        "holdout_pictures 0",
        changed(5, split="reserve"),
        limits={"holdout_boxes": {"min": 0}},
    ),
    Case(
        "val_pictures",
        "val_pictures 0",
        changed(4, split="reserve"),
        limits={"val_boxes": {"min": 0}},
    ),
    Case(
        "false_alarms",
        "train: false_alarm_share 0.25",
        changed(0, kind=BatchKind.FALSE_ALARM, boxes=()),
    ),
    Case(
        "pictures_kept",
        "pictures_kept 0.875",
        parent=(*SOUND, made_picture(7)),
    ),
    Case(
        "class_kept",
        "person_down: kept 0.25",
        parent=every(boxes=(*TWO_KINDS, *FOUR)),
        limits={n: {"max": 9} for n in ("drift_class_mix", "drift_boxes_per_picture")},
    ),
    Case(
        "drift_class",
        "person_down: drift",
        parent=(SOUND[0], *(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[1:])),
        limits={n: {"max": 9} for n in ("drift_class_mix", "drift_boxes_per_picture")},
    ),
    Case(
        "drift_class_mix",
        "drift_class_mix",
        every(boxes=(*TWO_KINDS, *FOUR)),
        SOUND,
        limits={"drift_boxes_per_picture": {"max": 9}},
    ),
    Case(
        "drift_box_side",
        "drift_box_side",
        parent=every(boxes=tuple(made_box(n, width=0.5, height=0.5) for n in range(3))),
    ),
    Case("drift_brightness", "drift_brightness", parent=every(brightness=50.0)),
    Case("drift_sharpness", "drift_sharpness", parent=every(sharpness=5000.0)),
    Case(
        "drift_boxes_per_picture",
        "drift_boxes_per_picture",
        every(boxes=(*SOUND[0].boxes, *(made_box(n, x_center=0.3) for n in range(3)))),
        SOUND,
    ),
)
