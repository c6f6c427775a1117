"""Adopting builds on what is current, and builds again where another came first, so that nothing is lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.made_versions import SOUND, made_picture, report_of, write_version

from safety_tasks.errors import PreconditionFailed, ValidationFailed
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY, read_current, read_version
from safety_tasks.validate import adopt_version
from safety_tasks.validate.current import TRIES

SETTINGS = IngestSettings()


def current_id(store: LocalStore) -> str | None:
    """Return the id of the current version."""
    found = read_current(store)
    return found[0].version_id if found else None


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
