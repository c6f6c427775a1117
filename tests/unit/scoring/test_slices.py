"""Parts of the holdout: which pictures they hold, and that each is scored as if it were all there is."""

import pytest
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.scores import SliceScore
from safety_tasks.scoring.average_precision import average_precision
from safety_tasks.scoring.operating_point import recall_and_precision
from safety_tasks.scoring.size_slices import box_size
from safety_tasks.scoring.slices import brightness, slice_scores, source
from safety_tasks.scoring.support import count_support

AT = {"smoke": 0.5, "fire": 0.6, "person_down": 0.5}


def scored(
    pictures: list[Picture], *each: list, kind: str | None = None
) -> dict[tuple[str, str], SliceScore]:
    """Return the parts of pictures with these detections, by kind and value."""
    found = found_in(*each) if each else {p.sha256: [] for p in pictures}
    parts = slice_scores(pictures, found, CLASSES, AT)
    return {(part.kind, part.value): part for part in parts if kind in (None, part.kind)}


def test_no_pictures_no_parts() -> None:
    """Nothing has no parts."""
    assert scored([]) == {}


def test_each_part_is_scored_as_if_alone() -> None:
    """AP, recall, false alarms and support of a scene are those of its pictures alone."""
    pictures = [labelled(0, 0, 1, scene="a"), labelled(1, 0, scene="b"), labelled(2, scene="b")]
    each = ([wrong(0.9), right(0, 0.7), right(1, 0.55, 1)], [right(0, 0.4)], [wrong(0.8)])
    parts = scored(pictures, *each, kind="scene")
    assert list(parts) == [("scene", "a"), ("scene", "b")]
    for value, mine in (("a", pictures[:1]), ("b", pictures[1:])):
        part = parts["scene", value]
        alone = average_precision(mine, found_in(*each), CLASSES)
        assert part.ap50 == {n: ap and pytest.approx(ap) for n, ap in alone.ap50.items()}
        for class_id, name in enumerate(CLASSES):
            recall, _ = recall_and_precision(mine, found_in(*each), class_id, AT[name])
            assert part.recall[name] == recall
            assert part.support[name] == count_support(mine, class_id)
        assert (part.pictures, part.scenes) == (len(mine), 1)
    assert parts["scene", "a"].false_alarms is None
    assert parts["scene", "b"].false_alarms.per_1000 == 1000


@pytest.mark.parametrize(
    ("camera", "expected"), [(None, "harbour"), ("north", "harbour/north"), ("", "harbour/")]
)
def test_source_is_the_site_and_its_camera(camera: str | None, expected: str) -> None:
    """A camera is named where there is one."""
    assert source(labelled(0).model_copy(update={"site": "harbour", "camera": camera})) == expected


def test_parts_by_source() -> None:
    """Pictures of one site and camera are one part."""
    sites = [("b", None), ("a", "2"), ("a", "1"), ("a", "1")]
    pictures = [
        labelled(n, 0, scene=str(n)).model_copy(update={"site": site, "camera": camera})
        for n, (site, camera) in enumerate(sites)
    ]
    parts = scored(pictures, kind="source")
    sizes = {value: (part.pictures, part.scenes) for (_, value), part in parts.items()}
    assert sizes == {"a/1": (2, 2), "a/2": (1, 1), "b": (1, 1)}


@pytest.mark.parametrize(
    ("grey", "expected"),
    [(0, "night"), (59.9, "night"), (60, "dusk"), (99.9, "dusk"), (100, "day"), (255, "day")],
)
def test_brightness(grey: float, expected: str) -> None:
    """Night under 60, dusk under 100, day from there."""
    assert brightness(labelled(0).model_copy(update={"brightness": grey})) == expected


def test_parts_by_brightness_come_from_the_darkest() -> None:
    """Only what there is, night first."""
    pictures = [labelled(n).model_copy(update={"brightness": g}) for n, g in enumerate((200, 10))]
    assert list(scored(pictures, kind="brightness")) == [
        ("brightness", "night"),
        ("brightness", "day"),
    ]


@pytest.mark.parametrize(
    ("side_px", "expected"),
    [
        (1, "small"),
        (31.9, "small"),
        (32, "medium"),
        (95.9, "medium"),
        (96, "large"),
        (100, "large"),
    ],
)
def test_box_sizes(side_px: float, expected: str) -> None:
    """COCO's limits, 32² and 96² pixels, in pixels of the picture."""
    side = side_px / 128
    box = Box(class_id=0, x_center=0.5, y_center=0.5, width=side, height=side)
    picture = labelled(0).model_copy(update={"width_px": 128, "height_px": 128})
    assert box_size(box, picture) == expected


def test_parts_by_box_size() -> None:
    """A size holds the recall of its labels; a picture with two sizes counts for both; AP and alarms are left out."""
    large = Box(class_id=0, x_center=0.5, y_center=0.5, width=1, height=1)
    pictures = [labelled(0, 0, 0, 1), labelled(1, 0), labelled(2)]
    pictures[0] = pictures[0].model_copy(update={"boxes": (*pictures[0].boxes, large)})
    whole = right(0, 0.9).model_copy(update={"box_xyxy": (0, 0, 100, 100)})
    parts = scored(
        pictures, [right(0, 0.9), whole, right(2, 0.55, 1)], [right(0, 0.4)], [], kind="box_size"
    )
    assert list(parts) == [("box_size", "small"), ("box_size", "large")]
    small = parts["box_size", "small"]
    assert small.recall == {"smoke": pytest.approx(1 / 3), "fire": 0, "person_down": None}
    assert small.support["smoke"] == Support(pictures=2, boxes=3, scenes=1)
    assert small.ap50 == dict.fromkeys(CLASSES)
    assert small.false_alarms is None
    assert (small.pictures, parts["box_size", "large"].pictures) == (2, 1)
    assert parts["box_size", "large"].recall["smoke"] == 1


def test_hard_negatives_are_pictures_that_came_as_false_alarms() -> None:
    """They have false alarms and nothing else; other background is not among them."""
    pictures = [labelled(0), labelled(1), labelled(2, 0)]
    pictures[1] = pictures[1].model_copy(update={"kind": BatchKind.FALSE_ALARM})
    assert scored(pictures[::2], [], [], [], kind="hard_negatives") == {}
    (part,) = scored(pictures, [wrong(0.9)], [wrong(0.9)], [], kind="hard_negatives").values()
    assert (part.value, part.pictures, part.scenes) == ("false_alarm", 1, 1)
    assert part.false_alarms.per_1000 == 1000
    assert part.ap50 == part.recall == dict.fromkeys(CLASSES)
