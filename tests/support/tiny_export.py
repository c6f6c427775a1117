"""A real training of weights that find something, over the drawn dataset, and its export: seconds, not minutes.

Rules: training, export, quantising and search are the real ones, over few pictures and modules; only the rounding of
weights is a plainer one, since the real one takes most of the time.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.team_models import own_framework, save_weights
from support.tiny_yolo import noise_pictures
from support.toy_runs import toy_dataset
from support.watched_store import WatchedStore

from safety_tasks.export import export_candidate, verb
from safety_tasks.export.quantise import quantiser, search
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.variants import Int8Budget
from safety_tasks.settings import ExportSettings, OperatingPointSettings, TrainSettings
from safety_tasks.train import train_candidate

TINY = Recipe(
    **{"name": "tiny", "imgsz_px": 64, "epochs": 1, "batch": 4, "nominal_batch": 4, "lr0": 1e-6},
    **{"optimizer": "SGD", "warmup_epochs": 0, "mosaic": 0, "validate_each_epoch": False},
)
SETTINGS = ExportSettings(calibration_pictures=16, int8_val_pictures=16, max_float_modules=1)
WITHOUT = SETTINGS.model_copy(update={"int8": False})
POINT = OperatingPointSettings()
LAX = Int8Budget(max_map50_95_drop=1, min_agreement_f1=0.01, ap50_drop_beyond_noise=1)


def finds_something(model: Any) -> None:
    """Spread a random network's scores, so that what goes in changes what comes out."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.7, 1.1)
            module.momentum = 0.5
    pictures = np.stack([p[:64, :64] for p in noise_pictures(8)]).transpose(0, 3, 1, 2)
    with torch.no_grad():
        for _ in range(12):
            model.train()(torch.from_numpy(np.ascontiguousarray(pictures, np.float32) / 255))
    for branch in model.model[-1].cv3:
        branch[-1].weight.data *= 0.35
        branch[-1].bias.data.fill_(-1.0)


def nearest(weight: Any, scales: Any, products: Any, levels: int) -> Any:
    """Round each weight by itself, which takes no time."""
    return np.clip(np.rint(weight / scales[:, None]), -levels, levels).astype(np.int8)


class TinyExport:
    """A finished training over the drawn dataset, and its export, with what was looked at and told meanwhile."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        own_framework(folder, patch)
        patch.setattr(quantiser, "round_weights", nearest)
        patch.setattr(quantiser, "BIAS_LAYERS", 1)
        patch.setattr(search, "DEEPEST_STEM", 1)
        patch.setattr(search.Search, "modules", lambda self: ("model.0", "model.1"))
        self.store = WatchedStore(folder / "store")
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
        words = (self.store, self.version, report, TINY, "r1", base)
        self.run = train_candidate(*words, folder=folder / "train")
        self.graphs: list[Any] = []
        self.fetched: list[Picture] = []
        self.calls: list[tuple[str, int, int]] = []
        export, fetch = verb.export_graph, verb.fetch_pictures

        def keep_graph(*of: Any) -> Any:
            self.graphs.append(export(*of))
            return self.graphs[-1]

        def keep_pictures(store: Any, pictures: Any, *of: Any, **more: Any) -> Any:
            self.fetched += pictures
            return fetch(store, pictures, *of, **more)

        patch.setattr(verb, "export_graph", keep_graph)
        patch.setattr(verb, "fetch_pictures", keep_pictures)
        self.store.written.clear()
        self.exported = self.export(self.version, "r1", SETTINGS)
        self.written = tuple(self.store.written)

    def export(
        self,
        version: DatasetVersion,
        run_id: str,
        settings: ExportSettings = WITHOUT,
        point: OperatingPointSettings = POINT,
        budget: Int8Budget = LAX,
    ) -> ExportedModel:
        """Export the weights under a run's name."""
        run = self.run.model_copy(update={"run_id": run_id})
        told = lambda *call: self.calls.append(call)  # noqa: E731
        return export_candidate(self.store, run, version, settings, point, budget, progress=told)
