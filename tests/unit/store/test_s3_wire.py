"""What a write looks like on the wire: whole with its headers when small, with a checksum that the server can prove."""

import base64
import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from safety_tasks.settings import StoreSettings
from safety_tasks.store.bulk import WORKERS
from safety_tasks.store.opening import s3_client
from safety_tasks.store.s3 import S3Store

SMALL = 1 << 20


class Raw(BytesIO):
    """An empty reply."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield nothing."""
        yield from ()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> tuple[S3Store, list[Any]]:
    """Give a store as it is opened, and the requests that it would send."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    requests: list[Any] = []
    client = s3_client(StoreSettings(endpoint_url="https://127.0.0.1:1"))

    def answer(request: Any, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, {"ETag": '"t"'}, Raw())

    client.meta.events.register("before-send.s3", answer)
    return S3Store(client, "bucket"), requests


@pytest.mark.parametrize("payload", [b"", b"x", bytes(SMALL)])
def test_a_small_write_is_one_round_trip(sent: tuple[S3Store, list[Any]], payload: bytes) -> None:
    """No leave is asked for, and the body is sent as it is, with nothing around it."""
    store, requests = sent
    assert store.put("k", payload, only_if_absent=True) == '"t"'
    headers = requests[0].headers
    assert "Expect" not in headers
    assert "Transfer-Encoding" not in headers
    assert (requests[0].body or b"") == payload
    assert headers["Content-Length"] == str(len(payload))
    assert headers["If-None-Match"] in ("*", b"*")


def test_a_large_write_asks_first(sent: tuple[S3Store, list[Any]]) -> None:
    """Above 1 MiB a refusal comes before the body is sent in vain."""
    store, requests = sent
    store.put("k", bytes(SMALL + 1))
    assert requests[0].headers["Expect"] in ("100-continue", b"100-continue")


@pytest.mark.parametrize("payload", [b"", b"bytes"])
def test_a_write_carries_its_digest(sent: tuple[S3Store, list[Any]], payload: bytes) -> None:
    """The SHA-256 of the payload is in the headers, once, and no other checksum is."""
    store, requests = sent
    store.put("k", payload)
    found = {name.lower(): value for name, value in requests[0].headers.items()}
    expected = base64.b64encode(hashlib.sha256(payload).digest())
    assert found["x-amz-checksum-sha256"] in (expected, expected.decode())
    assert [name for name in found if name.startswith("x-amz-checksum-")] == [
        "x-amz-checksum-sha256"
    ]


def test_there_is_a_connection_for_each_worker() -> None:
    """The pool is as large as that of the threads, by default and when asked for."""
    settings = StoreSettings(endpoint_url="https://127.0.0.1:1")
    assert s3_client(settings).meta.config.max_pool_connections == WORKERS
    assert s3_client(settings, connections=3).meta.config.max_pool_connections == 3
