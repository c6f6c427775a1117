"""The sparse decode is the dense one where something scores, and an error where something is no number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.decode import decode
from safety_tasks.inference.heads import (
    BEST,
    BINS,
    BOXES,
    CLASSES,
    STRIDES,
    Heads,
    count_places,
    head_shapes,
)

SIDE = 64
PLACES = count_places(SIDE)


def outputs(seed: int, spread: float = 3.0, classes: int = 3) -> dict[str, "np.ndarray"]:  # type: ignore[type-arg]
    """Draw the outputs of an edge graph."""
    rng = np.random.default_rng(seed)
    drawn = {
        name: rng.normal(0, spread, shape).astype(np.float32)
        for name, shape in head_shapes(SIDE, classes).items()
    }
    drawn[CLASSES] -= 2
    drawn[BEST] = drawn[CLASSES].max(axis=1)
    return drawn


def dense(drawn: dict[str, "np.ndarray"]) -> "np.ndarray":  # type: ignore[type-arg]
    """Decode every place as the training framework's graph does: (4 + classes, places), centre and size."""
    bins = drawn[BOXES][0].reshape(4, BINS, PLACES).astype(np.float64)
    weights = np.exp(bins - bins.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    distance = (weights * np.arange(BINS)[:, None]).sum(axis=1)
    columns, rows, strides = [], [], []
    for stride in STRIDES:
        for row in range(SIDE // stride):
            for column in range(SIDE // stride):
                columns.append(column + 0.5)
                rows.append(row + 0.5)
                strides.append(stride)
    x, y, size = (np.array(part, np.float64) for part in (columns, rows, strides))
    left, top = (x - distance[0]) * size, (y - distance[1]) * size
    right, bottom = (x + distance[2]) * size, (y + distance[3]) * size
    scores = 1 / (1 + np.exp(-drawn[CLASSES][0].astype(np.float64)))
    boxes = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    return np.concatenate([np.stack(boxes), scores]).astype(np.float32)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.001, 0.05, 0.25, 0.6, 0.9, 1.0]))
def test_sparse_is_dense_where_something_scores(seed: int, min_score: float) -> None:
    """The same boxes, scores and classes in the same order, whatever the threshold."""
    drawn = outputs(seed)
    ours = Heads(drawn, SIDE).boxes(min_score, what="m")
    wanted = decode(dense(drawn), min_score)
    assert len(ours.scores) == len(wanted.scores)
    assert ours.classes.tolist() == wanted.classes.tolist()
    assert ours.scores == pytest.approx(wanted.scores, abs=1e-6)
    assert ours.xyxy == pytest.approx(wanted.xyxy, abs=1e-3)


def test_a_score_on_the_threshold_counts() -> None:
    """A place whose score equals the threshold is found; one a hair below is not."""
    drawn = outputs(1)
    heads = Heads(drawn, SIDE)
    best = float(heads.boxes(0.0, what="m").scores[0])
    assert float(heads.boxes(best, what="m").scores[0]) == best
    above = float(np.nextafter(np.float32(best), np.float32(2)))
    assert not (heads.boxes(above, what="m").scores >= above).any() or above > 1


def test_nothing_scores_nothing_is_found() -> None:
    """An empty answer has the shapes of a full one."""
    drawn = outputs(2)
    for name in (CLASSES, BEST):
        drawn[name][:] = -20
    found = Heads(drawn, SIDE).boxes(0.25, what="m")
    assert (found.xyxy.shape, found.scores.shape, found.classes.shape) == ((0, 4), (0,), (0,))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [BOXES, CLASSES])
def test_what_is_no_number_is_an_error(name: str, value: float) -> None:
    """NaN or infinity is never "nothing found"; a bin that no survivor has does no harm."""
    drawn = outputs(3)
    drawn[name][:] = value
    with pytest.raises(ArtifactError, match="model 7: expected finite output"):
        Heads(drawn, SIDE).boxes(0.25, what="model 7")


def test_one_logit_that_is_no_number_is_an_error() -> None:
    """A single NaN among thousands of logits is seen, though its place would not score."""
    drawn = outputs(4)
    drawn[CLASSES][0, 1, 17] = np.nan
    with pytest.raises(ArtifactError, match="expected finite output"):
        Heads(drawn, SIDE).boxes(0.999, what="m")


def test_the_view_reads_what_is_there_now() -> None:
    """The outputs are written anew for each frame; nothing of the last one is kept."""
    drawn, later = outputs(5), outputs(6)
    heads = Heads(drawn, SIDE)
    heads.boxes(0.25, what="m")
    for name, value in later.items():
        drawn[name][:] = value
    wanted = Heads(later, SIDE).boxes(0.25, what="m")
    assert np.array_equal(heads.boxes(0.25, what="m").xyxy, wanted.xyxy)


def test_places_and_what_they_answer() -> None:
    """Places that score, before suppression, with all their scores and corners."""
    drawn = outputs(7)
    heads = Heads(drawn, SIDE)
    places = heads.places(0.5)
    scores, corners = heads.at(places)
    assert scores.shape == (3, len(places))
    assert corners.shape == (len(places), 4)
    assert (scores.max(axis=0) >= 0.499).all()


@pytest.mark.parametrize(("imgsz_px", "places"), [(640, 8400), (320, 2100), (256, 1344), (64, 84)])
def test_how_many_places_answer(imgsz_px: int, places: int) -> None:
    """The numbers that the documentation names."""
    assert count_places(imgsz_px) == places
    assert head_shapes(imgsz_px, 3)[CLASSES] == (1, 3, places)
