"""Models whose true difference is known: equal, or one of them worse in one hazard by so much."""

from collections.abc import Mapping

import numpy as np
import pytest
from support.made_population import CLASSES, COUNT, DIFFERENCES, made_models, made_scenes

from benchmarks.gate_models import VAL_SCENES, VALS, Variant, make_models
from benchmarks.gate_scenes import expected_weights, usual_size
from safety_tasks.inference.detector import Found
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.operating_point import choose_threshold
from safety_tasks.scoring.slices import BRIGHTNESS, brightness
from safety_tasks.scoring.table_scores import table_recall, table_scores

STEP = 0.03  # a single label of the tiny population may move AP50 by so much


def ap50(found: Mapping[str, Found], hazard: str, part: str = "") -> float:
    """Return the true AP50 of detections, in one brightness or in all."""
    rows = made_scenes()[0].rows
    weights = expected_weights(made_scenes()[0], COUNT)
    inside = np.array([part in ("", brightness(row)) for row in rows])
    scores = table_scores(match_table(rows, found, CLASSES.index(hazard)), weights * inside)
    assert scores is not None
    return scores.ap50


@pytest.mark.parametrize("hazard", CLASSES)
def test_both_are_made_equal(hazard: str) -> None:
    """Two models that differ, as real ones do, have the same AP50 afterwards, as near as single labels allow."""
    _, champion, candidate = made_scenes()
    assert abs(ap50(candidate, hazard) - ap50(champion, hazard)) > STEP
    assert abs(made_models().truth(hazard, 0.0)) < STEP / 2


def test_they_are_equal_in_each_brightness() -> None:
    """Not by being better at night and worse by day: what the gate compares is equal in each part."""
    _, champion, candidate = made_scenes()
    before, after = [], []
    for hazard in CLASSES:
        ours, theirs = made_models().pair(hazard, 0.0)
        for part in BRIGHTNESS:
            before.append(ap50(candidate, hazard, part) - ap50(champion, hazard, part))
            after.append(ap50(ours.found, hazard, part) - ap50(theirs.found, hazard, part))
    assert sum(map(abs, after)) < sum(map(abs, before)) / 2
    assert max(map(abs, after)) < max(map(abs, before)) / 2


@pytest.mark.parametrize("hazard", CLASSES)
def test_models_are_made_by_thinning_alone(hazard: str) -> None:
    """Neither finds anything that the real one did not find, and all false alarms stay."""
    _, champion, candidate = made_scenes()
    models, class_id = made_models(), CLASSES.index(hazard)
    for real, made in ((champion, models.champion), (candidate, models.candidate)):
        for variant in made[hazard].values():
            for sha, found in variant.found.items():
                assert found == tuple(d for d in real[sha] if d in found)
                alarms = {d for d in real[sha] if d.class_id == class_id and d.box_xyxy[0] == 1}
                assert alarms <= set(found)


@pytest.mark.parametrize("hazard", CLASSES)
@pytest.mark.parametrize("by", DIFFERENCES)
def test_each_wanted_difference_is_reached(hazard: str, by: float) -> None:
    """As near as single labels allow."""
    assert made_models().truth(hazard, by) == pytest.approx(by, abs=STEP)


@pytest.mark.parametrize("hazard", CLASSES)
@pytest.mark.parametrize("by", DIFFERENCES)
def test_a_difference_is_never_less_than_it_is_said_to_be(hazard: str, by: float) -> None:
    """A candidate that is worse by the margin is truly at or below it, else passing it would be no mistake."""
    truth = made_models().truth(hazard, by)
    assert abs(truth) >= abs(by)


@pytest.mark.parametrize("hazard", CLASSES)
def test_only_the_side_that_is_worse_is_changed(hazard: str) -> None:
    """A worse candidate stands beside the equal champion, and an equal candidate beside a worse champion."""
    models = made_models()
    ours, theirs = models.pair(hazard, 0.0)
    assert models.pair(hazard, -0.1) == (models.candidate[hazard][-0.1], theirs)
    assert models.pair(hazard, 0.05) == (ours, models.champion[hazard][0.05])
    assert set(models.candidate[hazard]) == {0.0, -0.1, -0.05}
    assert set(models.champion[hazard]) == {0.0, 0.05}


@pytest.mark.parametrize("hazard", CLASSES)
def test_a_worse_one_misses_more_and_finds_nothing_new(hazard: str) -> None:
    """By 0.1 it misses what it misses by 0.05 and more; what it finds of other hazards is untouched."""
    mine = made_models().candidate[hazard]
    class_id = CLASSES.index(hazard)
    for lower, higher in ((0.0, -0.05), (-0.05, -0.1)):
        for sha, found in mine[higher].found.items():
            assert set(found) <= set(mine[lower].found[sha])
            lost = set(mine[lower].found[sha]) - set(found)
            assert {d.class_id for d in lost} <= {class_id}


def test_truth_is_by_the_weights_of_the_draws() -> None:
    """AP50 and recall of a variant are those of all rows, each with the weight that it is drawn with."""
    models = made_models()
    scenes = models.scenes
    assert models.weights.tolist() == expected_weights(scenes, COUNT).tolist()
    for class_id, name in enumerate(CLASSES):
        variant = models.candidate[name][-0.05]
        table = match_table(scenes.rows, variant.found, class_id)
        scores = table_scores(table, models.weights)
        assert scores is not None
        assert variant.ap50(models.weights) == pytest.approx(scores.ap50)
        wanted = table_recall(table, 0.4, models.weights)
        assert variant.recall(0.4, models.weights) == pytest.approx(wanted)


def test_thresholds_are_chosen_on_several_vals() -> None:
    """Each variant has its own, one for each val, chosen as the product chooses; val is large and drawn apart."""
    models = made_models()
    every: list[Variant] = [
        variant
        for side in (models.champion, models.candidate)
        for variants in side.values()
        for variant in variants.values()
    ]
    assert {len(variant.thresholds) for variant in every} == {VALS}
    assert len({variant.thresholds for variant in every}) > len(CLASSES)
    everything = choose_threshold(models.scenes.rows, made_scenes()[2], 0)
    assert all(abs(t - everything) < 0.3 for t in models.candidate["smoke"][0.0].thresholds)
    assert VAL_SCENES * usual_size(VAL_SCENES) == 240


def test_the_same_models_are_made_again() -> None:
    """Nothing in them is left to chance."""
    scenes, champion, candidate = made_scenes()
    one, other = (make_models(scenes, champion, candidate, COUNT, ()) for _ in range(2))
    for name in CLASSES:
        for mine, again, kept in zip(
            one.pair(name, 0.0), other.pair(name, 0.0), made_models().pair(name, 0.0), strict=True
        ):
            assert mine.found == again.found == kept.found
            assert mine.thresholds == again.thresholds == kept.thresholds


def test_without_differences_there_is_the_equal_pair_alone() -> None:
    """A difference that was not made cannot be asked for."""
    with pytest.raises(KeyError):
        made_models().pair("smoke", -0.03)
    with pytest.raises(KeyError):
        made_models().truth("smoke", 0.03)
