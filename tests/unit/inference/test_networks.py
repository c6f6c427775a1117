"""A network answers each frame by itself, in memory that is laid out once, whatever its ends are called."""

from collections.abc import Callable, Sequence

import numpy as np
import onnx
import pytest
from support.opened_networks import BLUE_MIDDLE, RED_TOP, answer, edge, reference
from support.toy_edge_graph import SIDE, edge_graph
from toy_models import toy_graph, toy_picture

from safety_tasks.inference.decode import decode
from safety_tasks.inference.heads import Heads
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.inference.networks import Network


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


@pytest.mark.parametrize(("factor", "found"), [(1.0, 5), (100.0, 5)])
def test_extreme_logits_are_no_error(factor: float, found: int) -> None:
    """Logits so large that a score rounds to 1, or to 0, are numbers."""
    network = edge(edge_graph(high=factor))
    _, scores, _ = answer(network, RED_TOP)
    assert len(scores) == found
    assert all(0.5 <= score <= 1 for score in scores)
