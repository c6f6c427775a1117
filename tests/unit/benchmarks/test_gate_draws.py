"""Holdouts drawn from scenes of one hazard: by seed, in events, and as often as the expected weights say."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from support.made_population import CLASSES, COUNT, made_scenes
from support.scored import labelled

from benchmarks.gate_scenes import (
    QUIET,
    Drawn,
    Scenes,
    Stratum,
    draw,
    expected_weights,
    one_hazard_scenes,
    usual_size,
)
from safety_tasks.scoring.events import event_scores


def drawn(seed: int, count: int = COUNT) -> Drawn:
    """Draw from the made population."""
    return draw(made_scenes()[0], count, np.random.default_rng(seed))


def stratum_of_row(scenes: Scenes) -> dict[int, Stratum]:
    """Return the stratum that each row belongs to."""
    return {row: s for s in scenes.strata for row in (*s.labelled, *s.other)}


def test_a_seed_decides_the_draw() -> None:
    """The same seed draws the same pictures under the same names, another seed others."""
    one, again, other = drawn(3), drawn(3), drawn(4)
    assert one.pictures == again.pictures
    assert one.rows.tolist() == again.rows.tolist()
    assert one.rows.tolist() != other.rows.tolist()


@pytest.mark.parametrize(("count", "quiet"), [(2, 1), (5, 3), (8, 4)])
def test_so_many_scenes_of_each_hazard_and_half_as_many_quiet(count: int, quiet: int) -> None:
    """Each draw is a scene of its own, also where one real scene is drawn twice."""
    scenes, of = made_scenes()[0], stratum_of_row(made_scenes()[0])
    found = drawn(1, count)
    hazard_of = {
        p.scene: of[row].hazard for p, row in zip(found.pictures, found.rows.tolist(), strict=True)
    }
    assert Counter(hazard_of.values()) == {**dict.fromkeys(CLASSES, count), QUIET: quiet}
    assert all(len(scenes.of(hazard)) < 8 for hazard in CLASSES)


def test_without_quiet_scenes_none_are_drawn() -> None:
    """A population whose scenes all hold a hazard is drawn from all the same."""
    pictures = [labelled(n, n % 2, scene="ab"[n % 2]) for n in range(6)]
    found = [{p.sha256: () for p in pictures}]
    scenes, _ = one_hazard_scenes(("smoke", "fire"), pictures, found)
    holdout = draw(scenes, 4, np.random.default_rng(0))
    assert len({p.scene for p in holdout.pictures}) == 8
    assert expected_weights(scenes, 4).sum() == len(holdout.pictures)


def test_pictures_have_names_of_their_own_and_are_else_those_of_their_rows() -> None:
    """A row that is drawn twice is two pictures; their labels, size, site and brightness are the row's."""
    scenes = made_scenes()[0]
    found = drawn(2)
    assert len({p.sha256 for p in found.pictures}) == len(found.pictures)
    assert len({p.file for p in found.pictures}) == len(found.pictures)
    assert len(set(found.rows.tolist())) < len(found.rows)
    own = {"sha256", "file", "scene"}
    for picture, row in zip(found.pictures, found.rows.tolist(), strict=True):
        assert picture.model_dump(exclude=own) == scenes.rows[row].model_dump(exclude=own)
        assert picture.scene.endswith(scenes.rows[row].scene)


def test_a_drawn_scene_is_one_event() -> None:
    """Its labelled pictures come first, in the order of the real scene, so that none is cut in two."""
    scenes, found = made_scenes()[0], drawn(6)
    pairs = list(zip(found.pictures, found.rows.tolist(), strict=True))
    for _, group in groupby(pairs, key=lambda pair: pair[0].scene):
        rows = [row for _, row in group]
        held = [bool(scenes.rows[row].boxes) for row in rows]
        assert held == sorted(held, reverse=True)
        for part in (True, False):
            mine = [row for row, has in zip(rows, held, strict=True) if has is part]
            assert mine == sorted(mine)
    nothing = {p.sha256: () for p in found.pictures}
    events = event_scores(found.pictures, nothing, CLASSES, dict.fromkeys(CLASSES, 0.5), 5)
    assert {name: score.events for name, score in events.items()} == dict.fromkeys(CLASSES, COUNT)


def test_detections_follow_their_rows() -> None:
    """A drawn picture shows what the model found in its row."""
    scenes, champion, _ = made_scenes()
    holdout = drawn(7)
    found = holdout.found(champion, scenes)
    assert list(found) == [p.sha256 for p in holdout.pictures]
    for picture, row in zip(holdout.pictures, holdout.rows.tolist(), strict=True):
        assert found[picture.sha256] == champion[scenes.rows[row].sha256]


@pytest.mark.parametrize(("count", "usual"), [(1, 240), (5, 48), (10, 24), (20, 12), (60, 12)])
def test_a_scene_gets_fewer_pictures_the_more_there_are(count: int, usual: int) -> None:
    """About 240 pictures of each hazard, never under 12 of a scene."""
    assert usual_size(count) == usual


@pytest.mark.parametrize("count", [2, 20])
def test_expected_weights_are_the_mean_of_many_draws(count: int) -> None:
    """Each row is drawn as often as its weight says, within 4.5 standard errors, and all of them together exactly."""
    scenes = made_scenes()[0]
    draws = 200
    counts = np.array(
        [np.bincount(drawn(seed, count).rows, minlength=len(scenes.rows)) for seed in range(draws)]
    )
    weights = expected_weights(scenes, count)
    error = counts.std(axis=0, ddof=1) / np.sqrt(draws)
    assert weights.min() > 0
    assert np.abs((counts.mean(axis=0) - weights) / error).max() < 4.5
    total = counts.sum(axis=1)
    assert total.mean() == pytest.approx(weights.sum(), abs=4.5 * total.std() / np.sqrt(draws))
    of = stratum_of_row(scenes)
    for hazard in (*CLASSES, QUIET):
        mine = [row for row in of if of[row].hazard == hazard]
        many = counts[:, mine].sum(axis=1)
        spread = 4.5 * many.std() / np.sqrt(draws)
        assert many.mean() == pytest.approx(weights[mine].sum(), abs=spread + 1e-9)
