"""Ranges: 0 is a step, the error is the least there is, and what lies behind a SiLU is what counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.export.quantise.ranges import (
    STEPS,
    Range,
    choose_range,
    on_steps,
    range_of,
    silu,
)


def error(values: "np.ndarray", chosen: Range, behind=lambda v: v) -> float:  # type: ignore[no-untyped-def,type-arg]
    """Return the mean squared error of a range."""
    return float(np.square(behind(on_steps(values, chosen)) - behind(values)).mean())


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_zero_is_a_step(first: float, second: float) -> None:
    """Padding and "nothing there" come back as exactly 0, whatever the ends."""
    low, high = sorted((first, second))
    chosen = range_of(low, high)
    assert 0 <= chosen.zero <= STEPS
    assert on_steps(np.zeros(3, np.float32), chosen).tolist() == [0, 0, 0]


def test_the_ends_come_back() -> None:
    """Values at the ends of a range are off by half a step at most."""
    chosen = range_of(-1.0, 3.0)
    values = np.array([-1.0, 0.0, 3.0], np.float32)
    assert on_steps(values, chosen) == pytest.approx(values, abs=chosen.scale / 2)
    assert on_steps(np.array([9.0], np.float32), chosen)[0] == pytest.approx(3.0, abs=chosen.scale)


def test_a_constant_tensor_has_a_range() -> None:
    """All zeros is no division by zero."""
    assert range_of(0.0, 0.0).scale > 0


def test_a_rare_outlier_is_given_up() -> None:
    """One value far out does not cost all others their steps."""
    values = np.concatenate([np.random.default_rng(0).normal(0, 1, 5000), [80.0]]).astype(
        np.float32
    )
    chosen = choose_range(values[:5000], float(values.min()), float(values.max()))
    whole = range_of(float(values.min()), float(values.max()))
    assert error(values[:5000], chosen) < error(values[:5000], whole) / 20


def test_what_lies_far_below_zero_costs_nothing_before_a_silu() -> None:
    """The range that counts the error behind the SiLU gives up the deep negatives, and is better for it."""
    values = np.random.default_rng(1).normal(-6, 4, 20_000).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    plain, aware = choose_range(values, low, high), choose_range(values, low, high, silu)
    assert error(values, aware, silu) < error(values, plain, silu) / 2
    assert aware.zero * aware.scale < plain.zero * plain.scale


def test_no_pair_of_ends_is_much_better() -> None:
    """The search end by end finds what the square of all pairs finds, nearly."""
    values = np.random.default_rng(2).standard_t(3, 8000).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    best = min(
        error(values, range_of(a * low, b * high))
        for a in np.geomspace(0.05, 1, 30)
        for b in np.geomspace(0.05, 1, 30)
    )
    assert error(values, choose_range(values, low, high)) <= best * 1.1


def test_silu() -> None:
    """x times its sigmoid, without overflow far out."""
    assert silu(np.array([0, 1, -1, 1000, -1000], np.float32)) == pytest.approx(
        [0, 0.7310586, -0.2689414, 1000, 0], abs=1e-6
    )
