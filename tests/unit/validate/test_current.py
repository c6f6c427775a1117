"""The pointer to the current version moves only forward, by compare-and-swap, on a report of success."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.made_versions import CLASSES, SOUND, made_picture, write_version

from safety_tasks.config import IngestSettings
from safety_tasks.errors import DatasetError, PreconditionFailed, ValidationFailed
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY, read_current, read_version
from safety_tasks.validate import adopt_version, make_current
from safety_tasks.validate.current import TRIES

SETTINGS = IngestSettings()


def write(
    store: LocalStore, batch: str, parent: DatasetVersion | None = None, **facts: Any
) -> tuple[DatasetVersion, ValidationReport]:
    """Write a version of its own, and give it with a report of success."""
    version = write_version(store, SOUND[:1], parent, batches=(batch,), **facts)
    return version, report_of(version)


def report_of(version: DatasetVersion) -> ValidationReport:
    """Return a report of success that no suite made."""
    return ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256="0" * 64,
        success=True,
        expectations=(),
        data_docs_key="docs",
    )


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


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every version pass without the library, which takes seconds."""

    def passed(_: object, version: DatasetVersion, *__: object) -> ValidationReport:
        return report_of(version)

    monkeypatch.setattr("safety_tasks.validate.current.validate_dataset", passed)


def builder(store: LocalStore, batch: str) -> Callable[[str | None], DatasetVersion]:
    """Return a build that adds a batch to a version, or gives that version if it holds the batch."""

    def build(base: str | None) -> DatasetVersion:
        parent = None if base is None else read_version(store, base)
        batches = parent.batches if parent else ()
        if parent is not None and batch in batches:
            return parent
        together = tuple(sorted({*batches, batch}))
        pictures = [made_picture(n, batch_id=name) for n, name in enumerate(together)]
        return write_version(store, pictures, parent, batches=together)

    return build


@pytest.mark.usefixtures("unjudged")
def test_adopting_builds_on_what_is_current(local_store: LocalStore) -> None:
    """The first version is built on nothing, the next on the first, and each is current."""
    first, report = adopt_version(local_store, builder(local_store, "a"), SETTINGS)
    assert (first.parent_id, current_id(local_store)) == (None, first.version_id)
    assert report.version_id == first.version_id
    second, _ = adopt_version(local_store, builder(local_store, "b"), SETTINGS)
    assert (second.parent_id, second.batches) == (first.version_id, ("a", "b"))
    assert current_id(local_store) == second.version_id


@pytest.mark.usefixtures("unjudged")
def test_nothing_to_add_changes_nothing(local_store: LocalStore) -> None:
    """A build that gives the current version itself gets it back with its report; the pointer is not written."""
    first, report = adopt_version(local_store, builder(local_store, "a"), SETTINGS)
    tag = local_store.get(CURRENT_KEY).tag
    assert adopt_version(local_store, builder(local_store, "a"), SETTINGS) == (first, report)
    assert local_store.get(CURRENT_KEY).tag == tag


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("losses", [0, 1, TRIES - 1, TRIES])
def test_who_loses_builds_again(local_store: LocalStore, losses: int) -> None:
    """Another ingest that comes first so often is built upon each time, with a wait, until the tries are used up."""
    waits: list[float] = []
    bases: list[str | None] = []
    mine = builder(local_store, "mine")

    def build(base: str | None) -> DatasetVersion:
        bases.append(base)
        version = mine(base)
        if len(bases) <= losses:
            theirs = builder(local_store, f"theirs-{len(bases)}")
            adopt_version(local_store, theirs, SETTINGS)
        return version

    if losses == TRIES:
        with pytest.raises(PreconditionFailed):
            adopt_version(local_store, build, SETTINGS, wait=waits.append)
        assert len(bases) == TRIES
        assert len(waits) == TRIES - 1
        return
    version, _ = adopt_version(local_store, build, SETTINGS, wait=waits.append)
    assert len(set(bases)) == losses + 1
    assert current_id(local_store) == version.version_id
    assert set(version.batches) == {"mine", *(f"theirs-{n}" for n in range(1, losses + 1))}
    assert len(waits) == losses
    assert all(0 < wait < 1 for wait in waits)


@pytest.mark.usefixtures("unjudged")
def test_two_at_once_lose_nothing(local_store: LocalStore) -> None:
    """Two threads that read the same base at the same time leave a version that holds both batches."""
    meeting = threading.Barrier(2, timeout=30)

    def adopt(batch: str) -> None:
        build, first = builder(local_store, batch), True

        def together(base: str | None) -> DatasetVersion:
            nonlocal first
            if first:
                first = False
                meeting.wait()
            return build(base)

        adopt_version(local_store, together, SETTINGS, wait=lambda _: None)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(adopt, ("a", "b")))
    current = read_current(local_store)
    assert current is not None
    assert read_version(local_store, current[0].version_id).batches == ("a", "b")


def test_what_fails_is_not_adopted(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that does not pass is built once, raises, and leaves the pointer as it was."""
    bases: list[str | None] = []

    def refuse(*_: object) -> ValidationReport:
        raise ValidationFailed("no")

    def build(base: str | None) -> DatasetVersion:
        bases.append(base)
        return write_version(local_store, SOUND[:1])

    monkeypatch.setattr("safety_tasks.validate.current.validate_dataset", refuse)
    with pytest.raises(ValidationFailed):
        adopt_version(local_store, build, SETTINGS)
    assert (bases, current_id(local_store)) == ([None], None)
