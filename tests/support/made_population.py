"""A tiny population for the gate's benchmarks: nine scenes of three hazards, and what two made-up models find there.

Rules: everything is drawn from one seed; scores have two decimals, so that equal ones meet, and come in no order; every
scene has pictures without a label but one; sites and brightness vary inside a scene.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from support.stored_versions import picture

from benchmarks.gate_models import Models, make_models
from benchmarks.gate_scenes import Scenes, one_hazard_scenes
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.scoring.matching import box_xyxy

CLASSES: Final = ("smoke", "fire", "person_down")
COUNT: Final = 5  # scenes of each hazard in a holdout
DIFFERENCES: Final = (-0.1, -0.05, 0.05)
NOISE: Final = NoiseFloor(changes={}, ap50=dict.fromkeys(CLASSES, 0.001), map50_95=0.001)
# Scene: its pictures, and the hazards that they label in turn; None labels nothing.
SCENES: Final[dict[str, tuple[int, tuple[int | None, ...]]]] = {
    "both": (14, (0, 1, None, 0, 1, 0, None)),
    "falls": (12, (2, 2, None)),
    "fires": (10, (1, None, 1)),
    "gate": (9, (None,)),
    "more-falls": (9, (2,)),
    "more-fires": (8, (1, 1, None, None)),
    "more-smoke": (11, (0, 0, 0, None)),
    "smokes": (8, (0, None)),
    "yard": (6, (None,)),
}
Seen = tuple[tuple[Picture, ...], dict[str, Found], dict[str, Found]]


@cache
def made_pictures() -> Seen:
    """Return the pictures, and by sha256 what a champion and a candidate find in them."""
    random = np.random.default_rng(5)
    pictures: list[Picture] = []
    found: tuple[dict[str, Found], dict[str, Found]] = ({}, {})
    for scene, (count, hazards) in SCENES.items():
        for number in range(count):
            hazard = hazards[number % len(hazards)]
            boxes = () if hazard is None else _boxes(hazard, random)
            one = picture(
                f"{scene} {number}".encode(),
                scene=scene,
                file=f"img-{number}.jpg",
                boxes=boxes,
                width_px=640,
                height_px=480,
                brightness=float(random.choice([30, 80, 120])),
                site=str(random.choice(["north", "south"])),
                camera=None if scene == "gate" else "c1",
            )
            pictures.append(one)
            hard = random.random(len(boxes)) < 0.2
            for mine, skill in zip(found, (0.9, 0.8), strict=True):
                mine[one.sha256] = _seen(one, hard, skill, random)
    return tuple(pictures), *found


@cache
def made_scenes() -> tuple[Scenes, dict[str, Found], dict[str, Found]]:
    """Return the scenes of one hazard each, and both models' detections by the rows' names."""
    pictures, *models = made_pictures()
    scenes, (champion, candidate) = one_hazard_scenes(CLASSES, pictures, models)
    return scenes, champion, candidate


@cache
def made_models() -> Models:
    """Return models that are equal, better and worse, for holdouts of ``COUNT`` scenes of each hazard."""
    scenes, champion, candidate = made_scenes()
    return make_models(scenes, champion, candidate, COUNT, DIFFERENCES)


def _boxes(hazard: int, random: np.random.Generator) -> tuple[Box, ...]:
    """Return two to five labels, side by side."""
    return tuple(
        Box(
            class_id=hazard,
            x_center=0.1 + 0.2 * column,
            y_center=float(random.uniform(0.3, 0.7)),
            width=float(random.uniform(0.08, 0.18)),
            height=float(random.uniform(0.1, 0.3)),
        )
        for column in range(random.integers(2, 6))
    )


def _seen(
    one: Picture, hard: npt.NDArray[np.bool_], skill: float, random: np.random.Generator
) -> Found:
    """Return most labels' detections, some of them loose, none of hard ones, and a false alarm now and then."""
    seen = []
    for box, is_hard in zip(one.boxes, hard, strict=True):
        if random.random() < skill and not is_hard:
            x1, y1, x2, y2 = box_xyxy(box, one)
            cut = random.uniform(0, 0.5) * (x2 - x1)
            seen.append(_detection(box.class_id, random.beta(5, 2), (x1, y1, x2 - cut, y2)))
    for class_id in range(len(CLASSES)):
        if random.random() < 0.2:
            seen.append(_detection(class_id, random.beta(2, 4), (1, 1, 21, 31)))
    return tuple(seen[at] for at in random.permutation(len(seen)))


def _detection(
    class_id: int, score: float, box_xyxy: tuple[float, float, float, float]
) -> Detection:
    rounded = min(0.99, max(0.02, round(score, 2)))
    return Detection(class_id=class_id, score=rounded, box_xyxy=box_xyxy)
