"""A detector opens only what has the reference form, and reports boxes in the picture's own pixels."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from support.tiny_yolo import IMGSZ_PX, noise_pictures, tiny_graph, tiny_yolo
from toy_models import CLASSES, strong_model, toy_graph, toy_model, toy_picture

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference import detector as module
from safety_tasks.inference.detector import (
    DEFAULT_SCORE,
    Detector,
    PartTimes,
    above_thresholds,
    load_detector,
)
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.inference.model_metadata import META_LAYOUT, META_VARIANT, with_metadata
from safety_tasks.inference.session import SessionSettings
from safety_tasks.records.release import Detection

CHECKOUT = Path(__file__).resolve().parents[3]
HEAVY = ("torch", "ultralytics", "pandas", "pyarrow", "matplotlib", "airflow", "boto3", "botocore")


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"safety.classes": json.dumps(CLASSES)},
        {"safety.imgsz_px": "64"},
        {"safety.classes": "smoke", "safety.imgsz_px": "64"},
        {"safety.classes": "3", "safety.imgsz_px": "64"},
        {"safety.classes": '"abc"', "safety.imgsz_px": "64"},
        {"safety.classes": '{"0": "smoke", "1": "fire", "2": "x"}', "safety.imgsz_px": "64"},
        {"safety.classes": json.dumps(CLASSES), "safety.imgsz_px": "wide"},
    ],
)
def test_metadata_that_is_missing_or_wrong_is_refused(metadata: dict[str, str]) -> None:
    """Without its class map and size nobody knows what a model says."""
    with pytest.raises(ArtifactError, match=r"expected metadata safety\.classes and"):
        Detector(toy_model(metadata=metadata), what="m")


def metadata_of(classes: list[str], imgsz_px: int) -> dict[str, str]:
    """Return metadata as the export stage writes it."""
    return {"safety.classes": json.dumps(classes), "safety.imgsz_px": str(imgsz_px)}


@pytest.mark.parametrize(
    ("classes", "imgsz_px"), [(["smoke"], 64), ([*CLASSES, "leak"], 64), (list(CLASSES), 128)]
)
def test_metadata_must_fit_the_graph(classes: list[str], imgsz_px: int) -> None:
    """Another number of classes or another size than the graph's is refused."""
    payload = toy_model(metadata=metadata_of(classes, imgsz_px))
    with pytest.raises(ArtifactError, match=r"expected input .* and output"):
        Detector(payload, what="m")


def flat_output(model: onnx.ModelProto) -> None:
    """Give the output two axes instead of three."""
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 7, 16]), "cut"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([2]), "axis"))
    node = helper.make_node("ReduceMax", ["output0"], ["flat_rows"], axes=[2], keepdims=0)
    model.graph.node.append(node)
    value = helper.make_tensor_value_info("flat_rows", TensorProto.FLOAT, [1, 7])
    model.graph.output[0].CopyFrom(value)


def whole_number_input(model: onnx.ModelProto) -> None:
    """Take bytes instead of floats."""
    shape = [1, 3, 64, 64]
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("bytes", TensorProto.UINT8, shape))
    node = helper.make_node("Cast", ["bytes"], ["images"], to=TensorProto.FLOAT)
    model.graph.node.insert(0, node)


@pytest.mark.parametrize("change", [flat_output, whole_number_input])
def test_another_rank_or_number_type_is_refused(change: Callable[[onnx.ModelProto], None]) -> None:
    """A graph that would fail at its first frame is refused when it is opened."""
    model = toy_graph()
    change(model)
    with pytest.raises(ArtifactError, match=r"expected input .* of floats"):
        Detector(model.SerializeToString(), what="m")


def test_a_graph_that_the_runtime_refuses_is_an_artifact_error() -> None:
    """The runtime's own complaint becomes this project's error."""
    model = toy_graph()
    model.graph.node[2].input[1] = "boxes"  # a shape that is not whole numbers
    with pytest.raises(ArtifactError, match=r"m: the runtime refused it|expected an ONNX model"):
        Detector(model.SerializeToString(), what="m")


