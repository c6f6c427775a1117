"""Whole scenes go to one split and stay there; every hazard is supported where its scenes allow."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from safety_tasks.ingest.splits import BACKGROUND, assign_splits
from safety_tasks.records.picture import Split

SPLITS: tuple[Split, ...] = ("train", "val", "holdout")
Scenes = dict[str, dict[int, int]]
NAME = st.integers(0, 10**6).map(str)
COUNTS = st.dictionaries(st.sampled_from([BACKGROUND, 0, 1, 2]), st.integers(1, 30), min_size=1)
SCENES = st.dictionaries(NAME, COUNTS, max_size=30)


def assign(scenes: Scenes, fixed: dict[str, Split] | None = None) -> dict[str, Split]:
    """Assign with the shares that are shipped."""
    return assign_splits(scenes, fixed or {}, val_fraction=0.15, holdout_fraction=0.15)


def supported(scenes: Scenes, split_of: dict[str, Split], hazard: int) -> set[str]:
    """Return the splits that hold a hazard."""
    return {split_of[name] for name, counts in scenes.items() if counts.get(hazard)}


@pytest.mark.parametrize(
    ("scenes", "expected"),
    [
        ({}, {}),
        ({"a": {0: 5}}, {"a": "train"}),
        ({"a": {BACKGROUND: 5}}, {"a": "train"}),
        ({"a": {0: 50}, "b": {0: 5}}, {"a": "train", "b": "holdout"}),
        ({"a": {0: 5}, "b": {1: 5}}, {"a": "train", "b": "train"}),
        ({"a": {0: 5, 1: 5}, "b": {0: 5}}, {"a": "train", "b": "holdout"}),
        (
            {"a": {0: 70}, "b": {0: 15}, "c": {0: 14}, "d": {0: 1}},
            {"a": "train", "b": "holdout", "c": "val", "d": "val"},
        ),
    ],
)
def test_small_cases(scenes: Scenes, expected: dict[str, Split]) -> None:
    """Train is served first, then the holdout, then val; the largest fit takes each."""
    assert assign(scenes) == expected


@given(SCENES)
def test_every_scene_has_one_split(scenes: Scenes) -> None:
    """Each scene is in exactly one known split, and nothing else is assigned."""
    found = assign(scenes)
    assert found.keys() == scenes.keys()
    assert set(found.values()) <= set(get_args(Split))


@given(SCENES)
def test_order_does_not_matter(scenes: Scenes) -> None:
    """The same scenes in another order, and again, have the same splits."""
    assert assign(dict(reversed(list(scenes.items())))) == assign(scenes)


@given(SCENES, st.lists(SCENES, max_size=3))
def test_more_batches_move_no_scene(scenes: Scenes, batches: list[Scenes]) -> None:
    """However many batches follow, a scene keeps its split, also when it grows."""
    fixed = assign(scenes)
    for batch in batches:
        for name, counts in batch.items():
            mine = scenes.setdefault(name, {})
            for hazard, count in counts.items():
                mine[hazard] = mine.get(hazard, 0) + count
        after = assign(scenes, fixed)
        assert {name: after[name] for name in fixed} == fixed
        fixed = after


def test_a_fixed_scene_without_new_pictures_is_kept() -> None:
    """A scene that the counts do not name keeps its split."""
    assert assign({"a": {0: 1}}, {"old": "holdout"}) == {"old": "holdout", "a": "train"}


@given(st.dictionaries(NAME, st.tuples(st.integers(0, 2), st.integers(1, 30)), max_size=30))
def test_three_scenes_of_a_hazard_support_every_split(kinds: dict[str, tuple[int, int]]) -> None:
    """Where a scene holds one hazard, its first scene trains, the second judges, the third is val."""
    scenes = {name: {hazard: count} for name, (hazard, count) in kinds.items()}
    found = assign(scenes)
    for hazard in range(3):
        holders = sum(hazard in counts for counts in scenes.values())
        expected = set(("train", "holdout", "val")[:holders])
        assert supported(scenes, found, hazard) == expected


@hypothesis_settings(max_examples=60)
@given(st.dictionaries(NAME, COUNTS, min_size=9, max_size=40))
def test_nine_mixed_scenes_support_every_split(scenes: Scenes) -> None:
    """Where scenes mix three hazards, nine that hold one are enough for it to be in every split."""
    found = assign(scenes)
    for hazard in range(3):
        if sum(bool(counts.get(hazard)) for counts in scenes.values()) >= 9:
            assert supported(scenes, found, hazard) == set(SPLITS)


def test_shares_come_close_to_the_wish() -> None:
    """With many scenes of like size the boxes split about as wished."""
    scenes = {f"s{n}": {n % 3: 5} for n in range(120)}
    found = assign(scenes)
    held = {split: sum(s == split for s in found.values()) / 120 for split in SPLITS}
    assert held["train"] == pytest.approx(0.70, abs=0.05)
    assert held["val"] == pytest.approx(0.15, abs=0.05)
    assert held["holdout"] == pytest.approx(0.15, abs=0.05)


def test_a_new_hazard_is_served_beside_fixed_scenes() -> None:
    """A hazard that a later batch brings is supported in every split by the new scenes."""
    fixed: dict[str, Split] = {"a": "train", "b": "holdout", "c": "val"}
    scenes: Scenes = {name: {0: 10} for name in fixed} | {f"n{n}": {2: 10} for n in range(3)}
    found = assign(scenes, fixed)
    assert supported(scenes, found, 2) == set(SPLITS)


@given(SCENES, SCENES)
def test_a_closed_holdout_gets_no_scene(old: Scenes, new: Scenes) -> None:
    """Once the holdout is closed, new scenes train or choose, and what is in it stays."""
    fixed = assign(old)
    found = assign_splits(
        old | new, fixed, val_fraction=0.15, holdout_fraction=0.15, holdout_open=False
    )
    held = {name for name, split in fixed.items() if split == "holdout"}
    assert {name for name, split in found.items() if split == "holdout"} == held
