"""Drawing: boxes are tight, smoke is soft, and what is no hazard has the hazards' colours."""

import numpy as np
import pytest

from safety_tasks.demo.backgrounds_drawing import KINDS, draw_background
from safety_tasks.demo.fire_drawing import draw_fire
from safety_tasks.demo.layers import Layer, heat_colours, paint, solid_corners, trimmed, turbulence
from safety_tasks.demo.people_drawing import draw_person
from safety_tasks.demo.poses import Posture
from safety_tasks.demo.smoke_drawing import draw_smoke, draw_steam
from safety_tasks.demo.warm_objects_drawing import draw_hung, draw_standing


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _square(side: int) -> Layer:
    return Layer(np.ones((side, side, 3), np.float32), np.ones((side, side), np.float32))


@pytest.mark.parametrize(
    ("left", "top", "expected"),
    [
        (100, 0, None),
        (0, -10, None),
        (3, 4, (3, 4, 13, 14)),
        (-4, 5, (0, 5, 6, 15)),
        (15, 16, (15, 16, 20, 20)),
    ],
)
def test_a_box_is_what_is_seen_inside_the_canvas(
    left: int, top: int, expected: tuple[int, int, int, int] | None
) -> None:
    """Painting returns the corners of the visible part, cut at the canvas's edges."""
    canvas = np.zeros((20, 20, 3), np.float32)
    assert paint(canvas, _square(10), left, top) == expected
    assert (expected is None) == (not canvas.any())


def test_solid_corners_leave_faint_cover_out() -> None:
    """A halo fainter than solid does not widen the box; nothing solid gives no box."""
    alpha = np.full((9, 9), 0.1, np.float32)
    assert solid_corners(alpha, 0.5) is None
    alpha[3:5, 2:7] = 0.6
    assert solid_corners(alpha, 0.5) == (2, 3, 7, 5)
    assert trimmed(
        Layer(np.zeros((9, 9, 3), np.float32), (alpha > 0.5).astype(np.float32))
    ).size == (5, 2)


def test_turbulence_spans_zero_to_one_and_repeats() -> None:
    """Noise fills its range and follows its generator."""
    noise = turbulence(_rng(), (40, 30), 8)
    assert noise.shape == (30, 40)
    assert (float(noise.min()), float(noise.max())) == pytest.approx((0, 1))
    assert np.array_equal(noise, turbulence(_rng(), (40, 30), 8))


@pytest.mark.parametrize("seed", range(6))
def test_smoke_has_no_hard_edge(seed: int) -> None:
    """Between neighbouring pixels a plume's cover never jumps, nor does it end at its patch's edge."""
    alpha = draw_smoke(_rng(seed), 90, 120).alpha
    assert max(float(np.abs(np.diff(alpha, axis=axis)).max()) for axis in (0, 1)) < 0.25
    rim = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert float(rim.max()) < 0.15


@pytest.mark.parametrize("seed", range(6))
def test_a_lying_body_is_wider_than_high_and_a_standing_one_is_not(seed: int) -> None:
    """Posture, not clothes, tells who has fallen: the solid box of each has the form of its posture."""
    for posture, wider in ((Posture.LYING, True), (Posture.STANDING, False)):
        layer = draw_person(_rng(seed), posture, 80)
        found = solid_corners(layer.alpha, layer.solid)
        assert found is not None
        assert (found[2] - found[0] > found[3] - found[1]) is wider


def test_warm_objects_have_the_colours_of_fire() -> None:
    """At least nine in ten colours of flames are found on lamps, drums and sheets as well."""

    def cells(layers: list[Layer]) -> set[int]:
        pixels = np.concatenate([layer.colour[layer.alpha > 0.8] for layer in layers])
        coarse = (pixels * 7.99).astype(np.int64)
        values, counts = np.unique((coarse * (64, 8, 1)).sum(axis=1), return_counts=True)
        return set(values[counts > 0.005 * len(pixels)].tolist())

    flames = cells([draw_fire(_rng(seed), 50, 60) for seed in range(20)])
    others = cells([draw(_rng(s), 40) for s in range(60) for draw in (draw_hung, draw_standing)])
    assert len(flames & others) >= 0.9 * len(flames)


def test_heat_rises_from_dark_red_to_near_white() -> None:
    """Hotter is brighter in every channel."""
    colours = heat_colours(np.linspace(0, 1, 9, dtype=np.float32))
    assert (np.diff(colours, axis=0) >= -1e-6).all()
    assert colours[0, 2] > 5 * colours[0, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_fills_its_picture(kind: str) -> None:
    """Each kind of place gives a picture in range with its floor in the lower two thirds."""
    pixels, floor = draw_background(_rng(2), kind, (96, 72))
    assert pixels.shape == (72, 96, 3)
    assert float(pixels.min()) >= 0
    assert float(pixels.max()) <= 1
    assert float(pixels.std()) > 0.05
    assert 0.33 < floor < 0.6


def test_steam_overlaps_smoke_in_tone() -> None:
    """Some steam is darker than some smoke: grey alone does not tell them apart."""
    smoke = [float(draw_smoke(_rng(s), 60, 80).colour.mean()) for s in range(12)]
    steam = [float(draw_steam(_rng(s), 60).colour.mean()) for s in range(12)]
    assert max(smoke) > min(steam)
