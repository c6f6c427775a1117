"""A proof finds everything that is not as the version says, and calls a purge no damage."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from safety_tasks.dataset import verify_version
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ObjectNotFound
from safety_tasks.ingest import purge_picture
from safety_tasks.ingest.versions import write_version
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Box, Picture, label_text
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest, version_id_of
from safety_tasks.store.tables import PICTURE_SCHEMA, decode_table, encode_table

HUGE = (Box(class_id=7, x_center=0.5, y_center=0.5, width=0.1, height=0.1),)


def first_row(plant: Any, split: str = "train") -> Picture:
    """Return a picture of a split that is the same in every version."""
    still = set(read_manifest(plant.store, plant.third))
    rows = read_manifest(plant.store, plant.first)
    return next(row for row in rows if row.split == split and row in still)


def changed(
    plant: Any, change: Callable[[Sequence[Picture]], Sequence[Picture]], **facts: Any
) -> DatasetVersion:
    """Write a version whose rows were changed, and whose counts and holdout fit them unless ``facts`` say else."""
    parent: DatasetVersion = plant.third
    version = write_version(
        plant.store,
        None,
        change(read_manifest(plant.store, parent)),
        (),
        classes=parent.classes,
        batches=parent.batches,
        synthetic=False,
        backgrounds_declared=False,
        signatures=parent.signatures,
    )
    return rewritten(plant.store, version, **facts) if facts else version


def rewritten(store: LocalStore, version: DatasetVersion, **facts: Any) -> DatasetVersion:
    """Write a version's record anew with other facts, under the id that fits them."""
    values = version.to_dict() | facts
    record = DatasetVersion.model_validate(values | {"version_id": version_id_of(values)})
    put_artifact(store, f"{record.prefix}/version.json", record.to_json_bytes())
    return record


def test_no_such_version(local_store: LocalStore) -> None:
    """A version that is not there is no damaged one."""
    with pytest.raises(ObjectNotFound):
        verify_version(local_store, "0" * 16)


def test_sound_versions(plant: Any) -> None:
    """Every version that ingest wrote is sound; progress runs to the end."""
    calls: list[tuple[int, int]] = []
    for version in (plant.first, plant.second, plant.third):
        proof = verify_version(
            plant.store, version.version_id, progress=lambda *call: calls.append(call)
        )
        assert proof.is_sound
        assert proof.damage == proof.purged == ()
    assert calls[-1] == (19, 19)


@pytest.mark.parametrize("part", ["picture", "label"])
@pytest.mark.parametrize("payload", [None, b"", b"poison"])
def test_objects(plant: Any, part: str, payload: bytes | None) -> None:
    """A picture or label that is missing, cut or altered is named by its key."""
    row = first_row(plant)
    key = row.key if part == "picture" else row.label_key
    plant.store.delete(key)
    if payload is not None:
        plant.store.put(key, payload)
    (damage,) = verify_version(plant.store, plant.third.version_id).damage
    assert damage.where == key
    assert ("found none" if payload is None else "expected sha256") in damage.found


@pytest.mark.parametrize("part", ["manifest", "ledger", "signatures"])
@pytest.mark.parametrize("payload", [None, b"poison"])
def test_tables(plant: Any, part: str, payload: bytes | None) -> None:
    """A table that is missing or altered is named, and what else can be proved is."""
    found = getattr(plant.third, part)
    key = found[0].key if part == "signatures" else found.key
    plant.store.delete(key)
    if payload is not None:
        plant.store.put(key, payload)
    proof = verify_version(plant.store, plant.third.version_id)
    assert [each.where for each in proof.damage] == [key]
    assert proof.pictures == (0 if part == "manifest" else 19)


def test_record_and_lineage(plant: Any) -> None:
    """An altered record is the one thing that is said; one further back is damage of the line."""
    key = f"{plant.first.prefix}/version.json"
    plant.store.put(key, b"{}")
    (own,) = verify_version(plant.store, plant.first.version_id).damage
    assert own.where == key
    (line,) = verify_version(plant.store, plant.third.version_id).damage
    assert line.where.endswith("lineage")


