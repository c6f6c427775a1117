"""Fit a detector on this machine, whatever happens to it meanwhile.

Rules: the same inputs go on from the last whole epoch, or return what is finished; other inputs begin anew; memory
that runs out halves the batch, down to one picture; what the run record says of the fit is what really happened.
"""

import gc
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safety_tasks.config import code_digest
from safety_tasks.framework_env import prepare_framework
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch, Fit
from safety_tasks.train.engine import finished
from safety_tasks.train.engine.checkpoints import Checkpoint, clear, last_checkpoint
from safety_tasks.train.engine.devices import (
    Device,
    hardware,
    packages,
    pick_precision,
    resolve_device,
)
from safety_tasks.train.engine.finished import Fitted
from safety_tasks.train.engine.fit_plan import FitPlan, write_plan
from safety_tasks.train.engine.framework_arguments import arguments
from safety_tasks.train.engine.framework_problems import is_out_of_memory, named
from safety_tasks.train.engine.loading import load_base

__all__ = ["Fitted", "fit_detector"]
log = logging.getLogger("safety_tasks")
_PROJECT: Final = "fit"


def fit_detector(
    data_yaml: Path,
    base: Path | None,
    recipe: Recipe,
    folder: Path,
    *,
    inputs_sha256: str,
    progress: Callable[[Epoch], None] = lambda epoch: None,
    checkpoints: Path | None = None,
) -> Fitted:
    """Train a detector, or go on where it was cut, or return it if it is finished.

    Args:
        data_yaml: the dataset description.
        base: weights to start from, or None for random ones.
        recipe: hyperparameters, seed and device; its shares of the data are the caller's to apply.
        folder: a private folder; the results stay in it.
        inputs_sha256: the digest of all that decides the training.
        progress: called after each epoch that is trained now; what it raises ends the training and is raised.
        checkpoints: where checkpoints lie; by default in ``folder``.

    Raises:
        BaseWeightsMissing: the base weights are missing, unreadable, or more than weights.
        DatasetEmpty: there are no pictures to train on, or none to validate with.
        DeviceMissing: the device that the recipe names is not there.
        OutOfMemory: memory ran out with one picture a step.
        LossNotFinite: loss or weights became NaN or infinite.
        DiskFull: the disk has no room.
        TrainingError: the framework failed.
    """
    folder, data_yaml = folder.resolve(), data_yaml.resolve()
    done = finished.read(folder, inputs_sha256)
    if done is not None:
        return done
    prepare_framework()
    device = resolve_device(recipe.device)
    attempt = _Attempt(
        data_yaml,
        base.resolve() if base else None,
        recipe,
        folder,
        inputs_sha256,
        (checkpoints or folder / "checkpoints").resolve(),
        device,
        _Listener(progress),
    )
    try:
        if base is not None:
            load_base(attempt.base or base)
        finished.clear(folder)
        found = attempt.to_the_end()
        fit = Fit(
            device=device.for_batch(found.batch).label,
            precision=pick_precision(recipe, device),
            hardware=hardware(device.for_batch(found.batch)),
            packages=packages(),
            epochs_done=found.epoch,
            best_epoch=found.best.epoch,
            batch=found.batch,
            resumed_after=found.resumed_after,
            notes=found.notes,
            seconds=found.seconds,
            code_sha256=code_digest(),
        )
        done = finished.write(folder, attempt.checkpoints, found, fit, recipe.name)
    except Exception as problem:
        if problem is attempt.listener.raised:
            raise
        error = named(problem, what=f"recipe {recipe.name} on {device.label}", folder=folder)
        if error is problem:
            raise
        raise error from problem
    shutil.rmtree(folder / _PROJECT, ignore_errors=True)
    return done


class _Listener:
    """Passes epochs on, and remembers what the one who listens raised: that is not the framework's error."""

    def __init__(self, progress: Callable[[Epoch], None]) -> None:
        self._progress = progress
        self.raised: BaseException | None = None

    def __call__(self, epoch: Epoch) -> None:
        """Log an epoch and pass it on."""
        log.info(epoch.line())
        try:
            self._progress(epoch)
        except BaseException as problem:
            self.raised = problem
            raise


@dataclass
class _Attempt:
    """A fit under way: what it is made of, and where."""

    data_yaml: Path
    base: Path | None
    recipe: Recipe
    folder: Path
    inputs_sha256: str
    checkpoints: Path
    device: Device
    listener: _Listener

    def to_the_end(self) -> Checkpoint:
        """Train until the last epoch or until patience ends; return the last checkpoint."""
        found = last_checkpoint(self.checkpoints, self.inputs_sha256)
        resumed: tuple[int, ...] = ()
        if found is None:
            clear(self.checkpoints)
        else:
            resumed = found.resumed_after
            if not found.stopped:
                log.info("going on after epoch %d of %d", found.epoch, self.recipe.epochs)
                resumed = (*resumed, found.epoch)
        batch = self.recipe.batch if found is None else found.batch
        notes: tuple[str, ...] = ()
        while found is None or not found.stopped:
            devices = self.device.for_batch(batch)
            whole = batch - batch % max(len(devices.numbers), 1)
            if whole != batch:
                notes = (*notes, f"batch {batch} became {whole}, for {len(devices.numbers)} GPUs")
            batch = whole
            short = self._try(devices, batch, resumed, notes)
            if short is not None:
                notes = (*notes, f"memory ran out with batch {batch}: went on with {batch // 2}")
                log.warning("%s (%s)", notes[-1], short)
                batch //= 2
            found = last_checkpoint(self.checkpoints, self.inputs_sha256)
        return found

    def _try(
        self, devices: Device, batch: int, resumed: tuple[int, ...], notes: tuple[str, ...]
    ) -> str | None:
        """Train; return what ran out of memory, if it did and a smaller batch is left to try."""
        project = self.folder / _PROJECT
        shutil.rmtree(project, ignore_errors=True)
        plan = FitPlan(
            inputs_sha256=self.inputs_sha256,
            recipe=self.recipe,
            base=str(self.base) if self.base else None,
            folder=str(self.folder),
            checkpoints=str(self.checkpoints),
            batch=batch,
            precision=pick_precision(self.recipe, devices),
            device=devices.label,
            resumed_after=resumed,
            notes=notes,
        )
        write_plan(project, plan)
        try:
            _train(arguments(self.data_yaml, self.recipe, devices, batch, project), self.listener)
        except Exception as problem:
            if problem is self.listener.raised or batch == 1 or not is_out_of_memory(problem):
                if problem is self.listener.raised:
                    raise
                error = named(problem, what=plan.what, folder=self.folder)
                if error is problem:
                    raise
                raise error from problem
            short = str(problem).strip().partition("\n")[0][:200] or type(problem).__name__
        else:
            return None
        _free_memory()  # out of the handler: the exception held the tensors of the step
        return short


def _train(values: dict[str, Any], listener: _Listener) -> None:
    from safety_tasks.train.engine.trainer import SafetyTrainer

    trainer = SafetyTrainer(overrides=values)
    trainer.listener = listener
    trainer.train()


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
