"""A model is replaced while frames go on: each is wholly of the old or of the new, and a bad one changes nothing."""

import contextlib
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.tiny_yolo import IMGSZ_PX, noise_pictures, tiny_graph
from toy_models import CLASSES, strong_model, toy_graph, toy_model, toy_picture, weak_model

from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.hot_swap import SwappableDetector
from safety_tasks.inference.model_metadata import META_LAYOUT, with_metadata

WAIT_S = 30
FRAME = toy_picture([(0, 3), (1, 9)])


def strong() -> Detector:
    """Load the model whose boxes are whole cells."""
    return Detector(strong_model(), what="strong")


def weak() -> Detector:
    """Load the model whose boxes are half as large, and score less."""
    return Detector(weak_model(), what="weak")


def knowing(*classes: str) -> Detector:
    """Load a model of some hazards."""
    model = toy_model(classes=classes, gains=(1.0,) * len(classes))
    return Detector(model, what="other")


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


def failing_on_grey() -> bytes:
    """Return a model that opens, and fails at a grey frame: its shape is computed from the brightest byte."""
    model = toy_graph()
    flat = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
    model.graph.initializer.remove(flat)
    extra = {"s": np.array([1, 3, 16], np.float32), "three": np.array(3, np.float32)}
    model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in extra.items())
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Mul", ["top", "three"], ["more"]),
        helper.make_node("Add", ["s", "more"], ["wrong"]),
        helper.make_node("Cast", ["wrong"], ["flat"], to=TensorProto.INT64),
    ]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    payload: bytes = model.SerializeToString()
    return payload


def infinite() -> bytes:
    """Return a model of finite weights whose every answer is infinite."""
    model = toy_graph()
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nil"))
    model.graph.node[3].input[0] = "far"
    model.graph.node.insert(3, helper.make_node("Div", ["boxes", "nil"], ["far"]))
    payload: bytes = model.SerializeToString()
    return payload


def gone() -> Detector:
    """Fail as a missing file does."""
    raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("load", "error", "message"),
    [
        (lambda: Detector(b"", what="run 7"), ArtifactError, "run 7: expected an ONNX model"),
        (lambda: Detector(strong_model()[:-9], what="run 7"), ArtifactError, "run 7: expected"),
        (
            lambda: Detector(failing_on_grey(), what="run 7"),
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


class HeldNetwork:
    """A network whose frames stay in it until they are let go."""

    def __init__(self, network: Any) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        self.load, self.boxes = network.load, network.boxes
        self._run = network.run

    def run(self) -> None:
        """Run once somebody lets go."""
        self.entered.set()
        assert self.let_go.wait(WAIT_S)
        self._run()


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
