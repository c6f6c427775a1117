"""Find the weights that training starts from.

Rules: the order is configured path or URI, the champion's weights, the official download, from scratch; what is
configured and missing is an error, never silently another; which one it was, and why, is recorded.
"""

import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from safety_tasks.bundle.reading import read_served
from safety_tasks.config import TrainSettings
from safety_tasks.digests import sha256_file
from safety_tasks.errors import (
    ArtifactError,
    BundleRejected,
    ClassMapError,
    ObjectNotFound,
    StoreError,
    TrainingError,
)
from safety_tasks.records.model import BaseWeights, Recipe, TrainingRun
from safety_tasks.store.base import ObjectStore, fetch_artifact

OFFICIAL_URL = "https://github.com/ultralytics/assets/releases/download/v8.4.0/yolov8n.pt"
_MAX_BYTES = 64 * 1024 * 1024
_ARCHIVE = b"PK\x03\x04"  # how a .pt begins; a proxy's login page does not


@dataclass(frozen=True)
class Start:
    """Where training starts: a local file (None from scratch) and the record of it."""

    path: Path | None
    record: BaseWeights


def resolve_base_weights(
    store: ObjectStore, recipe: Recipe, settings: TrainSettings, folder: Path
) -> Start:
    """Find base weights and bring them into ``folder``.

    Raises:
        TrainingError: configured weights are missing.
    """
    if recipe.start_from_scratch:
        return _scratch(f"recipe {recipe.name} says start_from_scratch")
    if settings.base_weights:
        return _configured(store, settings.base_weights, folder)
    notes = []
    try:
        champion = _champion(store, folder)
    except (StoreError, BundleRejected, ArtifactError, ClassMapError, TrainingError) as problem:
        champion = None
        notes.append(f"the champion's weights cannot be read: {problem}")
    if champion is not None:
        return champion
    try:
        return _download(settings.download_timeout_s, folder)
    except (OSError, HTTPException, ValueError) as problem:
        notes.append(f"the official weights cannot be downloaded: {problem}")
    return _scratch("; ".join(notes))


def _scratch(note: str) -> Start:
    return Start(None, BaseWeights(kind="scratch", source="scratch", sha256=None, note=note))


def _configured(store: ObjectStore, source: str, folder: Path) -> Start:
    target = folder / "configured.pt"
    if source.startswith(f"{store.uri}/"):  # with the store's own address and rights
        try:
            target.write_bytes(store.get(source.removeprefix(f"{store.uri}/")).payload)
        except ObjectNotFound as problem:
            raise TrainingError(
                f"train.base_weights: expected a readable object {source}, found: {problem}"
            ) from problem
    elif source.startswith("s3://"):
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        parts = urlsplit(source)
        try:
            boto3.client("s3").download_file(parts.netloc, parts.path.lstrip("/"), str(target))
        except (BotoCoreError, ClientError) as problem:
            raise TrainingError(
                f"train.base_weights: expected a readable object {source}, found: {problem}."
            ) from problem
    else:
        if not Path(source).is_file():
            raise TrainingError(
                f"train.base_weights: expected a file, found none at {source}. "
                "Correct the path, or leave it empty to start from the champion."
            )
        shutil.copyfile(source, target)
    name = source.rpartition("/")[2]
    return _start("configured", name, target, "as configured")


def _champion(store: ObjectStore, folder: Path) -> Start | None:
    served = read_served(store, "stable")
    if served is None:
        return None
    key = f"runs/{served.document.run_id}/training.json"
    try:
        run = TrainingRun.from_json_bytes(store.get(key).payload, what=key, error=TrainingError)
    except ObjectNotFound as problem:
        raise TrainingError(str(problem)) from problem
    path = fetch_artifact(store, run.weights, folder / "champion.pt")
    return _start("champion", f"release {served.document.release_seq}", path, f"run {run.run_id}")


def _download(timeout_s: float, folder: Path) -> Start:
    target = folder / "official.pt"
    try:
        with urllib.request.urlopen(OFFICIAL_URL, timeout=timeout_s) as reply:
            payload = reply.read(_MAX_BYTES + 1)
    except urllib.error.URLError as problem:
        raise OSError(str(problem.reason)) from problem
    if len(payload) > _MAX_BYTES:
        raise ValueError(f"expected at most {_MAX_BYTES} bytes, found more")
    if not payload.startswith(_ARCHIVE):
        raise ValueError(f"expected a weights file, found {payload[:40]!r}")
    target.write_bytes(payload)
    return _start("download", OFFICIAL_URL.rpartition("/")[2], target, "official weights")


def _start(kind: str, source: str, path: Path, note: str) -> Start:
    record = BaseWeights.model_validate(
        {"kind": kind, "source": source, "sha256": sha256_file(path), "note": note}
    )
    return Start(path, record)