def fails_when_run() -> bytes:
    """Return a model that opens, and fails at its first frame."""
    model = toy_graph()
    shape = next(t for t in model.graph.initializer if t.name == "flat")
    model.graph.initializer.remove(shape)
    # A shape that is only known at run time: 1 + the number that the picture gives.
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 3, 16], np.float32), "s"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([0, 1, 2, 3]), "every"))
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Add", ["s", "top"], ["wrong"]),
        helper.make_node("Cast", ["wrong"], ["flat"], to=TensorProto.INT64),
    ]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    payload: bytes = model.SerializeToString()
    return payload


def test_a_model_that_fails_while_running_is_an_artifact_error() -> None:
    """A frame on which the runtime fails raises the tree's error, so that callers can go on."""
    detector = Detector(fails_when_run(), what="m")
    with pytest.raises(ArtifactError, match="m: expected the model to run"):
        detector.detect(np.full((64, 64, 3), 255, np.uint8))


def test_boxes_that_are_no_numbers_are_an_artifact_error() -> None:
    """Finite weights may still give an infinite box; it is refused, not drawn."""
    model = toy_graph()
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nil"))
    model.graph.node[3].input[0] = "far"
    model.graph.node.insert(3, helper.make_node("Div", ["boxes", "nil"], ["far"]))
    detector = Detector(model.SerializeToString(), what="m")
    with pytest.raises(ArtifactError, match="m: expected finite"):
        detector.detect(toy_picture([(0, 0)]))


@given(st.integers(0, 15), st.integers(1, 5), st.integers(0, 2))
def test_boxes_are_in_pixels_of_the_picture(position: int, factor: int, class_id: int) -> None:
    """The same scene in a larger picture gives the same box, as much larger."""
    side = 64 * factor
    (found,) = Detector(strong_model(), what="m").detect(
        toy_picture([(class_id, position)], side_px=side), 0.5
    )
    cell = side / 4
    left, top = position % 4 * cell, position // 4 * cell
    assert found.class_id == class_id
    assert found.box_xyxy == pytest.approx((left, top, left + cell, top + cell), abs=0.01 * factor)


def test_wide_pictures_map_back_too() -> None:
    """A picture twice as wide as high lies in the square's middle rows."""
    picture = np.full((64, 128, 3), 114, np.uint8)
    picture[0:32, 32:64] = (0, 0, 255)
    (found,) = Detector(strong_model(), what="m").detect(picture, 0.5)
    assert found.box_xyxy == pytest.approx((32, 0, 64, 32), abs=0.1)


def test_detections_come_best_first_and_above_the_score() -> None:
    """Fainter hazards come later, and those below the wished score not at all."""
    detector = Detector(toy_model(gains=(0.3, 0.9, 0.6)), what="m")
    picture = toy_picture([(0, 0), (1, 5), (2, 10)])
    assert [d.class_id for d in detector.detect(picture, 0.01)] == [1, 2, 0]
    assert [d.class_id for d in detector.detect(picture)] == [1, 2, 0]
    assert [d.class_id for d in detector.detect(picture, 0.5)] == [1, 2]


def test_a_file_is_loaded_by_path(tmp_path: Path) -> None:
    """A model on disk detects; a missing one is refused by its path."""
    (tmp_path / "m.onnx").write_bytes(strong_model())
    assert load_detector(tmp_path / "m.onnx").classes == CLASSES
    with pytest.raises(ArtifactError, match=r"gone\.onnx: expected an ONNX model"):
        load_detector(tmp_path / "gone.onnx")


