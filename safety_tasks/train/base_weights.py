"""Find the weights that training starts from.

Rules: the order is configured path or URI, the champion's weights, the official download, from scratch; what is
configured and missing is an error, never silently another; which one it was, and why, is recorded; nothing is opened
here, and nothing is read beyond a cap.
"""

import errno
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected

from safety_tasks.bundle.reading import read_served
from safety_tasks.digests import sha256_file
from safety_tasks.errors import (
    ArtifactError,
    BaseWeightsMissing,
    BundleRejected,
    ClassMapError,
    DiskFull,
    ObjectNotFound,
    StoreError,
    TrainingError,
)
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import ObjectStore

OFFICIAL_URL = "https://github.com/ultralytics/assets/releases/download/v8.4.0/yolov8n.pt"
# What is on record cannot be read: trying again would not help.
UNREADABLE = (ObjectNotFound, BundleRejected, ArtifactError, ClassMapError, TrainingError)
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
        BaseWeightsMissing: configured weights are not there, may not be read, or are too large.
        StoreError: the network to configured weights, or to the champion's, failed.
        DiskFull: there is no room for them.
    """
    if recipe.start_from_scratch:
        return _scratch(f"recipe {recipe.name} says start_from_scratch")
    if settings.base_weights:
        return _configured(store, settings.base_weights, folder)
    notes = []
    try:
        champion = _champion(store, folder)
    except UNREADABLE as problem:
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
        _bring(store, source.removeprefix(f"{store.uri}/"), source, target)
    elif source.startswith("s3://"):
        import boto3
        from botocore.config import Config

        from safety_tasks.store.s3 import S3Store

        parts = urlsplit(source)
        waits = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})
        try:
            bucket = S3Store(boto3.client("s3", config=waits), parts.netloc)
        except BotoCoreError as problem:
            raise _missing(f"a readable object {source}", problem) from problem
        _bring(bucket, parts.path.lstrip("/"), source, target)
    else:
        _copy(Path(source), target)
    name = source.rpartition("/")[2]
    return _start("configured", name, target, "as configured")


def _bring(store: ObjectStore, key: str, source: str, target: Path) -> None:
    try:
        store.download(key, target, _MAX_BYTES)
    except StoreError as problem:
        cause = problem.__cause__
        refused = isinstance(cause, ClientError) and _status(cause) < 500
        unsigned = isinstance(cause, BotoCoreError) and not isinstance(
            cause, (HTTPClientError, NotConnected)
        )
        if isinstance(problem, ObjectNotFound) or cause is None or refused or unsigned:
            raise _missing(f"a readable object {source}", problem) from problem
        raise  # a network or a disk that failed: trying again may help


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise _missing("a file", f"none at {source}")
    try:
        if source.stat().st_size > _MAX_BYTES:
            found = f"{source.stat().st_size} in {source}"
            raise _missing(f"a file of at most {_MAX_BYTES} bytes", found)
        with source.open("rb"):
            pass  # unreadable is another matter than a disk that is full
    except OSError as problem:
        raise _missing("a readable file", f"{source}: {problem.strerror}") from problem
    try:
        shutil.copyfile(source, target)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"{target.parent}: expected room for {source.stat().st_size} bytes of base weights, found none. "
                "Free some space and try again."
            ) from problem
        raise _missing("a readable file", f"{source}: {problem.strerror}") from problem


def _missing(expected: str, found: object) -> BaseWeightsMissing:
    return BaseWeightsMissing(
        f"train.base_weights: expected {expected}, found {str(found).rstrip('.')}. "
        "Correct it, or leave it empty to start from the champion."
    )


def _status(problem: ClientError) -> int:
    return int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _champion(store: ObjectStore, folder: Path) -> Start | None:
    served = read_served(store, "stable")
    if served is None:
        return None
    key = f"runs/{served.document.run_id}/training.json"
    try:
        run = TrainingRun.from_json_bytes(store.get(key).payload, what=key, error=TrainingError)
    except ObjectNotFound as problem:
        if store.exists(f"runs/{served.document.run_id}/export.json"):
            raise TrainingError(
                f"release {served.document.release_seq} was adopted as ONNX and has no weights to start from"
            ) from None
        raise TrainingError(str(problem)) from problem
    size = run.weights.size_bytes
    if size > _MAX_BYTES:
        raise ArtifactError(
            f"{run.weights.key}: expected at most {_MAX_BYTES} bytes of weights, found {size}."
        )
    path = folder / "champion.pt"
    there = {entry.size_bytes for entry in store.entries(run.weights.key)}
    if there in (set(), {size}):  # none: the download says so
        store.download(run.weights.key, path, max_bytes=size)
    if not path.is_file() or sha256_file(path) != run.weights.sha256:
        path.unlink(missing_ok=True)
        raise ArtifactError(
            f"{run.weights.key}: expected {size} bytes with sha256 {run.weights.sha256[:12]}…, found others. "
            "It was altered or cut."
        )
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
