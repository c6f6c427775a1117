"""Weights from elsewhere: the numbers are taken into a network of ours, and nothing of the file runs."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from support.team_models import Bomb, own_framework, save_weights
from support.toy_runs import toy_dataset

from safety_tasks.errors import ArtifactError, ClassMapError, ConfigError
from safety_tasks.export import export_candidate
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.training import TrainingRun
from safety_tasks.settings import ExportSettings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
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
@pytest.mark.parametrize("form", ["pickle", "archive", "in_the_model", "beside_it"])
def test_code_in_weights_does_not_run(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path, form: str
) -> None:
    """A .pt that does something when it is opened is refused, did not do it, and leaves nothing in the store."""
    marker, path = tmp_path / "code-ran", tmp_path / "team.pt"
    bomb = Bomb(marker)
    if form == "pickle":
        path.write_bytes(pickle.dumps({"model": bomb}))
    elif form == "archive":
        torch.save({"model": bomb}, path)
    elif form == "in_the_model":
        path = Path(save_weights(tmp_path, change=lambda model: setattr(model, "extra", bomb)))
    else:
        path = Path(save_weights(tmp_path, optimizer=bomb))
    with pytest.raises(ArtifactError, match=r"team\.pt: expected"):
        adopt_model(local_store, version, str(path), run_id="evil")
    assert not marker.exists()
    assert not list(local_store.keys("runs/"))
    if form == "pickle":
        pickle.loads(path.read_bytes())
    else:
        torch.load(path, weights_only=False)
    assert marker.exists()  # the bomb is a real one: opened without care it goes off


def not_finite(model: Any) -> None:
    """Spoil one weight."""
    model.model[0].conv.weight.data[0, 0, 0, 0] = float("nan")


def other_activation(model: Any) -> None:
    """Change what a layer does, but none of its weights, which are such that a signal gets through."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.weight.data.fill_(3.0)
    model.model[0].act = torch.nn.ReLU()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "error", "said"),
    [
        (
            {"config": "yolov8s.yaml"},
            ArtifactError,
            "expected the .* tensors of yolov8n .* adopt that file",
        ),
        ({"change": not_finite}, ArtifactError, "expected finite weights"),
        ({"change": other_activation}, ArtifactError, "answers as yolov8n does"),
        ({"names": {0: "smoke", 1: "fire"}}, ClassMapError, "found 0 smoke, 1 fire"),
        (
            {"names": {0: "fire", 1: "smoke", 2: "person_down"}},
            ClassMapError,
            "0 smoke, 1 fire, 2 person_down, found 0 fire, 1 smoke, 2 person_down.* mean other hazards",
        ),
        ({"args": {}}, ArtifactError, "--imgsz 640"),
        ({"args": {"imgsz": 65}}, ConfigError, "imgsz: imgsz_px: .* multiple of 32"),
    ],
)
def test_weights_that_do_not_fit(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    choices: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    """Another network, spoiled weights, other classes or order, no size: refused with the next step, nothing stored."""
    with pytest.raises(error, match=said):
        adopt_model(local_store, version, save_weights(tmp_path, **choices), run_id="a1")
    assert not list(local_store.keys("runs/"))


@pytest.mark.slow
def test_weights_that_were_trained_from_the_official_ones(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Weights that started from 80 classes keep that wider branch, and are taken with every number as it was."""

    def from_eighty(model: Any) -> None:
        from ultralytics.nn.tasks import DetectionModel

        model.load(DetectionModel("yolov8n.yaml", ch=3, nc=80, verbose=False))

    path = save_weights(tmp_path, change=from_eighty)
    run = adopt_model(local_store, version, path, run_id="a1")
    assert isinstance(run, TrainingRun)
    mine = tmp_path / "mine.pt"
    mine.write_bytes(get_artifact(local_store, run.weights))
    ours, theirs = (
        torch.load(each, weights_only=False)["model"].state_dict() for each in (mine, path)
    )
    assert ours["model.22.cv3.0.0.conv.weight"].shape[0] == 80
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    exported = export_candidate(local_store, run, version, ExportSettings(int8=False))
    assert exported.parity is not None


@pytest.mark.slow
def test_a_size_that_the_file_does_not_say(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """The size may be given, and comes before the file's own; both sides of a square are one size."""
    for args, given, size in (
        ({}, 96, 96),
        ({"imgsz": 64}, 96, 96),
        ({"imgsz": [64, 64]}, None, 64),
    ):
        path = save_weights(tmp_path, args=args)
        run = adopt_model(local_store, version, path, run_id=f"a{len(args)}{given}", imgsz_px=given)
        assert isinstance(run, TrainingRun)
        assert run.recipe.imgsz_px == size
    with pytest.raises(ConfigError, match="--imgsz: imgsz_px"):
        adopt_model(local_store, version, path, run_id="b", imgsz_px=100)


def test_an_archive_that_unpacks_to_too_much(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small file of many bytes is refused before the loader sees it."""
    monkeypatch.setattr("safety_tasks.train.adopt.from_weights._MAX_UNPACKED", 1 << 20)
    with zipfile.ZipFile(tmp_path / "team.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("team/data.pkl", b"\0" * (2 << 20))
    with pytest.raises(ArtifactError, match="packed into it"):
        adopt_model(local_store, version, str(tmp_path / "team.pt"), run_id="a1")
