"""Choose what the 256 steps of a tensor stand for.

Rules: a range holds 0, which padding and "nothing there" are; it is the one with the least squared error on samples,
and where a SiLU follows, the error that counts is the one behind it, since everything far below 0 becomes 0 there; a
sigmoid gives 0 to 1 and needs no look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
STEPS: Final = 255
_LEAST_SCALE: Final = 1e-20
_SHRINKS: Final = np.geomspace(0.05, 1.0, 48)
_SAMPLES: Final = 20_000


@dataclass(frozen=True)
class Range:
    """Affine eight bits: ``value = (step - zero) * scale``, steps 0 to 255."""

    scale: float
    zero: int


def range_of(low: float, high: float) -> Range:
    """Return the range that reaches from ``low`` (at most 0) to ``high`` (at least 0)."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / STEPS
    if scale < _LEAST_SCALE:  # a tensor that holds nothing but 0
        return Range(1.0, 0)
    return Range(float(np.float32(scale)), round(-low / scale))


def on_steps(values: Floats, chosen: Range) -> Floats:
    """Return values as they come back from their steps."""
    steps = np.clip(np.rint(values / np.float32(chosen.scale)) + chosen.zero, 0, STEPS)
    back: Floats = ((steps - chosen.zero) * np.float32(chosen.scale)).astype(np.float32)
    return back


def choose_range(
    samples: Floats,
    low: float,
    high: float,
    behind: Callable[[Floats], Floats] = lambda values: values,
) -> Range:
    """Return the range with the least error.

    Args:
        samples: values of the tensor.
        low: its smallest value.
        high: its largest value.
        behind: what the tensor goes through before the error counts.
    """
    values = samples[:: max(1, samples.size // _SAMPLES)]
    wanted = behind(values)

    def error(chosen: Range) -> float:
        return float(np.square(behind(on_steps(values, chosen)) - wanted).mean())

    best = range_of(low, high)
    least = error(best)
    # First the upper end with the lower as it is, then the lower end, then the upper once more: the error is smooth
    # enough in each that the square of all pairs finds nothing better.
    ends = [min(low, 0.0), max(high, 0.0)]
    for side in (1, 0, 1):
        whole = (low, high)[side]
        for shrink in _SHRINKS:
            tried = list(ends)
            tried[side] = float(shrink) * whole
            chosen = range_of(tried[0], tried[1])
            found = error(chosen)
            if found < least:
                best, least, ends = chosen, found, tried
    return best


def silu(values: Floats) -> Floats:
    """Return x * sigmoid(x), what follows a convolution of YOLOv8."""
    given: Floats = (values / (1 + np.exp(-np.clip(values, -80, 80)))).astype(np.float32)
    return given
