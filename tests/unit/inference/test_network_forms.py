"""A network takes only the form, number types and sizes that its class map and square ask for."""

from collections.abc import Callable, Sequence

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.opened_networks import edge, reference
from support.toy_edge_graph import SIDE, edge_graph
from toy_models import toy_graph

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.heads import BEST
from safety_tasks.inference.networks import Network

Change = Callable[[onnx.ModelProto], None]


def replaced(side: str, index: int, kind: int, shape: Sequence[int | str]) -> Change:
    """Return a change that declares an input or output to be another."""

    def change(model: onnx.ModelProto) -> None:
        value = getattr(model.graph, side)[index]
        value.CopyFrom(helper.make_tensor_value_info(value.name, kind, shape))

    return change


def one_more_output(model: onnx.ModelProto) -> None:
    """Let an inner tensor out too."""
    name = model.graph.node[1].output[0]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))


def as_type(index: int, kind: int) -> Change:
    """Return a change that gives an output in another number type."""

    def change(model: onnx.ModelProto) -> None:
        output = model.graph.output[index]
        for node in model.graph.node:
            for names in (node.input, node.output):
                for at, name in enumerate(names):
                    if name == output.name:
                        names[at] = f"{name}.float"
        cast = helper.make_node("Cast", [f"{output.name}.float"], [output.name], to=kind)
        model.graph.node.append(cast)
        output.type.tensor_type.elem_type = kind

    return change


def without(index: int) -> Change:
    """Return a change that takes an output away."""

    def change(model: onnx.ModelProto) -> None:
        del model.graph.output[index]

    return change


def head_renamed(model: onnx.ModelProto) -> None:
    """Call a head otherwise."""
    model.graph.node.append(helper.make_node("Identity", [BEST], ["best"]))
    model.graph.output[2].name = "best"


def float_frame(model: onnx.ModelProto) -> None:
    """Take the square as floats."""
    replaced("input", 0, TensorProto.FLOAT, [1, SIDE, SIDE, 3])(model)


def bytes_blob(model: onnx.ModelProto) -> None:
    """Take the blob as bytes."""
    model.graph.input[0].CopyFrom(
        helper.make_tensor_value_info("bytes", TensorProto.UINT8, [1, 3, SIDE, SIDE])
    )
    node = helper.make_node("Cast", ["bytes"], ["images"], to=TensorProto.FLOAT)
    model.graph.node.insert(0, node)


@pytest.mark.parametrize(
    "change",
    [
        without(0),
        without(1),
        without(2),
        one_more_output,
        head_renamed,
        float_frame,
        as_type(0, TensorProto.DOUBLE),
        as_type(1, TensorProto.FLOAT16),
        as_type(2, TensorProto.DOUBLE),
    ],
)
def test_another_form_than_an_edge_variants_is_refused(change: Change) -> None:
    """A head too few, too many, of another name or of another number type; floats where bytes go in."""
    model = edge_graph()
    change(model)
    with pytest.raises(ArtifactError, match="run 7: expected a uint8 input and float heads"):
        edge(model)


@pytest.mark.parametrize(
    "shape", [["n", SIDE, SIDE, 3], [1, "h", "w", 3], [1, SIDE, SIDE, "c"], None]
)
def test_a_form_that_is_left_open_is_refused(shape: Sequence[int | str] | None) -> None:
    """A network's memory is laid out once, so every side of the input must be said."""
    model = edge_graph()
    replaced("input", 0, TensorProto.UINT8, shape)(model)  # type: ignore[arg-type]
    with pytest.raises(ArtifactError, match="run 7: expected a uint8 input"):
        edge(model)


@pytest.mark.parametrize("change", [bytes_blob, one_more_output, as_type(0, TensorProto.DOUBLE)])
def test_another_form_than_the_references_is_refused(change: Change) -> None:
    """Bytes where floats go in, an output more, or one of another number type."""
    model = toy_graph()
    change(model)
    with pytest.raises(ArtifactError, match=r"run 7: expected input \[1, 3, 64, 64\] and output"):
        reference(model)


@pytest.mark.parametrize("shape", [[1, 7], [1, 7, 4, 4], [1, 7, 16, 1]])
def test_an_output_of_another_rank_is_refused(shape: Sequence[int]) -> None:
    """Rows that are as many as they should be do not make up for an axis too few or too many."""
    model = toy_graph()
    model.graph.node[-1].output[0] = "sound"
    if len(shape) == 2:
        node = helper.make_node("ReduceMax", ["sound"], ["output0"], axes=[2], keepdims=0)
    else:
        model.graph.initializer.append(numpy_helper.from_array(np.array(shape), "shape"))
        node = helper.make_node("Reshape", ["sound", "shape"], ["output0"])
    model.graph.node.append(node)
    replaced("output", 0, TensorProto.FLOAT, shape)(model)
    with pytest.raises(ArtifactError, match=r"run 7: expected input .* of floats, found"):
        reference(model)


@pytest.mark.parametrize(("side_px", "classes"), [(64, 2), (64, 4), (64, 0), (32, 3), (128, 3)])
@pytest.mark.parametrize("opened", [reference, edge])
def test_another_size_or_number_of_hazards_is_refused(
    opened: Callable[..., Network], side_px: int, classes: int
) -> None:
    """The class map and the size that the metadata name are those of the graph, or it is not opened."""
    with pytest.raises(ArtifactError, match="run 7: expected"):
        opened(None, side_px, classes)


def test_one_form_is_not_the_other() -> None:
    """An edge graph that says it is a reference is refused, and the other way round."""
    with pytest.raises(ArtifactError, match=r"run 7: expected input \[1, 3, 64, 64\]"):
        reference(edge_graph())
    with pytest.raises(ArtifactError, match="run 7: expected a uint8 input"):
        edge(toy_graph())
