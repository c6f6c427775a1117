"""Round the weights of a layer so that its output, not each weight, comes out nearest.

Rules: one scale an output channel, symmetric about 0; weights are rounded one after another, and what each lost is laid
on those that are not rounded yet, as far as the inputs on real pictures let them make up for it.
Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2022,
algorithm 1 (here without groups; the columns in falling order of their input's power).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
DAMPING: Final = 0.01
_BLOCK: Final = 128
_SHRINKS: Final = np.linspace(0.7, 1.0, 13)


def weight_scales(weight: Floats, levels: int) -> Floats:
    """Return one scale an output channel (n,), the one with the least squared error of its weights.

    Args:
        weight: (n, inputs).
        levels: the largest step either way: 127 for eight bits, 63 for seven.
    """
    top = np.abs(weight).max(axis=1)
    top[top == 0] = 1.0
    best, least = top / levels, np.full(len(weight), np.inf)
    for shrink in _SHRINKS:
        scales = (top * shrink / levels).astype(np.float32)
        error = np.square(_nearest(weight, scales, levels) * scales[:, None] - weight).sum(axis=1)
        best, least = np.where(error < least, scales, best), np.minimum(error, least)
    chosen: Floats = best.astype(np.float32)
    return chosen


def round_weights(
    weight: Floats, scales: Floats, products: Doubles, levels: int
) -> npt.NDArray[np.int8]:
    """Return the steps (n, inputs) int8 that change the layer's output least.

    Args:
        weight: (n, inputs).
        scales: (n,), value of a step.
        products: (inputs, inputs), sum over real inputs x of x xᵀ.
        levels: the largest step either way.
    """
    count = weight.shape[1]
    matrix = products.astype(np.float64).copy()
    power = np.diag(matrix).copy()
    dead = (
        power == 0
    )  # an input that is always 0: its weight does not matter, and must not stop the rest
    matrix[dead, dead] = 1.0
    matrix[np.diag_indices(count)] += DAMPING * float(power.mean() or 1.0)
    order = np.argsort(-power, kind="stable")
    inverse = np.linalg.cholesky(np.linalg.inv(matrix[np.ix_(order, order)])).T
    left = weight[:, order].astype(np.float64)
    steps = np.empty_like(left)
    wide = scales[:, None].astype(np.float64)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        lost = np.zeros((len(weight), end - start))
        for column in range(start, end):
            step = np.clip(np.rint(left[:, column] / wide[:, 0]), -levels, levels)
            steps[:, column] = step
            off = (left[:, column] - step * wide[:, 0]) / inverse[column, column]
            left[:, column:end] -= np.outer(off, inverse[column, column:end])
            lost[:, column - start] = off
        left[:, end:] -= lost @ inverse[start:end, end:]
    back = np.empty_like(steps)
    back[:, order] = steps
    return back.astype(np.int8)


def _nearest(weight: Floats, scales: Floats, levels: int) -> Floats:
    steps: Floats = np.clip(np.rint(weight / scales[:, None]), -levels, levels)
    return steps
