"""Configured base weights: a file, the store, another bucket; each way not to be there has its name."""

import errno
import shutil
import socket
from pathlib import Path

import boto3
import pytest

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BaseWeightsMissing, DiskFull, StoreError
from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train import base_weights
from safety_tasks.train.base_weights import Start, resolve_base_weights


def resolve(store: LocalStore, folder: Path, base_weights: str) -> Start:
    """Resolve into a folder."""
    folder.mkdir(exist_ok=True)
    settings = TrainSettings(base_weights=base_weights)
    return resolve_base_weights(store, Recipe(name="r"), settings, folder)


def test_configured_in_the_store(local_store: LocalStore, tmp_path: Path) -> None:
    """An address below the store's is read with the store's rights; one that is not there is named."""
    local_store.put("weights/mine.pt", b"mine")
    start = resolve(local_store, tmp_path / "w", base_weights=f"{local_store.uri}/weights/mine.pt")
    assert (start.record.source, start.record.sha256) == ("mine.pt", sha256_bytes(b"mine"))
    with pytest.raises(BaseWeightsMissing, match=r"expected a readable object .*/gone\.pt"):
        resolve(local_store, tmp_path / "w", base_weights=f"{local_store.uri}/gone.pt")


def test_configured_in_another_bucket(
    local_store: LocalStore, s3_store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another bucket is read with boto3's own defaults; what is not there, bucket or object, is named."""
    s3_store.put("mine.pt", b"mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_store._client.meta.endpoint_url)
    start = resolve(local_store, tmp_path / "w", base_weights=f"{s3_store.uri}/mine.pt")
    assert start.record.sha256 == sha256_bytes(b"mine")
    for gone in (f"{s3_store.uri}/gone.pt", "s3://no-such-bucket-of-ours/mine.pt", "s3://bucket"):
        with pytest.raises(BaseWeightsMissing, match="expected a readable object s3://"):
            resolve(local_store, tmp_path / "w", base_weights=gone)


def test_a_network_that_is_gone_is_tried_again(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer is a failed store, which a task tries again; missing keys are not."""
    with socket.socket() as taken:  # bound and not listening: connections are refused at once
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with pytest.raises(StoreError, match=r"Could not connect|onnection"):
            resolve(local_store, tmp_path / "w", base_weights="s3://bucket/mine.pt")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        with pytest.raises(BaseWeightsMissing, match="credentials"):
            resolve(local_store, tmp_path / "w", base_weights="s3://bucket/mine.pt")


def test_configured_weights_have_a_cap(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit itself is allowed; one byte more is refused before it is read, as a file and in the store."""
    (tmp_path / "mine.pt").write_bytes(b"mine")
    local_store.put("mine.pt", b"mine")
    sources = (str(tmp_path / "mine.pt"), f"{local_store.uri}/mine.pt")
    for source in sources:
        monkeypatch.setattr(base_weights, "_MAX_BYTES", 4)
        assert resolve(local_store, tmp_path / "w", base_weights=source).path is not None
        monkeypatch.setattr(base_weights, "_MAX_BYTES", 3)
        with pytest.raises(BaseWeightsMissing, match="at most 3 bytes"):
            resolve(local_store, tmp_path / "v", base_weights=source)
    assert list((tmp_path / "v").iterdir()) == []


def test_a_full_disk_is_named(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for the copy is no fault of the weights."""
    (tmp_path / "mine.pt").write_bytes(b"mine")

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DiskFull, match="expected room for 4 bytes"):
        resolve(local_store, tmp_path / "w", base_weights=str(tmp_path / "mine.pt"))
