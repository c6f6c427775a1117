"""Choices of pictures that can be told by counting: scenes, backgrounds, notes, and nothing to train on."""

from collections import Counter

import pytest
from support.made_pictures import hazards, picture, recipe, train_of

from safety_tasks.errors import DatasetEmpty
from safety_tasks.records.picture import Picture
from safety_tasks.train.picking import pick_pictures


def many(scenes: int = 10, each: int = 20) -> tuple[Picture, ...]:
    """Return scenes of smoke with one background in four; one scene with a single picture of fire; a val picture."""
    rows = [
        picture(index * each + number, f"s{index}", () if number % 4 == 0 else (0,))
        for index in range(scenes)
        for number in range(each)
    ]
    return (*rows, picture(9000, "rare", (1,)), picture(9001, "v", (), "val"))


def test_scenes_and_backgrounds_are_in_proportion() -> None:
    """A tenth of ten scenes of twenty: two of each scene, the one picture of fire, a background in four."""
    pictures = many()
    seen = frozenset(p.sha256 for p in pictures)
    chosen = train_of(pick_pictures(pictures, recipe(0.1), seen))
    counts = Counter(p.scene for p in chosen)
    assert counts["rare"] == 1
    assert {counts[f"s{index}"] for index in range(10)} <= {1, 2, 3}
    assert len(counts) == 11
    assert sum(not p.boxes for p in chosen) == 5
    assert len(chosen) == 20


def test_another_seed_picks_others() -> None:
    """The choice is drawn, not the first that come."""
    pictures = many()
    seen = frozenset(p.sha256 for p in pictures)
    picks = {
        frozenset(pick_pictures(pictures, recipe(share, fraction, seed), seen).pictures)
        for seed in range(5)
        for share, fraction in ((0.1, 1.0), (1.0, 0.3))
    }
    assert len(picks) == 10


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.9])
def test_a_fraction_is_kept_to_the_nearest_scene(fraction: float) -> None:
    """Whole scenes of twenty: the count is at most half a scene away from the fraction, the rare hazard beside it."""
    chosen = train_of(pick_pictures(many(), recipe(fraction=fraction), None))
    assert abs(len(chosen) - fraction * 201) <= 11
    assert {1} <= hazards(chosen)


def test_it_says_what_was_left_out() -> None:
    """Notes tell counts; the one who replays nothing is told which class is no longer trained on."""
    pictures = (*many(2, 4), picture(1, "n", (0,)), picture(77, "new", (2,)))[2:]
    seen = frozenset(p.sha256 for p in pictures if p.scene != "new")
    picked = pick_pictures(pictures, recipe(0.0), seen)
    assert [p.scene for p in train_of(picked)] == ["new"]
    assert picked.notes == (
        "warm start: 1 new pictures and 0 of the 8 that the champion saw (replay_share 0.0)",
        "no picture of class 0, 1 is trained on: raise replay_share",
    )
    (note,) = pick_pictures(many(), recipe(fraction=0.5), None).notes
    assert note == "data_fraction 0.5: 101 of 201 pictures, 6 of 11 scenes"


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ((), "expected pictures in train, found none. Deliver"),
        ((picture(1, split="val"), picture(2, split="holdout")), "expected pictures in train"),
        (
            (picture(1), picture(2, split="incident")),
            "expected pictures in val, found none. Deliver",
        ),
    ],
)
def test_an_empty_split_is_named(pictures: tuple[Picture, ...], said: str) -> None:
    """Without train, or without val, nothing can be trained: the message says which and what to do."""
    with pytest.raises(DatasetEmpty, match=said):
        pick_pictures(pictures, recipe(), None)


def test_nothing_new_and_nothing_replayed() -> None:
    """A warm start with nothing new and no replay has nothing to train on."""
    pictures = many()
    seen = frozenset(p.sha256 for p in pictures)
    with pytest.raises(DatasetEmpty, match=r"saw all 201 and that replay_share is 0\.0\. Raise"):
        pick_pictures(pictures, recipe(0.0), seen)


def replayed_scenes(sizes: dict[str, tuple[int, int]], share: float) -> Counter[str]:
    """Return how many pictures of each scene are replayed, of (labelled, background) pictures a scene."""
    rows = [
        (scene, (0,) if number < labelled else ())
        for scene, (labelled, empty) in sizes.items()
        for number in range(labelled + empty)
    ]
    pictures = [picture(n, scene, shown) for n, (scene, shown) in enumerate(rows)]
    pictures.append(picture(9999, "v", (), "val"))
    seen = frozenset(p.sha256 for p in pictures)
    return Counter(p.scene for p in train_of(pick_pictures(pictures, recipe(share), seen)))


def test_small_scenes_stay_and_large_ones_are_in_proportion() -> None:
    """One picture of a scene comes before a sixth of another; beyond that, a scene of nine tenths gives nine tenths."""
    assert replayed_scenes({"small": (1, 0), "large": (50, 0)}, 0.1) == {"small": 1, "large": 4}
    found = replayed_scenes({"ten": (10, 0), "ninety": (90, 0)}, 0.2)
    assert sum(found.values()) == 20
    assert abs(found["ninety"] - 18) <= 1


def test_scenes_of_backgrounds_alone_come_first_among_backgrounds() -> None:
    """A scene that labelled pictures keep in needs no background; one that has nothing else does."""
    sizes = {f"mixed{index}": (5, 5) for index in range(10)}
    alone = {f"alone{index}": (0, 1) for index in range(3)}
    found = replayed_scenes(sizes | alone, 0.06)
    assert {scene for scene in found if scene in alone} == set(alone)
