"""The verb ``train_candidate``: train on this machine.

Rules: the finished run is written once under its id, and asking for the same run again returns it; one process trains a
run at a time; a run that was cut goes on from its last whole epoch, from the same start; trackers that fail do not
stop it.
"""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from safety_tasks.config import work_dir
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch, TrainingRun
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.holding import hold_run
from safety_tasks.train.preparing import finished_run, prepare
from safety_tasks.train.recording import record_run
from safety_tasks.train.trackers import open_tracker

log = logging.getLogger("safety_tasks")


def train_candidate(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    recipe: Recipe,
    run_id: str,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainingRun:
    """Train a candidate on this machine.

    Args:
        store: where the dataset is and the weights go.
        version: the dataset version.
        validation: its successful validation.
        recipe: hyperparameters and seed; planned runs bind it to the configured class map.
        run_id: the name of the run; the same name again returns the finished run, or goes on with the cut one.
        settings: where base weights come from.
        folder: scratch space; by default under the work folder.
        progress: called after each epoch.

    Raises:
        TrainingError: not validated, another run has the name, another process trains it, or training failed.
        DatasetEmpty: there is nothing to train on.
        DiskFull: the scratch space is too small.
        ClassMapError: the recipe is bound to other classes than the version's.
    """
    done = finished_run(store, version, recipe, run_id)
    if done is not None:
        return done
    started = time.monotonic()
    scratch = ((folder or work_dir() / "train") / run_id).resolve()
    with hold_run(store, run_id, scratch, settings.silent_after_s) as renew:
        # Finished by another while this one waited for the lease: nothing is left to do.
        done = finished_run(store, version, recipe, run_id)
        if done is not None:
            return done
        prepared = prepare(store, version, validation, recipe, run_id, settings, scratch)
        data = write_dataset_folder(store, prepared.pictures, version.classes, scratch / "dataset")
        tracker = open_tracker(run_id, prepared.start.recipe.to_dict())

        def note(epoch: Epoch) -> None:
            renew()
            tracker.epoch(epoch)
            progress(epoch)

        try:
            fitted = fit_detector(
                data,
                prepared.base,
                prepared.start.recipe,
                scratch,
                inputs_sha256=prepared.inputs_sha256,
                progress=note,
            )
        except BaseException:
            tracker.finish(False)
            raise
        tracker.finish(True)
        run = record_run(
            store,
            run_id,
            version,
            prepared,
            fitted,
            backend="local",
            seconds=time.monotonic() - started,
        )
    shutil.rmtree(scratch, ignore_errors=True)
    return run
