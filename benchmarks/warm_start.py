"""Training time until a new version's model is as good as plain training makes it: warm start ÷ plain.

Rules: the champion was made of two thirds of the train scenes, the new version holds all of them; val is scenes that
no training here trains on, the champion's included; one engine and one val for both, each with a recipe made for it:
plain has its full budget, the warm start fewer epochs, from halfway back to the base weights. Val has six scenes, and
one training's mAP50 wanders over it by several points, so both are trained with three seeds, turn by turn, and what
counts is the mean over them, epoch by epoch. The target is the best of plain's means in its full budget, less half a
point; seconds are those of whole epochs, validation included; a target that the warm start's means do not reach is no
result.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.result import NoResult, Pair, Result, judge, require_evidence
from benchmarks.scene_thirds import Cut, cut_scenes
from benchmarks.time_to_score import best_of, bests_of, epoch_at, mean_of, seconds_to, target_of
from safety_tasks.config import code_digest, load_classes
from safety_tasks.digests import sha256_file
from safety_tasks.ingest import deliver_folder, ingest_batch
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.engine.mixing import mix_weights
from safety_tasks.train.inputs import inputs_digest
from safety_tasks.train.picking import pick_pictures

NAME: Final = "warm_start"
BAR: Final = 0.33
SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
RECIPE: Final = Recipe(
    name="warm-start",
    epochs=30,
    imgsz_px=192,
    batch=16,
    nominal_batch=16,
    warmup_epochs=1.0,
    patience_epochs=1000,  # the full budget, whatever val says
    cache_pictures=True,
    mosaic=0.5,
    replay_share=0.25,
)
# As config/recipes/update.toml is to default.toml.
WARM_RECIPE: Final = RECIPE.model_copy(
    update={
        "name": "warm-start-update",
        "epochs": 8,
        "lr0": 0.0005,
        "close_mosaic_epochs": 3,
        "average_epochs": 2.0,
        "champion_share": 0.5,
    }
)
SEEDS: Final = (0, 1, 2)
_WHAT: Final = (
    "training time to plain's mAP50 less half a point, warm start / from the base weights"
)
_CHAMPION_PATIENCE: Final = 10
_CHAMPION_VAL: Final = 5  # every fifth of its scenes


@dataclass(frozen=True)
class Workplace:
    """Where the benchmark works: the pictures' store, their classes and version, weights to start from, scratch."""

    store: LocalStore
    classes: tuple[str, ...]
    version_id: str
    base: Path
    folder: Path


