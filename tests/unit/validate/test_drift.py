"""Population stability is a distance of histograms, and drift names the measure that moved."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_versions import CLASSES, SOUND, made_box, made_picture, manifest_of

from safety_tasks.validate.drift import Drift, drift_of, population_stability

COUNTS = st.integers(0, 10_000)
PAIRS = st.integers(1, 20).flatmap(
    lambda bins: st.tuples(
        st.lists(COUNTS, min_size=bins, max_size=bins),
        st.lists(COUNTS, min_size=bins, max_size=bins),
    )
)


@pytest.mark.parametrize(
    ("expected", "actual", "psi"),
    [
        ((0, 0), (0, 0), 0.0),
        ((5,), (900,), 0.0),
        ((50, 50), (50, 50), 0.0),
        # shares with half a count in each of two bins: (50.5, 50.5) and (90.5, 10.5) of 101
        ((50, 50), (90, 10), 40 / 101 * math.log(90.5 / 50.5) - 40 / 101 * math.log(10.5 / 50.5)),
        # an empty bin costs much, not infinity: (99.5, 1.5) and (100.5, 0.5) of 101
        ((99, 1), (100, 0), 1 / 101 * math.log(100.5 / 99.5) - 1 / 101 * math.log(0.5 / 1.5)),
    ],
)
def test_examples_by_hand(expected: tuple[int, ...], actual: tuple[int, ...], psi: float) -> None:
    """The index is the sum over bins of the change of share times the logarithm of its ratio."""
    assert population_stability(expected, actual) == pytest.approx(psi, abs=1e-12)


@given(PAIRS)
def test_a_distance(pair: tuple[list[int], list[int]]) -> None:
    """It is never negative, the same both ways, finite, and nothing between equal histograms."""
    before, now = pair
    psi = population_stability(before, now)
    assert 0 <= psi < math.inf
    assert psi == pytest.approx(population_stability(now, before), abs=1e-9)
    assert population_stability(now, now) == 0


@given(st.lists(COUNTS, min_size=1, max_size=9), st.permutations(range(9)))
def test_the_order_of_bins_does_not_matter(counts: list[int], order: list[int]) -> None:
    """Bins in another order, the same in both, give the same index."""
    before = np.array(counts)
    now = before[::-1]
    mixed = [place for place in order if place < len(counts)]
    assert population_stability(before[mixed], now[mixed]) == pytest.approx(
        population_stability(before, now), abs=1e-9
    )


@pytest.mark.parametrize(
    ("expected", "actual", "words"),
    [
        ((), (), "same bins"),
        ((1, 2), (1, 2, 3), "same bins"),
        ((1, -1), (1, 1), "negative"),
        ((1, 1), (-1, 1), "negative"),
    ],
)
def test_what_is_no_histogram(
    expected: tuple[int, ...], actual: tuple[int, ...], words: str
) -> None:
    """Histograms of no bins, of other bins, or with negative counts are refused."""
    with pytest.raises(ValueError, match=words):
        population_stability(expected, actual)


def drifts(**changes: object) -> dict[str, Drift]:
    """Return the drift of the sound pictures from the same with something changed, by measure."""
    before = [picture.model_copy(update=changes) for picture in SOUND]
    return {row.measure: row for row in drift_of(manifest_of(SOUND), manifest_of(before), CLASSES)}


def test_no_drift() -> None:
    """The same pictures drift in nothing, and every measure is there."""
    rows = drifts()
    assert [row.psi for row in rows.values()] == [0.0] * 8
    assert list(rows)[:4] == [*(f"class {name}" for name in CLASSES), "class mix"]
    assert list(rows)[4:] == ["box side", "brightness", "sharpness", "boxes per picture"]


@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({"brightness": 20.0}, {"brightness"}),
        ({"sharpness": 20.0}, {"sharpness"}),
        ({"boxes": tuple(made_box(n, width=0.6, height=0.6) for n in range(3))}, {"box side"}),
        ({"boxes": (made_box(0), made_box(1), made_box(1))}, {"class person_down", "class mix"}),
        (
            {"boxes": ()},
            {*(f"class {n}" for n in CLASSES), "boxes per picture", "box side"},
        ),
    ],
)
def test_what_moved_is_named(changes: dict[str, object], moved: set[str]) -> None:
    """A change of the parent shows in the measures that it touches."""
    found = {name for name, row in drifts(**changes).items() if row.psi > 0.1}
    assert found == moved


def test_shares_and_edges_are_as_counted() -> None:
    """Shares are unsmoothed and of the whole; edges are one more than bins; a class counts pictures, a mix boxes."""
    two = manifest_of(
        [
            made_picture(0, boxes=(made_box(0), made_box(0), made_box(2, width=0.4, height=0.4))),
            made_picture(1, boxes=()),
        ]
    )
    rows = {row.measure: row for row in drift_of(two, manifest_of([]), CLASSES)}
    assert rows["class smoke"].actual == (0.5, 0.5)
    assert rows["class fire"].actual == (1.0, 0.0)
    assert rows["class mix"].actual == pytest.approx((2 / 3, 0.0, 1 / 3))
    assert rows["class mix"].expected == (0.0, 0.0, 0.0)
    side = rows["box side"]
    assert dict(zip(side.bins, side.actual, strict=True))["0.32 - 0.64"] == pytest.approx(1 / 3)
    for row in rows.values():
        assert len(row.edges) in (0, len(row.bins) + 1)
        assert len(row.expected) == len(row.actual) == len(row.bins)


def test_reserve_and_unknown_classes_count_nowhere() -> None:
    """Pictures in reserve and boxes of classes beyond the list are left out."""
    odd = made_picture(9, boxes=(*SOUND[0].boxes, made_box(7)), brightness=100.0)
    plain = manifest_of([odd.model_copy(update={"boxes": SOUND[0].boxes})])
    reserve = made_picture(8, "reserve", brightness=1.0, boxes=())
    rows = {row.measure: row for row in drift_of(manifest_of([odd, reserve]), plain, CLASSES)}
    assert rows["brightness"].psi == rows["class mix"].psi == rows["class fire"].psi == 0


def test_beyond_the_edges() -> None:
    """Values beyond the outer edges count in the outer bins, and NaN nowhere."""
    pictures = [made_picture(n, sharpness=s) for n, s in enumerate((-1.0, 1e9, float("nan")))]
    rows = {row.measure: row for row in drift_of(manifest_of(pictures), manifest_of([]), CLASSES)}
    assert rows["sharpness"].actual[0] == rows["sharpness"].actual[-1] == 0.5
