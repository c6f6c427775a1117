"""Corrected bias with numbers worked by hand: two layers of one weight each, rounded coarsely."""

from collections.abc import Mapping

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from safety_tasks.export.quantise.bias import channel_means, correct_bias
from safety_tasks.export.quantise.observing import convolutions
from safety_tasks.export.quantise.qdq import Weights

# Layer a gives two channels of the picture's first, layer b one of both: 1.3 x + 1, -0.6 x, then their sum + 2.
FLOAT = {
    "a": ([[1.3, 0, 0], [-0.6, 0, 0]], [1.0, 0.0]),
    "b": ([[1.0, 1.0]], [2.0]),
}
# As eight bits would leave them, only coarser: 1 x, -1 x, and half the sum.
COARSE = {
    "a": ([[1, 0, 0], [-1, 0, 0]], [1.0, 0.0]),
    "b": ([[0.5, 0.5]], [2.0]),
}
SQUARES = [np.full((2, 2, 3), value, np.uint8) for value in (2, 6)]  # a mean of 4


def graph_of(layers: Mapping[str, tuple[object, object]]) -> onnx.ModelProto:
    """Return a graph from a (1, 2, 2, 3) uint8 square through both layers."""
    tensors = []
    for name, (weight, bias) in layers.items():
        kernel = np.array(weight, np.float32)[:, :, None, None]
        tensors += [
            numpy_helper.from_array(kernel, f"{name}.weight"),
            numpy_helper.from_array(np.array(bias, np.float32), f"{name}.bias"),
        ]
    nodes = [
        helper.make_node("Transpose", ["frame"], ["bytes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["bytes"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "a.weight", "a.bias"], ["a.out"], name="a"),
        helper.make_node("Conv", ["a.out", "b.weight", "b.bias"], ["b.out"], name="b"),
    ]
    frame = helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, 2, 2, 3])
    answer = helper.make_tensor_value_info("b.out", TensorProto.FLOAT, [1, 1, 2, 2])
    graph = helper.make_graph(nodes, "two", [frame], [answer], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def weights_of(layers: Mapping[str, tuple[object, object]]) -> dict[str, Weights]:
    """Return layers as steps of a half."""
    return {
        name: Weights(
            (np.array(weight) * 2).astype(np.int8),
            np.full(len(np.array(weight)), 0.5, np.float32),
            np.array(bias, np.float32),
        )
        for name, (weight, bias) in layers.items()
    }


def build(weights: Mapping[str, Weights]) -> onnx.ModelProto:
    """Write the graph of given weights, as a quantiser does."""
    return graph_of({n: (w.steps * w.scales[:, None], w.bias) for n, w in weights.items()})


def correct(*layers: str, squares: list[np.ndarray] = SQUARES) -> dict[str, Weights]:
    """Correct some layers of the coarse graph towards the float graph's means."""
    convs = [c for c in convolutions(graph_of(FLOAT), what="two") if c.name in layers]
    wanted = channel_means(graph_of(FLOAT), ["a.out", "b.out"], squares, what="two")
    return correct_bias(build, convs, weights_of(COARSE), wanted, squares, what="two")


def test_means_are_over_places_and_pictures() -> None:
    """Of pictures of 2 and 6 the input's mean is 4, so channels have 1.3 * 4 + 1 and -0.6 * 4; together 5.8."""
    means = channel_means(graph_of(FLOAT), ["a.out", "b.out"], SQUARES, what="two")
    assert means["a.out"] == pytest.approx([6.2, -2.4])
    assert means["b.out"] == pytest.approx([5.8])
    assert means["a.out"].dtype == np.float32
    one = channel_means(graph_of(FLOAT), ["a.out"], SQUARES[:1], what="two")
    assert list(one) == ["a.out"]
    assert one["a.out"] == pytest.approx([3.6, -1.2])


def test_no_layer_is_no_change() -> None:
    """Without a layer to correct the weights come back as they are."""
    found, before = correct(), weights_of(COARSE)
    assert list(found) == ["a", "b"]
    assert all(np.array_equal(found[name].bias, before[name].bias) for name in found)


@pytest.mark.parametrize(
    ("layers", "first", "second"),
    [
        (("a",), [2.2, 1.6], [2.0]),  # 6.2 - 5 and -2.4 + 4 are laid on the bias 1 and 0
        (("b",), [1.0, 0.0], [5.3]),  # 2 + 5.8 - (5 - 4) / 2 - 2
        (("a", "b"), [2.2, 1.6], [3.9]),  # of the corrected 6.2 - 2.4: 2 + 5.8 - 1.9 - 2
    ],
)
def test_what_shifted_is_taken_out_layer_after_layer(
    layers: tuple[str, ...], first: list[float], second: list[float]
) -> None:
    """Each layer's bias makes up for its own mean, as it is once the layers before it are corrected."""
    found = correct(*layers)
    assert found["a"].bias == pytest.approx(first)
    assert found["b"].bias == pytest.approx(second)
    for name, mine in weights_of(COARSE).items():
        assert np.array_equal(found[name].steps, mine.steps)
        assert np.array_equal(found[name].scales, mine.scales)
        assert found[name].bias.dtype == np.float32


def test_corrected_means_are_the_float_ones() -> None:
    """Both layers give on average what they give in float, on the very pictures that were looked at."""
    wanted = channel_means(graph_of(FLOAT), ["a.out", "b.out"], SQUARES, what="two")
    found = channel_means(build(correct("a", "b")), ["a.out", "b.out"], SQUARES, what="two")
    for name, means in wanted.items():
        assert found[name] == pytest.approx(means)


def test_equal_graphs_have_nothing_to_correct() -> None:
    """Where rounding changed nothing, no bias moves."""
    convs = convolutions(graph_of(COARSE), what="two")
    wanted = channel_means(graph_of(COARSE), ["a.out", "b.out"], SQUARES, what="two")
    found = correct_bias(build, convs, weights_of(COARSE), wanted, SQUARES, what="two")
    assert found["a"].bias == pytest.approx([1.0, 0.0])
    assert found["b"].bias == pytest.approx([2.0])
