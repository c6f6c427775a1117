"""A real, tiny training of weights that find something, exported with its variants."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from support.team_models import own_framework, save_weights
from support.tiny_yolo import noise_pictures
from support.toy_runs import toy_dataset
from toy_models import CLASSES, png, toy_picture

from safety_tasks.digests import sha256_bytes
from safety_tasks.export import export_candidate, verb
from safety_tasks.export.quantise import quantiser, search
from safety_tasks.export.quantise.search import Search
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import read_metadata
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import TrainingRun
from safety_tasks.records.variants import Int8Budget
from safety_tasks.settings import ExportSettings, OperatingPointSettings, TrainSettings
from safety_tasks.store.base import get_artifact, put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train import train_candidate

pytestmark = pytest.mark.slow

TINY = Recipe(
    name="tiny",
    epochs=1,
    imgsz_px=64,
    batch=4,
    nominal_batch=4,
    optimizer="SGD",
    lr0=1e-6,
    warmup_epochs=0,
    mosaic=0,
    validate_each_epoch=False,
)
SETTINGS = ExportSettings(calibration_pictures=16, int8_val_pictures=16, max_float_modules=1)
POINT = OperatingPointSettings()
LAX = Int8Budget(max_map50_95_drop=1, min_agreement_f1=0.01, ap50_drop_beyond_noise=1)
INT8 = ("edge-int8-x86", "edge-int8-arm")


def finds_something(model: Any) -> None:
    """Spread a random network's scores, so that what goes in changes what comes out."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.7, 1.1)
            module.bias.data.uniform_(-0.3, 0.3)
            module.momentum = 0.5
    pictures = np.stack([p[:64, :64] for p in noise_pictures(8)]).transpose(0, 3, 1, 2)
    with torch.no_grad():
        for _ in range(12):
            model.train()(torch.from_numpy(np.ascontiguousarray(pictures, np.float32) / 255))
    for branch in model.model[-1].cv3:
        branch[-1].weight.data *= 0.35
        branch[-1].bias.data.fill_(-2.0)


class Case:
    """A store with a dataset and a finished training, and what its export gave."""

    def __init__(self, folder: Path) -> None:
        self.store = LocalStore(folder / "store")
        self.version = toy_dataset(self.store)
        report = ValidationReport(
            version_id=self.version.version_id,
            manifest_sha256=self.version.manifest.sha256,
            suite_sha256="0" * 64,
            success=True,
            expectations=(),
            data_docs_key="docs",
        )
        base = TrainSettings(base_weights=save_weights(folder, change=finds_something))
        self.run = train_candidate(
            self.store, self.version, report, TINY, "r1", base, folder=folder / "train"
        )
        self.calls: list[tuple[str, int, int]] = []
        self.exported = self.export(SETTINGS)

    def export(self, settings: ExportSettings) -> ExportedModel:
        return export_candidate(self.store, self.run, self.version, settings, POINT, LAX, progress=lambda *c: self.calls.append(c))


@pytest.fixture(scope="module")
def case(tmp_path_factory) :
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("export")
        own_framework(folder, patch)
        def nearest(weight, scales, products, levels):
            return np.clip(np.rint(weight / scales[:, None]), -levels, levels).astype(np.int8)
        patch.setattr(quantiser, "round_weights", nearest)
        patch.setattr(quantiser, "BIAS_LAYERS", 1)
        patch.setattr(search, "DEEPEST_STEM", 1)
        patch.setattr(Search, "modules", lambda self: ("model.0", "model.1"))
        yield Case(folder)

def test_x(case):
    e=case.exported
    print(e.model_dump_json(indent=1)); print(case.calls)
    assert 0
