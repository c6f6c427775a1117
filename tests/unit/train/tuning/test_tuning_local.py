"""The search on this machine: its trials, its objective, its going on; with a scripted training."""

from pathlib import Path
from typing import Any

import pytest
from support.local_search import search
from support.made_searches import SPACE, TINY, made_plan
from support.scripted_training import ScriptedTraining

from safety_tasks.errors import TrainingBusy
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.train.holding import hold_run
from safety_tasks.train.tuning.local import least_epochs
from safety_tasks.train.tuning.space import Choices, Range, SearchSpace


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
