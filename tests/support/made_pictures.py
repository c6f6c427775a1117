"""Made-up manifest rows, and what a choice among them trains on."""

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Box, Picture, Split
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.picking import Picked


def picture(
    number: int, scene: str = "a", hazards: tuple[int, ...] = (0,), split: Split = "train"
) -> Picture:
    """Return a made-up picture."""
    boxes = tuple(
        Box(class_id=hazard, x_center=0.5, y_center=0.5, width=0.2, height=0.2)
        for hazard in hazards
    )
    return Picture(
        sha256=sha256_bytes(str(number).encode()),
        extension="jpg",
        width_px=64,
        height_px=64,
        brightness=100.0,
        sharpness=10.0,
        label_sha256="0" * 64,
        file=f"{number}.jpg",
        batch_id="b",
        kind=BatchKind.LABELLED,
        site="plant",
        camera=None,
        scene=scene,
        boxes=boxes,
        split=split,
    )


def recipe(share: float = 1.0, fraction: float = 1.0, seed: int = 0) -> Recipe:
    """Return a recipe."""
    return Recipe(name="r", replay_share=share, data_fraction=fraction, seed=seed)


def train_of(picked: Picked) -> list[Picture]:
    """Return the pictures to train on."""
    return [p for p in picked.pictures if p.split == "train"]


def hazards(pictures: list[Picture]) -> set[int]:
    """Return the hazards that pictures show."""
    return {box.class_id for p in pictures for box in p.boxes}
