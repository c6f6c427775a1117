"""What a run starts from is decided once, and a run that was cut goes on from just that."""

import json
from pathlib import Path

import pytest
from support.made_versions import report_of
from support.toy_runs import toy_dataset

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, DatasetEmpty, DatasetError, TrainingError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train import preparing
from safety_tasks.train.preparing import Prepared, prepare

SCRATCH = Recipe(name="r", start_from_scratch=True)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def prepared(
    store: LocalStore, version: DatasetVersion, recipe: Recipe, folder: Path, weights: str = ""
) -> Prepared:
    """Prepare run ``r1``."""
    validation = report_of(version)
    folder.mkdir(exist_ok=True)
    settings = TrainSettings(base_weights=weights)
    return prepare(store, version, validation, recipe, "r1", settings, folder)


def test_it_takes_train_and_val(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """All of train and val, nothing of the holdout, are what the run works with."""
    found = prepared(local_store, version, SCRATCH, tmp_path / "w")
    pictures = read_manifest(local_store, version)
    wanted = [p.sha256 for p in pictures if p.split in ("train", "val")]
    assert [picture.sha256 for picture in found.pictures] == wanted
    assert len(wanted) < len(pictures)
    assert found.start.pictures == version.splits["train"].pictures
    assert found.base is None


def test_a_cut_run_keeps_its_start(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Base weights that change between the cut and the retry change nothing of the run."""
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"first")
    recipe = Recipe(name="r")
    first = prepared(local_store, version, recipe, tmp_path / "a", str(weights))
    weights.write_bytes(b"second")
    again = prepared(local_store, version, recipe, tmp_path / "b", str(weights))
    assert again.start == first.start
    assert again.inputs_sha256 == first.inputs_sha256
    assert again.base is not None
    assert again.base.read_bytes() == b"first"
    assert again.start.base_weights.sha256 == sha256_bytes(b"first")


def test_other_code_begins_anew(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A checkpoint of other code is not gone on with: the digest of the inputs covers the code."""
    first = prepared(local_store, version, SCRATCH, tmp_path / "w")
    monkeypatch.setattr(preparing, "code_digest", lambda: "f" * 64)
    assert prepared(local_store, version, SCRATCH, tmp_path / "w").inputs_sha256 != (
        first.inputs_sha256
    )


def test_an_id_belongs_to_one_run(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A run that was begun with another recipe is not gone on with under this one."""
    prepared(local_store, version, SCRATCH, tmp_path / "w")
    other = SCRATCH.model_copy(update={"epochs": 7})
    with pytest.raises(TrainingError, match="Choose another run id"):
        prepared(local_store, version, other, tmp_path / "w")


def test_an_altered_start_is_not_believed(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A list of pictures with other bytes, or with pictures that the version lacks, is refused."""
    first = prepared(local_store, version, SCRATCH, tmp_path / "w")
    key = first.start.chosen.key
    payload = local_store.get(key).payload
    local_store.put(key, payload[:-1] + b" ]")
    with pytest.raises(ArtifactError, match="altered or cut"):
        prepared(local_store, version, SCRATCH, tmp_path / "w")
    strange = json.dumps(["0" * 64]).encode()
    local_store.put(key, strange)
    lying = first.start.chosen.model_copy(
        update={"sha256": sha256_bytes(strange), "size_bytes": len(strange)}
    )
    start = first.start.model_copy(update={"chosen": lying})
    local_store.put("runs/r1/start.json", start.to_json_bytes())
    with pytest.raises(DatasetError, match="expected its 1 pictures"):
        prepared(local_store, version, SCRATCH, tmp_path / "w")


def test_nothing_to_train_on(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A version without a train picture begins no run."""
    rows = [p for p in read_manifest(local_store, version) if p.split != "train"]
    monkeypatch.setattr(preparing, "read_manifest", lambda store, version: tuple(rows))
    with pytest.raises(DatasetEmpty):
        prepared(local_store, version, SCRATCH, tmp_path / "w")
    assert not local_store.exists("runs/r1/start.json")