def test_each_hazard_has_its_own_threshold() -> None:
    """A detection stays if it reaches the threshold of its hazard; equal is enough."""
    box = (0.0, 0.0, 1.0, 1.0)
    found = tuple(Detection(class_id=i % 3, score=0.5, box_xyxy=box) for i in range(3))
    thresholds = {"smoke": 0.4, "fire": 0.5, "person_down": 0.6}
    assert above_thresholds((), CLASSES, thresholds) == ()
    assert above_thresholds(found, CLASSES, thresholds) == found[:2]


@pytest.mark.parametrize(
    ("sha256", "good"),
    [
        (None, True),
        (class_map_digest(CLASSES), True),
        ("", False),
        ("0" * 64, False),
        (class_map_digest(("fire", "smoke", "person_down")), False),
        (class_map_digest((*CLASSES, "leak")), False),
    ],
)
def test_names_and_digest_of_a_model_agree(sha256: str | None, good: bool) -> None:
    """A model without a digest is of other makers and loads by its names; one whose digest is of others does not."""
    metadata = metadata_of(list(CLASSES), 64)
    if sha256 is not None:
        metadata["safety.classes_sha256"] = sha256
    payload = toy_model(metadata=metadata)
    if good:
        assert Detector(payload, what="m").classes == CLASSES
        return
    with pytest.raises(ClassMapError, match="m: expected the class map"):
        Detector(payload, what="m")


def with_thresholds(**thresholds: float) -> bytes:
    """Return a model whose cells score 0.3, 0.9 and 0.6 for its three hazards, with operating thresholds."""
    graph = toy_graph(gains=(0.3, 0.9, 0.6))
    return with_metadata(graph, CLASSES, 64, {"safety.thresholds": json.dumps(thresholds)})


EVERY_HAZARD = toy_picture([(0, 0), (1, 5), (2, 10)])


@pytest.mark.parametrize(
    ("thresholds", "found"),
    [
        ((0.95, 0.95, 0.95), []),
        ((0.25, 0.5, 0.5), [1, 2, 0]),
        ((0.35, 0.5, 0.5), [1, 2]),
        ((0.25, 0.5, 0.65), [1, 0]),
        ((0.25, 0.95, 0.65), [0]),
        ((0.05, 0.95, 0.95), [0]),
        ((0.29, 0.89, 0.59), [1, 2, 0]),
    ],
)
def test_without_a_wish_each_hazard_is_held_to_its_threshold(
    thresholds: tuple[float, float, float], found: list[int]
) -> None:
    """The model's own operating thresholds decide, hazard by hazard, also where they lie below another's."""
    payload = with_thresholds(**dict(zip(CLASSES, thresholds, strict=True)))
    detector = Detector(payload, what="m")
    assert detector.thresholds == dict(zip(CLASSES, thresholds, strict=True))
    assert [d.class_id for d in detector.detect(EVERY_HAZARD)] == found
    assert [d.class_id for d in detector.detect(EVERY_HAZARD, None)] == found


@pytest.mark.parametrize(("wished", "found"), [(0.95, []), (0.5, [1, 2]), (0.01, [1, 2, 0])])
def test_a_wished_score_overrules_the_thresholds(wished: float, found: list[int]) -> None:
    """Who asks for a score gets all that reach it, whatever the model would alarm at."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    assert [d.class_id for d in detector.detect(EVERY_HAZARD, wished)] == found


def test_a_wished_score_of_0_is_a_wish() -> None:
    """All that scores at all is found: 0 is not "no wish"."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    for wished in (0.0, 0):
        found = detector.detect(EVERY_HAZARD, wished)
        assert [d.class_id for d in found if d.score > 0.01] == [1, 2, 0]


@pytest.mark.parametrize(("gain", "found"), [(0.2, 0), (0.24, 0), (0.26, 1), (0.3, 1)])
def test_a_model_without_thresholds_is_held_to_a_quarter(gain: float, found: int) -> None:
    """A model of other makers has none, and is held to the usual 0.25."""
    detector = Detector(toy_model(gains=(gain,) * 3), what="m")
    assert (detector.thresholds, DEFAULT_SCORE) == (None, 0.25)
    assert len(detector.detect(toy_picture([(0, 3)]))) == found


