"""Rows survive the store in every field; bytes that hold something else are refused."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.stored_versions import write

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.records.picture import SPLITS, Box, Picture
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_ledger, read_manifest, read_version
from safety_tasks.store.tables import encode_ledger, encode_manifest

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SHARE = st.floats(1e-6, 1.0)
DIGEST = st.binary(max_size=4).map(sha256_bytes)
BOX = st.builds(
    Box, class_id=st.integers(0, 9), x_center=SHARE, y_center=SHARE, width=SHARE, height=SHARE
)
PICTURE = st.builds(
    Picture,
    sha256=DIGEST,
    extension=st.sampled_from(["jpg", "png"]),
    width_px=st.integers(1, 65535),
    height_px=st.integers(1, 65535),
    brightness=st.floats(0, 255),
    sharpness=st.floats(0, 1e6),
    label_sha256=DIGEST,
    file=TEXT,
    batch_id=st.just("b1"),
    kind=st.sampled_from(BatchKind),
    site=TEXT,
    camera=st.none() | TEXT,
    scene=TEXT,
    split=st.sampled_from(SPLITS),
    boxes=st.lists(BOX, max_size=3).map(tuple),
)
ROW = st.builds(
    LedgerRow,
    batch_id=st.just("b1"),
    file=TEXT,
    kind=st.sampled_from(LedgerKind),
    rule=st.just("some_rule"),
    observed=TEXT,
    action=st.sampled_from(LedgerAction),
)


@hypothesis_settings(max_examples=40, deadline=None)
@given(pictures=st.lists(PICTURE, max_size=5, unique_by=lambda p: p.sha256), rows=st.lists(ROW))
def test_rows_survive(
    tmp_path_factory: pytest.TempPathFactory, pictures: list[Picture], rows: list[LedgerRow]
) -> None:
    """Pictures come back by digest and ledger rows in order, equal in every field."""
    store = LocalStore(tmp_path_factory.mktemp("store"))
    version = write(store, tuple(pictures), tuple(rows))
    assert read_version(store, version.version_id) == version
    assert read_manifest(store, version) == tuple(sorted(pictures, key=lambda p: p.sha256))
    assert read_ledger(store, version) == tuple(rows)


@given(st.lists(PICTURE, max_size=5, unique_by=lambda p: p.sha256))
def test_order_does_not_matter(pictures: list[Picture]) -> None:
    """The same pictures in another order are the same manifest, byte for byte."""
    assert encode_manifest(pictures) == encode_manifest(reversed(pictures))


LEDGER = LedgerRow(
    batch_id="b1",
    file="f",
    kind=LedgerKind.BOX,
    rule="r",
    observed="",
    action=LedgerAction.CHANGED,
)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "expected Parquet"),
        (b"PAR1PAR1", "expected Parquet"),
        (b"not parquet", "expected Parquet"),
        (encode_ledger([LEDGER]), "expected the columns sha256, "),
    ],
)
def test_bytes_that_are_no_manifest(local_store: LocalStore, payload: bytes, message: str) -> None:
    """A digest that fits does not help bytes which hold no pictures: they are a DatasetError."""
    forged = write(local_store).model_copy(
        update={"manifest": put_artifact(local_store, "m", payload)}
    )
    with pytest.raises(DatasetError, match=message):
        read_manifest(local_store, forged)
