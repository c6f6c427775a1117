"""Lift two models of one population alike to the level of a plant's champion, detection by detection.

Lift: a plant's champion fulfils the plant's floors and limits, else it would not be the champion; two models that were
trained on a thousand pictures do not all the way. So both are lifted alike, by as little as does it: of pictures that
label nothing, those that a hash picks with one probability lose their false alarms; and where a hazard's AP50 is below
a level, in one scene by itself or in all, labels that both missed and a hash picks are filled in, for both, by what
they found at one donor: a label of the hazard that both really found. Levels: 0.70 in each scene, since one
that hardly sees in several scenes misses their events; 0.82 in all, as YOLOv8n is published with 0.75-0.78 on
D-Fire (21,000 pictures of all kinds of scenes), and a plant's own scenes are easier. What one model found and the other
missed stays as it is, so that the spread of their difference between scenes stays that of the real pair; it is reported
before and after.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from benchmarks.gate_thinning import Corners, bisect, labels_of, share_of
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import assign_labels, corners, iou_matrix

LEVEL: Final = 0.82
SCENE_LEVEL: Final = 0.70
DROPPED: Final = 0.9


@dataclass(frozen=True)
class Hit:
    """What a model found at a label: its score and IoU."""

    score: float
    iou: float


@dataclass(frozen=True)
class Gap:
    """A label that no model found, by picture and scene: above ``share`` it is filled in by its ``donor``'s hit."""

    sha256: str
    scene: str
    label: Corners
    share: float
    donor: tuple[str, int]


def hits_of(picture: Picture, found: Found, class_id: int) -> dict[int, Hit]:
    """Return what found each label of a hazard at IoU 0.5, by the label's place among the picture's of that hazard."""
    labels, mine = labels_of(picture, class_id), _mine(found, class_id)
    overlap = iou_matrix(corners([d.box_xyxy for d in mine]), corners(labels))
    chosen = assign_labels(corners(labels), corners([d.box_xyxy for d in mine]))
    return {
        label: Hit(mine[row].score, float(overlap[row, label]))
        for row, label in enumerate(chosen)
        if label is not None
    }


def lift(
    pictures: Sequence[Picture],
    models: Sequence[Mapping[str, Found]],
    class_id: int,
    filled: Mapping[str, float],
    dropped: float,
) -> list[dict[str, Found]]:
    """Return the models' detections with missed labels filled in and false alarms left out.

    Args:
        pictures: all of them.
        models: what each found, by sha256.
        class_id: the hazard that is lifted; the others stay.
        filled: by scene, share of labels that are filled in where both missed them.
        dropped: share of the pictures that label nothing whose false alarms go.
    """
    return Lift(pictures, models, class_id).by(filled, dropped)


def lift_to(
    pictures: Sequence[Picture],
    models: Sequence[Mapping[str, Found]],
    class_id: int,
    ap50_of: Callable[[Mapping[str, Found], str], float],
) -> tuple[list[dict[str, Found]], int]:
    """Return the models' detections lifted so that the lower AP50 is at its level, and how many labels were filled in.

    Where it is there already, or no share reaches it, the least or the most is filled in.

    Args:
        pictures: all of them.
        models: what each found, by sha256.
        class_id: the hazard that is lifted.
        ap50_of: the AP50 of detections, of one scene by its name, of all by an empty name.
    """
    this = Lift(pictures, models, class_id)

    def lower(filled: Mapping[str, float], scene: str) -> float:
        return min(ap50_of(found, scene) for found in this.by(filled, DROPPED))

    def least(level: float, scene: str, shares: Callable[[float], dict[str, float]]) -> float:
        enough = lower(shares(0.0), scene) >= level
        reach = lambda share: lower(shares(share), scene)  # noqa: E731
        return 0.0 if enough else bisect(reach, level, rising=True)

    alone = {
        scene: least(SCENE_LEVEL, scene, lambda share, one=scene: {one: share})
        for scene in this.scenes
    }
    everywhere = lambda share: {scene: max(share, own) for scene, own in alone.items()}  # noqa: E731
    filled = everywhere(least(LEVEL, "", everywhere))
    count = sum(gap.share < filled[gap.scene] for gap in this.gaps)
    return this.by(filled, DROPPED), count


@dataclass(eq=False)
class Lift:
    """Models that are lifted in one hazard; what each found at which label is matched once."""

    pictures: Sequence[Picture]
    models: Sequence[Mapping[str, Found]]
    class_id: int

    @cached_property
    def scenes(self) -> tuple[str, ...]:
        """The scenes that label the hazard."""
        return tuple(sorted({p.scene for p in self.pictures if labels_of(p, self.class_id)}))

    @cached_property
    def hits(self) -> list[dict[str, dict[int, Hit]]]:
        """What each model found at each label, by picture."""
        return [
            {p.sha256: hits_of(p, model[p.sha256], self.class_id) for p in self.pictures}
            for model in self.models
        ]

    @cached_property
    def donors(self) -> list[tuple[str, int]]:
        """The labels that every model found."""
        return sorted(
            (sha, label)
            for sha, mine in self.hits[0].items()
            for label in mine
            if all(label in other[sha] for other in self.hits)
        )

    @cached_property
    def gaps(self) -> list[Gap]:
        """The labels that no model found."""
        found = []
        for picture in self.pictures if self.donors else ():
            sha = picture.sha256
            for label, box in enumerate(labels_of(picture, self.class_id)):
                if not any(label in other[sha] for other in self.hits):
                    words = (self.class_id, sha, label)
                    donor = self.donors[int(share_of("donor", *words) * len(self.donors))]
                    found.append(Gap(sha, picture.scene, box, share_of("fill", *words), donor))
        return found

    def by(self, filled: Mapping[str, float], dropped: float) -> list[dict[str, Found]]:
        """Return the models' detections, lifted by these shares; see ``lift``."""
        quiet = {
            p.sha256 for p in self.pictures if not p.boxes and share_of("drop", p.sha256) < dropped
        }
        lifted = []
        for model, mine in zip(self.models, self.hits, strict=True):
            found: dict[str, Found] = dict(model)
            for sha in quiet:
                found[sha] = tuple(d for d in model[sha] if d.class_id != self.class_id)
            for gap in self.gaps:
                if gap.share < filled.get(gap.scene, 0.0):
                    sha, label = gap.donor
                    more = (*found[gap.sha256], _at(gap.label, mine[sha][label], self.class_id))
                    found[gap.sha256] = tuple(sorted(more, key=lambda d: -d.score))
            lifted.append(found)
        return lifted


def _mine(found: Found, class_id: int) -> list[Detection]:
    return sorted((d for d in found if d.class_id == class_id), key=lambda d: -d.score)


def _at(label: Corners, hit: Hit, class_id: int) -> Detection:
    """Return a detection inside a label that overlaps it by the hit's IoU."""
    x1, y1, x2, y2 = label
    narrow = (x2 - x1) * (1 - hit.iou) / 2
    return Detection(
        class_id=class_id, score=hit.score, box_xyxy=(x1 + narrow, y1, x2 - narrow, y2)
    )
