"""What S3 does rarely: lost replies, conflicts, cut bodies, no network. Replies are scripted, no server runs."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, IncompleteReadError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from urllib3.exceptions import SSLError

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import Entry
from safety_tasks.store.s3 import S3Store


class CutBody:
    """A body whose connection breaks, after a first piece if it is read in pieces."""

    def __init__(self, problem: Exception | None = None) -> None:
        self._problem = problem or IncompleteReadError(actual_bytes=1, expected_bytes=5)
        self._pieces = [b"w"]

    def read(self, amount: int | None = None) -> bytes:
        """Fail as a short body does."""
        if amount is not None and self._pieces:
            return self._pieces.pop()
        raise self._problem


@pytest.fixture
def scripted() -> Iterator[tuple[S3Store, Stubber]]:
    """Give a store, and the script of the replies it will get; all of them must be used."""
    client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(client) as stubber:
        yield S3Store(client, "bucket"), stubber
        stubber.assert_no_pending_responses()


def got(payload: bytes, tag: str = '"t"') -> dict[str, Any]:
    """Return the reply to a read."""
    body = StreamingBody(BytesIO(payload), len(payload))
    return {"Body": body, "ETag": tag, "ContentLength": len(payload)}


def refuse_put(stubber: Stubber, code: str, status: int, retries: int = 0) -> None:
    """Script one refused write."""
    stubber.add_client_error(
        "put_object", code, http_status_code=status, response_meta={"RetryAttempts": retries}
    )


@pytest.mark.parametrize("condition", [{"only_if_absent": True}, {"only_if_tag": '"old"'}])
def test_an_own_write_whose_reply_was_lost_counts(
    scripted: tuple[S3Store, Stubber], condition: dict[str, Any]
) -> None:
    """412 after the SDK's own retry, with our bytes there, is our write: its tag comes back."""
    store, stubber = scripted
    refuse_put(stubber, "PreconditionFailed", 412, retries=1)
    stubber.add_response("get_object", got(b"mine", '"new"'))
    assert store.put("k", b"mine", **condition) == '"new"'


def test_a_race_lost_after_a_retry_is_lost(scripted: tuple[S3Store, Stubber]) -> None:
    """412 after a retry with other bytes there is a lost race."""
    store, stubber = scripted
    refuse_put(stubber, "PreconditionFailed", 412, retries=1)
    stubber.add_response("get_object", got(b"theirs"))
    with pytest.raises(PreconditionFailed, match="somebody else wrote first"):
        store.put("k", b"mine", only_if_absent=True)


def test_a_race_lost_at_once_is_not_read_back(scripted: tuple[S3Store, Stubber]) -> None:
    """412 without a retry is a lost race even with equal bytes: no read is made."""
    store, stubber = scripted
    refuse_put(stubber, "PreconditionFailed", 412)
    with pytest.raises(PreconditionFailed):
        store.put("k", b"mine", only_if_absent=True)


def test_a_swap_on_a_deleted_object_is_lost(scripted: tuple[S3Store, Stubber]) -> None:
    """412 after a retry with nothing there is a lost race."""
    store, stubber = scripted
    refuse_put(stubber, "NoSuchKey", 404, retries=1)
    stubber.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(PreconditionFailed):
        store.put("k", b"mine", only_if_tag='"old"')


