"""What a run trains on: all that is new, a fair share of what the champion saw, whole scenes."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from support.made_pictures import hazards, picture, recipe, train_of

from safety_tasks.records.picture import Picture, Split
from safety_tasks.train.picking import pick_pictures

SHARES = st.floats(0, 1)
FRACTIONS = st.floats(0.01, 1)


@st.composite
def datasets(draw: st.DrawFn) -> tuple[tuple[Picture, ...], frozenset[str]]:
    """Draw a dataset of any splits with a train and a val picture, and which of its pictures were seen."""
    splits: list[Split] = ["train", "train", "train", "val", "holdout", "incident", "reserve"]
    kinds = st.tuples(
        st.sampled_from("abcde"),
        st.sampled_from([(), (0,), (1,), (0, 1), (2, 2)]),
        st.sampled_from(splits),
        st.booleans(),
    )
    drawn = draw(st.lists(kinds, max_size=40))
    rows: list[tuple[str, tuple[int, ...], Split, bool]] = [
        ("a", (0,), "train", False),
        ("v", (), "val", False),
        *drawn,
    ]
    rows = draw(st.permutations(rows))
    pictures = tuple(picture(n, row[0], row[1], row[2]) for n, row in enumerate(rows))
    return pictures, frozenset(p.sha256 for p, row in zip(pictures, rows, strict=True) if row[3])


@given(datasets(), SHARES, FRACTIONS, st.integers(0, 5))
def test_order_val_and_sameness(
    data: tuple[tuple[Picture, ...], frozenset[str]], share: float, fraction: float, seed: int
) -> None:
    """The input's order, all of val, nothing of other splits; the same again; whole scenes; every hazard stays."""
    pictures, seen = data
    picked = pick_pictures(pictures, recipe(share, fraction, seed), seen)
    assert picked == pick_pictures(pictures, recipe(share, fraction, seed), seen)
    chosen = set(picked.pictures)
    assert picked.pictures == tuple(p for p in pictures if p in chosen)
    assert {p.split for p in picked.pictures} == {"train", "val"}
    assert [p for p in picked.pictures if p.split == "val"] == [
        p for p in pictures if p.split == "val"
    ]
    assert picked.replayed == sum(p.sha256 in seen for p in train_of(picked))
    before = train_of(pick_pictures(pictures, recipe(share, 1.0, seed), seen))
    assert hazards(train_of(picked)) == hazards(before)
    kept = {p.scene for p in train_of(picked)}
    assert train_of(picked) == [p for p in before if p.scene in kept]


@given(datasets(), st.integers(0, 5))
def test_in_full_nothing_is_left_out(
    data: tuple[tuple[Picture, ...], frozenset[str]], seed: int
) -> None:
    """With both shares at 1, or without a warm start, all of train and val are taken."""
    pictures, seen = data
    wanted = tuple(p for p in pictures if p.split in ("train", "val"))
    assert pick_pictures(pictures, recipe(seed=seed), seen).pictures == wanted
    cold = pick_pictures(pictures, recipe(0.1, seed=seed), None)
    assert (cold.pictures, cold.replayed, cold.notes) == (wanted, 0, ())


@given(datasets(), SHARES, st.integers(0, 5))
def test_all_that_is_new_and_a_share_of_the_old(
    data: tuple[tuple[Picture, ...], frozenset[str]], share: float, seed: int
) -> None:
    """Every unseen picture is in; of the seen ones as many as the share says, or as every hazard needs."""
    pictures, seen = data
    old = [p for p in pictures if p.split == "train" and p.sha256 in seen]
    chosen = train_of(pick_pictures(pictures, recipe(share, seed=seed), seen))
    assert [p for p in chosen if p.sha256 not in seen] == [
        p for p in pictures if p.split == "train" and p.sha256 not in seen
    ]
    kept = [p for p in chosen if p.sha256 in seen]
    if share:
        assert hazards(kept) == hazards(old)
    for part, least in ((True, len(hazards(old))), (False, 0)):
        count = sum(bool(p.boxes) is part for p in kept)
        wanted = share * sum(bool(p.boxes) is part for p in old)
        assert count <= max(math.floor(wanted + 0.5), least if share else 0)
        assert count >= math.floor(wanted + 0.5)


@given(datasets(), SHARES, st.integers(0, 5))
def test_no_scene_vanishes_where_there_is_room(
    data: tuple[tuple[Picture, ...], frozenset[str]], share: float, seed: int
) -> None:
    """Where as many labelled pictures are replayed as scenes and hazards need, each labelled scene has one."""
    pictures, seen = data
    old = [p for p in pictures if p.split == "train" and p.sha256 in seen and p.boxes]
    scenes = {p.scene for p in old}
    kept = [
        p
        for p in train_of(pick_pictures(pictures, recipe(share, seed=seed), seen))
        if p.sha256 in seen and p.boxes
    ]
    if len(kept) >= len(scenes) + len(hazards(old)):
        assert {p.scene for p in kept} == scenes


@given(datasets(), SHARES, SHARES, FRACTIONS, FRACTIONS, st.integers(0, 5))
def test_more_is_a_superset(
    data: tuple[tuple[Picture, ...], frozenset[str]],
    one: float,
    two: float,
    less: float,
    more: float,
    seed: int,
) -> None:
    """A larger share, or a larger fraction, picks all that a smaller one did."""
    pictures, seen = data
    shares = [
        set(pick_pictures(pictures, recipe(s, 1, seed), seen).pictures) for s in sorted((one, two))
    ]
    assert shares[0] <= shares[1]
    sizes = sorted((less, more))
    parts = [set(pick_pictures(pictures, recipe(one, f, seed), seen).pictures) for f in sizes]
    assert parts[0] <= parts[1]


@given(datasets(), SHARES, FRACTIONS, st.randoms())
def test_the_choice_hangs_on_no_order(
    data: tuple[tuple[Picture, ...], frozenset[str]], share: float, fraction: float, random: Random
) -> None:
    """The same pictures in another order give the same choice."""
    pictures, seen = data
    mixed = list(pictures)
    random.shuffle(mixed)
    one = pick_pictures(pictures, recipe(share, fraction), seen)
    assert set(one.pictures) == set(pick_pictures(mixed, recipe(share, fraction), seen).pictures)
