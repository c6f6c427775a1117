"""Intervals over scenes: how often they hold the truth, by simulation, and what they do at their limits."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from support.scored import labelled

from safety_tasks.records.scores import Interval
from safety_tasks.scoring.intervals import (
    degrees_of_freedom,
    scene_difference_interval,
    scene_interval,
    scene_numbers,
)
from safety_tasks.scoring.match_table import MatchTable
from safety_tasks.scoring.table_scores import table_recall, table_scores

THRESHOLD = 0.3


@dataclass
class Drawn:
    """Scenes of unlike size and difficulty, as two models that share the difficulty see them."""

    candidate: MatchTable
    champion: MatchTable
    scene: np.ndarray

    def recall(self, weights: np.ndarray | None = None) -> float:
        """Return the candidate's recall."""
        return table_recall(self.candidate, THRESHOLD, weights)

    def ap50(self, weights: np.ndarray | None = None) -> float:
        """Return the candidate's AP50."""
        return table_scores(self.candidate, weights).ap50

    def difference(self, weights: np.ndarray | None = None) -> float:
        """Return candidate - champion in AP50."""
        return self.ap50(weights) - table_scores(self.champion, weights).ap50


def drawn(random: np.random.Generator, scenes: int) -> Drawn:
    """Draw scenes: 4 to 20 pictures of one label each, hits and false alarms by the scene's difficulty."""
    scene = np.repeat(np.arange(scenes), random.integers(4, 21, scenes))
    ease = random.normal(0, 1, scenes)
    tables = []
    for shift in (0.2, 0.0):
        mine = shift + ease + random.normal(0, 0.4, scenes)
        strength = mine[scene] + random.normal(0, 1, len(scene))
        hit = np.flatnonzero(strength > -0.9)
        false = np.flatnonzero(random.random(len(scene)) < 0.5 / (1 + np.exp(0.5 * mine[scene])))
        level = np.concatenate([strength[hit], random.normal(-0.8, 1, len(false))])
        score, picture = 1 / (1 + np.exp(-level)), np.concatenate([hit, false])
        found = np.arange(len(score)) < len(hit)
        order = np.argsort(-score, kind="stable")
        outcome = np.tile(found[order], (10, 1))
        labels = np.ones(len(scene), dtype=np.int64)
        tables.append(MatchTable(score[order], picture[order], outcome, labels))
    return Drawn(tables[0], tables[1], scene)


@pytest.fixture(scope="module")
def truth() -> Drawn:
    """So many scenes that chance plays no part any more."""
    return drawn(np.random.default_rng(1), 60_000)


@pytest.mark.parametrize("scenes", [5, 12])
@pytest.mark.parametrize("score", ["recall", "ap50", "difference"])
def test_holds_the_truth_95_times_of_100(truth: Drawn, score: str, scenes: int) -> None:
    """Of many draws, 0.95 ± 0.03 of the intervals hold the truth; the percentile bootstrap's hold it 0.8 at 5."""
    of: Callable[..., Interval | None]
    of = scene_difference_interval if score == "difference" else scene_interval
    wanted = getattr(truth, score)()
    held, draws = 0, 500
    for seed in range(draws):
        sample = drawn(np.random.default_rng((7, seed)), scenes)
        interval = of(getattr(sample, score), sample.scene, sample.candidate.labels)
        held += interval.low <= wanted <= interval.high
    assert 0.92 <= held / draws <= 0.98


def share_of(hits: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], float | None]:
    """Return the statistic: hits out of labels."""
    return lambda weights: float(weights @ hits / (weights @ labels)) if weights @ labels else None


@pytest.mark.parametrize(
    ("labels", "scene"),
    [
        ([], []),
        ([0, 0], [0, 1]),
        ([3], [0]),
        ([3, 0], [0, 1]),
        ([3, 2], [0, 0]),
        ([3, 0, 4], [0, 1, 0]),
    ],
)
def test_fewer_than_two_scenes_with_labels_have_none(labels: list[int], scene: list[int]) -> None:
    """Nothing, one scene, and one scene beside scenes that hold nothing say nothing of other scenes."""
    held = np.array(labels, dtype=np.int64)
    where = np.array(scene, dtype=np.int64)
    for interval in (scene_interval, scene_difference_interval):
        assert interval(share_of(held, held), where, held) is None
        assert interval(lambda weights: 0.5, where, held) is None


def test_a_score_that_cannot_be_measured_has_none() -> None:
    """A statistic that is None, with all scenes or without one of them, has no interval."""
    labels = np.array([1, 1, 1])
    assert scene_interval(lambda weights: None, np.arange(3), labels) is None
    without = scene_interval(lambda weights: 0.5 if weights[1] else None, np.arange(3), labels)
    assert without is None


