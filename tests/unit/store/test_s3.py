"""What S3 does rarely: lost replies, conflicts, cut bodies, no network. Replies are scripted, no server runs."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, IncompleteReadError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.s3 import S3Store


class CutBody:
    """A body whose connection breaks."""

    def read(self) -> bytes:
        """Fail as a short body does."""
        raise IncompleteReadError(actual_bytes=1, expected_bytes=5)


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
    return {"Body": StreamingBody(BytesIO(payload), len(payload)), "ETag": tag}


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
    ("method", "verb"),
    [
        ("get_object", lambda store: store.get("k")),
        ("put_object", lambda store: store.put("k", b"")),
        ("head_object", lambda store: store.exists("k")),
        ("list_objects_v2", lambda store: list(store.keys(""))),
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
