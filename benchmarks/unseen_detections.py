"""What models find in the shared model's real pictures, of scenes that it was not trained on.

Rule: val and the holdout both count, since a few hundred detections are needed to say anything; each part is told too.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.result import require_evidence
from benchmarks.trained_model import SharedModel
from safety_tasks.inference.detector import Found
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Picture
from safety_tasks.store.manifests import fetch_pictures, read_manifest

Look = Callable[[npt.NDArray[np.uint8]], Found]


@dataclass(frozen=True)
class Unseen:
    """Pictures of val and holdout, and a reader of them."""

    pictures: tuple[Picture, ...]
    reader: PictureReader

    def look(self, look: Look) -> dict[str, Found]:
        """Return what a model finds in each picture, by sha256."""
        return {p.sha256: look(self.reader.read(p.sha256)) for p in self.pictures}

    def part(self, found: Mapping[str, Found], split: str) -> dict[str, Found]:
        """Return what was found in one split."""
        return {p.sha256: found[p.sha256] for p in self.pictures if p.split == split}


def unseen_pictures(model: SharedModel, folder: Path) -> Unseen:
    """Return the real pictures that a shared model was not trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    every = read_manifest(model.store, model.version)
    pictures = tuple(p for p in every if p.split in ("val", "holdout"))
    paths = fetch_pictures(model.store, pictures, folder, splits=("val", "holdout"))
    return Unseen(pictures, PictureReader(paths))


def require_detections(
    name: str, found: Mapping[str, Found], classes: Sequence[str], thresholds: Sequence[float]
) -> None:
    """Refuse to compare on too few detections at the operating thresholds.

    Raises:
        NoResult: there are too few.
    """
    counts = Counter(
        classes[d.class_id]
        for detections in found.values()
        for d in detections
        if d.score >= thresholds[d.class_id]
    )
    require_evidence(name, counts)
