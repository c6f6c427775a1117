"""Weights that run code, lying where the champion's lie: their code is never run."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from support.made_versions import report_of
from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.errors import BaseWeightsMissing
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.train import train_candidate
from safety_tasks.train.base_weights import resolve_base_weights

pytestmark = pytest.mark.slow
RECIPE = Recipe(name="r", epochs=1, imgsz_px=64, batch=4, device="cpu")


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("beside_tensors", [False, True])
def test_a_hostile_champion_is_not_run(
    local_store: LocalStore, tmp_path: Path, beside_tensors: bool
) -> None:
    """Who writes the weights writes their record too, so the digest holds; what loads them runs nothing of them."""
    marker, evil = tmp_path / "code-ran", tmp_path / "evil.pt"
    tensors = {"w": torch.zeros(3)} if beside_tensors else {}
    torch.save({"model": Bomb(marker), **tensors}, evil)
    version = toy_dataset(local_store)
    publish_toy(local_store, version, "r1")
    champion = TrainingRun(
        run_id="r1",
        dataset_version=version.version_id,
        recipe=RECIPE.bound_to(version.classes),
        classes_sha256=version.classes_sha256,
        base_weights=BaseWeights(kind="scratch", source="scratch", sha256=None, note=""),
        weights=put_artifact(local_store, "runs/r1/weights/evil.pt", evil.read_bytes()),
        fit=None,
        started_at="2026-01-01T00:00:00+00:00",
        seconds=1,
        code_sha256="0" * 64,
    )
    local_store.put("runs/r1/training.json", champion.to_json_bytes())
    start = resolve_base_weights(local_store, RECIPE, TrainSettings(), tmp_path)
    assert (start.record.kind, start.record.sha256) == ("champion", champion.weights.sha256)
    validation = report_of(version)
    with pytest.raises(BaseWeightsMissing):
        train_candidate(
            local_store, version, validation, RECIPE, "r2", TrainSettings(), folder=tmp_path / "t"
        )
    assert not marker.exists()
    assert not local_store.exists("runs/r2/training.json")
    torch.load(evil, weights_only=False)
    assert marker.exists()  # the bomb is a real one: opened without care it goes off
