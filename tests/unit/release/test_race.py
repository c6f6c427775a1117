"""Publishers that meet: numbers stay different, one pointer wins, the other publisher is told."""

from pathlib import Path

import pytest
from support.toy_runs import publish_toy, toy_dataset, toy_export, toy_pass
from support.watched_store import WatchedStore
from toy_models import strong_model

from safety_tasks.bundle.layout import document_key, pointer_key, release_seq_of
from safety_tasks.bundle.reading import read_served
from safety_tasks.errors import ReleaseError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.release import publish_release
from safety_tasks.settings import ReleaseSettings

SETTINGS = ReleaseSettings()


@pytest.fixture
def store(tmp_path: Path) -> WatchedStore:
    """Give a store that may act before a write."""
    return WatchedStore(tmp_path / "store")


@pytest.fixture
def version(store: WatchedStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(store)


@pytest.mark.parametrize("champion", [False, True])
def test_of_two_publishers_at_once_one_wins(
    store: WatchedStore, version: DatasetVersion, champion: bool
) -> None:
    """Numbers stay different, the first pointer stands, and the loser is told."""
    if champion:
        publish_toy(store, version, "r0")
    exported = {run: toy_export(store, version, run, strong_model()) for run in ("r1", "r2")}
    refs = {run: toy_pass(store, version, one) for run, one in exported.items()}

    def race(key: str) -> None:
        if key == pointer_key("stable"):
            store.before_write = lambda key: None
            publish_release(store, refs["r2"], exported["r2"], version, "stable", SETTINGS)

    store.before_write = race
    with pytest.raises(ReleaseError, match="another release was published in the same moment"):
        publish_release(store, refs["r1"], exported["r1"], version, "stable", SETTINGS)
    served = read_served(store, "stable")
    assert served is not None
    assert (served.document.run_id, served.document.release_seq) == ("r2", 2 + champion)
    numbers = [release_seq_of(key) for key in store.keys("releases/0")]
    assert numbers == [1, 2, 3][: 2 + champion]


def test_a_number_that_is_taken_meanwhile_is_left_to_the_other(
    store: WatchedStore, version: DatasetVersion
) -> None:
    """A claim that another publisher made first is not overwritten; the next number is taken."""

    def race(key: str) -> None:
        if key == document_key(1):
            store.before_write = lambda key: None
            store.put(document_key(1), b"the other's")

    store.before_write = race
    assert publish_toy(store, version, "r1").release_seq == 2
    assert store.get(document_key(1)).payload == b"the other's"
