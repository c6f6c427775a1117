"""A model is changed under a running camera: frames go on, and what does not load changes nothing."""

import sys
import threading

import numpy as np
import pytest
from toy_models import CLASSES, strong_model, toy_model, toy_picture

from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.hot_swap import SwappableDetector

PICTURE = toy_picture([(0, 1), (1, 5)])
FAINT = toy_model(gains=(0.6, 0.6, 0.6))


def detector(payload: bytes) -> Detector:
    """Open a toy model."""
    return Detector(payload, what="toy")


def scores(camera: SwappableDetector) -> set[float]:
    """Return the scores of one frame, rounded."""
    return {round(d.score, 2) for d in camera.detect(PICTURE, 0.3)}


def test_the_next_frame_is_the_new_models() -> None:
    """After a swap the new model answers, and the swap gives it back."""
    camera = SwappableDetector(detector(strong_model()))
    assert scores(camera) == {1.0}
    new = camera.swap(lambda: detector(FAINT), what="new")
    assert camera.current is new
    assert scores(camera) == {0.6}


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"no model", ArtifactError),
        (toy_model(classes=("fire", "smoke", "person_down")), ClassMapError),
        (toy_model(classes=CLASSES[:2]), ClassMapError),
    ],
)
def test_what_does_not_load_or_means_something_else_changes_nothing(
    payload: bytes, problem: type[Exception]
) -> None:
    """The old model goes on, and the thread's manners are as they were."""
    camera = SwappableDetector(detector(strong_model()))
    before, usual = camera.current, sys.getswitchinterval()
    with pytest.raises(problem):
        camera.swap(lambda: detector(payload), what="new")
    assert camera.current is before
    assert sys.getswitchinterval() == usual


def test_frames_go_on_while_a_slow_model_loads() -> None:
    """The camera does not wait for a load that hangs."""
    camera = SwappableDetector(detector(strong_model()))
    may_end, began = threading.Event(), threading.Event()

    def slow() -> Detector:
        began.set()
        assert may_end.wait(30)
        return detector(FAINT)

    swapping = threading.Thread(target=lambda: camera.swap(slow, what="new"))
    swapping.start()
    assert began.wait(30)
    assert [scores(camera) for _ in range(5)] == [{1.0}] * 5
    may_end.set()
    swapping.join(30)
    assert scores(camera) == {0.6}


def test_each_frame_is_wholly_of_one_model() -> None:
    """Twenty swaps beside two cameras: no answer mixes the two models."""
    camera = SwappableDetector(detector(strong_model()))
    seen: list[set[float]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(scores(camera))

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for number in range(20):
        payload = strong_model() if number % 2 else FAINT
        camera.swap(lambda payload=payload: detector(payload), what="new")
    done.set()
    for watcher in watchers:
        watcher.join(30)
    assert len(seen) > 20
    assert all(each in ({1.0}, {0.6}) for each in seen)
    assert np.isin([1.0, 0.6], [next(iter(each)) for each in seen]).all()
