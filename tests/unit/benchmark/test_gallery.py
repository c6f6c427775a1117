"""The gallery: what a model does best and worst, scene by scene, drawn with labels and detections."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, SIDE_PX, found_in, labelled, right, wrong
from toy_models import png

from safety_tasks.benchmark.gallery import A_KIND, Choice, choose_gallery, keep_gallery
from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.contact_sheet import LABEL_BGR, MODEL_BGR
from safety_tasks.inference.pictures import PictureReader, decode_picture
from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore

THRESHOLDS = {"smoke": 0.5, "fire": 0.7, "person_down": 0.5}
Shown = list[tuple[str, str, int, float | None]]


def measured(pictures: Sequence[Picture], *each: Sequence[Detection]) -> Accuracy:
    """Score what was found in pictures 0, 1, …"""
    return score(CLASSES, tuple(pictures), found_in(*each), THRESHOLDS)


def shown(choices: Sequence[Choice]) -> Shown:
    """Return kind, hazard, number of the picture and score of each choice."""
    return [(c.kind, c.hazard, int(c.picture.sha256, 16), c.score) for c in choices]


def overlaps(iou: float) -> Detection:
    """Return a detection that overlaps the label at column 0 so far."""
    return Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, 10 * iou))


@pytest.mark.parametrize(
    ("labels", "found", "wanted"),
    [
        ((), [], []),
        ((0,), [], [("missed", "smoke", 0, None)]),
        ((0,), [right(0, 0.5)], [("best", "smoke", 0, 0.5)]),
        ((0,), [right(0, 0.49)], [("missed", "smoke", 0, 0.49)]),
        ((1,), [right(0, 0.69, 1)], [("missed", "fire", 0, 0.69)]),
        ((0,), [right(0, 0.2), right(0, 0.4)], [("missed", "smoke", 0, 0.4)]),
        ((0,), [right(0, 0.6), right(0, 0.9)], [("best", "smoke", 0, 0.9)]),
        ((0,), [overlaps(0.5)], [("best", "smoke", 0, 0.9)]),
        ((0,), [overlaps(0.49)], [("missed", "smoke", 0, None), ("false_alarm", "smoke", 0, 0.9)]),
        ((), [wrong(0.5)], [("false_alarm", "smoke", 0, 0.5)]),
        ((), [wrong(0.49)], []),
        ((), [wrong(0.6), wrong(0.8)], [("false_alarm", "smoke", 0, 0.8)]),
        (
            (0,),
            [right(0, 0.8, 2)],
            [("missed", "smoke", 0, None), ("false_alarm", "person_down", 0, 0.8)],
        ),
        (
            (0, 0),
            [right(0, 0.8), wrong(0.9)],
            [
                ("best", "smoke", 0, 0.8),
                ("missed", "smoke", 0, None),
                ("false_alarm", "smoke", 0, 0.9),
            ],
        ),
        ((0, 1), [right(0, 0.9)], [("best", "smoke", 0, 0.9), ("missed", "fire", 0, None)]),
    ],
)
def test_what_a_picture_shows(
    labels: tuple[int, ...], found: list[Detection], wanted: Shown
) -> None:
    """Found at the threshold, by half its box, is a hit; fainter a miss with its score; elsewhere a false alarm."""
    assert shown(choose_gallery(measured([labelled(0, *labels)], found))) == wanted


def sized(index: int, share: float, scene: str) -> Picture:
    """Return a picture with a smoke label of some share of it."""
    box = Box(class_id=0, x_center=0.5, y_center=0.5, width=share, height=1.0)
    return labelled(index, scene=scene).model_copy(update={"boxes": (box,)})


def test_the_worst_miss_comes_first() -> None:
    """The largest label that nothing detected, then smaller ones; a faint detection counts against the label's size."""
    faint = Detection(class_id=0, score=0.3, box_xyxy=(20, 0, 80, 100))
    pictures = [sized(0, 0.2, "a"), sized(1, 0.9, "b"), sized(2, 0.6, "c")]
    found = choose_gallery(measured(pictures, [], [], [faint]))
    assert shown(found) == [
        ("missed", "smoke", 1, None),
        ("missed", "smoke", 2, 0.3),
        ("missed", "smoke", 0, None),
    ]
    assert [choice.weight for choice in found] == pytest.approx([0.9, 0.3, 0.2])


