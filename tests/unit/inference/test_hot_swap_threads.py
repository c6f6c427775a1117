"""A model is replaced while frames go on: none waits for a load, each is wholly of the old or of the new."""

import contextlib
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from support.tiny_yolo import IMGSZ_PX, noise_pictures, tiny_graph
from support.toy_detectors import HeldNetwork, gone, knowing, strong, weak
from toy_models import CLASSES, toy_picture

from safety_tasks.errors import ClassMapError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.hot_swap import SwappableDetector
from safety_tasks.inference.model_metadata import META_LAYOUT, with_metadata

WAIT_S = 30
FRAME = toy_picture([(0, 3), (1, 9)])


def test_frames_go_on_while_a_slow_load_runs() -> None:
    """Until the new model is ready, the old one answers, and nobody waits for the load."""
    swappable, old = SwappableDetector(strong()), strong().detect(FRAME)
    loading, ready = threading.Event(), threading.Event()

    def slow() -> Detector:
        loading.set()
        assert ready.wait(WAIT_S)
        return weak()

    with ThreadPoolExecutor(2) as pool:
        swap = pool.submit(swappable.swap, slow, what="weak")
        assert loading.wait(WAIT_S)
        frames = [pool.submit(swappable.detect, FRAME) for _ in range(20)]
        assert [frame.result(WAIT_S) for frame in frames] == [old] * 20
        assert not swap.done()
        ready.set()
        assert swap.result(WAIT_S) is swappable.current
    assert swappable.detect(FRAME) == weak().detect(FRAME)


@pytest.mark.parametrize("good", [True, False])
def test_while_a_swap_runs_it_gives_way(good: bool) -> None:
    """The loading thread hands the interpreter over sooner, and afterwards all is as before, also after a failure."""
    swappable, usual = SwappableDetector(strong()), sys.getswitchinterval()
    meanwhile: list[float] = []

    def load() -> Detector:
        meanwhile.append(sys.getswitchinterval())
        return weak() if good else gone()

    with contextlib.suppress(OSError):
        swappable.swap(load, what="new")
    assert 0 < meanwhile[0] <= usual / 10
    assert sys.getswitchinterval() == usual


def test_a_frame_in_the_old_model_ends_before_the_swap_does() -> None:
    """The frame gets the old model's answer, the next ones the new model's at once, and only the swapper waits."""
    old = strong()
    network = HeldNetwork(old.network)
    old.network = network
    swappable = SwappableDetector(old)
    with ThreadPoolExecutor(3) as pool:
        frame = pool.submit(swappable.detect, FRAME)
        assert network.entered.wait(WAIT_S)
        swap = pool.submit(swappable.swap, weak, what="weak")
        with pytest.raises(TimeoutError):
            swap.result(timeout=0.3)
        assert swappable.current is not old
        assert swappable.detect(FRAME) == weak().detect(FRAME)
        assert not frame.done()
        network.let_go.set()
        assert frame.result(WAIT_S) == strong().detect(FRAME)
        assert swap.result(WAIT_S) is swappable.current


def test_swaps_from_two_threads_come_one_after_another() -> None:
    """While one loads the other waits, so that the classes it is held against are those it replaces."""
    swappable = SwappableDetector(knowing("smoke"))
    first_in, second_in, go_on = threading.Event(), threading.Event(), threading.Event()

    def first() -> Detector:
        first_in.set()
        assert go_on.wait(WAIT_S)
        return knowing("smoke", "fire")

    def second() -> Detector:
        second_in.set()
        return knowing("smoke", "leak")

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(swappable.swap, first, what="one")
        assert first_in.wait(WAIT_S)
        other = pool.submit(swappable.swap, second, what="other")
        assert not second_in.wait(0.2)
        go_on.set()
        assert one.result(WAIT_S).classes == ("smoke", "fire")
        with pytest.raises(ClassMapError, match="other: expected classes that begin with 0 smoke, 1 fire"):  # fmt: skip
            other.result(WAIT_S)
    assert swappable.current.classes == ("smoke", "fire")


def while_swapping(
    loads: list[Callable[[], Detector]], pictures: list[npt.NDArray[np.uint8]], swaps: int
) -> tuple[list[tuple[int, Found]], SwappableDetector]:
    """Detect from several threads while models are swapped; return each answer with its picture's number."""
    swappable = SwappableDetector(loads[0]())
    done = threading.Event()

    def camera(number: int) -> list[tuple[int, Found]]:
        answers = []
        while not done.is_set():
            for n in range(len(pictures)):
                at = (n + number) % len(pictures)
                answers.append((at, swappable.detect(pictures[at])))
        return answers

    with ThreadPoolExecutor(4) as pool:
        cameras = [pool.submit(camera, number) for number in range(4)]
        try:
            for number in range(1, swaps + 1):
                swappable.swap(loads[number % len(loads)], what=f"swap {number}")
        finally:
            done.set()
        return [answer for c in cameras for answer in c.result(WAIT_S)], swappable


def test_twenty_swaps_under_load() -> None:
    """Frames of several sizes from four threads: every answer is wholly the old model's or wholly the new one's."""
    wide = np.ascontiguousarray(toy_picture([(2, 5)], side_px=128)[:64])
    pictures = [FRAME, wide, toy_picture([(1, 0), (2, 7), (0, 14)], side_px=96)]
    either = [{model().detect(picture) for model in (strong, weak)} for picture in pictures]
    assert [len(answers) for answers in either] == [2, 2, 2]
    answers, swappable = while_swapping([strong, weak], pictures, 20)
    assert len(answers) >= len(pictures) * 4
    assert all(found in either[number] for number, found in answers)
    assert swappable.detect(FRAME) == strong().detect(FRAME)


@pytest.mark.slow
def test_a_real_edge_variant_takes_over_from_its_reference() -> None:
    """Another form of graph, with its own memory, is swapped in and out while frames run."""
    graph = tiny_graph()
    cut = cut_graph(graph, IMGSZ_PX, len(CLASSES), what="tiny")
    files = [
        with_metadata(onnx.ModelProto.FromString(model.SerializeToString()), CLASSES, IMGSZ_PX, more)
        for model, more in ((graph, {}), (cut, {META_LAYOUT: "edge"}))
    ]  # fmt: skip
    loads = [lambda p=p: Detector(p, what="tiny") for p in files]
    pictures = noise_pictures(2)
    either = [{load().detect(picture) for load in loads} for picture in pictures]
    answers, swappable = while_swapping(loads, pictures, 5)
    assert all(found in either[number] for number, found in answers)
    assert swappable.current.network.__class__.__name__ == "EdgeNetwork"
