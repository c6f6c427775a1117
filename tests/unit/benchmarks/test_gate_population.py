"""How the real pictures are cut into halves, and which of them a model is trained on."""

from collections import Counter
from collections.abc import Callable

import pytest
from support.made_population import SCENES, made_pictures
from support.scored import labelled
from support.stored_versions import picture

from benchmarks.gate_population import PICTURES_A_SCENE, cut_scenes, cut_times, pick
from safety_tasks.records.picture import Picture

Pictures = tuple[Picture, ...]
Cut = Callable[[Pictures], tuple[Pictures, Pictures]]


def names(pictures: Pictures) -> set[str]:
    """Return the digests."""
    return {p.sha256 for p in pictures}


def sized(scene: str, hazard: int, count: int, first: int) -> Pictures:
    """Return a scene of so many pictures of a hazard."""
    return tuple(labelled(first + n, hazard, scene=scene) for n in range(count))


@pytest.mark.parametrize("cut", [cut_scenes, cut_times])
def test_every_picture_is_in_one_half(cut: Cut) -> None:
    """None is lost and none is in both, so that no model looks at what it was trained on."""
    pictures, *_ = made_pictures()
    one, other = cut(pictures)
    assert names(one) | names(other) == names(pictures)
    assert not names(one) & names(other)
    assert len(one) + len(other) == len(pictures)
    assert cut(()) == ((), ())


@pytest.mark.parametrize("cut", [cut_scenes, cut_times])
def test_a_cut_does_not_depend_on_the_order(cut: Cut) -> None:
    """The same pictures in another order are cut alike."""
    pictures, *_ = made_pictures()
    assert [names(half) for half in cut(pictures)] == [names(half) for half in cut(pictures[::-1])]


def test_whole_scenes_go_to_one_half() -> None:
    """A scene is on one side alone, and each hazard on both."""
    one, other = cut_scenes(made_pictures()[0])
    assert {p.scene for p in one}.isdisjoint(p.scene for p in other)
    for hazard in (1, 2):
        for half in (one, other):
            assert any(box.class_id == hazard for p in half for box in p.boxes)


def test_of_scenes_of_one_kind_every_second_one_is_taken() -> None:
    """By hazards, then from the largest on, so that the halves hold alike of each."""
    scenes = {"a": (0, 1), "b": (0, 5), "c": (0, 3), "d": (1, 2), "e": (1, 4), "f": (0, 2)}
    pictures = tuple(
        p
        for number, (scene, (hazard, count)) in enumerate(scenes.items())
        for p in sized(scene, hazard, count, 100 * number)
    )
    one, other = cut_scenes(pictures)
    assert ({p.scene for p in one}, {p.scene for p in other}) == ({"b", "f", "e"}, {"c", "a", "d"})


def test_times_are_cut_in_the_middle_of_each_scene() -> None:
    """What came first, in the natural order of files, is on one side, what came later on the other."""
    pictures, *_ = made_pictures()
    one, other = cut_times(pictures)
    for scene, (count, _) in SCENES.items():
        first, second = (
            sorted(int(p.file[4:-4]) for p in half if p.scene == scene) for half in (one, other)
        )
        assert first + second == list(range(count))
        assert abs(len(first) - len(second)) <= 1
    assert abs(len(one) - len(other)) <= 1


def test_at_most_sixty_pictures_of_a_scene_are_trained_on() -> None:
    """Every twelfth of those chooses the epoch; a scene of fewer is taken whole."""
    pictures = (*sized("large", 0, 100, 0), *sized("small", 1, 13, 200), *sized("one", 1, 1, 300))
    picked = pick(pictures, 0)
    assert PICTURES_A_SCENE == 60
    assert Counter((p.scene, p.split) for p in picked) == {
        ("large", "train"): 55,
        ("large", "val"): 5,
        ("small", "train"): 12,
        ("small", "val"): 1,
        ("one", "train"): 1,
    }
    assert len(names(picked)) == len(picked)


def test_a_seed_picks_others() -> None:
    """The seed alone decides, so that a candidate is trained on other pictures of the same scenes."""
    pictures = sized("large", 0, 100, 0)
    assert pick(pictures, 1) == pick(pictures[::-1], 1)
    one, other = names(pick(pictures, 1)), names(pick(pictures, 2))
    assert one != other
    assert len(one & other) > 20


def test_what_is_picked_keeps_all_but_its_split() -> None:
    """Pictures are marked, not changed."""
    one = picture(b"x", scene="s", split="holdout")
    assert pick((one,), 0) == (one.model_copy(update={"split": "train"}),)
    assert pick((), 0) == ()
