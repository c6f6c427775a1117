"""The tables that the suite judges, counted by hand."""

import pyarrow as pa
import pytest
from support.made_versions import (
    CLASSES,
    SOUND,
    made_box,
    made_picture,
    manifest_of,
    version_of,
)

from safety_tasks.records.batch import BatchKind
from safety_tasks.validate.picture_table import NOTHING
from safety_tasks.validate.tables import build_tables


def tables_of(pictures: list[object], parent: list[object] | None = None) -> dict[str, object]:
    """Return the tables of pictures, beside a parent's."""
    manifest = manifest_of(pictures)  # type: ignore[arg-type]
    before = None if parent is None else manifest_of(parent)  # type: ignore[arg-type]
    return dict(build_tables(version_of(manifest)[0], manifest, before))


def column(tables: dict[str, object], name: str) -> list[object]:
    """Return the values of ``table.column``."""
    table, _, wanted = name.partition(".")
    return tables[table][wanted].tolist()  # type: ignore[index,no-any-return]


def test_tables_of_nothing() -> None:
    """Without pictures there are no rows but those of classes, splits, columns and the version."""
    tables = tables_of([])
    rows = {name: len(table) for name, table in tables.items()}  # type: ignore[arg-type]
    assert rows == {
        **{"columns": 15, "pictures": 0, "boxes": 0, "classes": 3},
        **{"scenes": 0, "splits": 5, "version": 1},
    }


def test_pictures_are_counted() -> None:
    """Boxes, sides of scenes, kinds and batches are as counted by hand; reserve is on no side."""
    tables = tables_of(
        [
            made_picture(0, scene="a"),
            made_picture(1, "val", scene="a", boxes=()),
            made_picture(2, "holdout", scene="b", kind=BatchKind.BACKGROUND),
            made_picture(3, "incident", scene="b", batch_id="b2"),
            made_picture(4, "reserve", scene="c"),
            made_picture(5, "train", scene="c"),
            made_picture(6, "train", scene=""),
            made_picture(7, "val", scene=None),
        ]
    )
    assert column(tables, "pictures.sides_of_scene") == [2, 2, 1, 1, 0, 1, 0, 0]
    assert column(tables, "pictures.boxes") == [3, 0, 3, 3, 3, 3, 3, 3]
    assert column(tables, "pictures.boxes_against_kind") == [0, 0, 3, 0, 0, 0, 0, 0]
    assert column(tables, "pictures.batch_listed") == [True] * 3 + [False] + [True] * 4
    assert column(tables, "pictures.missing") == [NOTHING] * 7 + ["scene"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, NOTHING),
        ({"camera": None}, NOTHING),
        ({"site": None, "kind": None}, "kind"),
        ({"brightness": float("nan")}, "brightness"),
        ({"boxes": None}, "boxes"),
        ({"boxes": (made_box(), made_box(width=float("nan")))}, "boxes"),
        ({"boxes": (made_box(None),)}, "boxes"),  # type: ignore[arg-type]
        ({"split": None}, "split"),
    ],
)
def test_the_first_empty_cell_is_named(changes: dict[str, object], missing: str) -> None:
    """A picture without a value, or with a box without a number, names the column; cameras may be unknown."""
    tables = tables_of([made_picture(0, **changes), made_picture(1)])
    assert column(tables, "pictures.missing") == [missing, NOTHING]


def test_boxes_are_measured() -> None:
    """Areas are in pixels, sides in pixels too, overhang in shares of the picture; repeats follow the first."""
    flat = made_box(height=0.0)
    tables = tables_of(
        [
            made_picture(0, boxes=(made_box(1, width=0.5, height=0.25),)),
            made_picture(1, boxes=()),
            made_picture(2, boxes=(made_box(), made_box(1), made_box(), flat)),
            made_picture(3, boxes=(made_box(x_center=0.95),)),
        ]
    )
    assert column(tables, "boxes.picture") == [0, 2, 2, 2, 2, 3]
    assert column(tables, "boxes.area_px")[0] == 0.5 * 640 * 0.25 * 480
    assert column(tables, "boxes.aspect")[0] == pytest.approx(320 / 120)
    assert column(tables, "boxes.aspect")[4] != column(tables, "boxes.aspect")[4]  # NaN
    assert column(tables, "boxes.share")[0] == 0.125
    assert column(tables, "boxes.overhang") == pytest.approx([0, 0, 0, 0, 0, 0.05])
    assert column(tables, "boxes.repeated") == [False, False, False, True, False, False]


