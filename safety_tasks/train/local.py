"""Train on this machine with Ultralytics.

Rules: device is CUDA, else MPS, else CPU; on a CPU all cores work, but one on small pictures, where threads wait for
each other more than they work; the framework sets its thread count anew, so ours is set again at each epoch; seeds
are fixed; no plots, no network.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from safety_tasks.errors import TrainingError
from safety_tasks.framework_env import prepare_framework, usable_cores
from safety_tasks.records.model import Recipe

Progress = Callable[[int, int], None]
# The demo's recipe (128 px, batch 8, 22 epochs) took 146 s on two cores and 95 s on one of them.
_SMALL_PX: Final = 192


def pick_device() -> str:
    """Return ``cuda:0``, ``mps`` or ``cpu``."""
    import torch

    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def cpu_threads(imgsz_px: int) -> int:
    """Return how many threads train fastest on pictures of this size."""
    return 1 if imgsz_px <= _SMALL_PX else usable_cores()


def train_locally(
    data_yaml: Path, base: Path | None, recipe: Recipe, folder: Path, progress: Progress
) -> tuple[Path, int, str]:
    """Train, and return the best weights, the epochs done and the device.

    Args:
        data_yaml: the dataset description.
        base: weights to start from, or None for random ones.
        recipe: hyperparameters and seed.
        folder: where the framework may write.
        progress: called after each epoch with epochs done and their total.

    Raises:
        TrainingError: the framework failed or left no weights.
    """
    prepare_framework()
    import torch
    from ultralytics import YOLO  # type: ignore[attr-defined]

    device = pick_device()
    epochs_done = 0

    def set_threads(trainer: Any) -> None:
        if device == "cpu":
            torch.set_num_threads(cpu_threads(recipe.imgsz_px))

    def to_channels_last(trainer: Any) -> None:
        set_threads(trainer)
        trainer.model.to(memory_format=torch.channels_last)

    def note_epoch(trainer: Any) -> None:
        nonlocal epochs_done
        epochs_done = int(trainer.epoch) + 1
        progress(epochs_done, recipe.epochs)

    try:
        model = YOLO(str(base) if base else f"{recipe.model}.yaml", task="detect")
        model.add_callback("on_train_start", to_channels_last)
        model.add_callback("on_train_epoch_start", set_threads)
        model.add_callback("on_train_epoch_end", note_epoch)
        model.train(
            data=str(data_yaml),
            epochs=recipe.epochs,
            imgsz=recipe.imgsz_px,
            batch=recipe.batch,
            nbs=recipe.nominal_batch,
            optimizer=recipe.optimizer,
            lr0=recipe.lr0,
            warmup_epochs=recipe.warmup_epochs,
            mosaic=recipe.mosaic,
            freeze=recipe.freeze_layers or None,
            patience=recipe.patience_epochs,
            val=recipe.validate_each_epoch,
            cache="ram" if recipe.cache_pictures else False,
            seed=recipe.seed,
            deterministic=True,
            device=device,
            workers=0 if device == "cpu" else 4,
            plots=False,
            project=str(folder),
            name="fit",
            exist_ok=True,
            verbose=False,
        )
    except (RuntimeError, OSError, ValueError, TypeError) as problem:
        raise TrainingError(
            f"recipe {recipe.name} on {device}: training failed: {problem}. "
            "See the task's log; lower batch or imgsz_px if memory ran out."
        ) from problem
    for name in ("best.pt", "last.pt"):
        path = folder / "fit" / "weights" / name
        if path.is_file():
            return path, epochs_done, device
    raise TrainingError(f"recipe {recipe.name}: expected weights, found none. See the task's log.")