def test_a_conflict_is_tried_again(
    scripted: tuple[S3Store, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    """409 is tried again after a wait that doubles."""
    store, stubber = scripted
    waits: list[float] = []
    monkeypatch.setattr("safety_tasks.store.s3.time.sleep", waits.append)
    for _ in range(2):
        refuse_put(stubber, "ConditionalRequestConflict", 409)
    stubber.add_response("put_object", {"ETag": '"t"'})
    assert store.put("k", b"mine", only_if_absent=True) == '"t"'
    assert waits == [0.05, 0.1]


def test_conflicts_do_not_go_on_for_ever(
    scripted: tuple[S3Store, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five conflicts the write fails with a StoreError, not as if the race were lost."""
    store, stubber = scripted
    monkeypatch.setattr("safety_tasks.store.s3.time.sleep", lambda _: None)
    for _ in range(5):
        refuse_put(stubber, "ConditionalRequestConflict", 409)
    with pytest.raises(StoreError, match="could not write 'k'") as caught:
        store.put("k", b"mine", only_if_absent=True)
    assert not isinstance(caught.value, PreconditionFailed)


def test_a_cut_body_is_read_again(scripted: tuple[S3Store, Stubber]) -> None:
    """A connection that breaks in the body costs one more read, and no wrong bytes."""
    store, stubber = scripted
    stubber.add_response("get_object", {"Body": CutBody(), "ETag": '"t"'})
    stubber.add_response("get_object", got(b"whole"))
    assert store.get("k").payload == b"whole"


def test_a_body_cut_three_times_is_an_error(scripted: tuple[S3Store, Stubber]) -> None:
    """Three broken reads are a StoreError that names the object."""
    store, stubber = scripted
    for _ in range(3):
        stubber.add_response("get_object", {"Body": CutBody(), "ETag": '"t"'})
    with pytest.raises(StoreError, match="could not read 'k'"):
        store.get("k")


@pytest.mark.parametrize(
    "problem", [None, ConnectionResetError("reset"), SSLError("bad record"), TimeoutError("slow")]
)
def test_a_cut_download_is_begun_again(
    scripted: tuple[S3Store, Stubber], tmp_path: Path, problem: Exception | None
) -> None:
    """However a connection breaks in the body, the file holds the second reply alone."""
    store, stubber = scripted
    stubber.add_response("get_object", {"Body": CutBody(problem), "ETag": '"t"'})
    stubber.add_response("get_object", got(b"whole"))
    assert store.download("k", tmp_path / "file") == 5
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"whole")]


def test_a_download_cut_three_times_is_an_error(
    scripted: tuple[S3Store, Stubber], tmp_path: Path
) -> None:
    """Three broken downloads are a StoreError that names the object, and leave no file."""
    store, stubber = scripted
    for _ in range(3):
        stubber.add_response("get_object", {"Body": CutBody(), "ETag": '"t"'})
    with pytest.raises(StoreError, match="could not read 'k'"):
        store.download("k", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_full_local_disk_is_not_tried_again(
    scripted: tuple[S3Store, Stubber], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename that fails costs one read, and the message is about the disk, not about S3."""
    store, stubber = scripted
    stubber.add_response("get_object", got(b"whole"))

    def fail(self: Path, target: Path) -> None:
        raise OSError(f"disk full: {self} {target}")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(StoreError, match=r"disk full.*free space"):
            store.download("k", tmp_path / "file")


@pytest.mark.parametrize("verb", [S3Store.get, lambda *a: S3Store.download(*a)])
def test_what_is_too_large_is_not_read(
    scripted: tuple[S3Store, Stubber], tmp_path: Path, verb: Any
) -> None:
    """Above the cap no byte of the body is taken, and the connection is closed."""
    store, stubber = scripted
    reply = got(b"whole")
    stubber.add_response("get_object", reply)
    raw = reply["Body"]._raw_stream
    with pytest.raises(StoreError, match="at most 4 bytes, found 5"):
        verb(store, "k", *([4] if verb is S3Store.get else [tmp_path / "file", 4]))
    assert raw.closed


def test_folder_markers_are_no_objects(scripted: tuple[S3Store, Stubber]) -> None:
    """The empty objects by which consoles show folders are left out; one with bytes is not hidden."""
    store, stubber = scripted
    found = [("a/", 0), ("a/b", 0), ("c/", 1)]
    contents = [{"Key": key, "Size": size, "ETag": '"t"'} for key, size in found]
    stubber.add_response("list_objects_v2", {"Contents": contents})
    assert list(store.entries("")) == [Entry("a/b", 0, '"t"'), Entry("c/", 1, '"t"')]


@pytest.mark.parametrize(
    ("method", "verb"),
    [
        ("get_object", lambda store: store.get("k")),
        ("put_object", lambda store: store.put("k", b"")),
        ("head_object", lambda store: store.exists("k")),
        ("list_objects_v2", lambda store: list(store.keys(""))),
        ("list_objects_v2", lambda store: list(store.entries(""))),
        ("get_object", lambda store: store.download("k", Path("never"))),
        ("get_bucket_versioning", lambda store: store.delete("k")),
    ],
)
def test_a_refusal_is_an_error_with_a_remedy(
    scripted: tuple[S3Store, Stubber], method: str, verb: Any
) -> None:
    """403 on any verb is a StoreError with a remedy: never an absent object, never an empty list."""
    store, stubber = scripted
    stubber.add_client_error(method, "AccessDenied", http_status_code=403)
    with pytest.raises(StoreError, match="Check the endpoint") as caught:
        verb(store)
    assert not isinstance(caught.value, ObjectNotFound)


@pytest.mark.parametrize(
    "verb",
    [
        lambda store: store.get("k"),
        lambda store: store.put("k", b""),
        lambda store: store.exists("k"),
        lambda store: list(store.keys("")),
        lambda store: list(store.entries("")),
        lambda store: store.download("k", Path("never")),
        lambda store: store.delete("k"),
    ],
)
def test_no_network_is_an_error_with_a_remedy(verb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that cannot be reached is a StoreError on every verb."""
    client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )

    def unreachable(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(client, "_make_api_call", unreachable)
    with pytest.raises(StoreError, match="Check the endpoint"):
        verb(S3Store(client, "bucket"))
