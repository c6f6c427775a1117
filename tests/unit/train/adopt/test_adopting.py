"""Adopting: a model from elsewhere becomes a candidate, and goes where any other goes."""

from pathlib import Path

import onnx
import pytest
import torch
from support.team_models import PLAIN, own_framework, save_onnx, save_weights
from support.toy_measurements import toy_profile
from support.toy_runs import toy_dataset
from toy_models import CLASSES, strong_model, toy_graph

from safety_tasks.benchmark import benchmark_candidate
from safety_tasks.bundle.reading import read_served
from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ClassMapError, ConfigError, StoreError, TrainingError
from safety_tasks.export import export_candidate
from safety_tasks.gate import enforce_gate, evaluate_gate
from safety_tasks.inference.detector import Detector
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.training import TrainingRun
from safety_tasks.release import publish_release
from safety_tasks.settings import BenchmarkSettings, ExportSettings, ReleaseSettings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.adopt import verb as adopting
from safety_tasks.train.adopt.verb import adopt_model


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the framework's settings to this test."""
    own_framework(tmp_path, monkeypatch)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Give a small dataset."""
    return toy_dataset(local_store)


@pytest.mark.slow
def test_weights_are_adopted_and_exported(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A team's .pt becomes a run that says where it came from, and the export stage takes it as any other."""
    path = Path(save_weights(tmp_path))
    run = adopt_model(local_store, version, str(path), run_id="a1")
    assert isinstance(run, TrainingRun)
    assert (run.backend, run.fit, run.pictures, run.recipe.name) == ("adopted", None, 0, "adopted")
    assert (run.recipe.imgsz_px, run.recipe.classes_sha256) == (64, version.classes_sha256)
    source = run.base_weights
    assert (source.kind, source.source, source.sha256) == (
        "adopted",
        "team.pt",
        sha256_bytes(path.read_bytes()),
    )
    assert "not known" in source.note
    assert adopt_model(local_store, version, str(path), run_id="a1") == run
    exported = export_candidate(local_store, run, version, ExportSettings(int8=False))
    assert exported.parity is not None
    ours = torch.load(Path(local_store.uri) / run.weights.key, weights_only=False)
    theirs = torch.load(path, weights_only=False)["model"].state_dict()
    assert all(
        torch.equal(value, theirs[name]) for name, value in ours["model"].state_dict().items()
    )
    assert set(ours["train_args"]) == {"task", "imgsz"}
    with pytest.raises(TrainingError, match="expected an unused name, found another run"):
        adopt_model(local_store, version, save_weights(tmp_path, args={"imgsz": 96}), run_id="a1")


