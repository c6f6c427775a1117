"""Lay a dataset version out as the tables that the suite judges.

Rules: columns only, never an object a row or a box, so that a million pictures fit; a column of another type is
judged as what it can be read as; without a parent every comparison with it holds.
"""

from typing import TYPE_CHECKING

import pyarrow as pa

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.tables import PICTURE_SCHEMA

if TYPE_CHECKING:
    import pandas as pd


def build_tables(
    version: DatasetVersion, manifest: pa.Table, parent: pa.Table | None
) -> "dict[str, pd.DataFrame]":
    """Return the tables by name.

    ``columns`` has a row for each column of the manifest, ``pictures`` for each picture, ``boxes`` for each box,
    ``classes``, ``scenes`` and ``splits`` for each of theirs, ``version`` a single one. The first column of the last
    four names the row; the function that makes a table lists the others.

    Args:
        version: the version's record.
        manifest: its pictures (``PICTURE_SCHEMA``).
        parent: the parent's pictures, or None if there is no parent.
    """
    from safety_tasks.validate.box_table import box_table
    from safety_tasks.validate.drift import drift_of
    from safety_tasks.validate.history import pictures_kept
    from safety_tasks.validate.picture_table import picture_table
    from safety_tasks.validate.support_tables import (
        class_table,
        scene_table,
        split_table,
        version_table,
    )

    table = readable(manifest)
    before = None if parent is None else readable(parent)
    drift = () if before is None else drift_of(table, before, version.classes)
    pictures = picture_table(table, version.batches, before)
    boxes = box_table(table)
    return {
        "columns": column_table(manifest),
        "pictures": pictures,
        "boxes": boxes,
        "classes": class_table(version.classes, pictures, boxes, before, drift),
        "scenes": scene_table(pictures),
        "splits": split_table(pictures, version.splits),
        "version": version_table(version, pictures, pictures_kept(table, before), drift),
    }


def column_table(manifest: pa.Table) -> "pd.DataFrame":
    """Return ``name type expected``: a row for each column that is there or should be."""
    import pandas as pd

    found = {field.name: field.type for field in manifest.schema}
    wanted = {field.name: field.type for field in PICTURE_SCHEMA}
    names = [*wanted, *(name for name in found if name not in wanted)]
    same = {name for name in names if found.get(name) == wanted.get(name)}
    return pd.DataFrame(
        {
            "name": names,
            "type": [
                str(wanted[name]) if name in same else str(found.get(name, "absent"))
                for name in names
            ],
            "expected": [str(wanted.get(name, "absent")) for name in names],
        }
    )


def readable(manifest: pa.Table) -> pa.Table:
    """Return the columns of ``PICTURE_SCHEMA``, cast if nothing is lost, else empty; in one piece each."""
    columns = []
    for field in PICTURE_SCHEMA:
        column = None
        if field.name in manifest.schema.names:
            try:
                column = manifest[field.name].cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                column = None
        columns.append(pa.nulls(len(manifest), field.type) if column is None else column)
    return pa.table(columns, schema=PICTURE_SCHEMA).combine_chunks()
