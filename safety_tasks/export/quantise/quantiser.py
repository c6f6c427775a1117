"""The quantiser: observe once, then write as many quantised graphs as a search asks for.

Rules: everything that is chosen is chosen on train pictures, so that val can judge it; the last convolutions of the
heads always stay in float, since with eight bits they answer nothing; equal input gives equal bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
import onnx
from onnx import numpy_helper

from safety_tasks.export.quantise.bias import channel_means, correct_bias
from safety_tasks.export.quantise.observing import (
    Convolution,
    Floats,
    Observed,
    Squares,
    convolutions,
    observe,
    with_own_weights,
)
from safety_tasks.export.quantise.qdq import KINDS, Scheme, Weights, write_qdq
from safety_tasks.export.quantise.ranges import Range, choose_range, range_of, silu
from safety_tasks.export.quantise.rounding import round_weights, weight_scales

LEVELS: Final = 127
ROUNDING_PICTURES: Final = 48
BIAS_PICTURES: Final = 32
BIAS_LAYERS: Final = 10


class Quantiser:
    """Quantised graphs of one float edge graph."""

    def __init__(
        self, graph: onnx.ModelProto, squares: Squares, *, what: str, levels: int = LEVELS
    ) -> None:
        """Observe the graph and choose ranges and roundings.

        Args:
            graph: the float edge graph.
            squares: train pictures, (S, S, 3) uint8 BGR, letterboxed as for detection, the scenes mixed.
            what: the model's name for messages.
            levels: the largest step of a weight: 127, or 63 for processors without VNNI.

        Raises:
            ArtifactError: the graph holds what cannot be quantised here.
        """
        graph = with_own_weights(graph)
        self.graph, self._squares, self._what = graph, squares, what
        self.convs = convolutions(graph, what=what)
        seen = observe(graph, self.convs, squares, rounding_squares=ROUNDING_PICTURES, what=what)
        self.ranges = choose_ranges(graph, seen)
        biases = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
        self._weights = {
            conv.name: _rounded(conv, seen, biases[conv.bias_name], levels) for conv in self.convs
        }
        self._wanted = channel_means(
            graph, [conv.given for conv in self.convs], squares[:BIAS_PICTURES], what=what
        )

    def write(
        self, float_convs: Collection[str], scheme: Scheme = "U8S8", *, corrected: bool = False
    ) -> onnx.ModelProto:
        """Return a quantised graph.

        Args:
            float_convs: the convolutions that stay in float, with what follows them alone.
            scheme: see ``write_qdq``.
            corrected: whether the first layers' bias is corrected, which takes ten times as long.
        """
        kept = self._float_nodes(float_convs)
        first = [conv for conv in self.convs if conv.name not in kept][:BIAS_LAYERS]

        def build(weights: Mapping[str, Weights]) -> onnx.ModelProto:
            return write_qdq(self.graph, self.convs, weights, self.ranges, kept, scheme)

        if not corrected:
            return build(self._weights)
        weights = correct_bias(
            build,
            first,
            self._weights,
            self._wanted,
            self._squares[:BIAS_PICTURES],
            what=self._what,
        )
        return build(weights)

    def _float_nodes(self, float_convs: Collection[str]) -> frozenset[str]:
        """Add to convolutions the nodes that only carry what float nodes give, and kinds that are never quantised."""
        kept = set(float_convs) | {
            node.name for node in self.graph.graph.node if node.op_type not in KINDS
        }
        made_by = {name: node for node in self.graph.graph.node for name in node.output}
        for node in self.graph.graph.node:
            if node.op_type == "Conv" or node.name in kept:
                continue
            makers = [made_by[name].name for name in node.input if name in made_by]
            if makers and all(name in kept for name in makers):
                kept.add(node.name)
        return frozenset(kept)


def choose_ranges(graph: onnx.ModelProto, seen: Observed) -> dict[str, Range]:
    """Return a range for each tensor that nodes of the graph give."""
    before_silu, sigmoids = set(), set()
    for node in graph.graph.node:
        if node.op_type == "Sigmoid":
            before_silu.add(node.input[0])
            sigmoids.add(node.output[0])
    return {
        name: range_of(0.0, 1.0)
        if name in sigmoids
        else choose_range(values, seen.low[name], seen.high[name], silu)
        if name in before_silu
        else choose_range(values, seen.low[name], seen.high[name])
        for name, values in seen.samples.items()
    }


def _rounded(
    conv: Convolution,
    seen: Observed,
    bias: Floats,
    levels: int,
) -> Weights:
    flat = conv.weight.reshape(len(conv.weight), -1)
    scales = weight_scales(flat, levels)
    steps = round_weights(flat, scales, seen.products[conv.name], levels)
    return Weights(steps, scales, bias.astype(np.float32))


def head_convolutions(graph: onnx.ModelProto, convs: Sequence[Convolution]) -> tuple[str, ...]:
    """Return the last convolutions: those whose output nothing else than the answer's layout takes."""
    takers: dict[str, set[str]] = {}
    for node in graph.graph.node:
        for name in node.input:
            takers.setdefault(name, set()).add(node.op_type)
    return tuple(conv.name for conv in convs if takers.get(conv.given, set()) <= {"Reshape"})
