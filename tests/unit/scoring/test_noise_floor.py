"""The noise floor is the largest movement of a score, either way, when nothing that matters changed."""

import numpy as np
import numpy.typing as npt
import pytest
from support.scored import found_in, labelled, right
from toy_models import CLASSES, strong_model, toy_boxes, toy_picture

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.harmless_changes import HARMLESS
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.scoring.noise_floor import measure_noise

ENCODED, KERNEL, BRIGHTER, DARKER = HARMLESS
HALF_FOUND = 51 / 101  # AP of one label of two, over 101 recalls
LOWEST = 0.001


class ByGrey(Detector):
    """A detector whose answer is looked up by how grey a picture is, so that each change may have its own."""

    def __init__(self, answers: dict[int, Found]) -> None:
        super().__init__(strong_model(), what="by grey")
        self.answers = answers
        self.asked: list[tuple[int, float | None]] = []

    def detect(self, picture: npt.NDArray[np.uint8], min_score: float | None = None) -> Found:
        """Return what is written down for this grey."""
        grey = round(float(picture.mean()))
        self.asked.append((grey, min_score))
        return self.answers.get(grey, ())


def plain(picture: Picture) -> npt.NDArray[np.uint8]:
    """Return a picture whose grey tells its number: 100, 150 …, of the model's size, so that boxes stay."""
    return np.full((64, 64, 3), 100 + 50 * int(picture.sha256, 16), np.uint8)


def measured(detector: Detector, pictures: list[Picture], found: dict[str, Found]) -> NoiseFloor:
    """Measure the noise floor on plain pictures."""
    return measure_noise(detector, pictures, plain, found, LOWEST)


def test_without_pictures_there_is_no_floor() -> None:
    """Nothing labelled, nothing scored: each change is named, and no number is made up."""
    floor = measured(ByGrey({}), [], {})
    assert list(floor.changes) == list(HARMLESS)
    nothing = dict.fromkeys(CLASSES)
    assert all(c.ap50 == nothing and c.map50_95 is None for c in floor.changes.values())
    assert (floor.ap50, floor.map50_95) == (nothing, None)


def test_movements_keep_their_sign_and_the_floor_has_none() -> None:
    """A change under which more is found moves up, one under which less is found down; the floor is the larger."""
    pictures = [labelled(0, 0), labelled(1, 0)]
    one = (right(0, 0.9),)
    # As they are, one label of two is found; brighter, both; darker, none.
    answers = {100: one, 102: one, 152: one}
    floor = measured(ByGrey(answers), pictures, found_in(one, ()))
    moved = {name: change.ap50["smoke"] for name, change in floor.changes.items()}
    assert moved == pytest.approx(
        {ENCODED: 0.0, KERNEL: 0.0, BRIGHTER: 1 - HALF_FOUND, DARKER: -HALF_FOUND}
    )
    assert {name: change.map50_95 for name, change in floor.changes.items()} == pytest.approx(moved)
    assert floor.ap50["smoke"] == pytest.approx(HALF_FOUND)
    assert floor.map50_95 == pytest.approx(HALF_FOUND)


def test_a_rise_counts_as_a_fall_does() -> None:
    """The floor is as large where every movement is upwards."""
    one = (right(0, 0.9),)
    floor = measured(ByGrey({98: one}), [labelled(0, 0)], found_in(()))
    assert floor.changes[DARKER].ap50["smoke"] == pytest.approx(1.0)
    assert floor.changes[BRIGHTER].ap50["smoke"] == 0.0
    assert (floor.ap50["smoke"], floor.map50_95) == pytest.approx((1.0, 1.0))


def test_each_hazard_has_its_own_floor() -> None:
    """What moves one hazard is not the floor of another; the mean over both moves by half."""
    both = (right(0, 0.9, 0), right(1, 0.9, 1))
    answers = {100: both, 102: both, 98: both[:1]}
    floor = measured(ByGrey(answers), [labelled(0, 0, 1)], found_in(both))
    assert floor.ap50 == {"smoke": 0.0, "fire": pytest.approx(1.0), "person_down": None}
    assert floor.map50_95 == pytest.approx(0.5)


def test_a_box_that_only_moves_a_little_moves_one_score_alone() -> None:
    """It is still found at half an overlap, as AP50 asks; at seven of the ten overlaps of AP50-95, where it was ten."""
    exact = right(0, 0.9)
    near = exact.model_copy(update={"box_xyxy": (0.0, 0.0, 10.0, 8.2)})  # IoU 0.82
    answers: dict[int, Found] = {100: (exact,), 102: (near,), 98: (exact,)}
    floor = measured(ByGrey(answers), [labelled(0, 0)], found_in([exact]))
    assert floor.changes[BRIGHTER].ap50["smoke"] == 0.0
    assert floor.changes[BRIGHTER].map50_95 == pytest.approx(-0.3)
    assert (floor.ap50["smoke"], floor.map50_95) == (0.0, pytest.approx(0.3))


def test_a_hazard_without_labels_has_no_floor() -> None:
    """None is not 0: nobody knows how far it moves, though detections of it come and go."""
    ours = (right(0, 0.9), right(3, 0.8, 2))
    answers = {100: ours, 102: ours[:1], 98: ours}
    floor = measured(ByGrey(answers), [labelled(0, 0)], found_in(ours))
    assert floor.ap50 == {"smoke": 0.0, "fire": None, "person_down": None}
    assert all(change.ap50["person_down"] is None for change in floor.changes.values())
    assert floor.map50_95 == 0.0


def toy(index: int, *hazards: tuple[int, int]) -> tuple[Picture, npt.NDArray[np.uint8]]:
    """Return a labelled toy picture and its pixels."""
    picture = labelled(index).model_copy(update={"boxes": toy_boxes(hazards), "width_px": 64})
    return picture.model_copy(update={"height_px": 64}), toy_picture(hazards)


def test_a_model_that_does_not_move_has_a_floor_of_0() -> None:
    """A real model that sees every hazard clearly sees it after each change too."""
    drawn = [toy(0, (0, 3), (1, 9)), toy(1, (2, 0)), toy(2, (1, 5), (2, 12)), toy(3)]
    pixels = {picture.sha256: seen for picture, seen in drawn}
    detector = Detector(strong_model(), what="m")
    found = {sha256: detector.detect(seen, 0.25) for sha256, seen in pixels.items()}
    floor = measure_noise(
        detector, [picture for picture, _ in drawn], lambda p: pixels[p.sha256], found, 0.25
    )
    still = dict.fromkeys(CLASSES, 0.0)
    assert {name: change.ap50 for name, change in floor.changes.items()} == dict.fromkeys(
        HARMLESS, still
    )
    assert (floor.ap50, floor.map50_95) == (still, 0.0)


def test_progress_is_told_picture_by_picture() -> None:
    """Each picture is read once, goes through every change at the lowest score, and is counted."""
    pictures = [labelled(index, 0) for index in range(3)]
    told: list[tuple[int, int]] = []
    read: list[str] = []
    detector = ByGrey({})

    def pixels(picture: Picture) -> npt.NDArray[np.uint8]:
        read.append(picture.sha256)
        return plain(picture)

    found = found_in((), (), ())
    measure_noise(
        detector, pictures, pixels, found, LOWEST, lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert read == [picture.sha256 for picture in pictures]
    greys = [grey + change for grey in (100, 150, 200) for change in (0, 0, 2, -2)]
    assert detector.asked == [(grey, LOWEST) for grey in greys]
