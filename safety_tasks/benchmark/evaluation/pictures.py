"""Draw the pictures of an evaluation that say most: the best hits, the worst misses, the worst false alarms.

Rules: the choice is the benchmark's; labels and detections are both drawn; only what is drawn is decoded again; a
folder that holds anything is refused, so that pictures of two models never mix.
"""

import re
from pathlib import Path
from typing import Final

from safety_tasks.benchmark.evaluation.verb import Evaluation
from safety_tasks.benchmark.gallery import Choice, choose_gallery, marked_tile
from safety_tasks.errors import ConfigError
from safety_tasks.inference.contact_sheet import draw_sheet, encode_sheet
from safety_tasks.inference.pictures import PictureReader
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
        tile = marked_tile(choice.picture, evaluation.accuracy, reader, _said(choice))
        sheet = draw_sheet([tile], columns=1, tile_px=_LARGEST_PX)
        stem = f"{number:02d}_{choice.kind}_{choice.hazard}_{Path(choice.picture.file).stem}"
        path = folder / f"{_NOT_IN_NAMES.sub('-', stem)[:_LONGEST_NAME]}.jpg"
        written.append(keep_file(path, encode_sheet(sheet)))
    return tuple(written)


def _said(choice: Choice) -> tuple[str, ...]:
    scored = "nothing there" if choice.score is None else f"score {choice.score:.2f}"
    return (
        f"{choice.kind.replace('_', ' ')}, {choice.hazard}: {scored}",
        choice.picture.file,
    )
