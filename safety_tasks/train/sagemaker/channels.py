"""Write a job's input channels into the store.

Rules: pictures are not copied: the channel is a list of the objects that the store has; of those that judge a model
none is in it; the record ``job.json`` comes last, and what an earlier attempt left is not taken along. The same again
writes the same bytes.
Source: Amazon SageMaker API reference, S3DataSource, "ManifestFile".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safety_tasks.errors import ConfigError, DatasetEmpty, DatasetError
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train.sagemaker.layout import (
    BASE_FILE,
    JOB_FILE,
    PICTURES_FILE,
    RECIPE_FILE,
    JobInput,
    input_prefix,
    manifest_key,
)


@dataclass(frozen=True)
class Channels:
    """The addresses of a job's input: the list of pictures, and the prefix of all else."""

    pictures_uri: str
    run_uri: str


def require_s3(store: ObjectStore) -> str:
    """Return the store's ``s3://`` address.

    Raises:
        ConfigError: the store is a folder, which a job cannot reach.
    """
    if not store.uri.startswith("s3://"):
        raise ConfigError(
            f"store.uri: expected s3://bucket[/prefix], since SageMaker reads its input from S3, found {store.uri!r}. "
            "Set store.uri, or train with backend = local."
        )
    return store.uri


def write_channels(
    store: ObjectStore,
    run_id: str,
    pictures: Sequence[Picture],
    recipe: Recipe,
    classes: Sequence[str],
    inputs_sha256: str,
    base: Path | None,
    replayed: int,
) -> Channels:
    """Write what a job reads; return where.

    Args:
        store: an S3 store, with the pictures in it.
        run_id: the run.
        pictures: of train and val, as picked.
        recipe: hyperparameters and seed.
        classes: the hazard classes in the order of their numbers.
        inputs_sha256: the digest of all inputs.
        base: weights to start from; None starts from random ones.
        replayed: how many of the pictures are old ones.

    Raises:
        ConfigError: the store is a folder.
        DatasetEmpty: there is nothing to train on, or to validate with.
        DatasetError: a picture that judges models is among them.
        StoreError: the store failed.
    """
    root = require_s3(store)
    _require_trainable(pictures, run_id)
    prefix = input_prefix(run_id)
    keys = sorted({picture.key for picture in pictures})
    manifest: list[object] = [{"prefix": f"{root}/"}, *keys]
    store.put(manifest_key(run_id), json.dumps(manifest, separators=(",", ":")).encode())
    store.put(f"{prefix}{RECIPE_FILE}", recipe.to_json_bytes())
    store.put(f"{prefix}{PICTURES_FILE}", encode_manifest(pictures))
    if base is None:
        store.delete(f"{prefix}{BASE_FILE}")  # of an attempt that started from weights
    else:
        store.put(f"{prefix}{BASE_FILE}", base.read_bytes())
    job = JobInput(
        run_id=run_id, classes=tuple(classes), inputs_sha256=inputs_sha256, replayed=replayed
    )
    store.put(f"{prefix}{JOB_FILE}", job.to_json_bytes())
    return Channels(f"{root}/{manifest_key(run_id)}", f"{root}/{prefix}")


def _require_trainable(pictures: Sequence[Picture], run_id: str) -> None:
    splits = {picture.split for picture in pictures}
    if odd := sorted(splits - {"train", "val"}):
        raise DatasetError(
            f"run {run_id}: expected pictures of train and val, found some of {', '.join(odd)}, which judge models and "
            "are never trained on. Pick the pictures anew."
        )
    for split in ("train", "val"):
        if split not in splits:
            raise DatasetEmpty(
                f"run {run_id}: expected pictures in {split}, found none. Deliver more scenes, or raise data_fraction."
            )
