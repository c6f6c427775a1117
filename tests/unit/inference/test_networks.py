"""A network takes only the form that its class map and size ask for, keeps its memory, and never passes off NaN."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_models import strong_model, toy_graph, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.decode import decode
from safety_tasks.inference.heads import BEST, BINS, BOXES, CLASSES, STRIDES, Heads, head_shapes
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.inference.networks import EdgeNetwork, Network, ReferenceNetwork
from safety_tasks.inference.session import SessionSettings, open_session

SIDE = 64
RED_TOP, BLUE_MIDDLE = toy_picture([(0, 3)]), toy_picture([(2, 9)])
Change = Callable[[onnx.ModelProto], None]


def edge_graph(side_px: int = SIDE, *, high: float = 1.0) -> onnx.ModelProto:
    """Build an edge graph that sees colours: each place scores by the colour of its cell, its box is the cell.

    Args:
        side_px: the side of the square.
        high: what logits are multiplied with.
    """
    tensors = {"rows": np.array([1, 3, -1], np.int64), "high": np.array(high, np.float32)}
    nodes = [
        helper.make_node("Transpose", ["frame"], ["bytes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["bytes"], ["planes"], to=TensorProto.FLOAT),
    ]
    for stride in STRIDES:
        kernel = np.full((3, 3, stride, stride), -0.5 / stride**2, np.float32)
        for hazard in range(3):
            kernel[hazard, 2 - hazard] = 1 / stride**2
        tensors[f"kernel{stride}"] = kernel * np.float32(8 / 255)
        tensors[f"bias{stride}"] = np.full(3, -4, np.float32)
        given = ["planes", f"kernel{stride}", f"bias{stride}"]
        nodes += [
            helper.make_node("Conv", given, [f"cells{stride}"], strides=[stride, stride]),
            helper.make_node("Reshape", [f"cells{stride}", "rows"], [f"flat{stride}"]),
        ]
    shapes = head_shapes(side_px, 3)
    bins = np.full(shapes[BOXES], -50, np.float32).reshape(1, 4, BINS, -1)
    bins[:, :, :2] = 0  # as likely 0 as 1: half a cell to each side
    tensors["bins"] = bins.reshape(shapes[BOXES])
    nodes += [
        helper.make_node("Concat", [f"flat{stride}" for stride in STRIDES], ["plain"], axis=2),
        helper.make_node("Mul", ["plain", "high"], [CLASSES]),
        helper.make_node("ReduceMax", [CLASSES], [BEST], axes=[1], keepdims=0),
        helper.make_node("Identity", ["bins"], [BOXES]),
    ]
    graph = helper.make_graph(
        nodes,
        "edge",
        [helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, side_px, side_px, 3])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def reference(
    model: onnx.ModelProto | None = None, side_px: int = SIDE, classes: int = 3
) -> ReferenceNetwork:
    """Open a reference graph."""
    payload = (model or toy_graph()).SerializeToString()
    session = open_session(payload, SessionSettings(), what="run 7")
    return ReferenceNetwork(session, side_px, classes, what="run 7")


def edge(
    model: onnx.ModelProto | None = None, side_px: int = SIDE, classes: int = 3
) -> EdgeNetwork:
    """Open an edge graph."""
    payload = (model or edge_graph()).SerializeToString()
    session = open_session(payload, SessionSettings(), what="run 7")
    return EdgeNetwork(session, side_px, classes, what="run 7")


def answer(
    network: Network, picture: npt.NDArray[np.uint8], min_score: float = 0.5
) -> tuple[list[list[float]], list[float], list[int]]:
    """Put a picture through a network."""
    network.load(picture)
    network.run()
    xyxy, scores, classes = network.boxes(min_score)
    return xyxy.tolist(), scores.tolist(), classes.tolist()


@pytest.mark.parametrize("opened", [reference, edge])
def test_nothing_is_found_in_plain_grey(opened: Callable[[], Network]) -> None:
    """An empty picture has an empty answer, at any threshold that a camera has."""
    assert answer(opened(), toy_picture([]), 0.05) == ([], [], [])


@pytest.mark.parametrize("opened", [reference, edge])
def test_each_frame_has_its_own_answer(opened: Callable[[], Network]) -> None:
    """A frame is answered as by a network that saw no other before, of the same size or of another."""
    pictures = [
        RED_TOP,
        BLUE_MIDDLE,
        toy_picture([]),
        toy_picture([(1, 5)], side_px=128),
        np.ascontiguousarray(RED_TOP[:32]),
        RED_TOP,
    ]
    network = opened()
    found = [answer(network, picture) for picture in pictures]
    assert found == [answer(opened(), picture) for picture in pictures]
    assert [sorted(set(classes)) for *_, classes in found] == [[0], [2], [], [1], [0], [0]]


def test_the_reference_is_fed_the_blob_and_decoded() -> None:
    """Loading, running and reading are letterbox, graph and decode."""
    network = reference()
    placement = network.load(RED_TOP[:48])
    square, wanted = letterbox(RED_TOP[:48], SIDE)
    assert placement == wanted
    network.run()
    raw = network.run_raw(to_blob(square))
    assert (raw.shape, raw.dtype) == ((1, 7, 16), np.float32)
    assert network.boxes(0.5).xyxy.tolist() == decode(raw[0], 0.5).xyxy.tolist()


def test_the_edge_is_fed_the_square_and_read_by_its_heads() -> None:
    """The red cell of 16 px is four cells of 8 px, one of 16 px; the blue one lies elsewhere."""
    network = edge()
    assert isinstance(network.heads, Heads)
    placement = network.load(RED_TOP[:48])
    assert placement == letterbox(RED_TOP[:48], SIDE)[1]
    boxes, scores, classes = answer(network, RED_TOP)
    eights = [[x, y, x + 8.0, y + 8.0] for y in (0.0, 8.0) for x in (48.0, 56.0)]
    assert sorted(boxes) == sorted([*eights, [48.0, 0.0, 64.0, 16.0]])
    assert classes == [0] * 5
    assert scores == pytest.approx([1 / (1 + np.exp(-4))] * 5)


def test_writing_a_frame_changes_what_runs() -> None:
    """The graph reads the square's own memory: without another load, what is written there is what it sees."""
    network = edge()
    network.load(RED_TOP)
    network.run()
    assert set(network.boxes(0.5).classes.tolist()) == {0}
    square = network._letterbox.square
    square[:] = BLUE_MIDDLE
    network.run()
    assert set(network.boxes(0.5).classes.tolist()) == {2}
    network.load(toy_picture([]))
    assert (square == 114).all()


