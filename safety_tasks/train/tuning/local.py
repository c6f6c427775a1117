"""Search on this machine: one training after another, each with the values that the study chose.

Rules: all trials start from the same weights and pictures, decided once; a trial that the training refuses is written
down and the search goes on, but not past what every trial would meet; when its time is over it starts no trial, and the
running one ends with its epoch; a search that was killed goes on from the trial and the epoch that it was in.
"""

import gc
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from safety_tasks.config import code_digest, work_dir
from safety_tasks.errors import (
    BaseWeightsMissing,
    DeviceMissing,
    TrainingBusy,
    TrainingError,
)
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.training import Epoch
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.holding import hold_run
from safety_tasks.train.inputs import inputs_digest
from safety_tasks.train.preparing import Prepared, prepare
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.results import TuningResult
from safety_tasks.train.tuning.space import Range, SearchSpace, apply
from safety_tasks.train.tuning.study import Running, Study

log = logging.getLogger("safety_tasks")
_OF_EVERY_TRIAL: Final = (BaseWeightsMissing, DeviceMissing, TrainingBusy)
_WORSE: Final = "worse than the median of the trials before it at this epoch"
_TIME: Final = "the search's time was over"


class _Enough(Exception):
    """The running trial ends with this epoch."""


def search_locally(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    plan: TunePlan,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
    progress: Callable[[str], None] = log.info,
    epochs: Callable[[Epoch], None] = lambda epoch: None,
) -> TuningResult:
    """Search until the plan's trials or its time are used up; the same plan again goes on, or returns what was found.

    Args:
        store: where the dataset is.
        version: the dataset version.
        validation: its successful validation.
        plan: what to search.
        settings: where base weights come from.
        folder: scratch space; by default under the work folder. It holds the study, so it must stay until the end.
        progress: called with a line when a trial is begun and when it has ended.
        epochs: called after each epoch, which the training itself writes to the log.

    Raises:
        TrainingError: not validated, another process searches, or what every trial would meet.
        DatasetEmpty: there is nothing to train on.
        DiskFull: the scratch space is too small.
        StoreError: the store failed.
    """
    scratch = ((folder or work_dir() / "tune") / plan.tune_id).resolve()
    with hold_run(store, plan.tune_id, scratch, settings.silent_after_s) as renew:
        prepared = prepare(store, version, validation, plan.recipe, plan.tune_id, settings, scratch)
        study = Study(
            scratch / "study.sqlite3",
            plan.space,
            seed=plan.recipe.seed,
            jobs=plan.jobs,
            least_epochs=least_epochs(plan),
        )
        if len(study.settled()) < plan.jobs and _left_s(plan, study) > 0:
            data = write_dataset_folder(
                store, prepared.pictures, version.classes, scratch / "dataset"
            )
            search = _Search(
                plan, prepared, version.version_id, data, study, renew, progress, epochs
            )
            while len(study.settled()) < plan.jobs and _left_s(plan, study) > 0:
                search.run_one(scratch / "trials")
    shutil.rmtree(scratch / "dataset", ignore_errors=True)
    shutil.rmtree(scratch / "trials", ignore_errors=True)
    trials = study.settled()
    return TuningResult(
        plan=plan,
        trials=trials,
        started_at=prepared.start.started_at,
        seconds=study.spent_s(),
        stopped_by_time=len(trials) < plan.jobs or any(t.reason == _TIME for t in trials),
        notes=(*prepared.start.notes, *_notes(plan)),
        code_sha256=code_digest(),
    )


def least_epochs(plan: TunePlan) -> int:
    """Return the epochs of the shortest trial."""
    found = plan.space.fields.get("epochs")
    if found is None:
        return plan.recipe.epochs
    return int(found.low) if isinstance(found, Range) else min(int(n) for n in found.choices)


class _Search:
    def __init__(
        self,
        plan: TunePlan,
        prepared: Prepared,
        version_id: str,
        data: Path,
        study: Study,
        renew: Callable[[], None],
        progress: Callable[[str], None],
        epochs: Callable[[Epoch], None],
    ) -> None:
        self._plan, self._prepared, self._version_id = plan, prepared, version_id
        self._data, self._study, self._renew = data, study, renew
        self._progress, self._epochs = progress, epochs

    def run_one(self, folder: Path) -> None:
        """Begin, train and settle one trial."""
        number = len(self._study.settled()) + 1
        trial, started = self._study.begin(), time.monotonic()
        place = folder / trial.folder_name
        said = ", ".join(f"{name} = {_short(value)}" for name, value in trial.values.items())
        self._progress(f"trial {number} of {self._plan.jobs}: {said}")
        ended = self._fit(trial, place, started)
        shutil.rmtree(place, ignore_errors=True)
        gc.collect()  # the framework's cycles hold the pictures in memory
        self._progress(f"trial {number} of {self._plan.jobs}: {ended}")

    def _fit(self, trial: Running, place: Path, started: float) -> str:
        left_s = _left_s(self._plan, self._study)

        def note(epoch: Epoch) -> None:
            self._renew()
            self._epochs(epoch)
            seconds = time.monotonic() - started
            value = objective_of(epoch, self._plan.space)
            if value is not None:
                trial.note(epoch.number, value, seconds)
            if epoch.number < epoch.total and trial.is_hopeless():
                raise _Enough(_WORSE)
            if epoch.number < epoch.total and seconds >= left_s:
                raise _Enough(_TIME)

        try:
            recipe = apply(self._prepared.start.recipe, trial.values)
            fitted = fit_detector(
                self._data,
                self._prepared.base,
                recipe,
                place,
                inputs_sha256=inputs_digest(
                    self._version_id,
                    recipe,
                    self._prepared.start.base.sha256 if self._prepared.start.base else None,
                    (picture.sha256 for picture in self._prepared.pictures),
                    code_digest(),
                ),
                progress=note,
            )
        except _Enough as enough:
            trial.end("pruned", time.monotonic() - started, None, str(enough))
            return f"pruned, {enough}"
        except _OF_EVERY_TRIAL:
            raise
        except TrainingError as problem:
            trial.end("failed", time.monotonic() - started, None, str(problem))
            return f"failed, {problem}"
        value = trial.objectives.get(
            fitted.fit.best_epoch, max(trial.objectives.values(), default=None)
        )
        if value is None:
            trial.end("failed", time.monotonic() - started, None, "no epoch was validated")
            return "failed, no epoch was validated"
        trial.end("completed", time.monotonic() - started, value, " ".join(fitted.fit.notes))
        return f"completed, {self._plan.space.objective} {value:.5f}"


def objective_of(epoch: Epoch, space: SearchSpace) -> float | None:
    """Return the objective of an epoch, or None if it was not measured."""
    return epoch.map50 if space.objective == "validation:mAP" else epoch.map50_95


def _left_s(plan: TunePlan, study: Study) -> float:
    return plan.max_minutes * 60 - study.spent_s()


def _notes(plan: TunePlan) -> tuple[str, ...]:
    if plan.parallel == 1:
        return ()
    return (f"parallel = {plan.parallel} holds on SageMaker; here one trial follows another",)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
