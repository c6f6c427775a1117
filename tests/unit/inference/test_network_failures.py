"""A run that fails or answers NaN is an error that names the model, and spoils no later frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.opened_networks import RED_TOP, answer, edge, reference
from support.toy_edge_graph import SIDE, edge_graph
from toy_models import strong_model, toy_graph

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.heads import BEST, BOXES, CLASSES
from safety_tasks.inference.networks import Network, ReferenceNetwork
from safety_tasks.inference.session import SessionSettings, open_session

Change = Callable[[onnx.ModelProto], None]


def divided_by_zero(name: str) -> Change:
    """Return a change after which an output is infinite, or NaN where it was 0: every weight stays finite."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nil"))
        for node in model.graph.node:
            if name in node.output:
                node.output[list(node.output).index(name)] = "before"
        model.graph.node.append(helper.make_node("Div", ["before", "nil"], [name]))

    return change


def test_a_reference_that_answers_no_number_is_an_error() -> None:
    """NaN and infinity are refused when the graph has run, whatever would be asked of the answer."""
    model = toy_graph()
    divided_by_zero("output0")(model)
    network = reference(model)
    network.load(RED_TOP)
    with pytest.raises(ArtifactError, match="run 7: expected finite output"):
        network.run()
    with pytest.raises(ArtifactError, match="run 7: expected finite output"):
        network.run_raw(np.ones((1, 3, SIDE, SIDE), np.float32))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", [CLASSES, BOXES])
def test_an_edge_graph_that_answers_no_number_is_an_error(name: str) -> None:
    """Logits that are no numbers are never "nothing found"; nor are bins of what scores."""
    model = edge_graph()
    divided_by_zero(name)(model)
    if name == CLASSES:  # the largest of them is taken before
        model.graph.node[-3].input[0] = "before"
    network = edge(model)
    network.load(RED_TOP)
    network.run()
    with pytest.raises(ArtifactError, match="run 7: expected finite output"):
        network.boxes(0.5)


def shaped_at_run_time(model: onnx.ModelProto, name: str, shape: Sequence[int]) -> None:
    """Give an output a shape that is computed from the picture, so that nothing knows it beforehand."""
    given = model.graph.input[0]
    kind = given.type.tensor_type.elem_type
    extra = {"wished": np.array(shape, np.float32), "nothing": np.array(0, np.float32)}
    model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in extra.items())
    for node in model.graph.node:
        if name in node.output:
            node.output[list(node.output).index(name)] = "honest"
    seen = "floats" if kind == TensorProto.UINT8 else given.name
    if kind == TensorProto.UINT8:
        model.graph.node.append(
            helper.make_node("Cast", [given.name], [seen], to=TensorProto.FLOAT)
        )
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", [seen], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "nothing"], ["none"]),
            helper.make_node("Add", ["wished", "none"], ["sum"]),
            helper.make_node("Cast", ["sum"], ["shape"], to=TensorProto.INT64),
            helper.make_node("Reshape", ["honest", "shape"], [name]),
        ]
    )


@pytest.mark.parametrize(
    ("opened", "graph", "name", "shape"),
    [
        (reference, toy_graph, "output0", [1, 7, 17]),
        (edge, edge_graph, BEST, [1, 85]),
        (edge, edge_graph, BEST, [84, 1]),
        (edge, edge_graph, BOXES, [1, 84, 64]),
    ],
)
def test_what_the_runtime_raises_in_a_run_is_an_artifact_error(
    opened: Callable[[onnx.ModelProto], Network],
    graph: Callable[[], onnx.ModelProto],
    name: str,
    shape: Sequence[int],
) -> None:
    """A graph that opens and fails at a frame names the model; the memory it should have filled is not read."""
    model = graph()
    shaped_at_run_time(model, name, shape)
    network = opened(model)
    network.load(RED_TOP)
    with pytest.raises(
        ArtifactError, match=r"run 7: expected the model to run, found: ."
    ) as caught:
        network.run()
    assert caught.value.__cause__ is not None


@dataclass
class _Value:
    name: str
    shape: list[int]
    type: str


class _FailingSession:
    """A session of the right form whose every run fails."""

    def get_inputs(self) -> list[_Value]:
        return [_Value("images", [1, 3, SIDE, SIDE], "tensor(float)")]

    def get_outputs(self) -> list[_Value]:
        return [_Value("output0", [1, 7, 16], "tensor(float)")]

    def run(self, *args: object) -> None:
        raise MemoryError("no memory left")


def test_no_exception_of_a_run_leaves_as_it_is() -> None:
    """Whatever is raised while a graph runs becomes the tree's error."""
    network = ReferenceNetwork(_FailingSession(), SIDE, 3, what="run 7")  # type: ignore[arg-type]
    network.load(RED_TOP)
    with pytest.raises(ArtifactError, match=r"run 7: expected the model to run.*no memory left"):
        network.run()


def test_a_network_that_failed_goes_on_with_the_next_frame() -> None:
    """One frame that cannot be run does not spoil the next."""
    model = toy_graph()
    # Divides by how much the brightest byte falls short of 255.
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nil"))
    model.graph.node[-1].output[0] = "sound"
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Sub", ["one", "top"], ["short"]),
            helper.make_node("Div", ["nil", "short"], ["wrong"]),
            helper.make_node("Add", ["sound", "wrong"], ["output0"]),
        ]
    )
    network = reference(model)
    network.load(RED_TOP)
    with pytest.raises(ArtifactError, match="finite"):
        network.run()
    dim = (RED_TOP * 0.9).astype(np.uint8)
    session = open_session(strong_model(), SessionSettings(), what="m")
    usual = ReferenceNetwork(session, SIDE, 3, what="m")
    assert answer(network, dim, 0.5) == answer(usual, dim, 0.5)
    assert answer(network, dim, 0.5)[2] == [0]
