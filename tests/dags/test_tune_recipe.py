"""The DAG of searches: its form, its queue, and a whole tiny search in the worker."""

import logging
from pathlib import Path
from typing import Any

import pytest
from support.toy_runs import toy_dataset

from safety_tasks.config import load_settings
from safety_tasks.profiles import load_recipe
from safety_tasks.store.opening import open_store
from safety_tasks.train.tuning.results import TuningFiles, TuningResult

TINY_SPACE = """
[epochs]
low = 1
high = 2
[imgsz_px]
choices = [64, 96]
"""


@pytest.fixture
def tiny_space(plant: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Search a space of trainings of seconds."""
    path = tmp_path / "search.toml"
    path.write_text(TINY_SPACE, encoding="utf-8")
    plant.setenv("SAFETY_TASKS_TUNE_SPACE", str(path))


def run(dag: Any, form: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Run the DAG; return the states of its tasks, and what they returned."""
    done = dag.test(run_conf=form)
    tasks = done.get_task_instances()
    results = {task.task_id: task.xcom_pull(task_ids=task.task_id) for task in tasks}
    return {task.task_id: str(task.state) for task in tasks}, results


def test_the_steps_are_in_a_row(dag_bag: Any) -> None:
    """Nothing is searched before the preflight, nothing reported before the search; what trains waits in the queue."""
    dag = dag_bag.dags["tune_recipe"]
    assert dag.get_task("search").upstream_task_ids == {"plan", "check_dataset", "preflight"}
    assert dag.get_task("preflight").upstream_task_ids == {"plan", "check_dataset"}
    assert dag.get_task("report").upstream_task_ids == {"search"}
    heavy = {t.task_id for t in dag.tasks if (t.queue, t.pool) == ("training", "training")}
    assert heavy == {"preflight", "search"}
    assert dag.schedule is None


def test_the_form_asks_for_the_budget(dag_bag: Any) -> None:
    """Data, recipe, place, and the budget in trainings, time and money; empty means as configured."""
    form = dag_bag.dags["tune_recipe"].params
    assert set(form) == {
        *("dataset_version", "recipe", "backend", "jobs", "parallel", "minutes", "max_cost_usd"),
    }
    empty = {name for name in form if form.get_param(name).value is None}
    assert empty == set(form) - {"backend"}


@pytest.mark.slow
def test_a_whole_search_in_the_worker(
    dag_bag: Any, tiny_space: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Drawn pictures, real trainings of seconds: the report's recipe is one to train with; the table is in the log."""
    store = open_store(load_settings().store)
    version = toy_dataset(store)
    form = {"dataset_version": version.version_id, "jobs": 2, "minutes": 10, "recipe": "default"}
    with caplog.at_level(logging.INFO, "safety_tasks"):
        states, results = run(dag_bag.dags["tune_recipe"], form)
    assert set(states.values()) == {"success"}, states
    files = TuningFiles.model_validate(results["report"])
    kept = store.get(files.record.key).payload
    result = TuningResult.from_json_bytes(kept, what="record")
    assert len(result.trials) == 2
    assert result.best == files.best
    config = Path(files.recipe_file).parent / "config"
    (config / "recipes").mkdir(parents=True)
    (config / "recipes" / "tuned.toml").write_bytes(store.get(files.recipe.key).payload)
    tuned = load_recipe("tuned", config)
    assert {name: getattr(tuned, name) for name in files.best.values} == files.best.values
    assert any(message.startswith("trial,epochs,imgsz_px,state") for message in caplog.messages)
