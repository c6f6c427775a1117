"""Scenes of one hazard each, made of the real ones, and holdouts drawn from them.

Rules: a real scene stands once for each hazard that at least three of its pictures label: its pictures of that hazard
and those of nothing, with what belongs to its other hazards left out, so that a holdout can hold as many scenes of one
hazard as of another; a holdout draws scenes with replacement, each draw a scene of its own, half as many more of quiet
scenes as of one hazard, and pictures within each with replacement, labelled and unlabelled ones apart in the scene's
own proportion, at least one labelled; scenes stay unlike in size (by the square root of how many pictures there really
are, 0.4 to 1.6 times the usual), and a drawn scene's labelled pictures come first, in their order: one event, since of
pictures drawn singly none shows where an event began.
So the weight that each picture has in expectation is known, and with it the truth.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

import numpy as np

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.events import natural_order
from safety_tasks.scoring.match_table import Floats, Integers

QUIET: Final = "quiet"
LEAST_LABELLED: Final = 3  # pictures: fewer, drawn again and again, are one picture
_USUAL_SIZE: Final = 50  # pictures of a real scene, about the median of those with a hazard
_PICTURES_OF_A_HAZARD: Final = 240  # that a holdout draws, about, whatever its scenes


@dataclass(frozen=True)
class Stratum:
    """A scene of one hazard (its name, or ``quiet``): rows that label it, rows that label nothing, real pictures."""

    hazard: str
    scene: str
    labelled: tuple[int, ...]
    other: tuple[int, ...]

    def sizes(self, usual: int) -> tuple[int, int]:
        """Return how many labelled and other pictures a holdout draws of it, of the usual number in a scene."""
        real = len(self.labelled) + len(self.other)
        drawn = max(1, round(usual * min(1.6, max(0.4, sqrt(real / _USUAL_SIZE)))))
        if not self.labelled:
            return 0, drawn
        labelled = max(1, round(drawn * len(self.labelled) / real))
        return labelled, max(0, drawn - labelled) if self.other else 0


@dataclass(frozen=True)
class Scenes:
    """All strata over one list of pictures (rows), sorted as a scene's pictures follow each other."""

    classes: tuple[str, ...]
    rows: tuple[Picture, ...]
    strata: tuple[Stratum, ...]

    def of(self, hazard: str) -> list[Stratum]:
        """Return the strata of a hazard, or the quiet ones."""
        return [stratum for stratum in self.strata if stratum.hazard == hazard]


@dataclass(frozen=True)
class Drawn:
    """A holdout: the row of each picture, and the pictures under names of their own."""

    rows: Integers
    pictures: tuple[Picture, ...]

    def found(self, found: Mapping[str, Found], scenes: Scenes) -> dict[str, Found]:
        """Return a model's detections by the drawn pictures' names."""
        pairs = zip(self.pictures, self.rows.tolist(), strict=True)
        return {picture.sha256: found[scenes.rows[row].sha256] for picture, row in pairs}


def one_hazard_scenes(
    classes: tuple[str, ...], pictures: Sequence[Picture], models: Sequence[Mapping[str, Found]]
) -> tuple[Scenes, list[dict[str, Found]]]:
    """Return the strata of real pictures, and the models' detections by the rows' names.

    Args:
        classes: hazard names; the index is the class id.
        pictures: with labels and sizes.
        models: what each found, by sha256.
    """
    by_scene: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in sorted(pictures, key=lambda p: (p.scene, natural_order(p.file), p.sha256)):
        by_scene[picture.scene].append(picture)
    rows: list[Picture] = []
    strata: list[Stratum] = []
    found: list[dict[str, Found]] = [{} for _ in models]
    for scene, mine in by_scene.items():
        held = {box.class_id for picture in mine for box in picture.boxes}
        for hazard in sorted(held) or [None]:
            if hazard is not None and _labelling(mine, hazard) < LEAST_LABELLED:
                continue
            out = held - {hazard}
            labelled, other = [], []
            for picture in mine:
                here = {box.class_id for box in picture.boxes}
                if here and hazard not in here:
                    continue
                (labelled if here else other).append(len(rows))
                name = sha256_bytes(f"{hazard} {picture.sha256}".encode())
                boxes = tuple(box for box in picture.boxes if box.class_id == hazard)
                rows.append(picture.model_copy(update={"sha256": name, "boxes": boxes}))
                for kept, model in zip(found, models, strict=True):
                    seen = model[picture.sha256]
                    kept[name] = tuple(d for d in seen if d.class_id not in out)
            word = QUIET if hazard is None else classes[hazard]
            strata.append(Stratum(word, scene, tuple(labelled), tuple(other)))
    return Scenes(classes, tuple(rows), tuple(strata)), found


def _labelling(pictures: Sequence[Picture], class_id: int) -> int:
    """Return how many pictures label a hazard."""
    return sum(any(box.class_id == class_id for box in p.boxes) for p in pictures)


def usual_size(scenes: int) -> int:
    """Return the usual number of pictures in a scene of a holdout of so many scenes of each hazard."""
    return max(12, ceil(_PICTURES_OF_A_HAZARD / scenes))


def expected_weights(scenes: Scenes, count: int) -> Floats:
    """Return how often each row is drawn, in expectation, into a holdout of ``count`` scenes of each hazard."""
    weights = np.zeros(len(scenes.rows))
    for hazard, many in _plan(scenes, count):
        strata = scenes.of(hazard)
        for stratum in strata:
            sizes = stratum.sizes(usual_size(count))
            for rows, size in zip((stratum.labelled, stratum.other), sizes, strict=True):
                if rows:
                    weights[list(rows)] += many / len(strata) * size / len(rows)
    return weights


def draw(scenes: Scenes, count: int, random: np.random.Generator) -> Drawn:
    """Draw a holdout of ``count`` scenes of each hazard."""
    rows: list[int] = []
    pictures: list[Picture] = []
    for hazard, many in _plan(scenes, count):
        strata = scenes.of(hazard)
        for number in random.integers(len(strata), size=many).tolist():
            stratum = strata[number]
            name = f"{len(pictures):06d} {stratum.scene}"
            mine: list[int] = []
            sizes = stratum.sizes(usual_size(count))
            for of, size in zip((stratum.labelled, stratum.other), sizes, strict=True):
                if size:
                    mine += sorted(of[at] for at in random.integers(len(of), size=size).tolist())
            for row in mine:
                changes = {
                    "sha256": f"{len(pictures):064x}",
                    "scene": name,
                    "file": f"{len(pictures):06d}.jpg",
                }
                pictures.append(scenes.rows[row].model_copy(update=changes))
                rows.append(row)
    return Drawn(np.array(rows, dtype=np.int64), tuple(pictures))


def _plan(scenes: Scenes, count: int) -> Iterator[tuple[str, int]]:
    for hazard in scenes.classes:
        yield hazard, count
    if scenes.of(QUIET):
        yield QUIET, ceil(count / 2)
