"""A scene is named by a rule, else by likeness; what looks alike is never two scenes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.scenes import group_near_duplicates, scene_by_rule
from safety_tasks.records.dataset import SceneRule

DISTANCE = 10
FAR = 2**64 - 1


def bits(count: int, start: int = 0) -> int:
    """Return a hash with so many set bits from ``start`` on."""
    return ((1 << count) - 1) << start


@pytest.mark.parametrize(
    ("rules", "file", "scene"),
    [
        ([], "images/cam1_01.jpg", None),
        ([("cam1_*", "one")], "images/cam1_01.jpg", "one"),
        ([("cam1_*", "one")], "images/cam10_1.jpg", None),
        ([("cam1_*", "one")], "images/CAM1_01.jpg", None),
        ([("*", "all"), ("cam1_*", "one")], "cam1_01.jpg", "all"),
        ([("cam2_*", "two"), ("cam?_*", "any")], "cam1_01.jpg", "any"),
        ([("images/*", "folder")], "images/a.jpg", None),
        ([("[ab].jpg", "ab")], "x/b.jpg", "ab"),
    ],
)
def test_the_first_rule_that_fits_decides(
    rules: list[tuple[str, str]], file: str, scene: str | None
) -> None:
    """Patterns look at the file's own name, with its case, in the order given."""
    made = [SceneRule(glob=glob, scene=name) for glob, name in rules]
    assert scene_by_rule(file, made) == scene


@pytest.mark.parametrize(
    ("hashes", "known", "expected"),
    [
        ({}, {}, {}),
        ({}, {"k": (0, "s")}, {}),
        ({"a": 0}, {}, {"a": "auto-a"}),
        ({"a": 0, "b": 0}, {}, {"a": "auto-a", "b": "auto-a"}),
        ({"a": 0, "b": bits(10)}, {}, {"a": "auto-a", "b": "auto-a"}),
        ({"a": 0, "b": bits(11)}, {}, {"a": "auto-a", "b": "auto-b"}),
        ({"a": 0, "c": bits(10), "b": bits(20)}, {}, dict.fromkeys("abc", "auto-a")),
        ({"a": 0, "b": FAR}, {"k": (bits(3), "s")}, {"a": "s", "b": "auto-b"}),
        ({"a": 0, "b": bits(10)}, {"k": (bits(20), "s")}, {"a": "s", "b": "s"}),
        ({"a": bits(11)}, {"k": (0, "s")}, {"a": "auto-a"}),
    ],
)
def test_what_looks_alike_is_one_scene(
    hashes: dict[str, int], known: dict[str, tuple[int, str]], expected: dict[str, str]
) -> None:
    """Up to ten bits apart is alike, also through a third; a known scene takes its likes in."""
    assert group_near_duplicates(hashes, known, DISTANCE) == expected


CENTRES = st.sampled_from([0, bits(20), bits(20, 30), FAR])
HASH = st.builds(lambda centre, noise: centre ^ noise, CENTRES, st.integers(0, 2**12 - 1))
HASHES = st.dictionaries(st.integers(0, 10**6).map(lambda n: f"{n:08d}"), HASH, max_size=12)


@given(HASHES)
def test_no_two_scenes_hold_alikes(hashes: dict[str, int]) -> None:
    """Whatever the hashes, two pictures that look alike share a scene, and every one has one."""
    scenes = group_near_duplicates(hashes, {}, DISTANCE)
    assert scenes.keys() == hashes.keys()
    for first, mine in hashes.items():
        for second, other in hashes.items():
            if (mine ^ other).bit_count() <= DISTANCE:
                assert scenes[first] == scenes[second]


@given(HASHES)
def test_order_does_not_matter(hashes: dict[str, int]) -> None:
    """The same pictures delivered in another order have the same scenes."""
    backwards = dict(reversed(list(hashes.items())))
    scenes = group_near_duplicates(hashes, {}, DISTANCE)
    assert group_near_duplicates(backwards, {}, DISTANCE) == scenes


def test_more_pictures_than_one_step() -> None:
    """Likes are found across the steps that a large batch is compared in."""
    hashes = {f"{n:05d}": (n % 600) * 0x9E3779B97F4A7C15 % 2**64 for n in range(1200)}
    scenes = group_near_duplicates(hashes, {}, 0)
    assert len(set(scenes.values())) == 600
    assert all(scenes[f"{n:05d}"] == scenes[f"{n + 600:05d}"] for n in range(600))
