"""A finished fit in its folder: the weights, the record, the curves, and the mark that they belong together.

Rule: the mark is written last and names each file by its digest and the inputs they are of; without it, or where a
file is another one, nothing is finished.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from safety_tasks.digests import sha256_bytes, sha256_file
from safety_tasks.errors import TrainingError
from safety_tasks.records.base import Record, Sha256
from safety_tasks.records.training import Fit
from safety_tasks.train.engine.checkpoints import Checkpoint, write_whole
from safety_tasks.train.engine.curves import curves_csv, curves_png

WEIGHTS_FILE: Final = "best.pt"
FIT_FILE: Final = "fit.json"
CURVES_FILE: Final = "curves.csv"
CURVES_PICTURE_FILE: Final = "curves.png"
_MARK: Final = "finished.json"


@dataclass(frozen=True)
class Fitted:
    """What a fit left: its record, the best weights, the curves as CSV and as PNG."""

    fit: Fit
    weights: Path
    curves: Path
    curves_picture: Path


class _Mark(Record):
    inputs_sha256: Sha256
    files: dict[str, Sha256]


def write(folder: Path, checkpoints: Path, found: Checkpoint, fit: Fit, title: str) -> Fitted:
    """Write the results of a fit that ended with a checkpoint; return them."""
    files = {
        WEIGHTS_FILE: (checkpoints / found.best.name).read_bytes(),
        FIT_FILE: fit.to_json_bytes(),
        CURVES_FILE: curves_csv(found.rows),
        CURVES_PICTURE_FILE: curves_png(found.rows, title, found.best.epoch),
    }
    for name, payload in files.items():
        write_whole(folder / name, payload)
    mark = _Mark(
        inputs_sha256=found.inputs_sha256,
        files={name: sha256_bytes(payload) for name, payload in files.items()},
    )
    write_whole(folder / _MARK, mark.to_json_bytes())
    return _fitted(folder, fit)


def read(folder: Path, inputs_sha256: str) -> Fitted | None:
    """Return the finished fit of these inputs, or None."""
    try:
        mark = _Mark.model_validate_json((folder / _MARK).read_bytes())
        whole = mark.inputs_sha256 == inputs_sha256 and all(
            sha256_file(folder / name) == digest for name, digest in mark.files.items()
        )
        payload = (folder / FIT_FILE).read_bytes()
    except (OSError, ValidationError):
        return None
    if not whole:
        return None
    return _fitted(folder, Fit.from_json_bytes(payload, what=FIT_FILE, error=TrainingError))


def clear(folder: Path) -> None:
    """Delete the results of other inputs."""
    for name in (_MARK, WEIGHTS_FILE, FIT_FILE, CURVES_FILE, CURVES_PICTURE_FILE):
        (folder / name).unlink(missing_ok=True)


def _fitted(folder: Path, fit: Fit) -> Fitted:
    return Fitted(fit, folder / WEIGHTS_FILE, folder / CURVES_FILE, folder / CURVES_PICTURE_FILE)
