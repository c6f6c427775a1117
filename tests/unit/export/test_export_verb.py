"""A real, tiny training of weights that find something, exported with its variants."""

from collections.abc import Callable, Iterator
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
from support.watched_store import WatchedStore
from toy_models import CLASSES, png, toy_picture

from safety_tasks.digests import sha256_bytes
from safety_tasks.export import export_candidate, verb
from safety_tasks.export.quantise import quantiser, search
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import read_metadata
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.variants import Int8Budget
from safety_tasks.settings import ExportSettings, OperatingPointSettings, TrainSettings
from safety_tasks.store.base import get_artifact, put_artifact
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train import train_candidate

pytestmark = pytest.mark.slow

TINY = Recipe(
    **{"name": "tiny", "imgsz_px": 64, "epochs": 1, "batch": 4, "nominal_batch": 4, "lr0": 1e-6},
    **{"optimizer": "SGD", "warmup_epochs": 0, "mosaic": 0, "validate_each_epoch": False},
)
SETTINGS = ExportSettings(calibration_pictures=16, int8_val_pictures=16, max_float_modules=1)
WITHOUT = SETTINGS.model_copy(update={"int8": False})
POINT = OperatingPointSettings()
LAX = Int8Budget(max_map50_95_drop=1, min_agreement_f1=0.01, ap50_drop_beyond_noise=1)
INT8 = ("edge-int8-x86", "edge-int8-arm")


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
        branch[-1].bias.data.fill_(-2.0)


def nearest(weight: Any, scales: Any, products: Any, levels: int) -> Any:
    """Round each weight by itself, which takes no time."""
    return np.clip(np.rint(weight / scales[:, None]), -levels, levels).astype(np.int8)


class Case:
    """A finished training over the drawn dataset, and its export, with what was looked at and told meanwhile."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
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


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Train and export once, with a search of two modules."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        own_framework(folder, patch)
        patch.setattr(quantiser, "round_weights", nearest)
        patch.setattr(quantiser, "BIAS_LAYERS", 1)
        patch.setattr(search, "DEEPEST_STEM", 1)
        patch.setattr(search.Search, "modules", lambda self: ("model.0", "model.1"))
        yield Case(folder, patch)


class Began(Exception):
    """The export began its work."""


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop an export that begins its work."""

    def begin(*_: object) -> None:
        raise Began

    monkeypatch.setattr(verb, "export_graph", begin)


@pytest.fixture
def same_graph(case: Case, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Export the graph of before, changed as a test wants, without the framework."""

    def take(change: Callable[[onnx.ModelProto], None] = lambda graph: None) -> None:
        graph = onnx.ModelProto.FromString(case.graphs[0][0].SerializeToString())
        del graph.graph.value_info[:]
        change(graph)
        monkeypatch.setattr(verb, "export_graph", lambda *_: (graph, case.graphs[0][1]))

    take()
    return take


def with_pictures(case: Case, name: str, pictures: list[Picture]) -> DatasetVersion:
    """Return the version with other rows."""
    manifest = put_artifact(case.store, f"{name}.parquet", encode_manifest(pictures))
    return case.version.model_copy(update={"manifest": manifest})


def test_the_record_holds_reference_and_variants(case: Case) -> None:
    """All four files, agreed, judged and offered; nothing is left unmade; the record was written last."""
    exported = case.exported
    assert [one.name for one in exported.variants] == ["edge-fp32", *INT8]
    assert [(one.precision, one.scheme) for one in exported.variants] == [
        ("fp32", ""),
        ("int8", "U8S8"),
        ("int8", "S8S8"),
    ]
    assert [one.offered for one in exported.variants] == [True] * 3
    assert exported.not_made == {}
    assert exported.variants[0].parity.agreement_f1 == pytest.approx(1, abs=1e-3)
    assert exported.variants[0].parity.reference_detections > 10
    steps = exported.variants[1].steps
    assert [len(step.float_modules) for step in steps] == list(range(len(steps)))
    assert case.written.index("runs/r1/export.json") == len(case.written) - 1
    stored = case.store.get("runs/r1/export.json").payload
    assert ExportedModel.from_json_bytes(stored, what="stored") == exported


def test_every_file_says_the_same(case: Case) -> None:
    """Classes, size, thresholds and origin are in each, the reference is of the plain form, INT8 is of eight bits."""
    exported = case.exported
    files = {"reference": exported.model} | {one.name: one.model for one in exported.variants}
    origins = set()
    for name, file in files.items():
        payload = get_artifact(case.store, file)
        assert file.key == f"runs/r1/models/{sha256_bytes(payload)[:16]}.onnx"
        model = onnx.load_model_from_string(payload)
        facts = read_metadata(model, what=name)
        assert (facts.classes, facts.imgsz_px, facts.variant) == (CLASSES, 64, name)
        assert facts.thresholds == exported.thresholds
        origins.add((facts.entries["safety.run_id"], facts.entries["safety.recipe_sha256"]))
        eight_bits = any(node.op_type == "QuantizeLinear" for node in model.graph.node)
        assert eight_bits == (name in INT8)
        if name == "reference":
            assert ([o.version for o in model.opset_import], model.ir_version) == ([17], 8)
        Detector(payload, what=name).detect(toy_picture([(1, 5)]))
    assert origins == {("r1", case.run.recipe.digest())}
    assert set(exported.threshold_reasons) == set(exported.thresholds) == set(CLASSES)


def test_pictures_are_of_train_and_val_alone(case: Case) -> None:
    """Parity names the val picture that differs most; calibration takes train; nobody looks at the holdout."""
    rows = read_manifest(case.store, case.version)
    val = {p.file for p in rows if p.split == "val"}
    assert case.exported.parity is not None
    assert case.exported.parity.pictures == len(val) == 2
    assert case.exported.parity.worst_picture in val
    assert {p.split for p in case.fetched} == {"train", "val"}
    assert sum(p.split == "train" for p in case.fetched) == 8


def test_progress_is_told(case: Case) -> None:
    """The noise floor picture by picture, then the search."""
    noise = [call for call in case.calls if call[0] == "noise floor"]
    assert noise[:2] == [("noise floor", 1, 2), ("noise floor", 2, 2)]
    assert case.calls[0] == noise[0]
    assert {what for what, *_ in case.calls} == {"noise floor", "int8"}


@pytest.mark.usefixtures("no_work")
def test_asked_again_it_is_there(case: Case) -> None:
    """The same settings, rule and budget return the record without any work."""
    assert case.export(case.version, "r1", SETTINGS) == case.exported


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    "other",
    [
        {"settings": SETTINGS.model_copy(update={"max_float_modules": 2})},
        {"point": OperatingPointSettings(recall=0.8)},
        {"budget": Int8Budget()},
    ],
)
def test_asked_for_another_it_begins_anew(case: Case, other: dict[str, Any]) -> None:
    """Another setting, rule or budget is another export."""
    with pytest.raises(Began):
        case.export(case.version, "r1", **({"settings": SETTINGS} | other))
