"""The pointer to the current version moves only forward, by compare-and-swap, on a report of success."""

from typing import Any

import pytest
from support.made_versions import CLASSES, SOUND, report_of, write_version

from safety_tasks.errors import DatasetError, PreconditionFailed, ValidationFailed
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY, read_current
from safety_tasks.validate import make_current


def write(
    store: LocalStore, batch: str, parent: DatasetVersion | None = None, **facts: Any
) -> tuple[DatasetVersion, ValidationReport]:
    """Write a version of its own, and give it with a report of success."""
    version = write_version(store, SOUND[:1], parent, batches=(batch,), **facts)
    return version, report_of(version)


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
    ("classes", "fits"),
    [
        (CLASSES, True),
        ((*CLASSES, "spark"), True),
        (CLASSES[:2], False),
        (("fire", "smoke", "person_down"), False),
        (("smoke", "flame", "person_down", "spark"), False),
    ],
)
def test_class_numbers_stay(local_store: LocalStore, classes: tuple[str, ...], fits: bool) -> None:
    """A version becomes current only if its classes are the current one's, perhaps grown at the end."""
    first, first_report = write(local_store, "a")
    make_current(local_store, first, first_report)
    other, other_report = write(local_store, "b", first, classes=classes)
    if fits:
        make_current(local_store, other, other_report)
        assert current_id(local_store) == other.version_id
        return
    with pytest.raises(DatasetError, match="expected classes that begin with 0 smoke"):
        make_current(local_store, other, other_report)
    assert current_id(local_store) == first.version_id


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
    monkeypatch.setattr("safety_tasks.validate.current.read_current", lambda _: seen)
    with pytest.raises(PreconditionFailed):
        make_current(local_store, mine, my_report)
    assert current_id(local_store) == theirs.version_id
