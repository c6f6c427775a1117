"""The whole retraining with a paid job: the request that the DAG sends is trained, by SageMaker's own toolkit."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.sagemaker_fixtures import sagemaker_server
from support.sagemaker_server import SageMakerServer
from support.short_measurements import measure_shortly

from safety_tasks.config import load_settings
from safety_tasks.gate import list_gate_reports
from safety_tasks.ingest import deliver_folder
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.opening import open_store

__all__ = ["sagemaker_server"]
WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "weights" / "yolov8n.pt"
# Enough to tell hazards apart: the gate believes nobody who alarms on every picture.
QUICK = {"recipe": "mini", "epochs": 6, "imgsz": 160, "profile": "easy"}


@pytest.fixture
def paid_plant(plant: pytest.MonkeyPatch, sagemaker_server: SageMakerServer) -> pytest.MonkeyPatch:
    """Give a plant whose connection reaches the server of paid jobs, with a role and an own image."""
    connection = json.loads(os.environ["AIRFLOW_CONN_AWS_DEFAULT"])
    here = {"endpoint_url": sagemaker_server.url}
    connection["extra"]["service_config"] = {"sagemaker": here, "logs": here}
    plant.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    plant.setenv("SAFETY_TASKS_SAGEMAKER_ROLE_ARN", "arn:aws:iam::123456789012:role/training-jobs")
    plant.setenv(
        "SAFETY_TASKS_SAGEMAKER_IMAGE_URI",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/safety-trainer:1",
    )
    plant.setenv("SAFETY_TASKS_EXPORT_INT8", "false")
    measure_shortly(plant)
    if WEIGHTS.is_file():
        plant.setenv("SAFETY_TASKS_TRAIN_BASE_WEIGHTS", str(WEIGHTS))
    return plant


def _run(dag: Any, form: dict[str, Any]) -> dict[str, str]:
    run = dag.test(run_conf=form)
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def _link() -> str:
    """Return the link that the newest run's task left for the UI."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    # Runs of other tests in this process left theirs in the same database.
    wanted = (
        select(XComModel)
        .where(XComModel.key == "_link_TrainingJobLink")
        .order_by(XComModel.dag_run_id.desc())
        .limit(1)
    )
    with create_session() as session:
        (row,) = session.scalars(wanted)
        return str(XComModel.deserialize_value(row))


@pytest.mark.real_pictures
@pytest.mark.slow
@pytest.mark.usefixtures("paid_plant")
def test_a_paid_job_trains_what_is_released(
    dag_bag: Any, sagemaker_server: SageMakerServer, real_mini: Path
) -> None:
    """From real pictures to a release with backend sagemaker: one job, really trained, recorded with its cost."""
    store = open_store(load_settings().store)
    deliver_folder(store, real_mini, "mini", empty_label_is_background=True)
    states = _run(dag_bag.dags["ingest_labeled_images"], {"batch": "mini"})
    assert set(states.values()) == {"success"}, states

    retrain = dag_bag.dags["retrain_detector"]
    retrain.get_task("train").poll_s = 1.0
    states = _run(retrain, {**QUICK, "backend": "sagemaker"})
    told = "\n".join(map(sagemaker_server.tail, sagemaker_server.created))
    assert set(states.values()) == {"success"}, f"{states}\n{told}"

    ((name, count),) = sagemaker_server.created.items()
    assert count == 1
    (_, ref), *_ = list_gate_reports(store, 1)
    key = f"runs/{ref.run_id}/training.json"
    run = TrainingRun.from_json_bytes(store.get(key).payload, what=key, error=AssertionError)
    assert run.backend == "sagemaker"
    assert run.fit is not None
    assert run.fit.epochs_done == 6
    assert run.job is not None
    assert (run.job.name, run.job.spot) == (name, True)
    assert run.job.cost_usd is not None
    assert run.job.cost_usd > 0
    assert name in _link()
    assert any("epoch 6 of 6" in line for line in sagemaker_server.job(name).lines)
