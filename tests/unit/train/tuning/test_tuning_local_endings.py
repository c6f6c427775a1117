"""How trials and the search on this machine end early: by failure, by pruning, by time; with a scripted training."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from support.local_search import search
from support.made_searches import TINY
from support.scripted_training import ScriptedTraining

from safety_tasks.errors import (
    BaseWeightsMissing,
    DeviceMissing,
    DiskFull,
    LossNotFinite,
    OutOfMemory,
    SafetyTasksError,
    TrainingBusy,
    TrainingError,
)
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning import local


@pytest.mark.parametrize("problem", [LossNotFinite, OutOfMemory, TrainingError])
def test_a_trial_that_fails_is_a_row(
    local_store: LocalStore,
    version: DatasetVersion,
    training: ScriptedTraining,
    tmp_path: Path,
    problem: type[TrainingError],
) -> None:
    """What the training refuses is recorded with its reason, and the search goes on."""
    training.raises = {2: problem("the loss became NaN")}
    result = search(local_store, version, tmp_path)
    assert [trial.state for trial in result.trials] == ["completed", "failed", "completed"]
    assert result.trials[1].reason == "the loss became NaN"
    assert result.best == result.trials[2]


def test_a_trial_without_a_measured_epoch_fails(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """A training that never measured the objective cannot be the best."""
    training.map50 = lambda call, epoch: None
    result = search(local_store, version, tmp_path, jobs=1)
    assert (result.trials[0].state, result.best) == ("failed", None)


@pytest.mark.parametrize("problem", [BaseWeightsMissing, DeviceMissing, TrainingBusy, DiskFull])
def test_what_every_trial_would_meet_ends_the_search(
    local_store: LocalStore,
    version: DatasetVersion,
    training: ScriptedTraining,
    tmp_path: Path,
    problem: type[SafetyTasksError],
) -> None:
    """No device, no weights, no room: told at once; when it is mended, the search goes on with that trial."""
    training.raises = {2: problem("as it is")}
    with pytest.raises(problem):
        search(local_store, version, tmp_path)
    result = search(local_store, version, tmp_path)
    assert [trial.state for trial in result.trials] == ["completed"] * 3
    assert training.recipes[1] == training.recipes[2]
    assert training.folders[1] == training.folders[2]


def test_hopeless_trials_end_early(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """After two good trials a bad one is given up at its first epoch, and takes no more of the time."""
    training.map50 = lambda call, epoch: 0.1 if call == 3 else 0.5 + 0.01 * epoch
    recipe = TINY.model_copy(update={"epochs": 4})
    result = search(local_store, version, tmp_path, jobs=4, recipe=recipe)
    assert [(t.state, t.epochs_done) for t in result.trials] == [
        ("completed", 4),
        ("completed", 4),
        ("pruned", 1),
        ("completed", 4),
    ]
    assert "median" in result.trials[2].reason


def test_a_trial_that_is_whole_is_not_given_up(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """Worse than the others only in its last epoch, a trial has cost all that it could: it is completed."""
    training.map50 = lambda call, epoch: 0.9 if epoch == 4 and call < 3 else 0.5
    recipe = TINY.model_copy(update={"epochs": 4})
    result = search(local_store, version, tmp_path, jobs=3, recipe=recipe)
    assert [(t.state, t.epochs_done) for t in result.trials] == [("completed", 4)] * 3


def test_when_its_time_is_over_it_ends_with_the_epoch(
    local_store: LocalStore,
    version: DatasetVersion,
    training: ScriptedTraining,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The running trial ends with the epoch in which the time was over; none is begun then, nor when asked again."""
    training.epoch_s = 10.0
    monkeypatch.setattr(local, "time", SimpleNamespace(monotonic=lambda: training.clock))
    recipe = TINY.model_copy(update={"epochs": 5})
    result = search(local_store, version, tmp_path, jobs=9, recipe=recipe, max_minutes=75 / 60)
    assert [(t.state, t.epochs_done, t.seconds) for t in result.trials] == [
        ("completed", 5, 50.0),
        ("pruned", 3, 30.0),
    ]
    assert "time was over" in result.trials[1].reason
    assert result.stopped_by_time
    assert result.seconds == 80.0
    again = search(local_store, version, tmp_path, jobs=9, recipe=recipe, max_minutes=75 / 60)
    assert (again, len(training.recipes)) == (result, 2)
