"""What each tensor of a float graph holds on real pictures.

Rules: pictures of the train split only, spread over scenes; values are sampled with a fixed seed, extremes are exact;
for each convolution the products of its inputs with each other are summed, which is all that rounding needs to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.session import SessionSettings, open_session

Floats = npt.NDArray[np.float32]
Squares = Sequence[npt.NDArray[np.uint8]]
SAMPLES_A_PICTURE: Final = 512
PLACES_A_PICTURE: Final = 400


@dataclass(frozen=True)
class Convolution:
    """A convolution of the graph: its node's name, the tensors it takes and gives, its weights and where they apply."""

    name: str
    taken: str
    given: str
    weight_name: str
    bias_name: str
    weight: Floats
    stride: int
    padding: int


@dataclass
class Observed:
    """Samples, extremes and products of inputs, by tensor or convolution."""

    samples: dict[str, Floats]
    low: dict[str, float]
    high: dict[str, float]
    products: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)


def convolutions(graph: onnx.ModelProto, *, what: str) -> tuple[Convolution, ...]:
    """Return the convolutions of an edge graph, in its order.

    Raises:
        ArtifactError: one has groups, a dilation, uneven strides or padding, or computed weights.
    """
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    found = []
    for node in graph.graph.node:
        if node.op_type != "Conv":
            continue
        facts = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        strides, pads = facts.get("strides", [1, 1]), facts.get("pads", [0, 0, 0, 0])
        plain = (
            len(node.input) == 3
            and node.input[1] in tensors
            and facts.get("group", 1) == 1
            and set(facts.get("dilations", [1])) == {1}
            and len(set(strides)) == len(set(pads)) == 1
        )
        if not plain:
            raise ArtifactError(
                f"{what}: expected plain convolutions with weights and bias, found another kind: {node.name}. "
                "It has no INT8 variant."
            )
        weight = numpy_helper.to_array(tensors[node.input[1]])
        found.append(
            Convolution(
                node.name,
                node.input[0],
                node.output[0],
                node.input[1],
                node.input[2],
                weight,
                int(strides[0]),
                int(pads[0]),
            )
        )
    return tuple(found)


def with_own_weights(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy in which no two convolutions share weights or bias, as exporters store equal ones once."""
    model = onnx.ModelProto()
    model.CopyFrom(graph)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    taken: set[str] = set()
    for node in model.graph.node:
        for index in range(1, len(node.input)) if node.op_type == "Conv" else ():
            name = node.input[index]
            if name in taken:
                node.input[index] = f"{name}.of.{node.name}"
                values = numpy_helper.to_array(tensors[name])
                model.graph.initializer.append(numpy_helper.from_array(values, node.input[index]))
            taken.add(name)
    return model


class Tapped:
    """A graph that also gives the tensors inside it."""

    def __init__(self, graph: onnx.ModelProto, tensors: Sequence[str], *, what: str) -> None:
        """Open a copy of the graph with further outputs; ``tensors`` names them."""
        model = onnx.ModelProto()
        model.CopyFrom(graph)
        there = {value.name for value in model.graph.output}
        for name in tensors:
            if name not in there:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
        self._names = list(tensors)
        self._input = model.graph.input[0].name
        self._session = open_session(model.SerializeToString(), SessionSettings(), what=what)

    def run(self, square: npt.NDArray[np.uint8]) -> dict[str, Floats]:
        """Return the tensors on a (S, S, 3) uint8 BGR square."""
        values = self._session.run(self._names, {self._input: square[None]})
        return dict(zip(self._names, values, strict=True))


def observe(
    graph: onnx.ModelProto,
    convs: Sequence[Convolution],
    squares: Squares,
    *,
    rounding_squares: int,
    what: str,
) -> Observed:
    """Run the float graph and keep what matters.

    Args:
        graph: the float edge graph.
        convs: its convolutions.
        squares: (S, S, 3) uint8 BGR, letterboxed as for detection.
        rounding_squares: of how many of them the products are summed.
        what: the model's name for messages.
    """
    names = [name for node in graph.graph.node for name in node.output]
    tapped = Tapped(graph, names, what=what)
    rng = np.random.default_rng(0)
    samples: dict[str, list[Floats]] = {name: [] for name in names}
    low, high = dict.fromkeys(names, np.inf), dict.fromkeys(names, -np.inf)
    products: dict[str, npt.NDArray[np.float64]] = {}
    for number, square in enumerate(squares):
        values = tapped.run(square)
        for name, value in values.items():
            if value.dtype != np.float32:
                continue
            flat = value.reshape(-1)
            low[name], high[name] = (
                min(low[name], float(flat.min())),
                max(high[name], float(flat.max())),
            )
            samples[name].append(flat[rng.integers(0, flat.size, SAMPLES_A_PICTURE)])
        if number < rounding_squares:
            for conv in convs:
                taken = patches(values[conv.taken][0], conv, rng).astype(np.float32)
                products[conv.name] = np.asarray(
                    products.get(conv.name, 0.0) + taken.T @ taken, np.float64
                )
    return Observed(
        {name: np.concatenate(parts) for name, parts in samples.items() if parts},
        {name: value for name, value in low.items() if np.isfinite(value)},
        {name: value for name, value in high.items() if np.isfinite(value)},
        products,
    )


def patches(taken: Floats, conv: Convolution, rng: np.random.Generator) -> Floats:
    """Return what a convolution sees at random places of its output, one row a place.

    Args:
        taken: its input, (channels, height, width).
        conv: the convolution.
        rng: chooses the places.

    Returns:
        (places, channels * kernel * kernel), in the order of its weights.
    """
    kernel = conv.weight.shape[2]
    padded = np.pad(taken, ((0, 0), (conv.padding,) * 2, (conv.padding,) * 2))
    rows, columns = ((padded.shape[axis] - kernel) // conv.stride + 1 for axis in (1, 2))
    count = min(PLACES_A_PICTURE, rows * columns)
    places = rng.choice(rows * columns, count, replace=False)
    top, left = (places // columns) * conv.stride, (places % columns) * conv.stride
    reach = np.arange(kernel)
    seen = padded[:, top[:, None, None] + reach[:, None], left[:, None, None] + reach]
    return np.ascontiguousarray(seen.transpose(1, 0, 2, 3)).reshape(count, -1)
