"""An object store in an S3 bucket.

Rules: every write carries a SHA-256 checksum; a conditional write that answers 412 after a retry is read
back before it counts as lost (a lost reply plus the SDK's own retry looks like a lost race); 409 is retried.
Source: Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests".
"""

import ipaddress
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import StoredObject, check_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

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

    def get(self, key: str) -> StoredObject:
        """Return an object; raise ObjectNotFound if there is none. A cut body is read again."""
        for attempt in range(_READ_RETRIES):
            try:
                reply = self._client.get_object(Bucket=self._bucket, Key=self._full(key))
                return StoredObject(reply["Body"].read(), reply["ETag"])
            except ClientError as problem:
                if _code(problem) in ("NoSuchKey", "404"):
                    raise ObjectNotFound(
                        f"{self.uri}/{key}: expected an object, found none. "
                        "Run the stage that writes it."
                    ) from None
                raise self._wrapped("read", key, problem) from problem
            except (BotoCoreError, OSError) as problem:
                if attempt + 1 == _READ_RETRIES:
                    raise self._wrapped("read", key, problem) from problem
        raise AssertionError("unreachable")

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write an object and return its tag; raise PreconditionFailed if a condition is lost."""
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
                    ChecksumAlgorithm="SHA256",
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

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for item in page.get("Contents", []):
                    yield item["Key"][len(self._prefix) :]
        except (ClientError, BotoCoreError) as problem:
            raise self._wrapped("list", prefix, problem) from problem

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


def is_loopback_url(url: str) -> bool:
    """Tell whether a URL's host is an address of this machine (127/8, ::1 or localhost)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _code(problem: ClientError) -> str:
    return problem.response.get("Error", {}).get("Code", "")
