"""In a bucket with versioning a removed object is gone in every version, and nothing else is."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from safety_tasks.errors import ObjectNotFound, StoreError
from safety_tasks.settings import StoreSettings
from safety_tasks.store.opening import s3_client
from safety_tasks.store.s3 import S3Store


@pytest.fixture
def client(ministack: str) -> Any:
    """Give a client of the test's own server."""
    return s3_client(StoreSettings(endpoint_url=ministack))


def bucket_of(store: S3Store) -> str:
    """Return a store's bucket."""
    return store.uri.split("/")[2]


def set_versioning(client: Any, store: S3Store, status: str) -> None:
    """Switch a bucket's versioning to ``Enabled`` or ``Suspended``."""
    client.put_bucket_versioning(
        Bucket=bucket_of(store), VersioningConfiguration={"Status": status}
    )


def remains(client: Any, store: S3Store) -> list[tuple[str, bool]]:
    """Return each version in a bucket as key and whether it has content, in order."""
    found = client.list_object_versions(Bucket=bucket_of(store))
    versions = [(item["Key"], True) for item in found.get("Versions", [])]
    return sorted(versions + [(item["Key"], False) for item in found.get("DeleteMarkers", [])])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_every_version_goes(client: Any, s3_store: S3Store, count: int) -> None:
    """However often it was written, no version and no marker is left; longer and shorter keys stand."""
    set_versioning(client, s3_store, "Enabled")
    for key in ("a", "a/b", "a/bc"):
        s3_store.put(key, b"stays")
    s3_store.delete("a/b")
    for number in range(count):
        s3_store.put("a/b", b"%d" % number)
    assert s3_store.delete("a/b") is (count > 0)
    assert remains(client, s3_store) == [("plant/a", True), ("plant/a/bc", True)]
    assert s3_store.delete("a/b") is False


def test_what_a_plain_delete_hid_goes(client: Any, s3_store: S3Store) -> None:
    """An object that somebody hid, or a removal that was cut, is removed for good."""
    set_versioning(client, s3_store, "Enabled")
    s3_store.put("a", b"1")
    client.delete_object(Bucket=bucket_of(s3_store), Key="plant/a")
    assert not s3_store.exists("a")
    assert remains(client, s3_store) == [("plant/a", False), ("plant/a", True)]
    assert s3_store.delete("a") is True
    assert remains(client, s3_store) == []


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_an_object_from_before_versioning_goes(client: Any, s3_store: S3Store, status: str) -> None:
    """Bytes that were there before versioning was switched, and those written after, all go."""
    s3_store.put("a", b"before")
    set_versioning(client, s3_store, "Enabled")
    s3_store.put("a", b"after")
    set_versioning(client, s3_store, status)
    assert s3_store.delete("a") is True
    assert remains(client, s3_store) == []
    with pytest.raises(ObjectNotFound):
        s3_store.get("a")


@pytest.fixture
def scripted() -> tuple[S3Store, Stubber]:
    """Give a store and the script of its replies."""
    client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    return S3Store(client, "bucket"), Stubber(client)


def test_a_server_without_versioning_is_taken_as_such(scripted: tuple[S3Store, Stubber]) -> None:
    """A server that knows no versioning gets a plain delete."""
    store, stubber = scripted
    stubber.add_client_error("get_bucket_versioning", "NotImplemented", http_status_code=501)
    stubber.add_response("head_object", {})
    stubber.add_response("delete_object", {})
    with stubber:
        assert store.delete("k") is True
    stubber.assert_no_pending_responses()


def test_a_locked_version_is_an_error(scripted: tuple[S3Store, Stubber]) -> None:
    """A version that may not go makes the removal fail: hidden is not gone."""
    store, stubber = scripted
    version = {"Key": "k", "VersionId": "1", "IsLatest": True}
    stubber.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stubber.add_response("list_object_versions", {"Versions": [version]})
    stubber.add_response("delete_object", {"DeleteMarker": True, "VersionId": "2"})
    stubber.add_client_error("delete_object", "AccessDenied", http_status_code=403)
    with stubber, pytest.raises(StoreError, match="could not delete 'k'"):
        store.delete("k")


def test_the_object_is_hidden_first_and_the_marker_goes_last(
    scripted: tuple[S3Store, Stubber],
) -> None:
    """No older version is ever shown: a marker comes first, and goes after all versions."""
    store, stubber = scripted
    versions = [{"Key": "k", "VersionId": v, "IsLatest": v == "3"} for v in ("3", "1")]
    marker = {"Key": "k", "VersionId": "2", "IsLatest": False}
    stubber.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stubber.add_response("list_object_versions", {"Versions": versions, "DeleteMarkers": [marker]})
    stubber.add_response("delete_object", {"VersionId": "4"}, {"Bucket": "bucket", "Key": "k"})
    for version in ("3", "1", "2", "4"):
        expected = {"Bucket": "bucket", "Key": "k", "VersionId": version}
        stubber.add_response("delete_object", {}, expected)
    with stubber:
        assert store.delete("k") is True
    stubber.assert_no_pending_responses()
