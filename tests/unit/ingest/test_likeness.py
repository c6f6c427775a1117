"""Likeness is high for what shows the same, whatever its brightness and place, and low for what only resembles it."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from safety_tasks.ingest.likeness import ALIKE, similarity

Grey = npt.NDArray[np.uint8]


def picture(seed: int, side_px: int = 320) -> Grey:
    """Return soft patches, (side_px, side_px)."""
    patches = np.random.default_rng(seed).integers(20, 235, (11, 11)).astype(np.uint8)
    return np.asarray(cv2.resize(patches, (side_px, side_px), interpolation=cv2.INTER_CUBIC))


def thumbnail(grey: Grey) -> Grey:
    """Return it as a (40, 40) thumbnail."""
    return np.asarray(cv2.resize(grey, (40, 40), interpolation=cv2.INTER_AREA), np.uint8)


def likeness(first: Grey, second: Grey) -> float:
    """Return the likeness of two pictures; the same both ways."""
    one, other = thumbnail(first)[None], thumbnail(second)[None]
    found = similarity(one, other)
    assert found.tolist() == pytest.approx(similarity(other, one).tolist(), abs=1e-6)
    return float(found[0])


def test_no_pairs_have_no_likeness() -> None:
    """Nothing compared gives nothing."""
    nothing = np.empty((0, 40, 40), np.uint8)
    assert similarity(nothing, nothing).shape == (0,)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_blanks_are_alike(grey: int) -> None:
    """Two blank pictures have nothing to differ in; a blank one and a full one do."""
    blank = np.full((320, 320), grey, np.uint8)
    assert likeness(blank, np.full((320, 320), 7, np.uint8)) == pytest.approx(1)
    assert likeness(blank, picture(0)) < ALIKE


def test_a_grain_of_noise_is_no_difference() -> None:
    """Black frames in which few pixels are a grey off are alike."""
    for seed in range(5):
        noisy = [
            (np.random.default_rng([seed, each]).random((1, 40, 40)) < 0.01).astype(np.uint8)
            for each in (1, 2)
        ]
        assert similarity(*noisy)[0] >= ALIKE


def test_equal_pictures_are_alike() -> None:
    """A picture is like itself, and unlike others."""
    assert likeness(picture(0), picture(0)) == pytest.approx(1)
    assert max(likeness(picture(0), picture(seed)) for seed in range(1, 20)) < 0.6


@pytest.mark.parametrize(
    ("gain", "levels"), [(1, 40), (1, -40), (0.5, 0), (1.25, 0), (1.5, 0), (2, -100)]
)
def test_brightness_and_clipping_do_not_matter(gain: float, levels: int) -> None:
    """What clipping spared still shows the same."""
    for seed in range(5):
        changed = np.clip(picture(seed).astype(float) * gain + levels, 0, 255).astype(np.uint8)
        assert likeness(picture(seed), changed) >= ALIKE


@pytest.mark.parametrize("top", [0, 5, 10])
@pytest.mark.parametrize("left", [0, 5, 10])
def test_a_small_crop_is_aligned(top: int, left: int) -> None:
    """A copy that lost 3 % of each side anywhere is alike; one that lost a fifth is another picture."""
    for seed in range(5):
        whole = picture(seed)
        assert likeness(whole, whole[top : top + 310, left : left + 310]) >= ALIKE
        assert likeness(whole, whole[6 * top : 6 * top + 256, 6 * left : 6 * left + 256]) < ALIKE


def test_a_common_slope_is_no_likeness() -> None:
    """Two pictures that share their light but not their detail are unlike, though their greys correlate."""
    light = np.linspace(0, 150, 320)[None, :] * np.ones((320, 1))
    one, other = ((light + picture(seed) * 0.25).astype(np.uint8) for seed in (1, 2))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.85
    assert likeness(one, other) < 0.6


def test_more_pairs_than_one_step() -> None:
    """Pairs are compared each with its own, also over several steps."""
    pictures = np.stack([thumbnail(picture(seed)) for seed in range(7)])
    order = np.arange(700) % 7
    found = similarity(pictures[order], pictures[(order + (order == 3)) % 7])
    assert ((found < 0.9) == (order == 3)).all()
