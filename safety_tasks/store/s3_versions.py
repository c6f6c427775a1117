"""Remove an object of a bucket with every older version of it: people's pictures must really go.

Rules: without versioning a plain delete is all; with it a plain delete only hides the object, so the versions are
listed and removed one by one, hidden first, markers last, so that no older version is ever shown; what a crash left
goes the next time. Source: Amazon S3 User Guide, "Deleting object versions from a versioning-enabled bucket".
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def delete_versions(client: "S3Client", bucket: str, key: str) -> bool:
    """Remove every version of an object.

    Args:
        client: may list versions and delete them.
        bucket: its bucket.
        key: its whole key.

    Returns:
        whether there was any version with content.

    Raises:
        ClientError: a request was refused, for instance by a lock on the object.
    """
    versions, markers, shown = _listed(client, bucket, key)
    if shown:
        hidden = client.delete_object(Bucket=bucket, Key=key)
        if marker := hidden.get("VersionId"):
            markers.append(marker)
    for version in versions + markers:
        client.delete_object(Bucket=bucket, Key=key, VersionId=version)
    return bool(versions)


def is_versioned(client: "S3Client", bucket: str) -> bool:
    """Tell whether a bucket keeps older versions, or once did."""
    try:
        return "Status" in client.get_bucket_versioning(Bucket=bucket)
    except ClientError as problem:
        if problem.response.get("Error", {}).get("Code") == "NotImplemented":
            return False
        raise


def _listed(client: "S3Client", bucket: str, key: str) -> tuple[list[str], list[str], bool]:
    """Return the ids of the versions and of the markers, and whether the newest is a version."""
    versions: list[str] = []
    markers: list[str] = []
    shown = False
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    for page in pages:
        own = [found for found in page.get("Versions", []) if found["Key"] == key]
        gone = [found for found in page.get("DeleteMarkers", []) if found["Key"] == key]
        versions += [found["VersionId"] for found in own]
        markers += [found["VersionId"] for found in gone]
        shown |= any(found["IsLatest"] for found in own)
        if not own and not gone:
            break  # longer keys come after it
    return versions, markers, shown