def test_the_answer_is_written_into_the_same_memory() -> None:
    """Heads read what the last run wrote; before any run they see zeros, which score a half."""
    network = edge()
    heads = network.heads
    assert len(heads.places(0.5)) == 84
    network.load(RED_TOP)
    network.run()
    assert len(heads.places(0.5)) == 5
    assert network.heads is heads


def renamed_input(model: onnx.ModelProto) -> None:
    """Call the input otherwise, as other makers do."""
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name == model.graph.input[0].name:
                node.input[index] = "x"
    model.graph.input[0].name = "x"


@pytest.mark.parametrize(("opened", "graph"), [(reference, toy_graph), (edge, edge_graph)])
def test_the_input_may_have_any_name(
    opened: Callable[[onnx.ModelProto], Network], graph: Callable[[], onnx.ModelProto]
) -> None:
    """What an input is called says nothing of its form."""
    model = graph()
    renamed_input(model)
    assert answer(opened(model), RED_TOP) == answer(opened(graph()), RED_TOP)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_heads_are_found_by_name_in_any_order(order: Sequence[int]) -> None:
    """The order of outputs in the file does not matter."""
    model = edge_graph()
    outputs = [model.graph.output[index] for index in order]
    copies = [onnx.ValueInfoProto.FromString(o.SerializeToString()) for o in outputs]
    del model.graph.output[:]
    model.graph.output.extend(copies)
    assert answer(edge(model), RED_TOP) == answer(edge(), RED_TOP)


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


@pytest.mark.parametrize(("factor", "found"), [(1.0, 5), (100.0, 5)])
def test_extreme_logits_are_no_error(factor: float, found: int) -> None:
    """Logits so large that a score rounds to 1, or to 0, are numbers."""
    network = edge(edge_graph(high=factor))
    _, scores, _ = answer(network, RED_TOP)
    assert len(scores) == found
    assert all(0.5 <= score <= 1 for score in scores)


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