@pytest.mark.slow
def test_generic_names_are_said(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Generic names need a person's word; then export finds the hazards' names in the weights."""
    path = save_weights(tmp_path, {0: "class0", 1: "class1", 2: "class2"})
    with pytest.raises(ClassMapError, match=r"expected the classes 0 smoke, .* found 0 class0"):
        adopt_model(local_store, version, path, run_id="a1")
    assert not list(local_store.keys("runs/"))
    run = adopt_model(local_store, version, path, run_id="a1", classes=CLASSES)
    assert isinstance(run, TrainingRun)
    assert (
        export_candidate(local_store, run, version, ExportSettings(int8=False)).classes == CLASSES
    )


def test_onnx_goes_all_the_way(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A plain ONNX export is measured, judged, published, and served as the first champion."""
    path = save_onnx(tmp_path, toy_graph(metadata=PLAIN))
    exported = adopt_model(local_store, version, path, run_id="a1")
    assert isinstance(exported, ExportedModel)
    assert (exported.parity, exported.imgsz_px, exported.classes) == (None, 64, CLASSES)
    payload = get_artifact(local_store, exported.model)
    meta = {e.key: e.value for e in onnx.load_model_from_string(payload).metadata_props}
    assert meta["safety.classes_sha256"] == class_map_digest(CLASSES)
    assert meta["safety.adopted_sha256"] == sha256_bytes(Path(path).read_bytes())
    assert "author" not in meta
    assert adopt_model(local_store, version, path, run_id="a1") == exported
    measured = benchmark_candidate(
        local_store, exported, version, BenchmarkSettings(frames=20, sustained_s=0.01)
    )
    ref = evaluate_gate(local_store, exported, version, measured, toy_profile(CLASSES))
    enforce_gate(local_store, ref)
    publish_release(local_store, ref, exported, version, "stable", ReleaseSettings())
    served = read_served(local_store, "stable")
    assert served is not None
    assert (served.document.run_id, served.document.model.sha256) == ("a1", exported.model.sha256)


def test_onnx_of_this_system_and_with_said_names(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Metadata of ours is read too; names that are generic, foreign or missing need a person's word."""
    path = save_onnx(tmp_path, strong_model())
    assert isinstance(adopt_model(local_store, version, path, run_id="ours"), ExportedModel)
    for number, names in enumerate(
        (
            "{0: '0', 1: '1', 2: '2'}",
            "['Rauch', 'Feuer', 'Sturz']",
            "{0: 'smoke', 1: 'flames', 2: 'x'}",
            "",
        )
    ):
        path = save_onnx(tmp_path, toy_graph(metadata={"names": names}))
        with pytest.raises(ClassMapError, match="--classes smoke,fire,person_down"):
            adopt_model(local_store, version, path, run_id=f"said-{number}")
        done = adopt_model(local_store, version, path, run_id=f"said-{number}", classes=CLASSES)
        assert Detector(get_artifact(local_store, done.model), what="x").classes == CLASSES  # type: ignore[union-attr]


def test_names_of_runs_are_not_shared(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A run that was begun, trained or adopted from another file keeps its name; a name is a name."""
    path = save_onnx(tmp_path, toy_graph(metadata=PLAIN))
    for key in ("start.json", "training.json"):
        local_store.put(f"runs/{key[:5]}/{key}", b"{}")
        with pytest.raises(TrainingError, match="Choose another run id"):
            adopt_model(local_store, version, path, run_id=key[:5])
    adopt_model(local_store, version, path, run_id="a1")
    other = save_onnx(tmp_path, toy_graph(metadata=PLAIN, box_scale=0.9))
    with pytest.raises(TrainingError, match="found another file"):
        adopt_model(local_store, version, other, run_id="a1")
    for name in ("", "../x", "a b"):
        with pytest.raises(ConfigError, match="run id: expected"):
            adopt_model(local_store, version, path, run_id=name)


def test_where_a_model_may_come_from(
    s3_store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or an object of the store, up to a size; nothing else."""
    version = toy_dataset(s3_store)
    payload = toy_graph(metadata=PLAIN).SerializeToString()
    s3_store.put("models/team.onnx", payload)
    address = f"{s3_store.uri}/models/team.onnx"
    adopted = adopt_model(s3_store, version, address, run_id="a1")
    assert adopted.run_id == "a1"
    path = save_onnx(tmp_path, payload)
    for source, said in (
        (f"{s3_store.uri}/models/gone.onnx", "expected a model"),
        ("s3://elsewhere/team.onnx", "found another address"),
        ("https://example.org/team.onnx", "found another address"),
        (str(tmp_path / "gone.onnx"), "No such file"),
        (str(tmp_path / "team.pth"), "expected a .pt or .onnx file"),
    ):
        with pytest.raises(ArtifactError, match=said):
            adopt_model(s3_store, version, source, run_id="a2")
    monkeypatch.setattr(adopting, "MAX_BYTES", len(payload) - 1)
    for source in (address, path):
        with pytest.raises((ArtifactError, StoreError), match=r"expected at most \d+ bytes"):
            adopt_model(s3_store, version, source, run_id="a2")
    assert list(s3_store.keys("runs/a2/")) == []
