"""A start part of the way back: the champion mixed with what its own run started from, or taken whole."""

from pathlib import Path

import pytest
from support.champion_runs import RECIPE, serve_run, write_start

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BaseWeightsMissing
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.training import BaseWeights
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.train.base_weights import Start
from safety_tasks.train.engine import mixing
from safety_tasks.train.starts import read_start
from safety_tasks.train.warm_start import part_way_back

HALF = RECIPE.model_copy(update={"champion_share": 0.5})


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest drawn pictures and serve a release of run ``r1`` on them, whose record lies there."""
    return serve_run(local_store)


def champion(store: LocalStore, folder: Path, base: bytes | None) -> Start:
    """Bring the champion's weights; its own run began with ``base``."""
    start = read_start(store, "r1")
    assert start is not None
    kept = put_artifact(store, "runs/r1/base/b.pt", base) if base else None
    store.put("runs/r1/start.json", start.model_copy(update={"base": kept}).to_json_bytes())
    path = folder / "champion.pt"
    path.write_bytes(b"weights")
    record = BaseWeights(
        kind="champion", source="release 1", sha256=sha256_bytes(b"weights"), note="run r1"
    )
    return Start(path, record)


def half(trained: Path, origin: Path, share: float, target: Path, imgsz_px: int) -> int:
    """Stand in for the mixture: say what was to be mixed."""
    target.write_bytes(
        b"%s + %s, %d of 100" % (trained.read_bytes(), origin.read_bytes(), share * 100)
    )
    return 1


def test_a_start_part_of_the_way_back(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The champion is mixed with what its own run started from; the record has the mixture's digest and says so."""
    monkeypatch.setattr(mixing, "mix_weights", half)
    write_start(local_store, version, b"[]")
    base = champion(local_store, tmp_path, b"official")
    found, note = part_way_back(local_store, base, HALF, tmp_path)
    assert found.path is not None
    assert found.path.read_bytes() == b"weights + official, 50 of 100"
    assert found.record.sha256 == sha256_bytes(found.path.read_bytes())
    assert found.record.kind == "champion"
    assert note == "0.5 of the champion's weights, the rest what it started from"
    assert found.record.note == f"run r1; {note}"
    assert part_way_back(local_store, base, RECIPE, tmp_path) == (base, "")


@pytest.mark.parametrize(
    ("what", "note"),
    [
        ("scratch", "started from random weights"),
        ("unknown", "not on record what it started from"),
        ("another", "not on record what it started from"),
        ("altered", "taken whole"),
        ("unfit", "other layers"),
    ],
)
def test_a_champion_is_taken_whole_and_that_is_said(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    note: str,
) -> None:
    """Where the way back is not known or does not fit, training starts from the champion as it is."""

    def refuse(*_: object) -> int:
        raise BaseWeightsMissing("base weights: other layers")

    monkeypatch.setattr(mixing, "mix_weights", refuse if what == "unfit" else half)
    write_start(local_store, version, b"[]")
    base = champion(local_store, tmp_path, None if what == "scratch" else b"official")
    if what == "unknown":
        local_store.delete("runs/r1/start.json")
    if what == "altered":
        local_store.put("runs/r1/base/b.pt", b"others")
    if what == "another":
        base = Start(base.path, base.record.model_copy(update={"sha256": "f" * 64}))
    found, said = part_way_back(local_store, base, HALF, tmp_path)
    assert found == base
    assert note in said
