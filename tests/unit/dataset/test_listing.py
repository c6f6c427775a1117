"""The list of versions: lines newest first, the current one's before side branches, nothing hidden."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.dataset.listing import in_lines, list_dataset_versions, validation_of
from safety_tasks.ingest import merge_batches
from safety_tasks.records.dataset import CurrentDataset, ValidationReport
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY


@pytest.mark.parametrize(
    ("parent_of", "current", "expected"),
    [
        ({}, None, ""),
        ({"a": None}, None, "a"),
        ({"a": None, "b": "a", "c": "b"}, "b", "cba"),
        ({"a": None, "b": "a", "x": "a", "y": "x", "z": "y"}, "b", "bazyx"),
        ({"a": None, "b": "a", "x": "a", "y": "x", "z": "y"}, None, "zyxab"),
        ({"b": "gone", "x": None}, "x", "xb"),
    ],
)
def test_order(parent_of: Mapping[str, str | None], current: str | None, expected: str) -> None:
    """Each line runs from child to parent; the current version's line is first; a missing parent ends one."""
    assert "".join(in_lines(parent_of, current)) == expected


def descends(name: str | None, ancestor: str, parent_of: Mapping[str, str | None]) -> bool:
    """Tell whether a version is, or was built on, another."""
    while name is not None and name != ancestor:
        name = parent_of[name]
    return name is not None


@given(st.lists(st.integers(0, 20), max_size=20), st.integers(0, 20))
def test_every_version_once_and_lines_from_their_heads(parents: list[int], current: int) -> None:
    """Whatever the tree, each version is there once; what follows no child of its own begins a line."""
    parent_of: dict[str, str | None] = {
        str(n): str(p % n) if n and p < 2 * n else None for n, p in enumerate(parents)
    }
    ordered = in_lines(parent_of, str(current))
    assert sorted(ordered) == sorted(parent_of)
    before = (None, *ordered)
    for child, name in zip(before, ordered, strict=False):
        assert (child and parent_of[child] == name) or name not in parent_of.values()
    assert str(current) not in ordered or descends(ordered[0], str(current), parent_of)


def test_nothing_is_an_empty_list(local_store: LocalStore) -> None:
    """A store without versions has none."""
    assert list_dataset_versions(local_store) == ()


def test_lines_of_a_store(plant: Any) -> None:
    """A side branch comes after the line, with what each version added, and where it was built."""
    side = merge_batches(
        plant.store,
        [],
        IngestSettings(),
        plant.first.classes,
        base_version=plant.first.version_id,
    )
    assert side == plant.first  # nothing came: no branch
    found = list_dataset_versions(plant.store)
    ids = [version.version_id for version in (plant.third, plant.second, plant.first)]
    assert [line.version_id for line in found] == ids
    assert [line.parent_id for line in found] == [*ids[1:], None]
    assert [line.new_batches for line in found] == [("third",), ("second",), ("first",)]
    assert [line.pictures for line in found] == [19, 19, 16]
    assert not any(line.is_current or line.problem for line in found)


def test_current_and_validation(plant: Any) -> None:
    """The pointer marks one version; a report of failure and none at all are told apart; a success counts."""
    passed, failed = (
        ValidationReport(
            version_id=plant.second.version_id,
            manifest_sha256=plant.second.manifest.sha256,
            suite_sha256=digit * 64,
            success=digit == "1",
            expectations=(),
            data_docs_key="docs",
        )
        for digit in "10"
    )
    where = f"{plant.second.prefix}/validation/"
    put_artifact(plant.store, f"{where}0/report.json", failed.to_json_bytes())
    assert validation_of(plant.store, plant.second.version_id) == "failed"
    report = put_artifact(plant.store, f"{where}1/report.json", passed.to_json_bytes())
    pointer = CurrentDataset(version_id=plant.second.version_id, validation=report)
    plant.store.put(CURRENT_KEY, pointer.to_json_bytes())
    lines = list_dataset_versions(plant.store)
    assert [line.validation for line in lines] == ["none", "passed", "none"]
    assert [line.is_current for line in lines] == [False, True, False]


def test_an_altered_record_hides_no_other(plant: Any) -> None:
    """A version whose record was altered is listed with the reason, after those that can be believed."""
    key = f"{plant.first.prefix}/version.json"
    record = json.loads(plant.store.get(key).payload) | {"synthetic": True}
    plant.store.put(key, json.dumps(record).encode())
    lines = list_dataset_versions(plant.store)
    assert [line.problem == "" for line in lines] == [True, True, False]
    assert "altered" in lines[-1].problem