@pytest.mark.parametrize("labels", [(10, 10), (10, 30, 60), (10, 10, 10, 400)])
def test_the_formula_by_hand(labels: tuple[int, ...]) -> None:
    """Half is found in the first scene, all in the others: as written, for scenes alike and unlike."""
    n = np.array(labels)
    hits, share, scenes = np.where(np.arange(len(n)) == 0, 5, n), n / n.sum(), np.arange(len(n))
    p, v = hits.sum() / n.sum(), 0.0
    for scene in scenes:
        out = np.delete(hits, scene).sum() / np.delete(n, scene).sum()
        twice = (hits.sum() + hits[scene]) / (n.sum() + n[scene])
        v += ((twice - out) / 2) ** 2 * (1 - share[scene]) * (1 + share[scene]) ** 2
    t = stats.t.ppf(0.975, defined_degrees_of_freedom(n))
    difference = scene_difference_interval(share_of(hits, n), scenes, n)
    assert (difference.low, difference.high) == pytest.approx((p - t * v**0.5, p + t * v**0.5))
    width = t * t / min(p * (1 - p) / v, n.sum())
    half = (width * p * (1 - p) + width**2 / 4) ** 0.5 / (1 + width)
    middle = (p + width / 2) / (1 + width)
    interval = scene_interval(share_of(hits, n), scenes, n)
    assert (interval.low, interval.high) == pytest.approx((middle - half, middle + half))
    assert interval.scenes == difference.scenes == len(n)


def defined_degrees_of_freedom(sizes: np.ndarray) -> float:
    """Return Bell & McCaffrey's (tr M)² / tr M², for a mean of labels that stand alone, from its definition."""
    share = sizes / sizes.sum()
    residuals = np.diag(sizes) - np.outer(sizes, sizes) / sizes.sum()
    m = residuals / np.sqrt(np.outer(1 - share, 1 - share))
    return float(np.trace(m) ** 2 / np.trace(m @ m))


@pytest.mark.parametrize("hits", [0, 10, 20])
def test_scenes_that_do_not_differ_are_as_sure_as_their_labels(hits: int) -> None:
    """Nothing, half or all found in each of five scenes of 20 labels: Wilson's interval for 100 labels, not a point."""
    labels = np.full(5, 20)
    interval = scene_interval(share_of(np.full(5, hits), labels), np.arange(5), labels)
    open_by = 2.776445**2 / (100 + 2.776445**2)
    half = 0.5 * open_by**0.5
    expected = {0: (0, open_by), 10: (0.5 - half, 0.5 + half), 20: (1 - open_by, 1)}
    assert (interval.low, interval.high) == pytest.approx(expected[hits])


def test_equal_models_are_equal_but_for_a_label() -> None:
    """Where two models never differ, the difference is 0 give or take one label's worth."""
    labels = np.full(5, 20)
    interval = scene_difference_interval(lambda weights: 0.0, np.arange(5), labels)
    assert (interval.low, interval.high) == pytest.approx((-2.776445 / 100, 2.776445 / 100))
    assert interval.scenes == 5


SCENES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=8).map(
    lambda pairs: [(min(pair), max(pair)) for pair in pairs]
)


@example([(8, 8)] * 4, Random(0))  # all found: the upper bound is 1 but for rounding
@given(SCENES, st.randoms(use_true_random=False))
def test_bounds_and_order(pairs: list[tuple[int, int]], shuffled: Random) -> None:
    """A fraction's bounds lie around it within 0-1, and do not depend on the order of pictures."""
    hits, labels = (np.array(column) for column in zip(*pairs, strict=True))
    interval = scene_interval(share_of(hits, labels), np.arange(len(labels)), labels)
    assert (interval is None) == (np.count_nonzero(labels) < 2)
    if interval is None:
        return
    assert 0 <= interval.low <= hits.sum() / labels.sum() <= interval.high <= 1
    order = list(range(len(labels)))
    shuffled.shuffle(order)
    again = scene_interval(share_of(hits[order], labels[order]), np.array(order), labels[order])
    assert (again.low, again.high) == pytest.approx((interval.low, interval.high))


def test_pictures_of_a_scene_are_one_draw() -> None:
    """Cutting scenes into pictures changes nothing: what counts is the scene."""
    hits, labels = np.array([5, 10, 6]), np.array([10, 10, 10])
    whole = scene_interval(share_of(hits, labels), np.arange(3), labels)
    parts = [np.array([2, 3, 4, 6, 6, 0]), np.array([5, 5, 5, 5, 6, 4])]
    cut = scene_interval(share_of(*parts), np.array([0, 0, 1, 1, 2, 2]), parts[1])
    assert cut == whole


@given(st.lists(st.integers(1, 50), min_size=2, max_size=8))
def test_degrees_of_freedom_as_defined(sizes: list[int]) -> None:
    """The closed form is Bell & McCaffrey's definition, from 1 to scenes - 1."""
    n = np.array(sizes, dtype=float)
    share = n / n.sum()
    assert degrees_of_freedom(share) == pytest.approx(defined_degrees_of_freedom(n))
    assert 1 - 1e-9 <= degrees_of_freedom(share) <= len(sizes) - 1 + 1e-9


def test_scenes_get_numbers() -> None:
    """Numbers rise from 0 in the order in which scenes come, whatever they are called."""
    pictures = [labelled(n, scene=scene) for n, scene in enumerate("bbacb")]
    assert scene_numbers(pictures).tolist() == [0, 0, 1, 2, 0]
    assert scene_numbers([]).tolist() == []
