"""The reference model's file: what it says of itself, what is refused, and that others read it too."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from support.team_models import own_framework
from support.tiny_yolo import CLASSES, IMGSZ_PX, noise_pictures, tiny_graph
from toy_models import toy_graph

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ArtifactError
from safety_tasks.export import reference
from safety_tasks.export.parity import BOX_TOLERANCE_PX
from safety_tasks.export.reference import OPSET, PREPROCESSING, finish_reference
from safety_tasks.framework_env import prepare_framework
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.records.base import Artifact
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun

THRESHOLDS = {"smoke": 0.31, "fire": 0.2, "person_down": 0.55}
RECIPE = Recipe(name="tiny", imgsz_px=IMGSZ_PX).bound_to(CLASSES)
RUN = TrainingRun(
    run_id="r1",
    dataset_version="0123456789abcdef",
    recipe=RECIPE,
    classes_sha256=class_map_digest(CLASSES),
    base_weights=BaseWeights(kind="scratch", source="scratch", sha256=None, note=""),
    weights=Artifact(key="w.pt", sha256="0" * 64, size_bytes=1),
    fit=None,
    started_at="2026-01-01T00:00:00+00:00",
    seconds=1,
    code_sha256="c" * 64,
)


def entries(payload: bytes) -> dict[str, str]:
    """Return a file's metadata."""
    props = onnx.load_model_from_string(payload).metadata_props
    return {entry.key: entry.value for entry in props}


@pytest.mark.slow
def test_every_entry_of_the_metadata() -> None:
    """What it detects, how it is fed, where it comes from, what it needs, in our words and in the framework's."""
    preprocessing = {
        "resize": "letterbox: aspect kept, bilinear, centred",
        "pad": 114,
        "colour": "RGB",
        "scale": "1/255",
        "input": "(1, 3, S, S) float32",
    }
    wanted = {
        "safety.classes": '["smoke", "fire", "person_down"]',
        "safety.classes_sha256": class_map_digest(CLASSES),
        "safety.imgsz_px": "64",
        "safety.dataset_version": "0123456789abcdef",
        "safety.run_id": "r1",
        "safety.recipe": "tiny",
        "safety.recipe_sha256": RECIPE.digest(),
        "safety.code_sha256": "c" * 64,
        "safety.preprocessing": json.dumps(preprocessing),
        "safety.opset": "17",
        "safety.min_onnxruntime": "1.12",
        "safety.thresholds": json.dumps(THRESHOLDS),
        "names": "{0: 'smoke', 1: 'fire', 2: 'person_down'}",
        "task": "detect",
        "stride": "32",
        "imgsz": "[64, 64]",
        "batch": "1",
        "channels": "3",
    }
    payload = finish_reference(tiny_graph(), RUN, CLASSES, THRESHOLDS)
    assert entries(payload) == wanted
    detector = Detector(payload, what="reference")
    assert (detector.classes, detector.imgsz_px) == (CLASSES, IMGSZ_PX)
    assert (detector.thresholds, detector.variant) == (THRESHOLDS, "reference")
    del wanted["safety.thresholds"]
    bare = finish_reference(tiny_graph(), RUN, CLASSES, None)
    assert entries(bare) == wanted
    assert Detector(bare, what="reference").thresholds is None


@pytest.mark.slow
def test_what_others_wrote_is_replaced() -> None:
    """Entries of the framework's export are gone, and equal input gives equal bytes."""
    graph = tiny_graph()
    onnx.helper.set_model_props(graph, {"author": "them", "names": "{0: 'cat'}", "date": "today"})
    payload = finish_reference(graph, RUN, CLASSES, THRESHOLDS)
    assert not {"author", "date"} & set(entries(payload))
    assert payload == finish_reference(tiny_graph(), RUN, CLASSES, THRESHOLDS)


def test_preprocessing_is_the_letterbox() -> None:
    """What the metadata says of the input is what the project does: grey 114 around, red first, 0 to 1."""
    blue = np.zeros((8, 16, 3), np.uint8)
    blue[..., 0] = 255
    square = letterbox(blue, 16)[0]
    blob = to_blob(square)
    assert set(square[:4].ravel().tolist()) == {PREPROCESSING["pad"]}
    assert blob.shape == (1, 3, 16, 16)
    assert blob[0, :, 8, 8].tolist() == [0, 0, 1]


def another_opset(graph: onnx.ModelProto) -> None:
    """Say that the graph is of the opset before."""
    graph.opset_import[0].version = OPSET - 1


def another_size(graph: onnx.ModelProto) -> None:
    """Say that the input is larger; the output follows."""
    graph.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 96


def fewer_places(graph: onnx.ModelProto) -> None:
    """Say that fewer places answer."""
    graph.graph.output[0].type.tensor_type.shape.dim[2].dim_value = 80


