"""What an epoch leaves: its numbers, the checkpoint to go on from, the best weights so far, the curves.

Rules: weights that are not finite are never kept; the kept weights hold known layers and two numbers about pictures,
no path and no setting of this machine.
"""

import time
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.checkpoints import (
    Checkpoint,
    pack,
    write_checkpoint,
    write_weights,
    write_whole,
)
from safety_tasks.train.engine.curves import curves_csv, row_of
from safety_tasks.train.engine.fit_plan import FitPlan
from safety_tasks.train.engine.framework_problems import not_finite

CURVES_FILE: Final = "curves.csv"
_MAP50, _MAP50_95 = "metrics/mAP50(B)", "metrics/mAP50-95(B)"


class Saver:
    """Keeps the account of one attempt, going on from a checkpoint or from nothing."""

    def __init__(self, plan: FitPlan, found: Checkpoint | None) -> None:
        self._plan = plan
        self._best = found.best if found else None
        self._rows = list(found.rows) if found else []
        self._notes = dict.fromkeys((*(found.notes if found else ()), *plan.notes))
        self._spent_s = found.seconds if found else 0.0
        self._began = time.monotonic()

    def note(self, text: str) -> None:
        """Note what was not as the recipe says."""
        self._notes[text] = None

    def epoch_of(self, trainer: Any, seconds: float) -> Epoch:
        """Return the epoch that just ended."""
        done, total = trainer.epoch + 1, trainer.epochs
        recent = [*(row.seconds for row in self._rows[-4:]), seconds]
        measured = trainer.metrics if trainer.args.val else {}
        losses = {name: float(value) for name, value in trainer.tloss.items()}
        return Epoch(
            number=done,
            total=total,
            seconds=seconds,
            eta_s=0.0 if trainer.stop else (total - done) * sum(recent) / len(recent),
            map50=measured.get(_MAP50),
            map50_95=measured.get(_MAP50_95),
            **losses,
        )

    def save(self, trainer: Any, epoch: Epoch) -> None:
        """Write the epoch's checkpoint and the curves so far.

        Raises:
            LossNotFinite: the weights are not finite.
            OSError: the disk refused; the checkpoint before is whole.
        """
        folder = Path(self._plan.checkpoints)
        self._rows.append(row_of(epoch, float(trainer.optimizer.param_groups[0]["lr"])))
        if not _is_finite(trainer.ema.ema):
            raise not_finite(self._plan.what, epoch.number, "weights that are NaN or infinite")
        fitness = None if trainer.fitness is None else float(trainer.fitness)
        best = self._best
        if best is None or fitness is None or best.fitness is None or fitness >= best.fitness:
            best = write_weights(folder, "best", epoch.number, kept_weights(trainer), fitness)
        state = write_weights(folder, "state", epoch.number, pack(_state_of(trainer)))
        write_checkpoint(
            folder,
            Checkpoint(
                inputs_sha256=self._plan.inputs_sha256,
                epoch=epoch.number,
                batch=self._plan.batch,
                resumed_after=self._plan.resumed_after,
                notes=tuple(self._notes),
                state=state,
                best=best,
                rows=tuple(self._rows),
                stopped=bool(trainer.stop),
                seconds=self._spent_s + time.monotonic() - self._began,
            ),
        )
        self._best = best
        write_whole(Path(self._plan.folder) / CURVES_FILE, curves_csv(self._rows))


def kept_weights(trainer: Any) -> bytes:
    """Return the moving average of the weights as the framework's own ``.pt``, half precision."""
    return packed_detector(deepcopy(trainer.ema.ema), int(trainer.args.imgsz))


def packed_detector(model: Any, imgsz_px: int) -> bytes:
    """Return a network, which this changes, as the framework's own ``.pt``, half precision."""
    import torch
    from ultralytics import __version__

    # Other releases read weights by rows: the order in memory that a CPU trains with is not written.
    model = model.half().to(memory_format=torch.contiguous_format)
    about = {"task": "detect", "imgsz": imgsz_px}
    model.criterion, model.args = None, about
    for value in model.state_dict().values():
        if value.is_floating_point():
            torch.nan_to_num_(
                value
            )  # of what is finite in float32 and too large for half precision
    for value in model.parameters():
        value.requires_grad = False
    return pack(
        {"epoch": -1, "model": model, "ema": None, "train_args": about, "version": __version__}
    )


def _state_of(trainer: Any) -> dict[str, Any]:
    from ultralytics.utils.torch_utils import unwrap_model

    stopper = trainer.stopper
    return {
        "model": unwrap_model(trainer.model).state_dict(),
        "ema": trainer.ema.ema.state_dict(),
        "updates": trainer.ema.updates,
        "optimizer": trainer.optimizer.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "best_fitness": None if trainer.best_fitness is None else float(trainer.best_fitness),
        "stopper": {
            "best_fitness": float(stopper.best_fitness),
            "best_epoch": int(stopper.best_epoch),
            "possible_stop": bool(stopper.possible_stop),
        },
    }


def _is_finite(model: Any) -> bool:
    import torch

    values = [value for value in model.state_dict().values() if value.is_floating_point()]
    return bool(torch.stack([torch.isfinite(value).all() for value in values]).all())