def test_a_score_is_never_above_1() -> None:
    """A graph without a sigmoid may answer more; a score is a share, so it is 1."""
    model = toy_graph(gains=(1.5, 0.75, 1.0))
    one = next(tensor for tensor in model.graph.initializer if tensor.name == "one")
    one.CopyFrom(numpy_helper.from_array(np.array(2, np.float32), "one"))
    detector = Detector(model.SerializeToString(), what="m")
    scores = {d.class_id: d.score for d in detector.detect(EVERY_HAZARD)}
    assert scores == pytest.approx({0: 1.0, 1: 0.75, 2: 1.0})
    assert max(scores.values()) <= 1


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0,), np.uint8),
        np.zeros((12,), np.uint8),
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 1), np.uint8),
        np.zeros((64, 64, 2), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((3, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((64, 64, 3, 1), np.uint8),
        np.zeros((64, 64, 3), np.uint16),
        np.zeros((64, 64, 3), np.int8),
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64, 3), bool),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((64, 0, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((64, 64, 0), np.uint8),
        np.array(7, np.uint8),
    ],
    ids=lambda wrong: f"{wrong.shape} {wrong.dtype}",
)
def test_what_is_no_picture_is_refused_with_its_shape(wrong: npt.NDArray[Any]) -> None:
    """Grey, alpha, planes, 16 bits, floats and nothing at all name their shape and type, and do no harm."""
    detector = Detector(strong_model(), what="run 7")
    with pytest.raises(
        ArtifactError, match=r"run 7: expected a picture \(height, width, 3\)"
    ) as caught:
        detector.detect(wrong)
    assert f"found {wrong.shape} of {wrong.dtype}." in str(caught.value)
    assert len(detector.detect(toy_picture([(0, 3)]))) == 1


@pytest.mark.parametrize("hazard", [0, 1, 2])
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 4000), (4000, 1), (3, 5), (6000, 8000), (8000, 6000)]
)
def test_the_smallest_and_the_largest_pictures_work(height: int, width: int, hazard: int) -> None:
    """From one pixel to 48 million, and one pixel high: boxes lie in the picture, and what fills it is found."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 2 - hazard] = 255
    found = Detector(strong_model(), what="m").detect(picture, 0.02)
    assert {d.class_id for d in found} == {hazard}
    for detection in found:
        x1, y1, x2, y2 = detection.box_xyxy
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


def as_strided(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay a picture on every second pixel of a larger one."""
    larger = np.zeros((2 * picture.shape[0], 2 * picture.shape[1], 3), np.uint8)
    larger[::2, ::2] = picture
    return larger[::2, ::2]