def test_support_is_counted() -> None:
    """Boxes and scenes of each hazard, scenes' shares of train and false alarms are as counted by hand."""
    tables = tables_of(
        [
            made_picture(0, scene="a", boxes=(made_box(0), made_box(0, x_center=0.3))),
            made_picture(1, scene="b", boxes=(made_box(0), made_box(1))),
            made_picture(2, scene="b", boxes=(), kind=BatchKind.FALSE_ALARM),
            made_picture(3, "val", scene="c", boxes=(made_box(2),)),
            made_picture(4, "holdout", scene="d", boxes=(made_box(1),)),
            made_picture(5, "reserve", scene="e", boxes=(), kind=BatchKind.FALSE_ALARM),
        ]
    )
    assert column(tables, "classes.name") == list(CLASSES)
    assert column(tables, "classes.train_boxes") == [3, 1, 0]
    assert column(tables, "classes.train_scenes") == [2, 1, 0]
    assert column(tables, "classes.val_boxes") == [0, 0, 1]
    assert column(tables, "classes.holdout_boxes") == [0, 1, 0]
    assert column(tables, "classes.times_rarer")[:2] == [1.0, 3.0]
    shares = zip(column(tables, "scenes.scene"), column(tables, "scenes.train_share"), strict=True)
    assert dict(shares) == pytest.approx({"a": 1 / 3, "b": 2 / 3})
    assert column(tables, "splits.false_alarm_share") == pytest.approx([1 / 3, 0, 0, 0, 0])
    assert column(tables, "splits.pictures") == column(tables, "splits.recorded") == [3, 1, 1, 0, 1]
    assert column(tables, "version.holdout_pictures") == [1]


def test_beside_a_parent() -> None:
    """What the parent had and is gone, or changed sides, is counted; without a parent nothing is lost."""
    before = [*SOUND, made_picture(7, boxes=(made_box(2),) * 3)]
    now = [SOUND[5].model_copy(update={"split": "train"}), *SOUND[:5], made_picture(9)]
    tables = tables_of(now, before)
    assert column(tables, "version.pictures_kept") == [6 / 8]
    assert column(tables, "pictures.left_holdout") == [True] + [False] * 6
    assert column(tables, "classes.kept") == pytest.approx([1.0, 1.0, 0.7])
    alone = tables_of(now)
    assert column(alone, "version.pictures_kept") == [1.0]
    assert column(alone, "classes.kept") == [1.0] * 3
    assert not any(column(alone, "pictures.left_holdout"))
    assert (
        column(alone, "classes.drift") == column(alone, "version.drift_brightness") * 3 == [0.0] * 3
    )


@pytest.mark.parametrize(
    ("values", "found", "missing"),
    [
        (pa.array([640] * 7, pa.int64()), "int64", NOTHING),
        (pa.array(["640"] * 7), "string", NOTHING),
        (pa.array([2**40] * 7), "int64", "width_px"),
        (pa.array([640.5] * 7), "double", "width_px"),
        (pa.array([b"x"] * 7), "binary", "width_px"),
    ],
)
def test_a_column_of_another_type(values: pa.Array, found: str, missing: str) -> None:
    """A column of another type is named, and judged as what it can be read as, else as empty."""
    manifest = manifest_of(SOUND)
    odd = manifest.set_column(manifest.schema.get_field_index("width_px"), "width_px", values)
    tables = build_tables(version_of(manifest)[0], odd, None)
    columns = tables["columns"]
    wrong = columns[columns["type"] != columns["expected"]]
    assert wrong.to_numpy().tolist() == [["width_px", found, "int32"]]
    assert tables["pictures"]["missing"].unique().tolist() == [missing]


def test_columns_that_are_not_there() -> None:
    """A column that is absent or one too many is named; the rest is judged."""
    manifest = manifest_of(SOUND)
    odd = manifest.drop_columns("site").append_column("phash", pa.nulls(7, pa.int64()))
    tables = build_tables(version_of(manifest)[0], odd, None)
    columns = tables["columns"]
    wrong = columns[columns["type"] != columns["expected"]]
    assert wrong.to_numpy().tolist() == [
        ["site", "absent", "string"],
        ["phash", "int64", "absent"],
    ]
    assert tables["pictures"]["missing"].unique().tolist() == ["site"]
