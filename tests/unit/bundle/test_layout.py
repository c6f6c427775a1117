"""Keys of a release: order by name is order by number, and no key is taken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.bundle.layout import (
    RELEASES,
    beacon_key,
    blob_key,
    document_key,
    pointer_key,
    release_seq_of,
)
from safety_tasks.store.base import check_key

NUMBERS = st.integers(1, 10**10 - 1)


@given(NUMBERS, NUMBERS)
def test_listing_order_is_release_order(first: int, second: int) -> None:
    """Keys sort as their numbers do, and give them back."""
    assert (document_key(first) < document_key(second)) == (first < second)
    assert release_seq_of(document_key(first)) == first


@pytest.mark.parametrize(
    "key",
    [
        "",
        RELEASES,
        "releases/1/release.json",
        "releases/0000000001/other.json",
        "releases/0000000001/release.json.partial",
        "x/releases/0000000001/release.json",
        blob_key("0" * 64, "onnx"),
        pointer_key("stable"),
    ],
)
def test_other_keys_hold_no_number(key: str) -> None:
    """Parts, pointers and strange names are no documents."""
    assert release_seq_of(key) is None


def test_every_key_is_its_own_plain_path() -> None:
    """No two kinds of object share a key, and a store accepts each."""
    keys = [
        document_key(1),
        blob_key("a" * 64, "onnx"),
        blob_key("a" * 64, "png"),
        pointer_key("canary"),
        pointer_key("stable"),
        beacon_key("cam-1"),
    ]
    assert len({check_key(key) for key in keys}) == len(keys)