@dataclass(frozen=True)
class Champion:
    """Its weights, and the SHA-256 of the pictures that it was trained on."""

    weights: Path
    seen: frozenset[str]


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: scratch space; the dataset and the champion are kept in it.

    Raises:
        NoResult: pictures or weights are missing, val holds too little, or the target was not reached.
    """
    real, base = SHARED / "data" / "real", SHARED / "weights" / "yolov8n.pt"
    for path in (real / "manifest.csv", base):
        if not path.is_file():
            raise NoResult(f"{NAME}: expected {path.name} beside the checkout, found none.")
    store, settings, classes = LocalStore(folder / "store"), IngestSettings(), load_classes()
    if not store.exists(batch_prefix("real") + READY):
        deliver_folder(store, real, "real", empty_label_is_background=True)
    version = ingest_batch(store, "real", settings, classes)
    with (real / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        delivered = {row["file"]: row["split"] for row in csv.DictReader(stream)}
    cut = cut_scenes(read_manifest(store, version), delivered)
    counts = Counter(classes[box.class_id] for picture in cut.val for box in picture.boxes)
    require_evidence(NAME, counts)
    place = Workplace(store, classes, version.version_id, base, folder)
    pair, extra = measure(place, cut, RECIPE, WARM_RECIPE)
    return judge(NAME, _WHAT, [pair], BAR, extra, least_runs=1)


def measure(
    place: Workplace, cut: Cut, recipe: Recipe, warm_recipe: Recipe
) -> tuple[Pair, dict[str, float | str]]:
    """Train the champion, plain and warm; return their times to the target, and what else was found.

    Args:
        place: where the benchmark works.
        cut: the pictures by their part.
        recipe: of the champion and of plain training.
        warm_recipe: of the warm start.

    Raises:
        NoResult: plain training measured nothing, or the warm start did not reach the target.
    """
    champion = _champion(place, cut.old, recipe)
    halfway = place.folder / "halfway.pt"
    mix_weights(
        champion.weights, place.base, warm_recipe.champion_share, halfway, warm_recipe.imgsz_px
    )
    picked = pick_pictures(cut.whole, warm_recipe, champion.seen)
    plains: list[list[Epoch]] = []
    warms: list[list[Epoch]] = []
    for seed in SEEDS:
        one, other = (each.model_copy(update={"seed": seed}) for each in (recipe, warm_recipe))
        plains.append(_fit(place, "plain", place.base, cut.whole, one))
        warms.append(_fit(place, "warm", halfway, picked.pictures, other))
    plain, warm = mean_of(plains), mean_of(warms)
    target = target_of(plain)
    ours_s, reference_s = seconds_to(warm, target), seconds_to(plain, target)
    if ours_s is None or reference_s is None:
        raise NoResult(
            f"{NAME}: expected the warm start to reach an mAP50 of {target:.4f} in {warm_recipe.epochs} epochs, found "
            f"{best_of(warm):.4f} at best, mean over {len(SEEDS)} seeds."
        )
    extra: dict[str, float | str] = {
        "target_map50": round(target, 4),
        "seeds": len(SEEDS),
        "plain_epochs_to_target": epoch_at(plain, target),
        "warm_epochs_to_target": epoch_at(warm, target),
        "plain_train_pictures": len(cut.old) + len(cut.new),
        "plain_best_map50_each_seed": bests_of(plains),
        "warm_best_map50_each_seed": bests_of(warms),
        "warm_train_pictures": sum(p.split == "train" for p in picked.pictures),
        "warm_replayed_pictures": picked.replayed,
        "val_pictures": len(cut.val),
        "replay_share": warm_recipe.replay_share,
        "champion_share": warm_recipe.champion_share,
        "epochs": recipe.epochs,
        "warm_epochs": warm_recipe.epochs,
        "imgsz_px": recipe.imgsz_px,
    }
    return Pair(ours_s, reference_s), extra


def _champion(place: Workplace, old: Sequence[Picture], recipe: Recipe) -> Champion:
    """Return the champion; it is kept by the digest of what made it, and asking again trains nothing."""
    recipe = recipe.model_copy(update={"patience_epochs": _CHAMPION_PATIENCE})
    scenes = sorted({picture.scene for picture in old})
    # As in a plant its best epoch is chosen on scenes of its own; the others' val it never meets.
    own_val = set(scenes[::_CHAMPION_VAL])
    shown = [p.model_copy(update={"split": "val"}) for p in old if p.scene in own_val]
    trained = [p for p in old if p.scene not in own_val]
    digest = _digest(place, place.base, [*trained, *shown], recipe, code="any")
    folder = place.folder / f"champion-{digest[:16]}"
    data = write_dataset_folder(place.store, [*trained, *shown], place.classes, folder / "dataset")
    fitted = fit_detector(data, place.base, recipe, folder, inputs_sha256=digest)
    return Champion(fitted.weights, frozenset(picture.sha256 for picture in trained))


def _fit(
    place: Workplace, name: str, base: Path, pictures: Sequence[Picture], recipe: Recipe
) -> list[Epoch]:
    """Train from the first epoch on, whatever an earlier try left; return the epochs."""
    folder = place.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    data = write_dataset_folder(place.store, pictures, place.classes, folder / "dataset")
    digest = _digest(place, base, pictures, recipe, code_digest())
    epochs: list[Epoch] = []
    fit_detector(data, base, recipe, folder, inputs_sha256=digest, progress=epochs.append)
    return epochs


def _digest(
    place: Workplace, base: Path, pictures: Sequence[Picture], recipe: Recipe, code: str
) -> str:
    digests = [picture.sha256 for picture in pictures]
    return inputs_digest(place.version_id, recipe, sha256_file(base), digests, code)