def as_three_of_four(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay a picture in the first three channels of four."""
    four = np.full((*picture.shape[:2], 4), 255, np.uint8)
    four[..., :3] = picture
    return four[..., :3]


def as_read_only(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a picture that may not be written."""
    copy = picture.copy()
    copy.setflags(write=False)
    return copy


@pytest.mark.parametrize("side_px", [64, 128, 50])
@pytest.mark.parametrize(
    "laid",
    [
        np.asfortranarray,
        as_strided,
        as_three_of_four,
        as_read_only,
        lambda p: np.ascontiguousarray(p[:, :, ::-1])[:, :, ::-1],
        lambda p: np.ascontiguousarray(p[:, ::-1])[:, ::-1],
        lambda p: np.ascontiguousarray(p[::-1])[::-1],
        lambda p: np.ascontiguousarray(p.transpose(1, 0, 2)).transpose(1, 0, 2),
        lambda p: np.frombuffer(p.tobytes(), np.uint8).reshape(p.shape),
    ],
)
def test_how_a_picture_lies_in_memory_does_not_matter(
    laid: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]], side_px: int
) -> None:
    """Slices, mirrored and turned views, channels exchanged and memory of others are read as plain copies are."""
    picture = np.random.default_rng(3).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    picture[: side_px // 4, : side_px // 4] = (0, 0, 255)
    seen = laid(picture)
    assert np.array_equal(seen, picture)
    detector = Detector(strong_model(), what="m")
    found = detector.detect(seen, 0.001)
    assert found
    assert found == Detector(strong_model(), what="m").detect(picture, 0.001)
    assert np.array_equal(seen, picture)


def mixed() -> list[npt.NDArray[np.uint8]]:
    """Return pictures of several sizes, each with other hazards."""
    wide = np.full((48, 128, 3), 114, np.uint8)
    wide[0:32, 32:64] = (0, 255, 0)
    return [
        toy_picture([(0, 3), (1, 9)]),
        wide,
        toy_picture([(2, 0)], side_px=200),
        np.ascontiguousarray(wide[::-1].transpose(1, 0, 2)),
        toy_picture([], side_px=32),
        toy_picture([(1, 15), (2, 7)]),
    ]


def test_pictures_of_several_sizes_in_turn() -> None:
    """What was seen before leaves no trace: each answer is that of a detector of its own."""
    pictures = mixed()
    alone = [Detector(strong_model(), what="m").detect(picture) for picture in pictures]
    assert sum(map(len, alone)) == 7
    detector = Detector(strong_model(), what="m")
    for order in itertools.islice(itertools.permutations(range(len(pictures))), 0, 720, 37):
        assert [detector.detect(pictures[n]) for n in order] == [alone[n] for n in order]


@pytest.mark.parametrize("threads", [1, 2])
def test_calls_from_eight_threads_at_once(threads: int) -> None:
    """Callers take turns: each gets the answer for its own picture, as if it were alone."""
    rng = np.random.default_rng(11)
    pictures = [
        np.kron(
            rng.integers(0, 256, (6, 8, 3), dtype=np.uint8),
            np.ones((20 + side, 30, 1), np.uint8),
        )
        for side in range(8)
    ]
    detector = Detector(strong_model(), what="m", threads=threads)
    alone = [detector.detect(picture, 0.01) for picture in pictures]
    assert len(set(alone)) == 8
    begin = threading.Barrier(8)

    def work(number: int) -> list[bool]:
        begin.wait(timeout=30)
        return [detector.detect(pictures[number], 0.01) == alone[number] for _ in range(150)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert all(map(all, results))


def test_a_frame_that_fails_lets_the_next_one_in() -> None:
    """A failing run does not keep the model's turn: the next caller gets an answer."""
    detector = Detector(fails_when_run(), what="m")
    for _ in range(3):
        with pytest.raises(ArtifactError, match="expected the model to run"):
            detector.detect(np.full((64, 64, 3), 255, np.uint8))
        assert detector.detect(np.zeros((64, 64, 3), np.uint8), 0.25) == ()
    detector.wait_until_idle()


def test_idle_is_when_no_frame_is_in_the_model() -> None:
    """Waiting ends at once where nothing runs, and while a frame is in the model not before it is out."""
    detector = Detector(strong_model(), what="m")
    detector.wait_until_idle()
    network = HeldNetwork(detector.network)
    detector.network = network
    with ThreadPoolExecutor(2) as pool:
        frame = pool.submit(detector.detect, toy_picture([(0, 3)]))
        assert network.entered.wait(30)
        idle = pool.submit(detector.wait_until_idle)
        with pytest.raises(TimeoutError):
            idle.result(timeout=0.1)
        network.let_go.set()
        assert len(frame.result(30)) == 1
        idle.result(30)


class HeldNetwork:
    """A network whose frames stay in it until they are let go."""

    def __init__(self, network: Any) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        self.load, self.boxes = network.load, network.boxes
        self._run = network.run

    def run(self) -> None:
        """Run once somebody lets go."""
        self.entered.set()
        assert self.let_go.wait(30)
        self._run()


def test_each_picture_is_taken_when_its_answer_is_asked_for() -> None:
    """A stream that never ends is read picture by picture, never ahead."""
    taken: list[int] = []

    def stream() -> Iterator[npt.NDArray[np.uint8]]:
        for number in itertools.count():
            taken.append(number)
            yield toy_picture([(number % 3, number % 16)])

    answers = Detector(strong_model(), what="m").detect_each(stream())
    assert taken == []
    for number in range(5):
        (found,) = next(answers)
        assert found.class_id == number % 3
        assert taken == list(range(number + 1))


def test_each_of_no_picture_is_nothing() -> None:
    """An empty batch has no answers; a batch has those of its pictures, at the wished score."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    assert list(detector.detect_each([])) == []
    batch = [EVERY_HAZARD, toy_picture([]), EVERY_HAZARD]
    for wished in (None, 0.01):
        wanted = [detector.detect(picture, wished) for picture in batch]
        assert list(detector.detect_each(batch, wished)) == wanted
    assert [len(found) for found in detector.detect_each(batch)] == [1, 0, 1]
    assert [len(found) for found in detector.detect_each(batch, 0.01)] == [3, 0, 3]


def test_parts_of_a_frame_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the square, the graph, and from its output to boxes: each takes time, and each is its own."""
    detector = Detector(strong_model(), what="m")
    picture = toy_picture([(0, 3)], side_px=256)
    found, parts = detector.detect_timed(picture, 0.25)
    assert found == detector.detect(picture, 0.25)
    assert min(parts.pre_ns, parts.run_ns, parts.post_ns) > 0
    clock = iter([1000, 1003, 1010, 1040])
    monkeypatch.setattr(module.time, "perf_counter_ns", lambda: next(clock))
    assert detector.detect_timed(picture)[1] == PartTimes(pre_ns=3, run_ns=7, post_ns=30)


def test_the_turn_is_not_timed() -> None:
    """Waiting for another caller is no part of a frame: nothing is timed before it is in the model."""
    detector = Detector(strong_model(), what="m")
    network = HeldNetwork(detector.network)
    detector.network = network
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(detector.detect, toy_picture([]))
        assert network.entered.wait(30)
        second = pool.submit(detector.detect_timed, toy_picture([]))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        network.let_go.set()
        first.result(30)
        _, parts = second.result(30)
    assert parts.pre_ns < 200_000_000


@pytest.mark.parametrize(("threads", "spinning"), [(1, False), (2, True), (3, False)])
def test_threads_and_spinning_reach_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, spinning: bool
) -> None:
    """What a caller asks for is what the session is opened with, from bytes and from a file."""
    opened: list[SessionSettings] = []
    usual = module.open_session

    def watched(payload: bytes, settings: SessionSettings, *, what: str) -> Any:
        opened.append(settings)
        return usual(payload, settings, what=what)

    monkeypatch.setattr(module, "open_session", watched)
    (tmp_path / "m.onnx").write_bytes(strong_model())
    wanted = SessionSettings(threads, spinning)
    asked = {"threads": threads, "spinning": spinning}
    for detector in (
        Detector(strong_model(), what="m", **asked),
        Detector.load(tmp_path / "m.onnx", **asked),
    ):
        assert detector.settings == wanted
    assert load_detector(tmp_path / "m.onnx", threads=threads).settings.threads == threads
    assert opened == [wanted, wanted, SessionSettings(threads, False)]
    assert Detector(strong_model(), what="m").settings == SessionSettings(1, False)


def test_what_cannot_be_loaded_is_named_by_its_path(tmp_path: Path) -> None:
    """A missing file, a folder, an empty file, text and a cut model each name their path."""
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "cut.onnx").write_bytes(strong_model()[:-40])
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "swapped.onnx").write_bytes(
        toy_model(metadata=metadata_of(list(CLASSES), 64) | {"safety.classes_sha256": "0" * 64})
    )
    for name in ("gone", "empty", "text", "cut", "folder"):
        path = tmp_path / f"{name}.onnx"
        with pytest.raises(ArtifactError) as caught:
            Detector.load(path)
        assert str(caught.value).startswith(f"{path}: expected an ONNX model, found")
    with pytest.raises(ClassMapError, match=r"swapped\.onnx: expected the class map"):
        Detector.load(tmp_path / "swapped.onnx")


