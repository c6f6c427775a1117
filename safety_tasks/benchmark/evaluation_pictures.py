"""Draw the pictures of an evaluation that say most: the best hits, the worst misses, the worst false alarms.

Rules: the choice is the benchmark's; labels and detections are both drawn; only what is drawn is decoded again; a
folder that holds anything is refused, so that pictures of two models never mix.
"""

import re
from pathlib import Path
from typing import Final

from safety_tasks.benchmark.accuracy import Accuracy
from safety_tasks.benchmark.evaluation import Evaluation
from safety_tasks.benchmark.gallery import Choice, choose_gallery
from safety_tasks.errors import ConfigError
from safety_tasks.inference.contact_sheet import (
    LABEL_BGR,
    MODEL_BGR,
    DrawnBox,
    Tile,
    draw_sheet,
    encode_sheet,
)
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.scoring.matching import box_xyxy
from safety_tasks.store.base import keep_file

_LARGEST_PX: Final = (960, 720)
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 80


def require_new(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        ConfigError: it does, or is no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"{folder}: expected a new or empty folder, found something in its place. Choose another."
        )


def write_pictures(evaluation: Evaluation, folder: Path) -> tuple[Path, ...]:
    """Write the chosen pictures as JPEGs, numbered by hazard and kind; return their files."""
    reader = PictureReader(evaluation.paths)
    written = []
    for number, choice in enumerate(choose_gallery(evaluation.accuracy)):
        sheet = draw_sheet(
            [_tile(choice, evaluation.accuracy, reader)], columns=1, tile_px=_LARGEST_PX
        )
        stem = f"{number:02d}_{choice.kind}_{choice.hazard}_{Path(choice.picture.file).stem}"
        path = folder / f"{_NOT_IN_NAMES.sub('-', stem)[:_LONGEST_NAME]}.jpg"
        written.append(keep_file(path, encode_sheet(sheet)))
    return tuple(written)


def _tile(choice: Choice, measured: Accuracy, reader: PictureReader) -> Tile:
    picture = choice.picture
    wide, tall = picture.width_px, picture.height_px
    drawn = [
        (box_xyxy(box, picture), measured.classes[box.class_id], LABEL_BGR) for box in picture.boxes
    ]
    for found in measured.found[picture.sha256]:
        name = measured.classes[found.class_id]
        if found.score >= measured.thresholds[name]:
            drawn.append((found.box_xyxy, f"{name} {found.score:.2f}", MODEL_BGR))
    boxes = tuple(
        DrawnBox((x1 / wide, y1 / tall, x2 / wide, y2 / tall), text, colour)
        for (x1, y1, x2, y2), text, colour in drawn
    )
    scored = "nothing there" if choice.score is None else f"score {choice.score:.2f}"
    said = f"{choice.kind.replace('_', ' ')}, {choice.hazard}: {scored}"
    return Tile(reader.read(picture.sha256), (said, picture.file), boxes)
