"""Matches that are gathered for a draw score as the product scores the drawn pictures, number by number."""

from itertools import pairwise

import numpy as np
import pytest
from support.alike import unlike
from support.made_population import CLASSES, COUNT, made_scenes
from support.scored import found_in, labelled, right, wrong

from benchmarks.gate_scenes import Drawn, Scenes, draw
from benchmarks.gate_tables import Matched, View, ap50_difference
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare
from safety_tasks.scoring.intervals import scene_numbers
from safety_tasks.scoring.match_table import match_table

THRESHOLD = 0.4
SEEDS = (0, 1, 2)


def drawn(seed: int) -> Drawn:
    """Draw from the made population."""
    return draw(made_scenes()[0], COUNT, np.random.default_rng(seed))


def measured(holdout: Drawn, side: int) -> Accuracy:
    """Return the product's scores of the champion (1) or the candidate (2) on drawn pictures."""
    scenes, *models = made_scenes()
    found = holdout.found(models[side - 1], scenes)
    return score(CLASSES, holdout.pictures, found, dict.fromkeys(CLASSES, THRESHOLD))


def view(holdout: Drawn, side: int, class_id: int) -> View:
    """Return the gathered matches of one side."""
    scenes, *models = made_scenes()
    table = Matched.of(scenes, models[side - 1], class_id).gathered(holdout.rows)
    return View(table, THRESHOLD, scene_numbers(holdout.pictures))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("class_id", range(len(CLASSES)))
def test_gathered_matches_are_those_of_the_drawn_pictures(seed: int, class_id: int) -> None:
    """Also where scores are equal, which they often are: the order is that of pictures, then as listed."""
    scenes, champion, _ = made_scenes()
    holdout = drawn(seed)
    wanted = match_table(holdout.pictures, holdout.found(champion, scenes), class_id)
    table = Matched.of(scenes, champion, class_id).gathered(holdout.rows)
    assert any(one == other for one, other in pairwise(wanted.score.tolist()))
    for part in ("score", "picture", "found", "labels"):
        assert np.array_equal(getattr(table, part), getattr(wanted, part)), part


def test_rows_may_come_in_any_order_and_none_may_come() -> None:
    """Gathered are the rows that are asked for, as often as they are; a model that found nothing has an empty table."""
    rows = (labelled(0, 0), labelled(1), labelled(2, 0, 0))
    found = found_in([right(0, 0.5)], [wrong(0.9)], [right(1, 0.5), wrong(0.4), right(0, 0.5)])
    matched = Matched.of(Scenes(("smoke",), rows, ()), found, 0)
    table = matched.gathered(np.array([2, 0, 2]))
    assert table.score.tolist() == [0.5] * 5 + [0.4] * 2
    assert table.picture.tolist() == [0, 0, 1, 2, 2, 0, 2]
    assert table.found[0].tolist() == [True] * 5 + [False] * 2
    assert table.labels.tolist() == [2, 1, 2]
    assert matched.gathered(np.array([], dtype=np.int64)).score.size == 0
    nothing = Matched.of(Scenes(("smoke",), rows, ()), found_in([], [], []), 0)
    assert nothing.gathered(np.array([0, 0])).labels.tolist() == [1, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hazards_score_is_that_of_a_report(seed: int) -> None:
    """Every field of it, intervals with it."""
    holdout = drawn(seed)
    accuracy = measured(holdout, 2)
    for class_id, name in enumerate(CLASSES):
        wanted = accuracy.hazards[name]
        mine = view(holdout, 2, class_id)
        assert not unlike(mine.hazard_score(wanted.support), wanted)
        assert mine.ap50 == pytest.approx(wanted.ap50)
        assert not unlike(mine.ap50_interval(), wanted.ap50_interval)
        assert not unlike(mine.recall_interval(), wanted.recall_interval)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_difference_is_that_of_a_report(seed: int) -> None:
    """Candidate less champion, with its paired interval and support."""
    holdout = drawn(seed)
    ours, theirs = measured(holdout, 2), measured(holdout, 1)
    compared = compare(ours, theirs)
    for class_id, name in enumerate(CLASSES):
        mine, other = view(holdout, 2, class_id), view(holdout, 1, class_id)
        found = ap50_difference(mine, other, ours.hazards[name].support)
        assert not unlike(found, compared[f"ap50.{name}"])
        assert found.difference
        assert ap50_difference(mine, other).support is None


def test_what_nothing_labels_has_no_score_and_no_difference() -> None:
    """As in a report: None, and no interval."""
    pictures = (labelled(0, scene="a"), labelled(1, scene="b"))
    scenes = Scenes(("smoke",), pictures, ())
    found = found_in([wrong(0.9)], [])
    table = Matched.of(scenes, found, 0).gathered(np.array([0, 1]))
    mine = View(table, THRESHOLD, scene_numbers(pictures))
    accuracy = score(("smoke",), pictures, found, {"smoke": THRESHOLD})
    wanted = accuracy.hazards["smoke"]
    assert mine.hazard_score(wanted.support) == wanted
    assert ap50_difference(mine, mine, wanted.support) == compare(accuracy, accuracy)["ap50.smoke"]
    assert mine.ap50 == 0


def test_weights_are_scored_once() -> None:
    """Asking again, from whichever interval, counts nothing anew, and other weights are not mistaken for the first."""
    mine = view(drawn(0), 1, 0)
    first = mine.scores(mine.all_once)
    assert mine.scores(mine.all_once) is first
    assert mine.scores(2 * mine.all_once) is not first
    half = np.arange(len(mine.table.labels)) % 2
    assert mine.scores(half) != first
