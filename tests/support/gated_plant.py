"""``retrain_detector`` from the verdict to the release over a real S3 server; what comes before the gate is made up.

Import the fixtures in a test module of ``tests/dags``: ``from support.gated_plant import gate, people``.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from support.airflow_people import People, people
from support.toy_measurements import toy_measurements
from support.toy_runs import toy_dataset, toy_export
from toy_models import strong_model

from safety_tasks.bundle.reading import read_served
from safety_tasks.config import load_settings
from safety_tasks.gate import find_gate_report, read_gate_report
from safety_tasks.orchestration import stages
from safety_tasks.profiles import load_recipe
from safety_tasks.records.gate import GateReport
from safety_tasks.records.release import Channel, ReleaseDocument
from safety_tasks.records.training import RunPlan
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store

__all__ = ["GatedPlant", "gate", "people"]
LATE = ("judge", "enforce_gate", "approve", "publish")


class GatedPlant:
    """A candidate that waits for the gate, and the DAG that takes it there."""

    def __init__(self, dag: Any, store: ObjectStore) -> None:
        self.dag = dag
        self.store = store
        self.run_id = f"r-{uuid4().hex[:8]}"

    def run(self, marked: str | None = None, **form: Any) -> dict[str, str]:
        """Run the DAG; return the states of the gate's tasks.

        Args:
            marked: a task that somebody marks as done by hand.
            form: what the form says.
        """
        # A test run's form stays in the DAG, so each names what it means.
        run = self.dag.test(run_conf={"approval": None, **form}, mark_success_pattern=marked)
        states = {task.task_id: str(task.state) for task in run.get_task_instances()}
        return {name: states[name] for name in LATE}

    @property
    def report(self) -> GateReport:
        """The run's latest report."""
        return read_gate_report(self.store, find_gate_report(self.store, self.run_id))

    @property
    def served(self) -> ReleaseDocument | None:
        """What ``stable`` serves."""
        found = read_served(self.store, "stable")
        return found.document if found else None


@pytest.fixture
def gate(dag_bag: Any, plant: pytest.MonkeyPatch, people: People) -> Callable[..., GatedPlant]:
    """Give a maker of plants with a candidate: its profile and channel."""

    def make(profile: str = "asking", channel: Channel = "stable") -> GatedPlant:
        store = open_store(load_settings().store)
        made = GatedPlant(dag_bag.dags["retrain_detector"], store)
        version = toy_dataset(store)
        exported = toy_export(store, version, made.run_id, strong_model())
        plan = RunPlan(
            run_id=made.run_id,
            dataset_version=version.version_id,
            recipe=load_recipe("mini"),
            profile=profile,
            channel=channel,
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