def test_a_subclass_loads_as_itself(tmp_path: Path) -> None:
    """Loading by path is the constructor's business, whoever inherits it."""

    class Own(Detector):
        """A detector of somebody's own."""

    (tmp_path / "m.onnx").write_bytes(strong_model())
    assert type(Own.load(tmp_path / "m.onnx")) is Own


def test_the_raw_output_of_a_reference() -> None:
    """The graph's own answer to a blob, decoded, is what the detector finds."""
    detector = Detector(strong_model(), what="m")
    picture = toy_picture([(0, 3), (2, 9)])
    raw = detector.run_raw(to_blob(letterbox(picture, 64)[0]))
    assert (raw.shape, raw.dtype) == ((1, 7, 16), np.float32)
    assert raw[0, 4:].max(axis=0).round(3).nonzero()[0].tolist() == [3, 9]
    assert detector.variant == "reference"


@pytest.mark.slow
def test_an_edge_variant_has_no_raw_output() -> None:
    """It is fed and read otherwise; who compares raw outputs learns which variant this is."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny")
    more = {META_LAYOUT: "edge", META_VARIANT: "edge-fp32"}
    detector = Detector(with_metadata(graph, CLASSES, IMGSZ_PX, more), what="run 7")
    assert (detector.variant, detector.imgsz_px, detector.thresholds) == ("edge-fp32", 64, None)
    expected = "run 7: expected a reference model, found variant edge-fp32"
    with pytest.raises(ArtifactError, match=expected):
        detector.run_raw(np.zeros((1, 3, 64, 64), np.float32))


@pytest.mark.slow
def test_an_edge_variant_keeps_nothing_of_other_frames() -> None:
    """A real edge graph, sizes in turn and eight threads at once: each answer is that of a fresh detector."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny")
    payload = with_metadata(graph, CLASSES, IMGSZ_PX, {META_LAYOUT: "edge"})
    pictures = [
        np.ascontiguousarray(picture[: 96 - 8 * number, : 40 + 8 * number])
        for number, picture in enumerate(noise_pictures(8))
    ]
    alone = [Detector(payload, what="m").detect(picture, 0.2) for picture in pictures]
    assert len(set(alone)) >= 6
    detector = Detector(payload, what="m")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: detector.detect(pictures[n % 8], 0.2), range(160)))
    assert found == alone * 20


@pytest.mark.slow
def test_a_real_reference_is_held_to_its_own_thresholds() -> None:
    """The thresholds that an export wrote are those that its detections keep."""
    detector = Detector(tiny_yolo(), what="m")
    assert detector.thresholds == dict.fromkeys(CLASSES, 0.5)
    picture = noise_pictures(1)[0]
    found = detector.detect(picture)
    assert found == detector.detect(picture, 0.5)
    assert 0 < len(found) < len(detector.detect(picture, 0.1))


def test_a_device_imports_nothing_heavy() -> None:
    """A fresh process that detects has neither the training framework nor tables, charts, Airflow or a cloud in it."""
    code = (
        "import sys, safety_tasks.inference.detector, safety_tasks.inference.hot_swap, "
        "safety_tasks.inference.pictures, safety_tasks.inference.fingerprint; "
        "print(*sorted(name.partition('.')[0] for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = set(done.stdout.split())
    assert {"onnxruntime", "cv2", "safety_tasks"} <= imported
    assert not imported.intersection(HEAVY)
