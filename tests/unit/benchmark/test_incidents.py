"""Incidents are found or missed by hazard, at the operating threshold, with a loose box."""

from pathlib import Path

import pytest
from support.scored import CLASSES, labelled, right, wrong
from toy_models import png, strong_model, toy_boxes, toy_model, toy_picture

from safety_tasks.benchmark.incidents import measure_incidents
from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.incident_pack import missed_hazards
from safety_tasks.scoring.matching import FOUND_IOU

HALF = dict.fromkeys(CLASSES, 0.5)


def moved(column: int, share: float) -> Detection:
    """Return a detection of the label at a column, moved right by a share of its width."""
    found = right(column, 0.9)
    x1, y1, x2, y2 = found.box_xyxy
    return found.model_copy(update={"box_xyxy": (x1 + 10 * share, y1, x2 + 10 * share, y2)})


@pytest.mark.parametrize(
    ("labels", "detections", "missed"),
    [
        ((), (), ()),
        ((), (wrong(0.9),), ()),
        ((0,), (), ("smoke",)),
        ((0,), (right(0, 0.9),), ()),
        ((0,), (right(0, 0.5),), ()),
        ((0,), (right(0, 0.4999),), ("smoke",)),
        ((0,), (wrong(0.9),), ("smoke",)),
        ((0,), (right(0, 0.9, class_id=1),), ("smoke",)),
        ((0,), (moved(0, 0.5),), ()),
        ((0,), (moved(0, 0.6),), ("smoke",)),
        ((0, 0), (right(1, 0.9),), ()),
        ((0, 1), (right(0, 0.9),), ("fire",)),
        ((0, 1), (right(0, 0.9), right(1, 0.9, class_id=1)), ()),
        ((2, 0), (), ("smoke", "person_down")),
    ],
)
def test_an_incident_is_found_when_each_hazard_of_it_is(
    labels: tuple[int, ...], detections: tuple[Detection, ...], missed: tuple[str, ...]
) -> None:
    """One box of each hazard is enough, at its threshold, on the right class, with a third of overlap."""
    assert missed_hazards(labelled(0, *labels), detections, CLASSES, HALF) == missed


def test_the_overlap_is_looser_than_for_scores() -> None:
    """Moved by half its width a box overlaps a third: found here, never in AP50."""
    assert FOUND_IOU < 1 / 3 < 0.5


def test_a_hazard_that_the_model_does_not_know_is_missed() -> None:
    """A model of fewer classes finds none of the newer hazard, whatever its numbers say."""
    older = {"smoke": 0.5, "fire": 0.5}
    found = (right(0, 0.9, class_id=2),)
    assert missed_hazards(labelled(0, 2), found, CLASSES, older) == ("person_down",)


def drawn(folder: Path, index: int, *hazards: tuple[int, int]) -> tuple[Picture, Path]:
    """Draw an incident picture, larger than the model's input."""
    payload = png(toy_picture(list(hazards), side_px=128, grey=100 + index))
    path = folder / f"{index}.png"
    path.write_bytes(payload)
    changes = {"sha256": sha256_bytes(payload), "boxes": toy_boxes(hazards), "split": "incident"}
    return labelled(index).model_copy(update=changes), path


def measure(model: bytes, *drawings: tuple[Picture, Path]) -> tuple[IncidentResult, list[int]]:
    """Measure a model on drawings; also give the calls of progress."""
    calls: list[int] = []
    seen = measure_incidents(
        Detector(model, what="toy"),
        [picture for picture, _ in drawings],
        CLASSES,
        PictureReader({picture.sha256: path for picture, path in drawings}),
        HALF,
        calls.append,
    )
    return seen.result, calls


def test_no_incidents_is_no_result_to_miss() -> None:
    """Nothing on record: nothing is missed, and nothing is claimed."""
    assert measure(strong_model()) == (
        IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0),
        [],
    )


def test_each_missed_picture_is_named_with_its_hazards(tmp_path: Path) -> None:
    """A model that sees no fire misses the pictures with fire, and says which; the others are found."""
    drawings = [
        drawn(tmp_path, 0, (0, 0)),
        drawn(tmp_path, 1, (0, 3), (1, 9)),
        drawn(tmp_path, 2),
        drawn(tmp_path, 3, (2, 15)),
    ]
    learned = drawings[3][0].model_copy(update={"split": "train"})
    blind_to_fire = toy_model(gains=(1.0, 0.0, 1.0))
    result, calls = measure(blind_to_fire, *drawings[:3], (learned, drawings[3][1]))
    assert result.missed == (f"{drawings[1][0].sha256[:12]} 1.png: fire",)
    assert (result.total, result.found, result.trained_on, result.without_hazard) == (3, 2, 1, 1)
    assert calls == [1, 2, 3, 4]
    assert measure(strong_model(), *drawings)[0].missed == ()
