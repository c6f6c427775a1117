"""A detector opens only what has the reference form, and reports boxes in the picture's own pixels."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from toy_models import CLASSES, strong_model, toy_graph, toy_model, toy_picture

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.inference.detector import Detector, above_thresholds, load_detector
from safety_tasks.records.release import Detection


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
