"""What the growth of validation is measured on is sound, and a parent is the beginning of its child."""

import pyarrow as pa
import pytest

from benchmarks.validate_growth import made_manifest, write_version
from safety_tasks.records.picture import Picture
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_version
from safety_tasks.store.tables import PICTURE_SCHEMA, decode_rows, encode_table
from safety_tasks.validate import validate_dataset


def test_a_shorter_manifest_begins_a_longer_one() -> None:
    """The pictures of a parent are those of its child, and each is a proper manifest row."""
    long = made_manifest(300, 3)
    assert long.slice(0, 270).equals(made_manifest(270, 3))
    assert isinstance(long, pa.Table)
    assert len(decode_rows(encode_table(long), Picture, PICTURE_SCHEMA, what="made")) == 300


def test_boxes_are_as_many_as_stated() -> None:
    """There are about 1.2 boxes a picture."""
    boxes = sum(map(len, made_manifest(10_000, 3)["boxes"].to_pylist()))
    assert 11_500 < boxes < 12_500


@pytest.mark.slow
def test_what_is_measured_is_sound(local_store: LocalStore) -> None:
    """A version of these pictures passes without a warning, beside its parent."""
    parent = write_version(local_store, 9_000, None)
    version = write_version(local_store, 10_000, parent)
    assert read_version(local_store, version.version_id) == version
    report = validate_dataset(local_store, version, IngestSettings())
    assert (report.success, report.warnings) == (True, ())
