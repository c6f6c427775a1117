"""A model that loads, runs and means the same hazards takes over, warm; any other changes nothing."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from support.failing_models import failing_from_grey, infinite
from support.toy_detectors import gone, knowing, strong, weak
from toy_models import strong_model, toy_picture, weak_model

from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.hot_swap import SwappableDetector

FRAME = toy_picture([(0, 3), (1, 9)])


def test_without_a_swap_it_is_the_detector() -> None:
    """A frame is answered as by the model itself, at its thresholds or at a wished score."""
    detector = weak()
    swappable = SwappableDetector(detector)
    assert swappable.current is detector
    for wished in (None, 0.01, 0.9):
        assert swappable.detect(FRAME, wished) == detector.detect(FRAME, wished)
    assert swappable.detect(FRAME, 0.9) == ()


def test_after_a_swap_the_next_frame_is_the_new_models() -> None:
    """The new model is handed back, and has every frame from then on."""
    swappable = SwappableDetector(strong())
    new = weak()
    assert swappable.swap(lambda: new, what="weak") is new
    assert swappable.current is new
    assert swappable.detect(FRAME) == weak().detect(FRAME) != strong().detect(FRAME)
    assert swappable.swap(strong, what="strong") is swappable.current
    assert swappable.detect(FRAME) == strong().detect(FRAME)


@pytest.mark.parametrize(
    ("load", "error", "message"),
    [
        (lambda: Detector(b"", what="run 7"), ArtifactError, "run 7: expected an ONNX model"),
        (lambda: Detector(strong_model()[:-9], what="run 7"), ArtifactError, "run 7: expected"),
        (
            lambda: Detector(failing_from_grey(), what="run 7"),
            ArtifactError,
            "run 7: expected the model to run",
        ),
        (lambda: Detector(infinite(), what="run 7"), ArtifactError, "run 7: expected finite"),
        (lambda: knowing("smoke", "fire"), ClassMapError, "run 7: expected classes that begin"),
        (
            lambda: knowing("fire", "smoke", "person_down"),
            ClassMapError,
            "run 7: expected classes that begin with 0 smoke, 1 fire, 2 person_down",
        ),
        (lambda: knowing("leak"), ClassMapError, "run 7: expected classes that begin"),
        (gone, OSError, "the disk is gone"),
    ],
)
def test_a_model_that_is_no_good_changes_nothing(
    load: Callable[[], Detector], error: type[Exception], message: str
) -> None:
    """It does not load or run, or means other hazards by its numbers: the old one goes on, and may be replaced."""
    old = strong()
    swappable = SwappableDetector(old)
    with pytest.raises(error, match=message):
        swappable.swap(load, what="run 7")
    assert swappable.current is old
    assert swappable.detect(FRAME) == strong().detect(FRAME)
    swappable.swap(weak, what="weak")
    assert swappable.detect(FRAME) == weak().detect(FRAME)


def test_classes_may_grow_at_the_end() -> None:
    """A hazard more is no other meaning of those before; a hazard less, afterwards, is refused."""
    swappable = SwappableDetector(knowing("smoke"))
    swappable.swap(lambda: knowing("smoke", "fire"), what="two")
    swappable.swap(lambda: knowing("smoke", "fire", "leak"), what="three")
    assert swappable.current.classes == ("smoke", "fire", "leak")
    with pytest.raises(ClassMapError, match="two: expected classes that begin"):
        swappable.swap(lambda: knowing("smoke", "fire"), what="two")
    assert len(swappable.current.classes) == 3


class Watched(Detector):
    """A detector that notes what it is shown, and who has the frames meanwhile."""

    swappable: SwappableDetector

    def __init__(self) -> None:
        super().__init__(weak_model(), what="watched")
        self.seen: list[tuple[tuple[int, ...], bool]] = []

    def detect(self, picture: npt.NDArray[np.uint8], min_score: float | None = None) -> Found:
        """Detect, and note the picture's shape and whether this is the current model."""
        self.seen.append((picture.shape, self.swappable.current is self))
        return super().detect(picture, min_score)


def test_a_new_model_is_warm_before_its_first_frame() -> None:
    """It runs at its own size while the old one still has the frames; the first frame of a camera is not its first."""
    new = Watched()
    new.swappable = SwappableDetector(strong())
    new.swappable.swap(lambda: new, what="watched")
    assert len(new.seen) >= 2
    assert set(new.seen) == {((64, 64, 3), False)}
    new.swappable.detect(toy_picture([], side_px=32))
    assert new.seen[-1] == ((32, 32, 3), True)
