"""Scenes of one hazard each: a scene stands once for each of its hazards, with what belongs to the others left out."""

from collections.abc import Iterable, Mapping

import pytest
from support.made_population import CLASSES, SCENES, made_pictures, made_scenes
from support.scored import labelled, right, wrong

from benchmarks.gate_scenes import QUIET, Scenes, Stratum, one_hazard_scenes
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture

# Scene "a" labels smoke, fire, both in one picture, and nothing; scene "b" labels nothing.
MIXED = (
    *(labelled(n, 0, scene="a") for n in (0, 1)),
    *(labelled(n, 1, scene="a") for n in (2, 3)),
    labelled(4, 0, 1, scene="a"),
    labelled(5, scene="a"),
    labelled(6, scene="b"),
)
ALL_SEEN: Mapping[str, Found] = {
    p.sha256: (right(0, 0.9, 0), right(1, 0.8, 1), wrong(0.7, 2)) for p in MIXED
}


def names(pictures: Iterable[Picture]) -> list[str]:
    """Return the digests."""
    return [picture.sha256 for picture in pictures]


def mixed() -> tuple[Scenes, dict[str, Found]]:
    """Return the strata of the seven pictures, and what a model that sees everything everywhere finds."""
    scenes, (found,) = one_hazard_scenes(CLASSES, MIXED, [ALL_SEEN])
    return scenes, found


def test_nothing_has_no_strata() -> None:
    """Without pictures there are no scenes, and each model still has its own (empty) detections."""
    scenes, found = one_hazard_scenes(CLASSES, (), [{}, {}])
    assert (scenes.rows, scenes.strata, found) == ((), (), [{}, {}])


def test_a_scene_stands_once_for_each_hazard() -> None:
    """Each keeps the pictures of its hazard and those of nothing; those of other hazards alone are left out."""
    scenes, _ = mixed()
    files = [
        (
            s.hazard,
            s.scene,
            *([scenes.rows[r].file for r in rows] for rows in (s.labelled, s.other)),
        )
        for s in scenes.strata
    ]
    assert files == [
        ("smoke", "a", ["0.png", "1.png", "4.png"], ["5.png"]),
        ("fire", "a", ["2.png", "3.png", "4.png"], ["5.png"]),
        (QUIET, "b", [], ["6.png"]),
    ]
    assert [len(scenes.of(word)) for word in (*CLASSES, QUIET)] == [1, 1, 0, 1]


@pytest.mark.parametrize(("smoke", "fire"), [(0, 3), (1, 3), (2, 4), (3, 1), (3, 3), (2, 0)])
def test_too_few_pictures_of_a_hazard_are_no_scene_of_it(smoke: int, fire: int) -> None:
    """One or two, drawn again and again, would be one picture; those of its other hazards are a scene all the same."""
    hazards = [*[0] * smoke, *[1] * fire]
    pictures = [labelled(n, hazard, scene="a") for n, hazard in enumerate(hazards)]
    pictures.append(labelled(99, scene="a"))
    scenes, (found,) = one_hazard_scenes(CLASSES, pictures, [dict.fromkeys(names(pictures), ())])
    wanted = [("smoke", smoke)] * (smoke >= 3) + [("fire", fire)] * (fire >= 3)
    assert [(s.hazard, len(s.labelled)) for s in scenes.strata] == wanted
    assert all(len(s.other) == 1 for s in scenes.strata)
    assert set(found) == set(names(scenes.rows))


def test_labels_are_of_the_stratum_alone() -> None:
    """A picture of two hazards labels one of them in each of its two rows, under names of their own."""
    scenes, _ = mixed()
    for stratum in scenes.strata:
        labels = [{b.class_id for b in scenes.rows[row].boxes} for row in stratum.labelled]
        assert all(held == {CLASSES.index(stratum.hazard)} for held in labels)
        assert not any(scenes.rows[row].boxes for row in stratum.other)
    assert len({row.sha256 for row in scenes.rows}) == len(scenes.rows)


def test_detections_of_the_scenes_other_hazards_go() -> None:
    """They would be false alarms by no fault of the model; those of hazards that the scene never shows stay."""
    scenes, found = mixed()
    kept = {
        (s.hazard, s.scene): {
            tuple(sorted(d.class_id for d in found[scenes.rows[row].sha256]))
            for row in (*s.labelled, *s.other)
        }
        for s in scenes.strata
    }
    assert kept == {("smoke", "a"): {(0, 2)}, ("fire", "a"): {(1, 2)}, (QUIET, "b"): {(0, 1, 2)}}


def test_rows_follow_each_other_as_the_camera_took_them() -> None:
    """Pictures come in the natural order of their files, img-2 before img-10, whatever order they are given in."""
    pictures, *models = made_pictures()
    scenes, *found = made_scenes()
    again, others = one_hazard_scenes(CLASSES, pictures[::-1], models)
    assert (again, others) == (scenes, found)
    both = next(s for s in scenes.strata if (s.hazard, s.scene) == ("smoke", "both"))
    numbers = [int(scenes.rows[row].file[4:-4]) for row in both.labelled]
    assert numbers == sorted(numbers)
    assert max(numbers) >= 10


def test_every_picture_is_somewhere() -> None:
    """A picture stands in each stratum of its scene if it labels nothing, else in those of its hazards."""
    scenes, *_ = made_scenes()
    hazards = {name: {h for h in turn if h is not None} for name, (_, turn) in SCENES.items()}
    assert sorted((s.hazard, s.scene) for s in scenes.strata) == sorted(
        (CLASSES[hazard] if hazard is not None else QUIET, name)
        for name, held in hazards.items()
        for hazard in held or {None}
    )
    rows = sorted(row for s in scenes.strata for row in (*s.labelled, *s.other))
    assert rows == list(range(len(scenes.rows)))


def test_both_models_are_cut_alike() -> None:
    """What a model found in a row is what it found in the real picture, less the scene's other hazards."""
    pictures, *models = made_pictures()
    scenes, *found = made_scenes()
    by_place: dict[tuple[str, str], Picture] = {(p.scene, p.file): p for p in pictures}
    for stratum in scenes.strata:
        out = {"smoke": {1}, "fire": {0}}.get(stratum.hazard, set())
        out = out if stratum.scene == "both" else set()
        for row in (*stratum.labelled, *stratum.other):
            real = by_place[stratum.scene, scenes.rows[row].file]
            for mine, model in zip(found, models, strict=True):
                wanted = tuple(d for d in model[real.sha256] if d.class_id not in out)
                assert mine[scenes.rows[row].sha256] == wanted


@pytest.mark.parametrize(
    ("labelled_rows", "other_rows", "wanted"),
    [
        (0, 50, (0, 20)),  # quiet
        (50, 0, (20, 0)),  # all of it labelled
        (25, 25, (10, 10)),
        (1, 49, (1, 19)),  # at least one labelled: 0.4 of a picture
        (1, 999, (1, 31)),  # a large scene: 1.6 times the usual, not 4.5
        (1, 1, (4, 4)),  # a small one: 0.4 times, not 0.2
        (18, 14, (9, 7)),  # between, by the square root: 0.8 times
    ],
)
def test_a_drawn_scene_is_sized_as_the_real_one(
    labelled_rows: int, other_rows: int, wanted: tuple[int, int]
) -> None:
    """By the square root of its pictures, within 0.4 to 1.6 of the usual, labelled ones in its own proportion."""
    rows = tuple(range(labelled_rows + other_rows))
    stratum = Stratum("smoke", "s", rows[:labelled_rows], rows[labelled_rows:])
    assert stratum.sizes(20) == wanted
