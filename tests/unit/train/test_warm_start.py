"""What the champion has seen: by its run's own record, by its version, or unknown and said so."""

import json
from pathlib import Path

import pytest
from support.champion_runs import RECIPE, serve_run, write_start

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train.picking import pick_pictures
from safety_tasks.train.warm_start import Seen, seen_by_champion, union_seen

EARLIER = [sha256_bytes(b"earlier"), sha256_bytes(b"earlier still")]


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest drawn pictures and serve a release of run ``r1`` on them, whose record lies there."""
    return serve_run(local_store)


def train_of(store: LocalStore, version: DatasetVersion) -> list[str]:
    """Return the digests of the pictures in train, sorted."""
    return sorted(p.sha256 for p in read_manifest(store, version) if p.split == "train")


def test_without_a_champion_all_is_new(local_store: LocalStore) -> None:
    """Nothing was ever released: nothing was seen, and that is said."""
    assert seen_by_champion(local_store) == Seen(
        None, "there is no champion, so every picture counts as new"
    )


def test_a_run_without_a_start_saw_its_train_split(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """All of train of its version, and neither val nor holdout."""
    found = seen_by_champion(local_store)
    assert (sorted(found.pictures or ()), found.note) == (train_of(local_store, version), "")
    assert 0 < len(train_of(local_store, version)) < len(read_manifest(local_store, version))


def test_a_run_saw_what_its_start_says(local_store: LocalStore, version: DatasetVersion) -> None:
    """A thinned run saw fewer than train, and what the champions before it saw."""
    one = train_of(local_store, version)[:1]
    write_start(local_store, version, json.dumps(sorted(one + EARLIER)).encode())
    assert seen_by_champion(local_store) == Seen(frozenset(one + EARLIER))


def test_a_chain_of_warm_starts_forgets_nothing(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """What a run has seen is what it trains on and what its champion saw, sorted, each once."""
    pictures = read_manifest(local_store, version)
    old = frozenset(train_of(local_store, version)[:3])
    picked = pick_pictures(pictures, RECIPE, old)
    union = union_seen(picked, old | set(EARLIER))
    assert union == sorted({*train_of(local_store, version), *EARLIER})
    assert picked.replayed < 3
    write_start(local_store, version, json.dumps(union).encode())
    assert seen_by_champion(local_store).pictures == frozenset(union)
    cold = pick_pictures(pictures, RECIPE, None)
    assert union_seen(cold, None) == train_of(local_store, version)


def test_another_champion_says_nothing_of_these_weights(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A release between two looks: its pictures are not taken for those of the weights at hand."""
    assert seen_by_champion(local_store, sha256_bytes(b"weights")).pictures is not None
    found = seen_by_champion(local_store, sha256_bytes(b"other weights"))
    assert found.pictures is None
    assert "another release became the champion" in found.note


def test_an_adopted_champion_saw_nobody_knows_what(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """The version that it was adopted beside is not what it was trained on."""
    record = json.loads(local_store.get("runs/r1/training.json").payload)
    local_store.put("runs/r1/training.json", json.dumps(record | {"backend": "adopted"}).encode())
    assert seen_by_champion(local_store) == Seen(
        None, "run r1 was trained elsewhere, so every picture counts as new"
    )


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("which", ["pointer", "training", "start", "seen", "version", "manifest"])
def test_what_cannot_be_read_makes_all_new(
    local_store: LocalStore, version: DatasetVersion, which: str, gone: bool
) -> None:
    """Altered or gone, no part of the record is believed; training goes on with everything, and it is said why."""
    keys = {
        "pointer": pointer_key("stable"),
        "training": "runs/r1/training.json",
        "start": "runs/r1/start.json",
        "seen": "runs/r1/seen/s.json",
        "version": f"{version.prefix}/version.json",
        "manifest": version.manifest.key,
    }
    if which in ("start", "seen"):
        write_start(local_store, version, b"[]")
    path = Path(local_store.uri) / keys[which]
    path.unlink()
    if not gone:
        path.write_bytes(b"altered")
    found = seen_by_champion(local_store)
    if gone and which == "start":  # as of a run from before starts were written
        assert sorted(found.pictures or ()) == train_of(local_store, version)
        return
    assert found.pictures is None
    assert "so every picture counts as new" in found.note
    assert ("cannot be read" in found.note) != (gone and which == "pointer")


@pytest.mark.parametrize(
    "payload", [b"{}", b"[1]", b'["x"]', b"[", b"\xff", b'"' + b"a" * 64 + b'"']
)
def test_a_list_that_is_none_makes_all_new(
    local_store: LocalStore, version: DatasetVersion, payload: bytes
) -> None:
    """Proved bytes that are no list of SHA-256 are not believed either."""
    write_start(local_store, version, payload)
    found = seen_by_champion(local_store)
    assert found.pictures is None
    assert "expected a list of SHA-256" in found.note


def test_a_start_of_another_run_is_not_believed(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A start on another version, or with another recipe, is not this run's."""
    start = write_start(local_store, version, b"[]")
    for change in ({"dataset_version": "f" * 16}, {"recipe": Recipe(name="other")}):
        other = start.model_copy(update=change)
        local_store.put("runs/r1/start.json", other.to_json_bytes())
        found = seen_by_champion(local_store)
        assert found.pictures is None
        assert "expected the start of the run" in found.note
