"""The verb ``export_candidate``.

Rules: parity is measured and thresholds are chosen on val pictures, calibration takes train pictures, never the
holdout; run, weights and version have one class map; models are content-addressed, the record is written once, after
them; a variant that cannot be made, or misses its budget, stops nothing: the record says why.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import onnx

from safety_tasks.class_map import class_map_digest, require_digest
from safety_tasks.config import code_digest, work_dir
from safety_tasks.digests import digest_of, sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.export.keeping import keep_variant
from safety_tasks.export.making import Made, VariantMaker
from safety_tasks.export.parity import measure_parity
from safety_tasks.export.quantise.quantiser import Quantiser
from safety_tasks.export.reference import export_graph, finish_reference
from safety_tasks.export.thresholds import choose_points
from safety_tasks.export.val_pictures import LOWEST_SCORE, Looked, look, spread_over_scenes, squares
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import read_metadata
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel, Parity
from safety_tasks.records.picture import Picture
from safety_tasks.records.training import TrainingRun
from safety_tasks.records.variants import Int8Budget
from safety_tasks.scoring.noise_floor import measure_noise
from safety_tasks.settings import ExportSettings, OperatingPointSettings
from safety_tasks.store.base import ObjectStore, fetch_artifact, put_artifact, read_if_there
from safety_tasks.store.manifests import fetch_pictures, read_manifest

PARITY_PICTURES: Final = 12
_LEAST_CALIBRATION: Final = 8

Progress = Callable[[str, int, int], None]


def export_candidate(
    store: ObjectStore,
    run: TrainingRun,
    version: DatasetVersion,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
    point: OperatingPointSettings = OperatingPointSettings(),  # noqa: B008 - frozen
    budget: Int8Budget = Int8Budget(),  # noqa: B008 - frozen
    *,
    progress: Progress = lambda what, done, total: None,
) -> ExportedModel:
    """Export a training run's weights as the reference model and its edge variants.

    Args:
        store: where weights and pictures are, and models go.
        run: the training run.
        version: the dataset version it was trained on.
        settings: which variants are made.
        point: how operating thresholds are chosen on val.
        budget: what INT8 may cost.
        progress: called with what is done, steps done and their number.

    Raises:
        ArtifactError: the export breaks a rule.
        ParityError: the exported model disagrees with the weights, or the FP32 variant with it.
        ClassMapError: run or weights have other classes than the version.
    """
    require_digest(version.classes, run.classes_sha256, where=f"run {run.run_id}")
    key = f"runs/{run.run_id}/export.json"
    asked = digest_of([part.model_dump(mode="json") for part in (settings, point, budget)])
    found = read_if_there(store, key)
    if found is not None:
        done = ExportedModel.from_json_bytes(found.payload, what=key, error=ArtifactError)
        if (done.code_sha256, done.settings_sha256) == (code_digest(), asked):
            require_digest(version.classes, done.classes_sha256, where=key)
            return done
    scratch = work_dir()
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="export-", dir=scratch) as folder:
        job = _Export(store, run, version, Path(folder), progress)
        exported = job.reference(point)
        made, not_made = job.variants(settings, budget)
        exported = exported.model_copy(
            update={
                "variants": tuple(keep_variant(store, run.run_id, one) for one in made),
                "not_made": not_made,
                "settings_sha256": asked,
            }
        )
    store.put(key, exported.to_json_bytes())
    return exported


class _Export:
    """One export: what its steps hand on to each other."""

    def __init__(
        self,
        store: ObjectStore,
        run: TrainingRun,
        version: DatasetVersion,
        folder: Path,
        progress: Progress,
    ) -> None:
        self._store, self._run, self._version = store, run, version
        self._folder, self._progress = folder, progress
        self._pictures = read_manifest(store, version)
        self._what = f"run {run.run_id}"

    def reference(self, point: OperatingPointSettings) -> ExportedModel:
        """Export the reference: prove parity, choose thresholds, write its file."""
        run, version = self._run, self._version
        val = [p for p in self._pictures if p.split == "val"]
        self._reader = self._fetch(val)
        weights = fetch_artifact(self._store, run.weights, self._folder / "candidate.pt")
        graph, network = export_graph(weights, run, version.classes)
        detector = Detector(finish_reference(graph, run, version.classes, None), what=self._what)
        parity = self._parity(detector, network, [p for p in val if p.boxes] or val)
        self._seen = look(detector, val, self._reader)
        self._noise_of = detector
        points = choose_points(self._seen.pictures, self._seen.found, version.classes, point)
        thresholds = {name: chosen.threshold for name, chosen in points.items()}
        payload = finish_reference(graph, run, version.classes, thresholds)
        self._payload = payload
        return ExportedModel(
            run_id=run.run_id,
            dataset_version=version.version_id,
            classes=version.classes,
            classes_sha256=class_map_digest(version.classes),
            imgsz_px=run.recipe.imgsz_px,
            model=put_artifact(
                self._store, f"runs/{run.run_id}/models/{sha256_bytes(payload)[:16]}.onnx", payload
            ),
            parity=parity,
            code_sha256=code_digest(),
            thresholds=thresholds,
            threshold_reasons={name: chosen.why for name, chosen in points.items()},
        )

    def variants(
        self, settings: ExportSettings, budget: Int8Budget
    ) -> tuple[tuple[Made, ...], dict[str, str]]:
        """Make the edge variants; return them, and why others were not made."""
        model = onnx.load_model_from_string(self._payload)
        facts = read_metadata(model, what=self._what)
        some = spread_over_scenes(self._seen.pictures, settings.int8_val_pictures)
        seen = Looked(some, {p.sha256: self._seen.found[p.sha256] for p in some})
        try:
            maker = VariantMaker(model, facts, seen, self._reader, what=self._what)
        except ArtifactError as problem:
            return (), dict.fromkeys(("edge-fp32", "edge-int8-x86", "edge-int8-arm"), str(problem))
        fp32 = maker.fp32()
        refused = self._why_no_int8(settings, seen)
        if refused:
            return (fp32,), dict.fromkeys(("edge-int8-x86", "edge-int8-arm"), refused)
        train = [p for p in self._pictures if p.split == "train"]
        chosen = spread_over_scenes(train, settings.calibration_pictures)
        calibration = squares(chosen, self._fetch(chosen), facts.imgsz_px)
        noise = measure_noise(
            self._noise_of,
            seen.pictures,
            lambda picture: self._reader.read(picture.sha256),
            seen.found,
            LOWEST_SCORE,
            lambda done, total: self._progress("noise floor", done, total),
        )
        try:
            quantiser = Quantiser(maker.graph, calibration, what=self._what)
        except ArtifactError as problem:
            return (fp32,), dict.fromkeys(("edge-int8-x86", "edge-int8-arm"), str(problem))
        int8 = maker.int8(quantiser, noise, budget, settings.max_float_modules, self._progress)
        return (fp32, *int8), {}

    def _why_no_int8(self, settings: ExportSettings, seen: Looked) -> str:
        if not settings.int8:
            return "export.int8 is off in the settings"
        if not any(picture.boxes for picture in seen.pictures):
            return "val holds no hazard, so nobody could tell what INT8 costs"
        train = sum(picture.split == "train" for picture in self._pictures)
        if train < _LEAST_CALIBRATION:
            return f"expected at least {_LEAST_CALIBRATION} train pictures to calibrate on, found {train}"
        return ""

    def _parity(self, detector: Detector, network: Any, val: list[Picture]) -> Parity:
        some = val[:: max(1, len(val) // PARITY_PICTURES)][:PARITY_PICTURES]
        pixels = {picture.file: self._reader.read(picture.sha256) for picture in some}
        return measure_parity(detector, network, pixels, what=self._what)

    def _fetch(self, pictures: list[Picture] | tuple[Picture, ...]) -> PictureReader:
        paths = fetch_pictures(self._store, pictures, self._folder, splits=("train", "val"))
        return PictureReader(paths)
