"""A detector opens only what has the reference form and says truly what it knows; a refusal names the file."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_models import CLASSES, strong_model, toy_graph, toy_model

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.inference.detector import Detector


def metadata_of(classes: list[str], imgsz_px: int) -> dict[str, str]:
    """Return metadata as the export stage writes it."""
    return {"safety.classes": json.dumps(classes), "safety.imgsz_px": str(imgsz_px)}


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


def test_a_file_is_loaded_by_path(tmp_path: Path) -> None:
    """A model on disk detects; a missing one is refused by its path."""
    (tmp_path / "m.onnx").write_bytes(strong_model())
    assert Detector.load(tmp_path / "m.onnx").classes == CLASSES
    with pytest.raises(ArtifactError, match=r"gone\.onnx: expected an ONNX model"):
        Detector.load(tmp_path / "gone.onnx")


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
