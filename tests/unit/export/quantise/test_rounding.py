"""Rounding: the layer's output comes out nearer than by rounding each weight alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.export.quantise.rounding import round_weights, weight_scales


def layer(seed: int, count: int = 60, rows: int = 12) -> tuple["np.ndarray", "np.ndarray"]:  # type: ignore[type-arg]
    """Draw weights (rows, count) and inputs (2000, count) that are alike, as those of pictures are."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 1, (count // 4, count))
    inputs = rng.normal(0, 1, (2000, count // 4)) @ mixing + rng.normal(0, 0.1, (2000, count))
    return rng.normal(0, 0.2, (rows, count)).astype(np.float32), inputs.astype(np.float32)


@pytest.mark.parametrize("levels", [127, 63, 7])
def test_the_output_is_nearer_than_by_rounding_each_weight(levels: int) -> None:
    """On inputs that depend on each other the error of the output falls to less than half."""
    weight, inputs = layer(0)
    scales = weight_scales(weight, levels)
    steps = round_weights(weight, scales, (inputs.T @ inputs).astype(np.float64), levels)
    alone = np.clip(np.rint(weight / scales[:, None]), -levels, levels)

    def off(chosen: "np.ndarray") -> float:  # type: ignore[type-arg]
        return float(np.square(inputs @ (chosen * scales[:, None] - weight).T).mean())

    assert off(steps) < off(alone) / 2


@given(st.integers(0, 1000), st.sampled_from([127, 63]))
def test_steps_stay_within_their_levels(seed: int, levels: int) -> None:
    """No step leaves the range, also where errors pile up."""
    weight, inputs = layer(seed, count=20, rows=4)
    scales = weight_scales(weight, levels)
    steps = round_weights(weight, scales, (inputs.T @ inputs).astype(np.float64), levels)
    assert steps.dtype == np.int8
    assert np.abs(steps.astype(int)).max() <= levels


def test_independent_inputs_are_rounded_alone() -> None:
    """Where no input can make up for another, the nearest step of each weight is the answer."""
    weight, _ = layer(3)
    scales = weight_scales(weight, 127)
    steps = round_weights(weight, scales, np.eye(weight.shape[1]) * 1000.0, 127)
    assert np.array_equal(steps, np.clip(np.rint(weight / scales[:, None]), -127, 127))


def test_an_input_that_is_always_zero_does_no_harm() -> None:
    """A dead input makes the products singular; the others are rounded all the same."""
    weight, inputs = layer(4)
    inputs[:, 5] = 0
    scales = weight_scales(weight, 127)
    steps = round_weights(weight, scales, (inputs.T @ inputs).astype(np.float64), 127)
    off = np.square(inputs @ (steps * scales[:, None] - weight).T).mean()
    assert off < np.square(inputs @ weight.T).mean() * 1e-3


def test_no_inputs_at_all_is_rounded_alone() -> None:
    """A layer that only ever saw zeros keeps its nearest steps."""
    weight, _ = layer(5)
    scales = weight_scales(weight, 127)
    steps = round_weights(weight, scales, np.zeros((weight.shape[1],) * 2), 127)
    assert np.array_equal(steps, np.clip(np.rint(weight / scales[:, None]), -127, 127))


def test_scales_are_one_a_channel_and_hold_zeros() -> None:
    """Each output channel has its own; one whose weights are all 0 has a scale that divides."""
    weight = np.array([[0.5, -1.0, 0.25], [0, 0, 0], [1e-3, 2e-3, -1e-3]], np.float32)
    scales = weight_scales(weight, 127)
    assert scales.shape == (3,)
    assert (scales > 0).all()
    assert scales[0] <= 1.0 / 127 + 1e-9
    assert scales[2] < scales[0] / 100
