"""A signature tells near-copies by their hashes, whatever brightness, scale and crop did to them."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, Signature, signature_of

Grey = npt.NDArray[np.uint8]
WHOLE, DARK, LIGHT = 0, HASHES - 2, HASHES - 1


def picture(seed: int, side_px: int = 64) -> Grey:
    """Return soft random patches with some noise, (side_px, side_px)."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(20, 220, (9, 9)).astype(np.uint8)
    large = cv2.resize(patches, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    return np.clip(large + rng.normal(0, 2, large.shape), 0, 255).astype(np.uint8)


def nearest(first: Signature, second: Signature) -> int:
    """Return how many bits the nearest two hashes differ in."""
    return min((one ^ other).bit_count() for one in first.hashes for other in second.hashes)


@pytest.mark.parametrize("grey", [0, 7, 255])
def test_a_blank_picture_has_empty_hashes(grey: int) -> None:
    """Where there is nothing, rounding sets no bit."""
    signature = signature_of(np.full((76, 76), grey, np.uint8))
    assert signature.hashes == (0,) * HASHES
    assert signature.thumbnail == bytes([grey]) * THUMBNAIL_SIDE_PX**2


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (45, 80), (76, 76), (608, 608), (1, 3000)])
def test_any_size_has_a_signature(shape: tuple[int, int]) -> None:
    """Hashes have 64 bits, thumbnails one size, whatever the picture's size."""
    grey = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    signature = signature_of(grey)
    assert len(signature.hashes) == HASHES
    assert all(0 <= value < 2**64 for value in signature.hashes)
    assert len(signature.thumbnail) == THUMBNAIL_SIDE_PX**2 <= 1600


@pytest.mark.parametrize("seed", range(5))
def test_the_first_hash_is_that_of_a_plain_transform(seed: int) -> None:
    """Signs of the lowest frequencies agree with OpenCV's DCT of the ranks."""
    grey = picture(seed)
    ordered = np.sort(grey.ravel())
    ranks = (np.searchsorted(ordered, grey) + np.searchsorted(ordered, grey, "right")) / 2
    waves = cv2.dct(ranks / grey.size - 0.5)
    places = [(y, x) for y in range(10) for x in range(10) if y or x]
    places = sorted(places, key=lambda place: (place[0] ** 2 + place[1] ** 2, place))[:64]
    bits = "".join("1" if waves[place] > 0 else "0" for place in places)
    assert (int(bits, 2) ^ signature_of(grey).hashes[WHOLE]).bit_count() <= 1


@given(st.integers(0, 50), st.floats(0.3, 0.9), st.integers(0, 20))
def test_brightness_changes_no_hash(seed: int, gain: float, offset: int) -> None:
    """Ranks stay, so hashes stay, while no two greys become one."""
    grey = (picture(seed) // 4) * 4
    brighter = (grey.astype(float) * max(gain, 0.3) + offset).astype(np.uint8)
    assert signature_of(brighter).hashes == signature_of(grey).hashes


@pytest.mark.parametrize("seed", range(5))
def test_clipping_leaves_a_part_alone(seed: int) -> None:
    """Half the pixels clipped to white keep the dark part's hash; clipped to black, the light part's."""
    grey = picture(seed)
    middle = np.uint8(np.median(grey))
    before = signature_of(grey).hashes
    assert signature_of(np.minimum(grey, middle)).hashes[DARK] == before[DARK]
    assert signature_of(np.maximum(grey, middle)).hashes[LIGHT] == before[LIGHT]


@pytest.mark.parametrize("seed", range(5))
def test_the_scale_of_decoding_hardly_matters(seed: int) -> None:
    """A picture and its eighth have nearly the same hashes and thumbnail."""
    large = picture(seed, 608)
    eighth = cv2.resize(large, (76, 76), interpolation=cv2.INTER_AREA)
    one, other = signature_of(large), signature_of(np.asarray(eighth, np.uint8))
    assert max((a ^ b).bit_count() for a, b in zip(one.hashes, other.hashes, strict=True)) <= 6
    pixels = [np.frombuffer(each.thumbnail, np.uint8).astype(int) for each in (one, other)]
    assert np.abs(pixels[0] - pixels[1]).mean() < 2


@pytest.mark.parametrize("corner", [(0, 0), (0, 18), (18, 0), (18, 18), (9, 9), (4, 15)])
@pytest.mark.parametrize("seed", range(4))
def test_a_crop_keeps_a_hash(seed: int, corner: tuple[int, int]) -> None:
    """What lost 3 % at any edge still has a hash within four bits, within one where a window fits; a stranger none."""
    large = picture(seed, 608)
    cropped = large[corner[0] : corner[0] + 590, corner[1] : corner[1] + 590]
    whole = signature_of(large)
    assert nearest(whole, signature_of(cropped)) <= (4 if corner == (4, 15) else 1)
    assert nearest(whole, signature_of(picture(seed + 100, 608))) > 10
