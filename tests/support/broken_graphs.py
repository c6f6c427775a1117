"""Edge graphs broken as far as a test wants, and a quantiser that writes such graphs instead of eight bits."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from safety_tasks.export.quantise.observing import convolutions
from safety_tasks.export.quantise.qdq import Scheme

MODULES = ("model.0", "model.1")


def broken(graph: onnx.ModelProto, harm: float = 1.0) -> onnx.ModelProto:
    """Return a copy whose first convolution has red and blue swapped, as a wrong cut would have them, or partly so."""
    model = onnx.ModelProto.FromString(graph.SerializeToString())
    name = next(node.input[1] for node in model.graph.node if node.op_type == "Conv")
    tensor = next(t for t in model.graph.initializer if t.name == name)
    weight = numpy_helper.to_array(tensor)
    mixed = np.ascontiguousarray((1 - harm) * weight + harm * weight[:, ::-1], np.float32)
    tensor.CopyFrom(numpy_helper.from_array(mixed, name))
    return model


Harm = Callable[[Sequence[str], Scheme, bool], float]


class Writes:
    """A quantiser whose graphs are the float one, broken as far as ``harm`` says of modules, scheme and correction."""

    def __init__(self, graph: onnx.ModelProto, harm: Harm) -> None:
        self.graph, self.harm = graph, harm
        self.convs = convolutions(graph, what="tiny")
        self.asked: list[tuple[tuple[str, ...], Scheme, bool]] = []
        self.calls: list[tuple[str, int, int]] = []

    def write(
        self, float_convs: Collection[str], scheme: Scheme = "U8S8", *, corrected: bool = False
    ) -> onnx.ModelProto:
        """Return a graph, and note what was asked for."""
        modules = tuple(m for m in MODULES if any(f"/{m}/" in name for name in float_convs))
        self.asked.append((modules, scheme, corrected))
        return broken(self.graph, self.harm(modules, scheme, corrected))
