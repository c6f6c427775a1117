"""Both models are lifted, by as little as does it, to a level in each scene by itself and to another in all."""

from collections.abc import Mapping

import numpy as np
import pytest
from support.made_population import SCENES, made_scenes

from benchmarks import gate_lift
from benchmarks.gate_lift import lift, lift_to
from safety_tasks.inference.detector import Found
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.table_scores import table_scores

SMOKE_SCENES = ("both", "more-smoke", "smokes")
SMOKE = 0


def ap50_of(found: Mapping[str, Found], scene: str) -> float:
    """Return smoke's AP50 in one scene, or in all by an empty name."""
    rows = made_scenes()[0].rows
    inside = np.array([scene in ("", row.scene) for row in rows], dtype=np.int64)
    scores = table_scores(match_table(rows, found, SMOKE), inside)
    assert scores is not None
    return scores.ap50


def lower(models: list[dict[str, Found]], scene: str = "") -> float:
    """Return the lower of the models' AP50."""
    return min(ap50_of(found, scene) for found in models)


def lifted(
    monkeypatch: pytest.MonkeyPatch, scene_level: float, level: float
) -> tuple[list[dict[str, Found]], int]:
    """Lift smoke to these levels."""
    monkeypatch.setattr(gate_lift, "SCENE_LEVEL", scene_level)
    monkeypatch.setattr(gate_lift, "LEVEL", level)
    scenes, *models = made_scenes()
    return lift_to(scenes.rows, models, SMOKE, ap50_of)


def at(share: float, *scenes: str) -> list[dict[str, Found]]:
    """Lift some scenes by a share."""
    rows, *models = made_scenes()
    return lift(rows.rows, models, SMOKE, dict.fromkeys(scenes, share), gate_lift.DROPPED)


def test_models_that_are_there_already_are_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """They lose their false alarms, as all do, and nothing else changes."""
    found, count = lifted(monkeypatch, 0.05, 0.05)
    assert count == 0
    assert found == at(0.0)


def test_where_no_share_reaches_the_level_all_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every label that both missed; in scenes that show the hazard there are no others."""
    found, count = lifted(monkeypatch, 0.05, 1.1)
    assert found == at(1.0, *SCENES)
    rows, *models = made_scenes()
    filled = [row for row in rows.rows if found[0][row.sha256] != models[0][row.sha256]]
    assert count >= len({row.sha256 for row in filled if row.boxes}) > 0
    assert {row.scene for row in filled if row.boxes} <= set(SMOKE_SCENES)


def test_the_lower_of_both_comes_to_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """As near as single labels allow: with one label less it is below, and not all is filled."""
    none, all_filled = lower(at(0.0)), lower(at(1.0, *SCENES))
    level = (none + all_filled) / 2
    found, count = lifted(monkeypatch, 0.0, level)
    _, most = lifted(monkeypatch, 0.0, 1.1)
    assert none < level < all_filled
    assert 0 < count < most
    assert abs(lower(found) - level) < min(level - none, all_filled - level)


def test_a_scene_is_lifted_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lies below the level of scenes is filled as far as that takes, the others are left alone."""
    before = {scene: lower(at(0.0), scene) for scene in SMOKE_SCENES}
    worst = min(before, key=lambda scene: before[scene])
    others = [scene for scene in SMOKE_SCENES if scene != worst]
    level = (before[worst] + min(before[scene] for scene in others)) / 2
    found, count = lifted(monkeypatch, level, 0.0)
    assert count > 0
    assert lower(found, worst) > before[worst]
    for scene in others:
        assert lower(found, scene) == before[scene]


def test_a_scene_that_was_lifted_stays_so_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The level in all adds to what a scene got by itself, and takes nothing from it."""
    alone, some = lifted(monkeypatch, 0.9, 0.0)
    found, more = lifted(monkeypatch, 0.9, 1.1)
    assert 0 < some <= more
    for one, other in zip(alone, found, strict=True):
        assert all(set(seen) <= set(other[sha]) for sha, seen in one.items())


def test_the_same_is_lifted_again() -> None:
    """With the levels of the study, twice."""
    scenes, *models = made_scenes()
    first = lift_to(scenes.rows, models, SMOKE, ap50_of)
    assert lift_to(scenes.rows, models, SMOKE, ap50_of) == first
