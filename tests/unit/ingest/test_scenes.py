"""A scene is named by a rule, else by camera, else by likeness; what looks alike is never two scenes."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.placed import arrival, picture, signatures

from safety_tasks.ingest.scenes import Scenes, find_scenes, named_scene
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Arrival, Picture


def find(
    arrivals: Sequence[tuple[Arrival, int]], known: Sequence[tuple[Picture, int]] = ()
) -> Scenes:
    """Find the scenes of arrivals, each with its look, beside known pictures with theirs."""
    new, old = [row for row, _ in arrivals], [row for row, _ in known]
    return find_scenes(
        new,
        signatures(new, [look for _, look in arrivals]),
        old,
        signatures(old, [look for _, look in known]),
    )


def by_name(scenes: Scenes, *names: str) -> list[str]:
    """Return the scenes of arrivals by the name they were made with."""
    return [scenes.of[arrival(name).sha256] for name in names]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"camera": "c1"}, "unknown/c1"),
        ({"camera": "c1", "site": "ulsan"}, "ulsan/c1"),
        ({"camera": "c1", "scene": "hall"}, "hall"),
        ({"camera": "c1", "kind": BatchKind.INCIDENT}, None),
        ({"scene": "hall", "kind": BatchKind.INCIDENT}, "hall"),
    ],
)
def test_who_names_a_scene(changes: dict[str, str], expected: str | None) -> None:
    """The delivery's own word, else site and camera; an incident is a moment and takes no camera with it."""
    assert named_scene(arrival("a", **changes)) == expected


def test_nothing_has_no_scene() -> None:
    """No arrivals, no scenes, whatever is known."""
    assert find([]) == Scenes({}, (), frozenset())
    assert find([], [(picture("k", "s", "train"), 1)]) == Scenes({}, (), frozenset())


def test_likes_are_one_scene_named_by_the_smallest_digest() -> None:
    """Unnamed pictures that are alike share a scene; one that is like none has its own."""
    names = sorted("abc", key=lambda name: arrival(name).sha256)
    scenes = find([(arrival("a"), 1), (arrival("b"), 1), (arrival("c"), 1), (arrival("d"), 2)])
    first = f"auto-{arrival(names[0]).sha256[:12]}"
    assert by_name(scenes, "a", "b", "c") == [first] * 3
    assert by_name(scenes, "d") == [f"auto-{arrival('d').sha256[:12]}"]
    assert scenes.joined == ()


def test_likes_join_the_scene_that_is_named() -> None:
    """An unnamed picture goes where its like is named; two names become the first, and that is told."""
    scenes = find(
        [
            (arrival("a", scene="x"), 1),
            (arrival("b"), 1),
            (arrival("c", scene="y"), 1),
            (arrival("d", scene="y"), 2),
        ]
    )
    assert by_name(scenes, "a", "b", "c", "d") == ["x"] * 4
    assert {(each.named, each.scene) for each in scenes.joined} == {("y", "x")}
    assert len(scenes.joined) == 2


def test_a_known_scene_takes_its_likes_in_whatever_they_are_named() -> None:
    """What is like a picture of the dataset joins its scene, and with it all that shares its name."""
    scenes = find(
        [(arrival("a", scene="new"), 1), (arrival("b", scene="new"), 2)],
        [(picture("k", "old", "train"), 1)],
    )
    assert by_name(scenes, "a", "b") == ["old", "old"]
    assert scenes.bridging == frozenset()


@pytest.mark.parametrize(
    ("first", "second", "scene", "bridging"),
    [
        ("train", "train", "s1", False),
        ("train", "val", "s2", True),
        ("train", "holdout", "s2", True),
        ("val", "holdout", "s2", True),
        ("holdout", "incident", "s1", False),
        ("train", "incident", "s2", True),
        ("reserve", "train", "s2", True),
    ],
)
def test_what_is_like_two_scenes_joins_the_stricter(
    first: str, second: str, scene: str, bridging: bool
) -> None:
    """The holdout's scene comes first; a picture that is like two sides is told, since it fits neither."""
    scenes = find(
        [(arrival("a", scene="new"), 1), (arrival("b", scene="new"), 2)],
        [(picture("k", "s1", first), 1), (picture("l", "s2", second), 2)],  # type: ignore[arg-type]
    )
    assert by_name(scenes, "a", "b") == [scene, scene]
    assert bool(scenes.bridging) is bridging


LOOKS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([None, "x", "y", "z"])), min_size=1, max_size=10
)


@hypothesis_settings(max_examples=30, deadline=None)
@given(LOOKS)
def test_no_two_scenes_hold_alikes(looks: list[tuple[int, str | None]]) -> None:
    """Whatever the names, two pictures that look alike share a scene, and so do two of one name."""
    rows = [(arrival(str(n), scene=scene), look) for n, (look, scene) in enumerate(looks)]
    scenes = find(rows)
    for one, look in rows:
        for other, other_look in rows:
            if look == other_look or (one.scene is not None and one.scene == other.scene):
                assert scenes.of[one.sha256] == scenes.of[other.sha256]


@hypothesis_settings(max_examples=30, deadline=None)
@given(LOOKS, st.randoms(use_true_random=False))
def test_order_does_not_matter(looks: list[tuple[int, str | None]], random: object) -> None:
    """The same pictures delivered in another order have the same scenes."""
    rows = [(arrival(str(n), scene=scene), look) for n, (look, scene) in enumerate(looks)]
    other = list(rows)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert find(other).of == find(rows).of
