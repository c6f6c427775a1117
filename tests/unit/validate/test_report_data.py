"""The numbers of the dataset report are counts of the manifest, and no row is lost in a cut."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_versions import CLASSES, SOUND, made_box, made_picture, manifest_of

from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.store.tables import PICTURE_SCHEMA
from safety_tasks.validate.report_data import (
    MOST_BATCHES,
    CountRow,
    HazardCount,
    SplitRow,
    contents_of,
    count_rows,
    histogram,
)
from safety_tasks.validate.report_scenes import MOST_SCENES, SceneRow


def test_an_empty_version_counts_nothing() -> None:
    """Nothing in it is an answer too, with every split and class named."""
    found = contents_of(PICTURE_SCHEMA.empty_table(), CLASSES)
    assert (found.pictures, found.boxes, found.scenes, found.backgrounds) == (0, 0, 0, 0)
    assert [row.split for row in found.splits] == list(SPLITS)
    assert found.splits[0].hazards == (HazardCount(0, 0, 0),) * 3
    assert (found.scene_rows, found.batches) == ((), ())
    assert sum(found.brightness.counts) == 0


def test_each_split_is_counted() -> None:
    """Pictures, scenes, backgrounds and the support of each hazard."""
    pictures = [
        made_picture(1, scene="a", boxes=(made_box(0), made_box(0), made_box(2))),
        made_picture(2, scene="a", boxes=(made_box(0),)),
        made_picture(3, scene="b", boxes=()),
        made_picture(4, "holdout", scene="c", boxes=(made_box(1), made_box(7))),
    ]
    found = contents_of(manifest_of(pictures), CLASSES)
    none = HazardCount(0, 0, 0)
    assert found.splits[0] == SplitRow(
        "train", 3, 2, 1, (HazardCount(2, 3, 1), none, HazardCount(1, 1, 1))
    )
    assert found.splits[2] == SplitRow("holdout", 1, 1, 0, (none, HazardCount(1, 1, 1), none))
    assert (found.pictures, found.boxes, found.scenes, found.backgrounds) == (4, 6, 3, 1)


def test_box_sides_are_of_each_class() -> None:
    """The side of a box is the square root of its share of the picture."""
    picture = made_picture(
        1, boxes=(made_box(1, width=0.5, height=0.02), made_box(1, width=1.0, height=1.0))
    )
    sides = contents_of(manifest_of([picture]), CLASSES).box_sides
    assert [sum(each.counts) for each in sides] == [0, 2, 0]
    assert dict(zip(sides[1].edges, sides[1].counts, strict=False))[0.08] == 1
    assert sides[1].counts[-1] == 1


@pytest.mark.parametrize(
    ("values", "counts"),
    [([], (0, 0)), ([0.0, 0.5, 1.0, 2.0], (2, 2)), ([-5.0, 9.0], (1, 1)), ([np.nan, 1.5], (0, 1))],
)
def test_what_lies_outside_counts_in_the_outer_bins(
    values: list[float], counts: tuple[int, ...]
) -> None:
    """A value beyond the edges is counted, one that is none is not."""
    assert histogram(np.array(values, np.float64), (0.0, 1.0, 2.0)).counts == counts


def scenes(sizes: list[int]) -> list[Picture]:
    """Return pictures of scenes of some sizes."""
    return [
        made_picture(100 * number + n, scene=f"s{number:03d}")
        for number, size in enumerate(sizes)
        for n in range(size)
    ]


def test_scenes_stand_largest_first() -> None:
    """A scene names its splits and counts its boxes."""
    pictures = [*scenes([1, 3]), made_picture(9, "reserve", scene="s001", boxes=())]
    rows = contents_of(manifest_of(pictures), CLASSES).scene_rows
    assert rows == (
        SceneRow("s001", ("train", "reserve"), 4, 1, (3, 3, 3)),
        SceneRow("s000", ("train",), 1, 0, (1, 1, 1)),
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=MOST_SCENES + 10))
def test_no_scene_is_lost(sizes: list[int]) -> None:
    """The scenes that are left out are summed in the last row."""
    found = contents_of(manifest_of(scenes(sizes)), CLASSES)
    assert sum(row.pictures for row in found.scene_rows) == sum(sizes)
    assert sum(row.boxes[0] for row in found.scene_rows) == sum(sizes)
    assert sum(row.scenes for row in found.scene_rows) == len(sizes)
    assert len(found.scene_rows) <= MOST_SCENES + 1


def test_no_batch_is_lost() -> None:
    """So are batches."""
    pictures = [made_picture(n, batch_id=f"b{n:02d}") for n in range(MOST_BATCHES + 5)]
    rows = contents_of(manifest_of(pictures), CLASSES).batches
    assert rows[0] == CountRow(("b00", "labelled"), 1)
    assert rows[-1] == CountRow((), 5)


@pytest.mark.parametrize(
    ("rows", "counted"),
    [([], []), (["a"], [CountRow(("a",), 1)]), (["b", "a", "b"], [CountRow(("b",), 2), CountRow(("a",), 1)])],
)  # fmt: skip
def test_rows_are_counted_by_their_names(rows: list[str], counted: list[Any]) -> None:
    """Most first, then by name."""
    assert list(count_rows(pa.table({"x": pa.array(rows, pa.string())}), ["x"], 5)) == counted


def test_order_of_rows_does_not_matter() -> None:
    """Equal versions give equal reports."""
    assert contents_of(manifest_of(SOUND[::-1]), CLASSES) == contents_of(
        manifest_of(SOUND), CLASSES
    )
