"""An edge graph answers as its reference does, and what cannot be cut says so."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.tiny_yolo import CLASSES, IMGSZ_PX, noise_pictures, tiny_graph, tiny_yolo
from toy_models import toy_graph

from safety_tasks.errors import ArtifactError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.heads import head_shapes
from safety_tasks.inference.model_metadata import META_LAYOUT, with_metadata
from safety_tasks.scoring.agreement import agreement

pytestmark = pytest.mark.slow


def cut(reference: onnx.ModelProto | None = None) -> onnx.ModelProto:
    """Cut the tiny model."""
    return cut_graph(reference or tiny_graph(), IMGSZ_PX, len(CLASSES), what="tiny")


def edge(graph: onnx.ModelProto) -> Detector:
    """Open an edge graph."""
    return Detector(with_metadata(graph, CLASSES, IMGSZ_PX, {META_LAYOUT: "edge"}), what="edge")


@pytest.mark.parametrize("side_px", [96, 64, 72])
def test_the_same_boxes_and_scores(side_px: int) -> None:
    """On any picture the edge graph finds what the reference finds, box by box, to rounding."""
    reference, ours = Detector(tiny_yolo(), what="reference"), edge(cut())
    pictures = dict(enumerate(noise_pictures(6, side_px)))
    for least in (0.3, 0.05):
        wanted, found = (
            {str(n): d.detect(picture, least) for n, picture in pictures.items()}
            for d in (reference, ours)
        )
        same = agreement(found, wanted, [least] * 3, iou=0.99)
        assert same.theirs > 20
        assert same.f1 > 0.999
        # Suppression may take either of two that are nearly equal, so scores are compared by hazard, not by box.
        for name, detections in found.items():
            scores = [
                sorted((d.class_id, d.score) for d in side) for side in (detections, wanted[name])
            ]
            assert np.array(scores[0]) == pytest.approx(np.array(scores[1]), abs=1e-5)


def test_a_wrong_fold_is_seen() -> None:
    """The comparison above is sharp: with red and blue as they came, the answers differ."""
    graph = cut()
    name = next(node.input[1] for node in graph.graph.node if node.op_type == "Conv")
    tensor = next(t for t in graph.graph.initializer if t.name == name)
    swapped = np.ascontiguousarray(numpy_helper.to_array(tensor)[:, ::-1])
    tensor.CopyFrom(numpy_helper.from_array(swapped, name))
    picture = noise_pictures(1)[0]
    wanted = Detector(tiny_yolo(), what="reference").detect(picture, 0.05)
    found = edge(graph).detect(picture, 0.05)
    assert [round(d.score, 3) for d in found] != [round(d.score, 3) for d in wanted]


def test_the_graph_is_smaller_and_takes_bytes() -> None:
    """The dense decode is gone, the input is a frame as it lies in memory, and outputs have their names and shapes."""
    graph = cut()
    assert not {"Softmax", "Sub", "Div"} & {node.op_type for node in graph.graph.node}
    given = graph.graph.input[0]
    assert given.type.tensor_type.elem_type == TensorProto.UINT8
    assert [d.dim_value for d in given.type.tensor_type.shape.dim] == [1, IMGSZ_PX, IMGSZ_PX, 3]
    shapes = {
        o.name: tuple(d.dim_value for d in o.type.tensor_type.shape.dim) for o in graph.graph.output
    }
    assert shapes == head_shapes(IMGSZ_PX, len(CLASSES))
    used = {name for node in graph.graph.node for name in node.input}
    assert {tensor.name for tensor in graph.graph.initializer} <= used
    onnx.checker.check_model(graph, full_check=True)


def test_the_reference_is_left_alone() -> None:
    """Cutting makes another graph; the one that was given has the same bytes afterwards."""
    reference = tiny_graph()
    before = reference.SerializeToString(deterministic=True)
    cut(reference)
    assert reference.SerializeToString(deterministic=True) == before


def another_head(model: onnx.ModelProto) -> None:
    """Take one class out of a head."""
    node = next(n for n in model.graph.node if "cv3.1.2.weight" in "".join(n.input))
    for index in (1, 2):
        tensor = next(t for t in model.graph.initializer if t.name == node.input[index])
        array = np.ascontiguousarray(numpy_helper.to_array(tensor)[:-1])
        node.input[index] = f"{tensor.name}.less"
        model.graph.initializer.append(numpy_helper.from_array(array, node.input[index]))


def two_users_of_the_input(model: onnx.ModelProto) -> None:
    """Let something else look at the input too."""
    node = helper.make_node("Identity", [model.graph.input[0].name], ["seen"])
    model.graph.node.insert(0, node)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (another_head, "expected the six heads"),
        (two_users_of_the_input, "expected one convolution on the input"),
    ],
)
def test_another_structure_has_no_variant(
    change: Callable[[onnx.ModelProto], None], message: str
) -> None:
    """What is no plain YOLOv8 detector is refused with what was found."""
    model = tiny_graph()
    del model.graph.value_info[:]
    change(model)
    with pytest.raises(ArtifactError, match=f"tiny: {message}.*no edge variant"):
        cut(model)


def test_a_model_of_other_makers_has_no_variant() -> None:
    """A detector without YOLOv8's heads is served as it is."""
    with pytest.raises(ArtifactError, match="toy: expected the six heads"):
        cut_graph(toy_graph(), 64, 3, what="toy")
