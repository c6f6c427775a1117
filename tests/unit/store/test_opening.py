"""A store is opened by its URI; a wrong one is named; loopback is decided by address."""

from pathlib import Path

import pytest

from safety_tasks.errors import ConfigError
from safety_tasks.settings import StoreSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.loopback import is_loopback_url
from safety_tasks.store.opening import open_store
from safety_tasks.store.s3 import S3Store

HERE = "http://127.0.0.1:1"


def opened(uri: str, endpoint_url: str = HERE) -> S3Store:
    """Open an S3 store; no request is made."""
    store = open_store(StoreSettings(uri=uri, endpoint_url=endpoint_url))
    assert isinstance(store, S3Store)
    return store


def test_a_path_opens_a_folder(tmp_path: Path) -> None:
    """A URI without a scheme is a folder, made on opening."""
    store = open_store(StoreSettings(uri=str(tmp_path / "new" / "store")))
    assert isinstance(store, LocalStore)
    assert (tmp_path / "new" / "store").is_dir()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("s3://bucket/plant", "s3://bucket/plant"),
        ("s3://bucket/plant/a/", "s3://bucket/plant/a"),
    ],
)
def test_s3_uris(uri: str, expected: str) -> None:
    """A bucket with or without a prefix opens, and slashes at the end do not matter."""
    assert opened(uri).uri == expected


@pytest.mark.parametrize("uri", ["s3://", "s3:///plant", "gs://bucket", "https://bucket/x", "://"])
def test_other_uris_are_refused(uri: str) -> None:
    """Any other scheme, or no bucket, is a ConfigError that says what was expected and found."""
    with pytest.raises(ConfigError) as caught:
        open_store(StoreSettings(uri=uri))
    assert "expected s3://bucket[/prefix] or a folder" in str(caught.value)
    assert repr(uri) in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", False),
        ("not a url", False),
        ("http://127.0.0.1:4566", True),
        ("http://127.9.9.9", True),
        ("http://localhost:4566", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:4566", True),
        ("https://s3.us-east-1.amazonaws.com", False),
        ("http://10.0.0.1:4566", False),
        ("http://0.0.0.0:4566", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@example.com", False),
        ("http://example.com/127.0.0.1", False),
    ],
)
def test_loopback_is_decided_by_the_host(url: str, expected: bool) -> None:
    """Only localhost and loopback addresses count, not names that merely look like them."""
    assert is_loopback_url(url) is expected


@pytest.mark.parametrize(("endpoint_url", "expected"), [("", False), (HERE, True)])
def test_a_store_knows_whether_it_is_local(
    monkeypatch: pytest.MonkeyPatch, endpoint_url: str, expected: bool
) -> None:
    """Without an endpoint the store is AWS, which is never loopback."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    assert opened("s3://bucket", endpoint_url).is_loopback is expected
