"""The models that benchmarks share: trained once by the project's own verbs, kept in ``var/bench/``.

Rules: the key is the dataset's digest and the recipe's, so another dataset or recipe is another model; the verbs
return what is finished, so asking again trains nothing; a cut training is begun anew.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.result import NoResult
from safety_tasks.config import load_classes
from safety_tasks.demo.scenes import write_batch
from safety_tasks.export import export_candidate
from safety_tasks.ingest import deliver_folder, ingest_batch
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import ExportSettings, IngestSettings, TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.train import train_candidate
from safety_tasks.validate import validate_dataset

SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
REAL_RECIPE: Final = Recipe(
    name="bench-real",
    epochs=15,
    imgsz_px=320,
    batch=16,
    nominal_batch=16,
    warmup_epochs=1.0,
    mosaic=0.5,
    close_mosaic_epochs=3,
    cache_pictures=True,
)


@dataclass(frozen=True)
class SharedModel:
    """A trained, exported model with the dataset that it was trained and is measured on."""

    store: LocalStore
    version: DatasetVersion
    exported: ExportedModel


def shared_model(
    folder: Path, recipe: Recipe, *, pictures: int = 320, scenes: int = 14
) -> SharedModel:
    """Return the shared model, training it if nobody has yet.

    Args:
        folder: where it is kept; ``var/bench`` by default of the command.
        recipe: hyperparameters and seed.
        pictures: synthetic pictures in the dataset.
        scenes: cameras that they are of.

    Raises:
        SafetyTasksError: a verb refused.
    """
    store = LocalStore(folder / "store")
    name = f"synthetic-{pictures}-{scenes}"
    if not store.exists(batch_prefix(name) + READY):
        batch = write_batch(folder / name, pictures=pictures, scenes=scenes)
        deliver_folder(store, batch.folder, name)
    return _trained(store, folder, name, recipe, TrainSettings(), ExportSettings(int8=False))


def real_model(folder: Path, recipe: Recipe = REAL_RECIPE) -> SharedModel:
    """Return the shared model of real pictures, trained from the base weights beside the checkout.

    Args:
        folder: where it is kept, with its dataset.
        recipe: hyperparameters and seed.

    Raises:
        NoResult: pictures or weights are missing.
        SafetyTasksError: a verb refused.
    """
    real, base = SHARED / "data" / "real", SHARED / "weights" / "yolov8n.pt"
    for path in (real / "manifest.csv", base):
        if not path.is_file():
            raise NoResult(f"expected {path.name} beside the checkout, found none.")
    store = LocalStore(folder / "store")
    if not store.exists(batch_prefix("real") + READY):
        deliver_folder(store, real, "real", empty_label_is_background=True)
    train = TrainSettings(base_weights=str(base))
    return _trained(store, folder, "real", recipe, train, ExportSettings())


def _trained(
    store: LocalStore,
    folder: Path,
    batch: str,
    recipe: Recipe,
    train: TrainSettings,
    export: ExportSettings,
) -> SharedModel:
    settings = IngestSettings()
    version = ingest_batch(store, batch, settings, load_classes())
    report = validate_dataset(store, version, settings)
    run_id = f"{version.version_id}-{recipe.digest()[:12]}"
    run = train_candidate(
        store,
        version,
        report,
        recipe,
        run_id,
        train,
        folder=folder / "train",
        progress=lambda epoch: print(f"  {epoch.line()}", file=sys.stderr, flush=True),
    )
    return SharedModel(store, version, export_candidate(store, run, version, export))
