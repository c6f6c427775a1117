"""An object store in an S3 bucket.

Rules: every write carries a SHA-256 checksum; a conditional write that answers 412 after a retry is read
back before it counts as lost (a lost reply plus the SDK's own retry looks like a lost race); 409 is retried;
a body that is cut is read again, which the SDK does not do. A stamp is the entity tag.
Source: Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests".
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from urllib3.exceptions import HTTPError

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.arrival import PIECE_BYTES, arriving
from safety_tasks.store.base import (
    Entry,
    StoredObject,
    check_key,
    check_size,
)
from safety_tasks.store.loopback import is_loopback_url
from safety_tasks.store.s3_versions import delete_versions, is_versioned

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

Read = TypeVar("Read")

_CONFLICT_RETRIES: Final = 5
_READ_RETRIES: Final = 3


class S3Store:
    """Objects in ``s3://bucket/prefix``."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @property
    def uri(self) -> str:
        """The root as ``s3://bucket/prefix``."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is an address of this machine."""
        return is_loopback_url(self._client.meta.endpoint_url)

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Return an object; raise ObjectNotFound if there is none, StoreError if it is above the cap."""

        def read(reply: "GetObjectOutputTypeDef") -> StoredObject:
            return StoredObject(reply["Body"].read(), reply["ETag"])

        return self._read(key, max_bytes, read)

    def download(self, key: str, path: Path, max_bytes: int | None = None) -> int:
        """Bring an object into a local file, whole or not at all; return its size in bytes."""

        def read(reply: "GetObjectOutputTypeDef") -> int:
            with arriving(path) as stream:
                for piece in _pieces(reply["Body"]):
                    stream.write(piece)
                return stream.tell()

        return self._read(key, max_bytes, read)

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write an object and return its tag; raise PreconditionFailed if a condition is lost."""
        # Given rather than asked for: the SDK would send a body in chunks with the checksum at their end.
        checksum = base64.b64encode(hashlib.sha256(payload).digest()).decode()
        condition: dict[str, Any] = {}
        if only_if_absent:
            condition["IfNoneMatch"] = "*"
        if only_if_tag is not None:
            condition["IfMatch"] = only_if_tag
        for attempt in range(_CONFLICT_RETRIES):
            try:
                reply = self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._full(key),
                    Body=payload,
                    ChecksumSHA256=checksum,
                    **condition,
                )
                return reply["ETag"]
            except ClientError as problem:
                code = _code(problem)
                if (
                    code in ("ConditionalRequestConflict", "409")
                    and attempt + 1 < _CONFLICT_RETRIES
                ):
                    time.sleep(0.05 * 2**attempt)
                    continue
                if code in ("PreconditionFailed", "412", "NoSuchKey", "404") and condition:
                    return self._settle_lost(key, payload, problem)
                raise self._wrapped("write", key, problem) from problem
            except BotoCoreError as problem:
                raise self._wrapped("write", key, problem) from problem
        raise AssertionError("unreachable")

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=self._full(key))
        except ClientError as problem:
            if _code(problem) in ("404", "NoSuchKey", "NotFound"):
                return False
            raise self._wrapped("look up", key, problem) from problem
        except BotoCoreError as problem:
            raise self._wrapped("look up", key, problem) from problem
        return True

    def delete(self, key: str) -> bool:
        """Remove an object with every older version of it; return whether there was one.

        A plain delete in a bucket with versioning only hides the object, so there each version is removed, for which
        the credentials need ``s3:GetBucketVersioning``, ``s3:ListBucketVersions`` and ``s3:DeleteObjectVersion``.
        Copies that the bucket replicates elsewhere stay.
        """
        full = self._full(key)
        try:
            if is_versioned(self._client, self._bucket):
                return delete_versions(self._client, self._bucket, full)
            there = self.exists(key)
            if there:
                self._client.delete_object(Bucket=self._bucket, Key=full)
        except (ClientError, BotoCoreError) as problem:
            raise self._wrapped("delete", key, problem) from problem
        return there

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield the objects whose keys start with a prefix, in order of the keys.

        A folder marker, an empty object whose key ends in ``/`` as consoles make it, is no object.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for item in page.get("Contents", []):
                    if item["Size"] or not item["Key"].endswith("/"):
                        key = item["Key"][len(self._prefix) :]
                        yield Entry(key, item["Size"], item["ETag"])
        except (ClientError, BotoCoreError) as problem:
            raise self._wrapped("list", prefix, problem) from problem

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        return (entry.key for entry in self.entries(prefix))

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names right below a prefix that have keys below them, in order."""
        start = self._prefix + prefix
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=start, Delimiter="/"
        )
        try:
            for page in pages:
                for item in page.get("CommonPrefixes", []):
                    yield item["Prefix"][len(start) :].rstrip("/")
        except (ClientError, BotoCoreError) as problem:
            raise self._wrapped("list", prefix, problem) from problem

    def _read(
        self,
        key: str,
        max_bytes: int | None,
        read: "Callable[[GetObjectOutputTypeDef], Read]",
    ) -> Read:
        """Open an object and read its body; a cut body is read again, from the start."""
        for attempt in range(_READ_RETRIES):
            try:
                reply = self._client.get_object(Bucket=self._bucket, Key=self._full(key))
                if max_bytes is not None and reply["ContentLength"] > max_bytes:
                    reply["Body"].close()
                    check_size(f"{self.uri}/{key}", reply["ContentLength"], max_bytes)
                return read(reply)
            except ClientError as problem:
                if _code(problem) in ("NoSuchKey", "404"):
                    raise ObjectNotFound(
                        f"{self.uri}/{key}: expected an object, found none. "
                        "Run the stage that writes it."
                    ) from None
                raise self._wrapped("read", key, problem) from problem
            except (BotoCoreError, HTTPError, OSError) as problem:
                if attempt + 1 == _READ_RETRIES:
                    raise self._wrapped("read", key, problem) from problem
        raise AssertionError("unreachable")

    def _settle_lost(self, key: str, payload: bytes, problem: ClientError) -> str:
        """Tell a lost race from an own write whose reply was lost."""
        retried = problem.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        if retried:
            try:
                there = self.get(key)
            except ObjectNotFound:
                pass
            else:
                if there.payload == payload:
                    return there.tag
        raise PreconditionFailed(
            f"{self.uri}/{key}: somebody else wrote first. Read it again and decide anew."
        ) from problem

    def _full(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _wrapped(self, verb: str, key: str, problem: Exception) -> StoreError:
        return StoreError(
            f"{self.uri}: could not {verb} {key!r}: {problem}. "
            "Check the endpoint, the bucket's name and the credentials."
        )


def _pieces(body: Any) -> Iterator[bytes]:
    """Yield a body in pieces; its broken connection is not taken for a broken local disk."""
    while True:
        try:
            piece: bytes = body.read(PIECE_BYTES)
        except OSError as problem:
            raise HTTPClientError(error=problem) from problem
        if not piece:
            return
        yield piece


def _code(problem: ClientError) -> str:
    return problem.response.get("Error", {}).get("Code", "")
