"""The search on this machine: its budget, its failures, its pruning, its goings-on; with a scripted training."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.made_searches import SPACE, TINY, made_plan
from support.made_versions import report_of
from support.scripted_training import ScriptedTraining
from support.toy_runs import toy_dataset

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
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.train.holding import hold_run
from safety_tasks.train.tuning import local
from safety_tasks.train.tuning.local import least_epochs, search_locally
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.results import TuningResult
from safety_tasks.train.tuning.space import Choices, Range, SearchSpace


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> ScriptedTraining:
    """Put a scripted training, whose mAP rises with each trial and epoch, in the place of the real one."""
    scripted = ScriptedTraining(lambda call, epoch: 0.1 * call + 0.01 * epoch)
    monkeypatch.setattr(local, "fit_detector", scripted)
    return scripted


def search(
    store: LocalStore,
    version: DatasetVersion,
    folder: Path,
    said: list[str] | None = None,
    **plan: Any,
) -> TuningResult:
    """Search."""
    lines: list[str] = [] if said is None else said
    return search_locally(
        store,
        version,
        report_of(version),
        planned(version, **plan),
        TrainSettings(),
        folder=folder,
        progress=lines.append,
        epochs=lambda epoch: lines.append(epoch.line()),
    )


def planned(version: DatasetVersion, **plan: Any) -> TunePlan:
    """Return the plan of a search over the drawn dataset."""
    recipe = plan.pop("recipe", TINY).bound_to(version.classes)
    return made_plan(recipe, dataset_version=version.version_id, **plan)


def test_a_whole_search(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """As many trials as asked for, each with its values, the best of them found; every line is told."""
    said: list[str] = []
    result = search(local_store, version, tmp_path, said)
    assert [(t.number, t.state, t.objective) for t in result.trials] == [
        (1, "completed", pytest.approx(0.12)),
        (2, "completed", pytest.approx(0.22)),
        (3, "completed", pytest.approx(0.32)),
    ]
    assert result.best == result.trials[2]
    assert not result.stopped_by_time
    for recipe, trial in zip(training.recipes, result.trials, strict=True):
        assert {name: getattr(recipe, name) for name in SPACE.fields} == trial.values
        assert recipe.bound_to(version.classes) == recipe
    assert len(set(training.inputs)) == 3
    assert sum(line.startswith("epoch ") for line in said) == 6
    assert said[-1] == "trial 3 of 3: completed, validation:mAP 0.32000"
    assert not any((tmp_path / "tune-t1" / name).exists() for name in ("dataset", "trials"))
    assert not local_store.exists("runs/tune-t1/trainer.json")


def test_a_finished_search_is_returned(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """Asked again, it trains nothing and returns the same; with more trials, it goes on."""
    first = search(local_store, version, tmp_path)
    assert search(local_store, version, tmp_path) == first
    assert len(training.recipes) == 3
    more = search(local_store, version, tmp_path, jobs=4)
    assert more.trials[:3] == first.trials
    assert len(training.recipes) == 4


def test_the_objective_is_the_kept_weights_own(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """A trial counts with the epoch whose weights it keeps, not with its last or luckiest one."""
    training.map50 = lambda call, epoch: {1: 0.5, 2: 0.7, 3: 0.6}[epoch]
    training.best_epoch = 1
    recipe = TINY.model_copy(update={"epochs": 3})
    (trial,) = search(local_store, version, tmp_path, jobs=1, recipe=recipe).trials
    assert (trial.objective, trial.epochs_done) == (0.5, 3)


def test_the_other_objective(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """A space may ask for the stricter mAP."""
    space = SPACE.model_copy(update={"objective": "validation:mAP50-95"})
    (trial,) = search(local_store, version, tmp_path, jobs=1, space=space).trials
    assert trial.objective == pytest.approx(0.06)


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


def test_one_process_searches(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """While another process has the search, it is not begun a second time."""
    with (
        hold_run(local_store, "tune-t1", tmp_path / "tune-t1", 3600.0),
        pytest.raises(TrainingBusy),
    ):
        search(local_store, version, tmp_path)
    assert training.recipes == []


def test_trials_at_once_are_for_sagemaker(
    local_store: LocalStore, version: DatasetVersion, training: ScriptedTraining, tmp_path: Path
) -> None:
    """What is not done here is said in the result."""
    result = search(local_store, version, tmp_path, jobs=1, parallel=2)
    assert "parallel = 2 holds on SageMaker" in " ".join(result.notes)
    assert not any("parallel" in n for n in search(local_store, version, tmp_path, jobs=1).notes)


@pytest.mark.parametrize(
    ("fields", "least"),
    [
        ({}, 2),
        ({"epochs": Range(low=7, high=9, whole=True)}, 7),
        ({"epochs": Choices(choices=(30, 5))}, 5),
    ],
)
def test_the_shortest_trial(fields: dict[str, Any], least: int) -> None:
    """How long the shortest trial is follows from the space, or from the recipe."""
    assert least_epochs(made_plan(space=SearchSpace(fields=fields))) == least
