"""Detections of many pictures as one file of bytes, so that they can be scored again without a model.

Rules: numpy arrays without pickle; the order of pictures and of the detections in each is kept; the same detections
give the same bytes; what does not describe itself is refused by name. Scores and boxes keep every digit, so that what
is scored again is scored alike.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import index
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection

Column = npt.NDArray[np.generic]
# All that numpy and zipfile raise over bytes that are no table: they have no error of their own.
_UNREADABLE: Final = (
    *(OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError),
    *(RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error),
)
_COLUMNS: Final = ("sha256", "size_px", "count", "class_id", "score", "box_xyxy")


@dataclass(frozen=True)
class DetectionTable:
    """What a model found, by the picture's sha256, and each picture's width and height as it decodes, in pixels."""

    found: Mapping[str, Found]
    sizes_px: Mapping[str, tuple[int, int]]

    def sized(self, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
        """Return the pictures that are in the table, in their order, with their sizes as they decode."""
        return tuple(
            p.model_copy(
                update=dict(zip(("width_px", "height_px"), self.sizes_px[p.sha256], strict=True))
            )
            for p in pictures
            if p.sha256 in self.sizes_px
        )


def pack_detections(pictures: Sequence[Picture], found: Mapping[str, Found]) -> bytes:
    """Return detections as bytes.

    Args:
        pictures: with their sizes as they decode; one that was not looked at (no entry in ``found``) is left out.
        found: detections by sha256.
    """
    seen = [p for p in {p.sha256: p for p in pictures}.values() if p.sha256 in found]
    flat = [detection for picture in seen for detection in found[picture.sha256]]
    columns: dict[str, npt.NDArray[np.generic]] = {
        "sha256": np.array([p.sha256.encode() for p in seen], dtype="S64"),
        "size_px": np.array([(p.width_px, p.height_px) for p in seen], np.int32).reshape(-1, 2),
        "count": np.array([len(found[p.sha256]) for p in seen], np.int32),
        "class_id": np.array([d.class_id for d in flat], np.int32),
        "score": np.array([d.score for d in flat], np.float64),
        "box_xyxy": np.array([d.box_xyxy for d in flat], np.float64).reshape(-1, 4),
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **columns)
    return stream.getvalue()


def unpack_detections(payload: bytes, *, what: str) -> DetectionTable:
    """Return detections from bytes.

    Raises:
        ArtifactError: they are no such table.
    """
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            columns = [stored[name] for name in _COLUMNS]
        return _read_columns(*columns)
    except _UNREADABLE as problem:
        raise ArtifactError(
            f"{what}: expected a table of detections, found: {problem}. Benchmark the run again."
        ) from problem


def _read_columns(
    sha256: Column, size: Column, count: Column, class_id: Column, score: Column, box: Column
) -> DetectionTable:
    names = [name.decode("ascii") for name in sha256.tolist()]
    sizes = {name: (int(w), int(h)) for name, (w, h) in zip(names, size.tolist(), strict=True)}
    counts = [index(many) for many in count.tolist()]
    if len(set(names)) != len(names):
        raise ValueError("a picture is in it twice")
    if min((side for each in sizes.values() for side in each), default=1) < 1:
        raise ValueError("a picture has no size")
    if len(counts) != len(names) or sum(counts) != len(score) or min(counts, default=0) < 0:
        raise ValueError("its columns differ in length")
    rows = iter(
        [
            Detection(class_id=number, score=value, box_xyxy=tuple(corners))
            for number, value, corners in zip(
                class_id.tolist(), score.tolist(), box.tolist(), strict=True
            )
        ]
    )
    found = {name: tuple(islice(rows, many)) for name, many in zip(names, counts, strict=True)}
    return DetectionTable(found, sizes)
