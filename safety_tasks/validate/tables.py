"""Lay a dataset version out as the tables that the suite judges."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from safety_tasks.records.dataset import DatasetVersion, Picture

if TYPE_CHECKING:
    import pandas as pd


def build_tables(version: DatasetVersion, pictures: Sequence[Picture]) -> "dict[str, pd.DataFrame]":
    """Return the tables ``pictures``, ``boxes`` and ``train``.

    ``boxes`` holds corners ``left top right bottom`` normalised (0-1) and ``area_px``; ``train`` has
    one row: the boxes of each hazard in train.
    """
    import pandas as pd

    splits_of = defaultdict(set)
    for picture in pictures:
        splits_of[picture.scene].add(picture.split)
    return {
        "pictures": pd.DataFrame(
            {
                "sha256": [p.sha256 for p in pictures],
                "extension": [p.extension for p in pictures],
                "width_px": [p.width_px for p in pictures],
                "height_px": [p.height_px for p in pictures],
                "split": [p.split for p in pictures],
                "scene": [p.scene or None for p in pictures],
                "splits_of_scene": [len(splits_of[p.scene]) for p in pictures],
                "boxes": [len(p.boxes) for p in pictures],
                "is_background": [float(not p.boxes) for p in pictures],
            }
        ),
        "boxes": pd.DataFrame(
            [
                {
                    "class_id": box.class_id,
                    "width": box.width,
                    "height": box.height,
                    "left": box.x_center - box.width / 2,
                    "top": box.y_center - box.height / 2,
                    "right": box.x_center + box.width / 2,
                    "bottom": box.y_center + box.height / 2,
                    "area_px": box.width * p.width_px * box.height * p.height_px,
                }
                for p in pictures
                for box in p.boxes
            ],
            columns=[
                *("class_id", "width", "height", "left", "top", "right", "bottom", "area_px"),
            ],
        ),
        "train": pd.DataFrame(
            {name: [s.boxes] for name, s in version.splits["train"].hazards.items()}
        ),
    }
