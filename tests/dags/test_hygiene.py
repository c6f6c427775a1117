"""DAG files stay wiring: they parse fast, import nothing heavy, and show what people need to know."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = sorted((CHECKOUT / "dags").glob("*.py"))
HEAVY = (
    "torch",
    "ultralytics",
    "great_expectations",
    "onnxruntime",
    "onnx",
    "cv2",
    "pandas",
    "pyarrow",
    "boto3",
    "numpy",
)
# Airflow's own imports are not the file's fault: the DAG processor pays them once. Naming any asset makes Airflow
# import its providers' asset handlers, and with them boto3.
_PROGRAM = """
import json, runpy, sys, time
import airflow.sdk
airflow.sdk.dag, airflow.sdk.AssetOrTimeSchedule, airflow.sdk.ExceptionRetryPolicy
airflow.sdk.Asset("any", uri="safety://any")
before = set(sys.modules)
started = time.perf_counter()
runpy.run_path(sys.argv[1])
seconds = time.perf_counter() - started
added = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([seconds, sorted(added)]))
"""


def _parse(file: Path) -> tuple[float, set[str]]:
    import json

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    seconds, added = json.loads(done.stdout.splitlines()[-1])
    return seconds, set(added)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_parsing_is_quick_and_light(file: Path) -> None:
    """A DAG file parses in under three seconds and brings in no heavy package."""
    seconds, added = _parse(file)
    assert added.isdisjoint(HEAVY), sorted(added & set(HEAVY))
    assert seconds < 3.0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_stay_short(file: Path) -> None:
    """A DAG file has at most 120 lines, since logic belongs elsewhere."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 120


def test_every_file_imports(dag_bag: Any) -> None:
    """Each file gives the DAG of its own name and no import error."""
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == {file.stem for file in FILES}


def test_docs_are_the_page_in_the_ui(dag_bag: Any) -> None:
    """A DAG's page in the UI is its module docstring, and names each of its tasks."""
    for dag in dag_bag.dags.values():
        assert dag.doc_md.lstrip().startswith("###")
        missing = [task_id for task_id in dag.task_ids if f"**{task_id}**" not in dag.doc_md]
        assert missing == []


def test_heavy_tasks_go_to_the_training_pool(dag_bag: Any) -> None:
    """Train, export and benchmark carry the training queue and pool; nothing else does."""
    tasks = dag_bag.dags["retrain_detector"].tasks
    heavy = {t.task_id for t in tasks if (t.queue, t.pool) == ("training", "training")}
    assert heavy == {"train", "export", "benchmark"}


def test_verdict_enforcement_and_approval_are_apart(dag_bag: Any) -> None:
    """The report outlives the red task, and what is published is what approve went on with: all in a row."""
    dag = dag_bag.dags["retrain_detector"]
    assert dag.get_task("enforce_gate").upstream_task_ids == {"plan", "judge"}
    assert dag.get_task("approve").upstream_task_ids == {"plan", "judge", "enforce_gate"}
    assert dag.get_task("publish").upstream_task_ids == {"plan", "export", "approve"}
    assert [outlet.name for outlet in dag.get_task("judge").outlets] == ["safety_gate_report"]
    assert dag.get_task("enforce_gate").retries == 0


def test_a_wait_for_a_person_holds_no_worker_and_no_timeout_of_a_task(dag_bag: Any) -> None:
    """approve stays out of the training pool, and is not killed while it waits."""
    task = dag_bag.dags["retrain_detector"].get_task("approve")
    assert task.execution_timeout is None
    assert (task.queue, task.pool) != ("training", "training")


def test_waivers_are_given_by_hand_alone(dag_bag: Any) -> None:
    """The form has no schedule, and no field for who waives."""
    dag = dag_bag.dags["waive_gate_check"]
    assert dag.schedule is None
    assert set(dag.params) == {"run_id", "checks", "why", "days", "profile"}


def test_a_dataset_becomes_current_only_after_validation(dag_bag: Any) -> None:
    """The dataset asset is emitted by make_current alone, and that waits for validate."""
    dag = dag_bag.dags["ingest_labeled_images"]
    emitting = [task.task_id for task in dag.tasks if task.outlets]
    assert emitting == ["make_current"]
    assert "validate" in dag.get_task("make_current").upstream_task_ids


def test_forms_are_typed_and_explained(dag_bag: Any) -> None:
    """Every field of every form has a type, a title and a description."""
    for dag in dag_bag.dags.values():
        for name in dag.params:
            param = dag.params.get_param(name)
            assert {"type", "title"} <= set(param.schema), (dag.dag_id, name)
            assert param.description, (dag.dag_id, name)