def test_the_strongest_first_and_no_more_than_asked() -> None:
    """The best hits and the loudest false alarms by score, each kind and hazard for itself."""
    pictures = [labelled(n, 0, scene=f"s{n}") for n in range(6)]
    scores = [0.6, 0.9, 0.7, 0.55, 0.8, 0.65]
    each = [[right(0, value), wrong(value, 1)] for value in scores]
    choices = shown(choose_gallery(measured(pictures, *each)))
    assert choices[:A_KIND] == [
        ("best", "smoke", number, scores[number]) for number in (1, 4, 2, 5)
    ]
    assert choices[A_KIND:] == [("false_alarm", "fire", n, scores[n]) for n in (1, 4, 2)]
    assert [n for *_, n, _ in shown(choose_gallery(measured(pictures, *each), 1))] == [1, 1]
    assert choose_gallery(measured(pictures, *each), 0) == ()


def test_scene_by_scene() -> None:
    """A long clip of strong hits gives its second only after every scene gave its first."""
    pictures = [labelled(n, 0, scene=scene) for n, scene in enumerate("aaabc")]
    each = [[right(0, value)] for value in (0.99, 0.98, 0.97, 0.6, 0.7)]
    assert [n for *_, n, _ in shown(choose_gallery(measured(pictures, *each)))] == [0, 4, 3, 1]


def test_a_picture_once_a_kind() -> None:
    """Two misses in one picture are one choice, the worse; it may be shown again for another kind or hazard."""
    found = choose_gallery(measured([labelled(0, 0, 0, 1)], [right(0, 0.3)]))
    assert shown(found) == [("missed", "smoke", 0, None), ("missed", "fire", 0, None)]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=12),
    st.integers(0, 5),
)
def test_never_more_and_never_twice(drawn: list[tuple[str, int]], count: int) -> None:
    """Whatever was found, a kind of a hazard has at most so many pictures, all different, no scene twice too early."""
    pictures = [labelled(n, 0, scene=scene) for n, (scene, _) in enumerate(drawn)]
    each = [[right(0, level / 10), wrong(level / 10)] for _, level in drawn]
    for kind in ("best", "missed", "false_alarm"):
        every = choose_gallery(measured(pictures, *each), 99)
        mine = [c for c in choose_gallery(measured(pictures, *each), count) if c.kind == kind]
        there = [c for c in every if c.kind == kind]
        assert mine == there[:count]
        assert len({c.picture.sha256 for c in there}) == len(there)
        scenes = [c.picture.scene for c in mine]
        assert len(set(scenes)) == min(len(mine), len({c.picture.scene for c in there}))


@pytest.fixture
def reader(tmp_path: Path) -> PictureReader:
    """Keep two grey pictures of 100 x 100."""
    paths = {}
    for number in range(2):
        pixels = np.full((SIDE_PX, SIDE_PX, 3), 90 + number, np.uint8)
        path = tmp_path / f"{number}.png"
        path.write_bytes(png(pixels))
        paths[f"{number:064x}"] = path
    return PictureReader(paths)


def near(picture: Any, colour: tuple[int, int, int]) -> int:
    """Return how many pixels have about a colour."""
    return int((np.abs(picture.astype(int) - colour).max(axis=2) < 60).sum())


def test_kept_pictures_decode(local_store: LocalStore, reader: PictureReader) -> None:
    """Each is a JPEG under its digest, enlarged at most four times, beside what it was chosen for."""
    found = measured([labelled(0, 0), labelled(1, 1)], [right(0, 0.9)], [])
    kept = keep_gallery(local_store, "r1", choose_gallery(found), found, reader)
    assert [(p.kind, p.hazard, p.file, p.scene, p.score) for p in kept] == [
        ("best", "smoke", "0.png", "s", 0.9),
        ("missed", "fire", "1.png", "s", None),
    ]
    for one in kept:
        payload = get_artifact(local_store, one.picture)
        assert one.picture.key == f"runs/r1/gallery/{sha256_bytes(payload)[:16]}.jpg"
        assert decode_picture(payload, what=one.file).shape == (360, 360, 3)
    assert keep_gallery(local_store, "r1", (), found, reader) == ()


def test_labels_and_detections_are_both_drawn(
    local_store: LocalStore, reader: PictureReader
) -> None:
    """A label in its colour, a detection at its threshold in another; what is below the threshold is not drawn."""
    label = sized(0, 0.4, "a")
    seen = [Detection(class_id=0, score=s, box_xyxy=(5, 5, 95, 95)) for s in (0.9, 0.4)]
    drawn = []
    for detections in ([seen[0]], [seen[1]]):
        found = measured([label], detections)
        (kept, *_) = keep_gallery(local_store, "r1", choose_gallery(found), found, reader)
        drawn.append(
            cv2.imdecode(np.frombuffer(get_artifact(local_store, kept.picture), np.uint8), 1)
        )
    assert all(near(picture, LABEL_BGR) > 300 for picture in drawn)
    assert near(drawn[0], MODEL_BGR) > 300
    assert near(drawn[1], MODEL_BGR) < 30
