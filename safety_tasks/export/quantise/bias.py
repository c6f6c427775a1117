"""Take out of the first layers what quantising shifted their output by, on average.

Rules: layer after layer, since a layer's shift comes from those before it too; each output channel's mean over train
pictures becomes that of the float graph again. Only the first layers: behind them the means are no longer of few
pictures, and correcting them was measured to do harm.
Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2,
the empirical form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnx

from safety_tasks.export.quantise.observing import Convolution, Floats, Squares, Tapped
from safety_tasks.export.quantise.qdq import Weights

Build = Callable[[Mapping[str, Weights]], onnx.ModelProto]


def channel_means(
    graph: onnx.ModelProto, tensors: Sequence[str], squares: Squares, *, what: str
) -> dict[str, Floats]:
    """Return the mean of each channel (n,) of tensors (1, n, height, width) over pictures."""
    tapped = Tapped(graph, tensors, what=what)
    sums: dict[str, Floats] = {}
    for square in squares:
        for name, value in tapped.run(square).items():
            sums[name] = sums.get(name, 0.0) + value[0].mean(axis=(1, 2), dtype=np.float64)
    return {name: np.asarray(total / len(squares), np.float32) for name, total in sums.items()}


def correct_bias(
    build: Build,
    convs: Sequence[Convolution],
    weights: Mapping[str, Weights],
    wanted: Mapping[str, Floats],
    squares: Squares,
    *,
    what: str,
) -> dict[str, Weights]:
    """Return weights with corrected bias.

    Args:
        build: writes the quantised graph of given weights.
        convs: the layers to correct, in the graph's order.
        weights: of every layer.
        wanted: channel means of the float graph, by the tensor that a layer gives.
        squares: (S, S, 3) uint8 BGR pictures that the means are taken over.
        what: the model's name for messages.
    """
    corrected = dict(weights)
    for conv in convs:
        found = channel_means(build(corrected), [conv.given], squares, what=what)[conv.given]
        mine = corrected[conv.name]
        bias = (mine.bias + wanted[conv.given] - found).astype(np.float32)
        corrected[conv.name] = replace(mine, bias=bias)
    return corrected
