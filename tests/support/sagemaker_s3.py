"""What SageMaker moves between S3 and a job's machine: channels, checkpoints, the result.

Source: Amazon SageMaker API reference, S3DataSource and CheckpointConfig; Developer Guide, "Use checkpoints".
"""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` address."""
    parts = urlsplit(uri)
    assert parts.scheme == "s3", f"expected s3://bucket/key, found {uri!r}"
    return parts.netloc, parts.path.lstrip("/")


def download_channel(client: Any, channel: dict[str, Any], folder: Path) -> int:
    """Lay a channel out as SageMaker does in File mode; return how many objects it has.

    Of a manifest each object lies at its own name, below the manifest's prefix; of a prefix at its key's rest.
    """
    source = channel["DataSource"]["S3DataSource"]
    bucket, key = split_uri(source["S3Uri"])
    folder.mkdir(parents=True, exist_ok=True)
    if source["S3DataType"] == "ManifestFile":
        first, *names = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        bucket, prefix = split_uri(first["prefix"])
        found = {name: prefix + name for name in names}
    else:
        assert source["S3DataType"] == "S3Prefix", source["S3DataType"]
        prefix = key[: key.rfind("/") + 1]
        found = {each.removeprefix(prefix): each for each in keys_below(client, bucket, key)}
    if not found:
        raise FileNotFoundError(f"No S3 objects found under S3 URL {source['S3Uri']!r}")
    for name, each in found.items():
        fetch(client, bucket, each, folder / name)
    return len(found)


def keys_below(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    """Yield the keys below a prefix, but for those that stand for folders."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            if not each["Key"].endswith("/"):
                yield each["Key"]


def fetch(client: Any, bucket: str, key: str, path: Path) -> None:
    """Bring one object here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    client.download_file(bucket, key, str(path))


class CheckpointSync:
    """Keeps a folder and a prefix alike: down once, before the job, then up whatever has changed."""

    def __init__(self, client: Any, uri: str, folder: Path) -> None:
        self._client, self._folder = client, folder
        self._bucket, prefix = split_uri(uri)
        self._prefix = prefix.rstrip("/") + "/"
        self._known: dict[Path, tuple[int, int]] = {}

    def down(self) -> None:
        """Bring what an earlier start of the job left."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for key in keys_below(self._client, self._bucket, self._prefix):
            path = self._folder / key.removeprefix(self._prefix)
            fetch(self._client, self._bucket, key, path)
            self._known[path] = _look(path)

    def up(self) -> None:
        """Take away what is new; a file that goes in this moment was a temporary one."""
        for path in sorted(self._folder.rglob("*")):
            try:
                if not path.is_file() or self._known.get(path) == _look(path):
                    continue
                look = _look(path)
                key = self._prefix + path.relative_to(self._folder).as_posix()
                self._client.put_object(Bucket=self._bucket, Key=key, Body=path.read_bytes())
                self._known[path] = look
            except FileNotFoundError:
                continue


def upload_result(client: Any, output_uri: str, job_name: str, model: Path, scratch: Path) -> str:
    """Pack a model folder as SageMaker does and upload it; return its address."""
    archive = scratch / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for path in sorted(model.rglob("*")):
            packed.add(path, path.relative_to(model).as_posix(), recursive=False)
    uri = f"{output_uri.rstrip('/')}/{job_name}/output/model.tar.gz"
    bucket, key = split_uri(uri)
    client.upload_file(str(archive), bucket, key)
    return uri


def _look(path: Path) -> tuple[int, int]:
    seen = path.stat()
    return seen.st_mtime_ns, seen.st_size