def any_batch(graph: onnx.ModelProto) -> None:
    """Leave the batch open."""
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (another_opset, r"of opset 17, found .* of \[16\]"),
        (another_size, r"found \[1, 3, 96, 64\] and \[1, 7, 84\]"),
        (fewer_places, r"found \[1, 3, 64, 64\] and \[1, 7, 80\]"),
        (any_batch, r"found \[0, 3, 64, 64\]"),
    ],
)
def test_another_form_is_refused(change: Callable[[onnx.ModelProto], None], message: str) -> None:
    """Input, output and opset are those of the network that was trained, each of them."""
    graph = tiny_graph()
    del graph.graph.value_info[:]
    change(graph)
    with pytest.raises(ArtifactError, match=message):
        finish_reference(graph, RUN, CLASSES, None)


def test_a_network_of_other_places_is_refused() -> None:
    """A detector that answers at 16 places is none of the network that was trained, which has 84."""
    message = (
        r"run r1: expected input and output \[1, 3, 64, 64\] and \[1, 7, 84\] of opset 17, found "
        r"\[1, 3, 64, 64\] and \[1, 7, 16\] of \[17\]"
    )
    with pytest.raises(ArtifactError, match=message):
        finish_reference(toy_graph(), RUN, CLASSES, None)


@pytest.mark.slow
def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more bytes than the network has weights for holds something else; one just as large does not."""
    payload = finish_reference(tiny_graph(), RUN, CLASSES, None)
    assert 4 * 2**20 < len(payload) < reference.MAX_REFERENCE_BYTES
    monkeypatch.setattr(reference, "MAX_REFERENCE_BYTES", len(payload))
    assert finish_reference(tiny_graph(), RUN, CLASSES, None) == payload
    monkeypatch.setattr(reference, "MAX_REFERENCE_BYTES", len(payload) - 1)
    with pytest.raises(
        ArtifactError, match=f"at most {len(payload) - 1} bytes.*found {len(payload)}"
    ):
        finish_reference(tiny_graph(), RUN, CLASSES, None)


@pytest.mark.slow
def test_weights_that_are_no_numbers_are_refused() -> None:
    """It is judged as a foreign file would be: NaN among the weights means that training diverged."""
    graph = tiny_graph()
    tensor = graph.graph.initializer[0]
    broken = np.full_like(numpy_helper.to_array(tensor), np.nan)
    tensor.CopyFrom(numpy_helper.from_array(broken, tensor.name))
    with pytest.raises(ArtifactError, match="run r1: expected finite weights"):
        finish_reference(graph, RUN, CLASSES, None)


@pytest.mark.slow
def test_opencv_reads_it_and_answers_alike() -> None:
    """The plain file loads in OpenCV's own runtime and gives the same scores on a blob, and the same boxes."""
    payload = finish_reference(tiny_graph(), RUN, CLASSES, THRESHOLDS)
    network = cv2.dnn.readNetFromONNX(np.frombuffer(payload, np.uint8))
    detector = Detector(payload, what="reference")
    for picture in noise_pictures(3):
        blob = to_blob(letterbox(picture, IMGSZ_PX)[0])
        network.setInput(blob)
        theirs, ours = np.array(network.forward()), detector.run_raw(blob)
        assert theirs.shape == ours.shape == (1, 4 + len(CLASSES), 84)
        assert theirs[:, 4:] == pytest.approx(ours[:, 4:], abs=1e-4)
        # Random weights amplify what another order of additions rounds away: pixels, as parity allows them.
        assert theirs[:, :4] == pytest.approx(ours[:, :4], abs=BOX_TOLERANCE_PX)


@pytest.mark.slow
def test_the_framework_reads_it_and_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the file alone, the framework knows its classes and size, and finds what we find."""
    own_framework(tmp_path, monkeypatch)
    prepare_framework()
    from ultralytics import YOLO

    payload = finish_reference(tiny_graph(), RUN, CLASSES, THRESHOLDS)
    path = tmp_path / "reference.onnx"
    path.write_bytes(payload)
    model = YOLO(str(path))
    picture = noise_pictures(1, 64)[0]
    (answer,) = model.predict(picture, conf=0.3, imgsz=IMGSZ_PX, device="cpu", verbose=False)
    assert (model.task, answer.names) == ("detect", dict(enumerate(CLASSES)))
    ours = Detector(payload, what="reference").detect(picture, 0.3)
    rows = sorted(answer.boxes.data.numpy().tolist(), key=lambda row: -row[4])
    assert len(ours) > 3
    assert [int(row[5]) for row in rows] == [d.class_id for d in ours]
    assert [row[4] for row in rows] == pytest.approx([d.score for d in ours], abs=1e-4)
