"""Say a recipe in the framework's words.

Rule: every field of a recipe that the framework knows is passed, so that none of its defaults decides.
"""

from pathlib import Path
from typing import Any, Final

from safety_tasks.records.recipe import Recipe
from safety_tasks.train.engine.devices import Device

# Ours -> the framework's, where the words differ.
_RENAMED: Final = {
    "epochs": "epochs",
    "imgsz_px": "imgsz",
    "nominal_batch": "nbs",
    "optimizer": "optimizer",
    "lr0": "lr0",
    "lr_final_share": "lrf",
    "weight_decay": "weight_decay",
    "warmup_epochs": "warmup_epochs",
    "patience_epochs": "patience",
    "validate_each_epoch": "val",
    "mosaic": "mosaic",
    "close_mosaic_epochs": "close_mosaic",
    "mixup": "mixup",
    "hsv_h": "hsv_h",
    "hsv_s": "hsv_s",
    "hsv_v": "hsv_v",
    "degrees": "degrees",
    "translate": "translate",
    "scale": "scale",
    "fliplr": "fliplr",
    "flipud": "flipud",
    "seed": "seed",
}


def recipe_arguments(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe says of training itself, in the framework's words."""
    values = {theirs: getattr(recipe, ours) for ours, theirs in _RENAMED.items()}
    return values | {
        "batch": recipe.batch,
        "freeze": recipe.freeze_layers or None,
        "cache": "ram" if recipe.cache_pictures else False,
    }


def arguments(
    data_yaml: Path, recipe: Recipe, device: Device, batch: int, project: Path
) -> dict[str, Any]:
    """Return all arguments of one attempt.

    Args:
        data_yaml: the dataset description.
        recipe: what to train.
        device: what computes.
        batch: pictures a step, over all GPUs together.
        project: where the framework may write.
    """
    return recipe_arguments(recipe) | {
        "task": "detect",
        "mode": "train",
        "model": f"{recipe.model}.yaml",
        "data": str(data_yaml),
        "batch": batch,
        "device": device.argument,
        "amp": device.kind == "cuda",
        "workers": 8 if device.kind == "cuda" else 0,
        "deterministic": True,
        "plots": False,
        "verbose": False,
        "project": str(project),
        "name": "run",
        "exist_ok": True,
    }
