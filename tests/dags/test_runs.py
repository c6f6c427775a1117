"""Both DAGs on real pictures against a real S3 server: first release, champion beside it, refusal."""

from pathlib import Path
from typing import Any

import pytest
from support.short_measurements import measure_shortly

from safety_tasks.bundle.reading import read_pointer
from safety_tasks.config import load_settings
from safety_tasks.gate import list_gate_reports, read_gate_report
from safety_tasks.ingest import deliver_folder
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_current
from safety_tasks.store.opening import open_store

WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "weights" / "yolov8n.pt"
AFTER_FINDING = ("ingest", "merge", "validate", "make_current", "describe", "report_refused")
# Enough to tell hazards apart: the gate believes nobody who alarms on every picture.
QUICK = {"recipe": "mini", "epochs": 8, "imgsz": 160}


def _run(dag: Any, form: dict[str, Any]) -> dict[str, str]:
    run = dag.test(run_conf=form)
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def _links(dag_id: str) -> dict[str, str]:
    """Return the link that the newest run's tasks left for the UI."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = select(XComModel).where(
        XComModel.dag_id == dag_id, XComModel.key == "_link_DatasetLink"
    )
    with create_session() as session:
        return {row.task_id: XComModel.deserialize_value(row) for row in session.scalars(wanted)}


def _newest_report(store: ObjectStore) -> GateReport:
    (_, ref), *_ = list_gate_reports(store, 1)
    return read_gate_report(store, ref)


@pytest.mark.real_pictures
@pytest.mark.slow
def test_from_delivery_to_a_second_release_and_a_refusal(
    dag_bag: Any, plant: pytest.MonkeyPatch, real_mini: Path
) -> None:
    """Real pictures become release 1; a second training is judged beside it; a refused third changes nothing."""
    if WEIGHTS.is_file():
        plant.setenv("SAFETY_TASKS_TRAIN_BASE_WEIGHTS", str(WEIGHTS))
    plant.setenv("SAFETY_TASKS_EXPORT_INT8", "false")
    measure_shortly(plant)
    store = open_store(load_settings().store)
    ingest, retrain = dag_bag.dags["ingest_labeled_images"], dag_bag.dags["retrain_detector"]

    assert set(_run(ingest, {}).items()) == {
        *((name, "skipped") for name in ("find_batches", *AFTER_FINDING)),
        ("report_stuck", "success"),
        ("prune_quarantine", "success"),
    }
    deliver_folder(store, real_mini, "mini", empty_label_is_background=True)
    states = _run(ingest, {"batch": "mini"})
    assert set(states.values()) == {"success"}, states
    current = read_current(store)
    assert current is not None
    page = f"/safety/datasets/{current[0].version_id}/"
    assert _links(ingest.dag_id) == {"validate": page, "describe": page}
    assert store.exists(f"dataset/versions/{current[0].version_id}/report/index.html")

    states = _run(retrain, {**QUICK, "profile": "easy"})
    assert set(states.values()) == {"success"}, states
    first = _newest_report(store)
    assert first.champion.release_seq is None
    assert first.dataset_version == current[0].version_id
    assert not first.synthetic

    plant.delenv("SAFETY_TASKS_TRAIN_BASE_WEIGHTS", raising=False)
    # From a champion, few epochs are enough to be as good.
    states = _run(retrain, {**QUICK, "epochs": 2, "profile": "easy"})
    assert set(states.values()) == {"success"}, states
    second = _newest_report(store)
    assert second.run_id != first.run_id
    assert second.champion.release_seq == 1
    assert second.champion.report is not None
    assert second.champion.report.model_sha256 == first.model_sha256
    assert second.champion.report.manifest_sha256 == second.candidate.manifest_sha256
    beside = [c for c in second.checks if c.kind == "non_inferiority"]
    assert len(beside) == 3
    assert second.evidence.serving_release_seq == 1

    states = _run(retrain, {**QUICK, "epochs": 1, "profile": "impossible"})
    late = ("judge", "enforce_gate", "approve", "publish")
    assert [states[name] for name in late] == [
        *("success", "failed", "upstream_failed", "upstream_failed")
    ]
    third = _newest_report(store)
    assert third.verdict is Verdict.FAIL
    assert third.champion.release_seq == 2
    pointer = read_pointer(store, "stable")
    assert pointer is not None
    assert pointer[0].release_seq == 2