def leak(rows: Sequence[Picture]) -> list[Picture]:
    """Move one picture of a train scene to the holdout."""
    victim = next(row for row in rows if row.split == "train")
    return [r.model_copy(update={"split": "holdout"}) if r is victim else r for r in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [*rows, rows[0]], "once, found it 2 times"),
        (leak, "in one split, found 1 in holdout, 1 in train"),
        (
            lambda rows: [rows[0].model_copy(update={"label_sha256": "0" * 64}), *rows[1:]],
            "expected the label 000000000000",
        ),
    ],
    ids=["twice", "leak", "label digest"],
)
def test_rows_that_contradict_each_other(
    plant: Any, change: Callable[[Sequence[Picture]], Sequence[Picture]], said: str
) -> None:
    """A picture twice, a scene on two sides, boxes that are not the label: found by the manifest alone."""
    version = changed(plant, change)
    proof = verify_version(plant.store, version.version_id)
    assert any(said in each.found for each in proof.damage)


@pytest.mark.parametrize(
    "splits", [("holdout", "incident"), ("holdout", "reserve"), ("val", "reserve")]
)
def test_a_scene_may_be_in_two_splits_of_one_side(plant: Any, splits: tuple[str, str]) -> None:
    """Incidents beside a holdout, and what waits in reserve, are no leak."""

    def change(rows: Sequence[Picture]) -> list[Picture]:
        scene = next(row.scene for row in rows if row.split == "train")
        mine = iter(splits)
        return [r.model_copy(update={"split": next(mine)}) if r.scene == scene else r for r in rows]

    assert verify_version(plant.store, changed(plant, change).version_id).is_sound


def test_a_record_that_contradicts_its_rows(plant: Any) -> None:
    """Counts, ledger and holdout of the record are those of the tables, or it is said."""
    splits = plant.third.to_dict()["splits"]
    splits["val"]["hazards"]["fire"]["boxes"] += 1
    version = rewritten(
        plant.store,
        plant.third,
        splits=splits,
        ledger_rows=0,
        holdout={"sha256": "0" * 64, "sign_off": None},
    )
    found = [each.found for each in verify_version(plant.store, version.version_id).damage]
    assert [any(word in said for said in found) for word in ("0 rows", "holdout 0", "of val")] == [
        True
    ] * 3
    assert len(found) == 3


def test_a_malformed_row_stops_nothing(plant: Any) -> None:
    """A row that is none is damage, a class that nobody knows too, and all other rows are proved."""
    artifact = plant.third.manifest
    table = decode_table(plant.store.get(artifact.key).payload, PICTURE_SCHEMA, what="manifest")
    rows = table.to_pylist()
    rows[0]["extension"] = "exe"
    rows[2]["scene"] = None
    rows[1] |= {
        "boxes": [box.model_dump() for box in HUGE],
        "label_sha256": sha256_bytes(label_text(HUGE).encode()),
    }
    payload = encode_table(type(table).from_pylist(rows, schema=PICTURE_SCHEMA))
    manifest = put_artifact(plant.store, "dataset/other.parquet", payload)
    version = rewritten(plant.store, plant.third, manifest=manifest.to_dict())
    found = [each.found for each in verify_version(plant.store, version.version_id).damage]
    assert any(said.startswith("extension:") for said in found)
    assert any(said.startswith("scene:") for said in found)
    assert "expected no empty cell, found some in scene" in found
    assert "expected class numbers under 3, found [7]" in found


def test_everything_is_listed(plant: Any) -> None:
    """A store that lost every picture gives as many lines, not the first."""
    rows = read_manifest(plant.store, plant.third)
    for row in rows:
        plant.store.delete(row.key)
    proof = verify_version(plant.store, plant.third.version_id)
    assert sorted(each.where for each in proof.damage) == sorted(row.key for row in rows)


def test_purged_is_not_damaged(plant: Any) -> None:
    """Older versions lost a picture and its signature by a purge: named, no damage. Bytes that came back are."""
    row = first_row(plant)
    kept = plant.store.get(row.key).payload
    report = purge_picture(
        plant.store, row.sha256, current=plant.third, purged_by="Kim", why="a face"
    )
    assert report.version is not None
    for version in (plant.first, plant.third):
        proof = verify_version(plant.store, version.version_id)
        assert (proof.damage, proof.purged) == ((), (row.sha256,))
    free = verify_version(plant.store, report.version.version_id)
    assert (free.damage, free.purged, free.pictures) == ((), (), 18)
    plant.store.put(row.key, kept)
    (damage,) = verify_version(plant.store, plant.third.version_id).damage
    assert (damage.where, "purged" in damage.found) == (row.key, True)
