"""The pointer to the current version moves only forward, by compare-and-swap, on a report of success."""

from typing import Any

import pytest

from safety_tasks.errors import PreconditionFailed, ValidationFailed
from safety_tasks.records.dataset import SPLITS, DatasetVersion, SplitSummary, ValidationReport
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY, encode_ledger, read_current, version_id_of
from safety_tasks.validate import make_current

EMPTY = SplitSummary(pictures=0, scenes=0, background_pictures=0, hazards={})


def write(
    store: LocalStore, batch: str, parent: DatasetVersion | None = None
) -> tuple[DatasetVersion, ValidationReport]:
    """Write a version of its own, and give it with a report of success."""
    rows = put_artifact(store, "rows", encode_ledger([]))
    facts: dict[str, Any] = {
        "batches": (batch,),
        "classes": ("smoke",),
        "parent_id": parent.version_id if parent else None,
        "synthetic": False,
        "backgrounds_declared": False,
    }
    version = DatasetVersion(
        version_id=version_id_of(rows.sha256, rows.sha256, **facts),
        manifest=rows,
        ledger=rows,
        ledger_rows=0,
        splits=dict.fromkeys(SPLITS, EMPTY),
        **facts,
    )
    put_artifact(store, f"{version.prefix}/version.json", version.to_json_bytes())
    report = ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256="0" * 64,
        success=True,
        expectations=(),
        data_docs_key="docs",
    )
    return version, report


def current_id(store: LocalStore) -> str | None:
    """Return the id of the current version."""
    found = read_current(store)
    return found[0].version_id if found else None


def test_forward_and_again(local_store: LocalStore) -> None:
    """The first, its child and its grandchild become current; the same again changes nothing."""
    first, first_report = write(local_store, "a")
    child, child_report = write(local_store, "b", first)
    grandchild, report = write(local_store, "c", child)
    make_current(local_store, first, first_report)
    assert current_id(local_store) == first.version_id
    make_current(local_store, grandchild, report)
    assert current_id(local_store) == grandchild.version_id
    tag = local_store.get(CURRENT_KEY).tag
    make_current(local_store, grandchild, report)
    assert local_store.get(CURRENT_KEY).tag == tag
    with pytest.raises(PreconditionFailed, match=f"found {grandchild.version_id}"):
        make_current(local_store, child, child_report)
    assert current_id(local_store) == grandchild.version_id


def test_a_sibling_came_first(local_store: LocalStore) -> None:
    """A version built on an older base does not push the newer one away."""
    first, first_report = write(local_store, "a")
    one, one_report = write(local_store, "b", first)
    other, other_report = write(local_store, "c", first)
    make_current(local_store, first, first_report)
    make_current(local_store, one, one_report)
    with pytest.raises(PreconditionFailed, match="Another batch came first"):
        make_current(local_store, other, other_report)
    assert current_id(local_store) == one.version_id


def test_a_new_report_of_the_current_version(local_store: LocalStore) -> None:
    """The current version judged by a newer suite keeps its place, with the newer report."""
    version, report = write(local_store, "a")
    make_current(local_store, version, report)
    newer = report.model_copy(update={"suite_sha256": "1" * 64})
    make_current(local_store, version, newer)
    current = read_current(local_store)
    assert current is not None
    assert current[0].validation.key.endswith("111111111111/report.json")


@pytest.mark.parametrize(
    "change", [{"success": False}, {"manifest_sha256": "1" * 64}, {"version_id": "1" * 16}]
)
def test_a_report_that_does_not_say_success(
    local_store: LocalStore, change: dict[str, Any]
) -> None:
    """A failed report, or one of another version or other rows, makes nothing current."""
    version, report = write(local_store, "a")
    with pytest.raises(ValidationFailed, match="expected a successful validation report of it"):
        make_current(local_store, version, report.model_copy(update=change))
    assert current_id(local_store) is None


@pytest.mark.parametrize("there", [False, True])
def test_a_lost_race_is_told(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """Where another version becomes current between the read and the write, the other stands."""
    first, first_report = write(local_store, "a")
    mine, my_report = write(local_store, "b", first)
    theirs, their_report = write(local_store, "c", first)
    if there:
        make_current(local_store, first, first_report)
    seen = read_current(local_store)
    make_current(local_store, theirs, their_report)
    monkeypatch.setattr("safety_tasks.validate.verb.read_current", lambda _: seen)
    with pytest.raises(PreconditionFailed):
        make_current(local_store, mine, my_report)
    assert current_id(local_store) == theirs.version_id
