"""``retrain_detector`` from the verdict to the release: who may stop it, who did, and that the report says so.

What comes before the gate is made up; gate, approval and publication are real, and people answer over Airflow's API.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from support.airflow_people import People, meanwhile, people
from support.toy_measurements import toy_measurements
from support.toy_runs import toy_dataset, toy_export
from toy_models import strong_model

from safety_tasks.bundle.reading import read_pointer
from safety_tasks.config import load_settings
from safety_tasks.gate import find_gate_report, read_gate_report
from safety_tasks.orchestration import stages
from safety_tasks.profiles import load_recipe
from safety_tasks.records.gate import GateReport
from safety_tasks.records.training import RunPlan
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store

__all__ = ["people"]
LATE = ("enforce_gate", "approve", "publish")


class Plant:
    """A candidate that waits for the gate, and the DAG that takes it there."""

    def __init__(self, dag: Any, store: ObjectStore) -> None:
        self.dag = dag
        self.store = store
        self.run_id = f"r-{uuid4().hex[:8]}"

    def run(self, **form: Any) -> dict[str, str]:
        """Run the DAG; return the states of the gate's tasks."""
        # A test run's form stays in the DAG, so each names what it means.
        run = self.dag.test(run_conf={"approval": None, **form})
        states = {task.task_id: str(task.state) for task in run.get_task_instances()}
        return {name: states[name] for name in LATE}

    @property
    def report(self) -> GateReport:
        """The run's latest report."""
        return read_gate_report(self.store, find_gate_report(self.store, self.run_id))

    @property
    def served(self) -> int | None:
        """What ``stable`` serves."""
        found = read_pointer(self.store, "stable")
        return found[0].release_seq if found else None


@pytest.fixture
def gate(
    dag_bag: Any, plant: pytest.MonkeyPatch, people: People
) -> Callable[..., Plant]:
    """Give a maker of plants with a candidate: its profile and channel."""

    def make(profile: str = "asking", channel: str = "stable") -> Plant:
        store = open_store(load_settings().store)
        made = Plant(dag_bag.dags["retrain_detector"], store)
        version = toy_dataset(store)
        exported = toy_export(store, version, made.run_id, strong_model())
        plan = RunPlan(
            run_id=made.run_id,
            dataset_version=version.version_id,
            recipe=load_recipe("mini"),
            profile=profile,
            channel=channel,  # type: ignore[arg-type]
            fingerprint="0" * 64,
        )
        measured = toy_measurements(store, version, exported)
        before = {
            "plan": plan.to_dict(),
            "check_dataset": {"made": "up"},
            "train": {"made": "up"},
            "export": exported.to_dict(),
            "benchmark": measured.to_dict(),
        }
        for name, value in before.items():
            plant.setattr(stages, name, lambda *given, value=value: value)
        return made

    return make


def test_approved(gate: Callable[..., Plant], people: People) -> None:
    """The card is shown in both languages; the login that answered, and when, stand in the report that is published."""
    plant = gate()
    began = datetime.now(UTC).replace(microsecond=0)

    def decide(stop: threading.Event) -> dict[str, Any]:
        asked = people.question(stop)
        assert people.answer(asked, "viewer", "Approve", role="VIEWER").status_code == 403
        assert people.answer(asked, "kim", "Approve", "seen on camera 4\n ").status_code == 200
        return asked

    with meanwhile(decide) as asked:
        states = plant.run()
    assert set(states.values()) == {"success"}, states
    assert plant.run_id in asked.result()["subject"]
    assert plant.report.approval is not None
    assert plant.report.approval.decision == "approved"
    assert plant.report.approval.who == "kim"
    assert datetime.fromisoformat(plant.report.approval.at) >= began
    assert plant.report.approval.note == "seen on camera 4"
    assert plant.served == 1
