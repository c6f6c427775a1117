"""A job's input in the store: pictures by reference, all else under the run's prefix, and nothing that judges."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.placed import picture

from safety_tasks.errors import ConfigError, DatasetEmpty, DatasetError
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.store.tables import PICTURE_SCHEMA, decode_rows
from safety_tasks.train.sagemaker.channels import Channels, write_channels
from safety_tasks.train.sagemaker.layout import JobInput

CLASSES = ("smoke", "fire", "person_down")
RECIPE = Recipe(name="r", epochs=3).bound_to(CLASSES)
PICTURES = (picture("b", "s1", "train"), picture("a", "s2", "val"), picture("c", "s3", "train"))
DIGEST = "1" * 64


def write(store: ObjectStore, **changes: Any) -> Channels:
    """Write a run's channels."""
    given: dict[str, Any] = {
        "run_id": "r1",
        "pictures": PICTURES,
        "recipe": RECIPE,
        "classes": CLASSES,
        "inputs_sha256": DIGEST,
        "base": None,
        "replayed": 1,
    }
    return write_channels(store, **given | changes)


def contents(store: ObjectStore) -> dict[str, bytes]:
    """Return every object of the store."""
    return {key: store.get(key).payload for key in store.keys("")}


def test_pictures_are_listed_not_copied(s3_store: S3Store) -> None:
    """AWS's manifest: the store's address, then each key once, in order; it lies beside the run's prefix."""
    channels = write(s3_store, pictures=(*PICTURES, PICTURES[0]))
    assert channels.pictures_uri == f"{s3_store.uri}/runs/r1/job_manifest.json"
    assert channels.run_uri == f"{s3_store.uri}/runs/r1/job/"
    document = json.loads(s3_store.get("runs/r1/job_manifest.json").payload)
    assert document == [
        {"prefix": f"{s3_store.uri}/"},
        *sorted(each.key for each in PICTURES),
    ]
    assert sorted(contents(s3_store)) == [
        "runs/r1/job/job.json",
        "runs/r1/job/pictures.parquet",
        "runs/r1/job/recipe.json",
        "runs/r1/job_manifest.json",
    ]


def test_the_listed_keys_are_those_of_a_store_in_the_container(
    s3_store: S3Store, tmp_path: Path
) -> None:
    """What SageMaker makes of the manifest, each object under its key without the prefix, reads as a store."""
    payloads = {each.key: each.sha256.encode() for each in PICTURES}
    for key, payload in payloads.items():
        s3_store.put(key, payload)
    channels = write(s3_store)
    key = channels.pictures_uri.removeprefix(f"{s3_store.uri}/")
    first, *names = json.loads(s3_store.get(key).payload)
    inside = LocalStore(tmp_path / "pictures")
    for name in names:
        uri = first["prefix"] + name
        inside.put(name, s3_store.get(uri.removeprefix(f"{s3_store.uri}/")).payload)
    assert {each.key: inside.get(each.key).payload for each in PICTURES} == payloads


def test_the_run_channel_says_all(s3_store: S3Store, tmp_path: Path) -> None:
    """Recipe, pictures with their labels, weights and the job's record come back as they were given."""
    base = tmp_path / "base.pt"
    base.write_bytes(b"weights")
    write(s3_store, base=base)
    found = contents(s3_store)
    assert Recipe.from_json_bytes(found["runs/r1/job/recipe.json"], what="r") == RECIPE
    rows = decode_rows(found["runs/r1/job/pictures.parquet"], Picture, PICTURE_SCHEMA, what="p")
    assert set(rows) == set(PICTURES)
    assert found["runs/r1/job/base.pt"] == b"weights"
    assert JobInput.from_json_bytes(found["runs/r1/job/job.json"], what="j") == JobInput(
        run_id="r1", classes=CLASSES, inputs_sha256=DIGEST, replayed=1
    )


def test_the_same_again_writes_the_same(s3_store: S3Store) -> None:
    """A retry changes no byte, in whatever order the pictures come."""
    write(s3_store)
    first = contents(s3_store)
    write(s3_store, pictures=tuple(reversed(PICTURES)))
    assert contents(s3_store) == first


def test_an_earlier_attempts_weights_do_not_come_along(s3_store: S3Store, tmp_path: Path) -> None:
    """A run that now starts from scratch has no weights in its channel."""
    base = tmp_path / "base.pt"
    base.write_bytes(b"weights")
    write(s3_store, base=base)
    write(s3_store)
    assert not s3_store.exists("runs/r1/job/base.pt")


@pytest.mark.parametrize("split", ["holdout", "incident", "reserve"])
def test_what_judges_is_never_sent(s3_store: S3Store, split: Any) -> None:
    """A picture of another split stops it before anything is written."""
    with pytest.raises(DatasetError, match=f"found some of {split}"):
        write(s3_store, pictures=(*PICTURES, picture("x", "s9", split)))
    assert contents(s3_store) == {}


@pytest.mark.parametrize(
    ("pictures", "missing"), [((), "train"), (PICTURES[:1], "val"), (PICTURES[1:2], "train")]
)
def test_an_empty_split(s3_store: S3Store, pictures: tuple[Picture, ...], missing: str) -> None:
    """A job that could learn or prove nothing is refused before it is paid for."""
    with pytest.raises(DatasetEmpty, match=f"expected pictures in {missing}, found none"):
        write(s3_store, pictures=pictures)


def test_a_folder_is_no_place_for_a_job(local_store: LocalStore) -> None:
    """SageMaker cannot read it; the setting is named, and nothing is written."""
    with pytest.raises(ConfigError, match=r"store\.uri: expected s3://"):
        write(local_store)
    assert contents(local_store) == {}
