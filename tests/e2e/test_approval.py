"""People who approve in ``airflow standalone``: over HTTP under their login, in time or not, once or again."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from support.processes import processes_of
from support.toy_runs import toy_dataset, toy_export, toy_pass
from toy_models import toy_model

from safety_tasks.bundle.reading import read_pointer
from safety_tasks.demo.stack import CHECKOUT, Stack, embedded_env
from safety_tasks.demo.view import View
from safety_tasks.demo.watch import follow, why_failed
from safety_tasks.gate import find_gate_report, read_gate_report
from safety_tasks.gate.keeping import keep_report
from safety_tasks.profiles import load_recipe
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Approval
from safety_tasks.records.training import RunPlan
from safety_tasks.store.base import ObjectStore

pytestmark = pytest.mark.slow
DAG = "approve_only"
WAITING_S = 120.0
ANSWER_S = 60.0  # a busy machine is slow
TIMEOUT_S = 30
LAST_STEPS = '''"""The last steps of retrain_detector alone, on a report that is there."""

from datetime import datetime

from airflow.sdk import Param, chain, dag, get_current_context, task

from safety_tasks.orchestration.approving import ApproveOperator
from safety_tasks.orchestration.forms import retrain_form
from safety_tasks.orchestration.retries import task_defaults

FORM = {"approval": retrain_form()["approval"]} | {
    name: Param(type="object") for name in ("plan", "exported")
}


@task
def plan():
    return dict(get_current_context()["params"]["plan"])


@task
def judge(plan):
    from safety_tasks.gate import find_gate_report
    from safety_tasks.orchestration.runtime import runtime

    return find_gate_report(runtime()[1], plan["run_id"]).to_dict()


@task
def publish(plan, ref):
    from safety_tasks.orchestration import stages

    context = get_current_context()
    return stages.publish(context, plan, ref, context["params"]["exported"])


@dag(schedule=None, start_date=datetime(2026, 1, 1), default_args=task_defaults(), params=FORM)
def approve_only():
    planned = plan()
    approved = ApproveOperator(task_id="approve", plan=planned, ref=judge(planned))
    chain(approved, publish(planned, approved.output))


approve_only()
'''


@dataclass
class Desk:
    """A running Airflow, its store with a dataset, and people who answer."""

    stack: Stack
    store: ObjectStore
    version: DatasetVersion

    def candidate(self, run_id: str, gain: float) -> dict[str, Any]:
        """Let the gate pass a model of its own; return the form that takes it on."""
        model = toy_model(gains=(gain, gain, gain))
        exported = toy_export(self.store, self.version, run_id, model)
        toy_pass(self.store, self.version, exported)
        plan = RunPlan(
            run_id=run_id,
            dataset_version=self.version.version_id,
            recipe=load_recipe("mini"),
            profile="toy",
            channel="stable",
            fingerprint="0" * 64,
        )
        return {"plan": plan.to_dict(), "exported": exported.to_dict(), "approval": "ask"}

    def http(self, user: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """Make a request under a login."""
        login = {"username": user, "password": self.stack.password}
        url = self.stack.api.url
        token = httpx.post(f"{url}/auth/token", json=login, timeout=ANSWER_S).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(
            method, f"{url}/api/v2{path}", json=body, headers=headers, timeout=ANSWER_S
        )

    def question(self, dag_run: str) -> dict[str, Any]:
        """Wait until the run asks; return the question."""
        deadline = time.monotonic() + WAITING_S
        path = f"/dags/{DAG}/dagRuns/{dag_run}/hitlDetails?state=awaiting_input"
        while time.monotonic() < deadline:
            found = self.http("viewer", "GET", path).json()["hitl_details"]
            if found:
                asked: dict[str, Any] = found[0]
                return asked
            time.sleep(0.5)
        raise AssertionError(why_failed(self.stack, DAG, dag_run))

    def answer(self, dag_run: str, user: str, option: str, note: str = "") -> int:
        """Answer the run's question; return the status."""
        path = f"/dags/{DAG}/dagRuns/{dag_run}/taskInstances/approve/-1/hitlDetails"
        body = {"chosen_options": [option], "params_input": {"note": note}}
        return self.http(user, "PATCH", path, body).status_code

    def ended(self, dag_run: str) -> str:
        """Wait until the run ends; return its state."""
        tasks = ("plan", "judge", "approve", "publish")
        return follow(self.stack, self.store, DAG, dag_run, tasks, View(), WAITING_S).state

    def clear(self, dag_run: str, task_id: str) -> None:
        """Clear a task with what follows, as a person does to ask again."""
        body = {
            "dry_run": False,
            "dag_run_id": dag_run,
            "task_ids": [task_id],
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
        }
        answer = self.http("admin", "POST", f"/dags/{DAG}/clearTaskInstances", body)
        assert answer.status_code == 200, answer.text

    def decision(self, run_id: str) -> Approval | None:
        """What the run's latest report says."""
        return read_gate_report(self.store, find_gate_report(self.store, run_id)).approval

    @property
    def served(self) -> int | None:
        """The release that ``stable`` serves."""
        found = read_pointer(self.store, "stable")
        return found[0].release_seq if found else None


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a running Airflow whose people have half a minute to answer."""
    folder = tmp_path_factory.mktemp("approval")
    shutil.copytree(
        CHECKOUT / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "dags" / f"{DAG}.py").write_text(LAST_STEPS, encoding="utf-8")
    env = embedded_env("demo", "demo") | {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
        "SAFETY_TASKS_GATE_APPROVAL_TIMEOUT_H": str(TIMEOUT_S / 3600),
    }
    stack = Stack(folder / "stack", env)
    stack.start()
    try:
        store = stack.wait(lambda seconds: None)
        stack.airflow.wait_until(lambda: stack.api.has_dag(DAG), 60.0)
        stack.api.unpause(DAG)
        yield Desk(stack, store, toy_dataset(store))
    finally:
        stack.stop()
        assert not processes_of(folder / "stack")


def test_approved_over_http(desk: Desk) -> None:
    """A viewer may not answer; who may is named in the report, and the model is served."""
    run = desk.stack.api.trigger(DAG, desk.candidate("r-yes", 1.0))
    asked = desk.question(run)
    assert "r-yes" in asked["subject"]
    assert "통과" in asked["body"]
    assert desk.answer(run, "viewer", "Approve") == 403
    assert desk.answer(run, "admin", "Approve", "seen") == 200
    assert desk.ended(run) == "success", why_failed(desk.stack, DAG, run)
    decided = desk.decision("r-yes")
    assert decided is not None
    assert (decided.decision, decided.who, decided.note) == ("approved", "admin", "seen")
    assert desk.served == 1


def test_rejected_stays_rejected(desk: Desk) -> None:
    """A no is red and named; clearing the task finds it again, and asks nobody."""
    run = desk.stack.api.trigger(DAG, desk.candidate("r-no", 0.9))
    served = desk.served
    desk.question(run)
    assert desk.answer(run, "admin", "Reject", "not before the audit") == 200
    assert desk.ended(run) == "failed"
    assert "rejected by admin" in why_failed(desk.stack, DAG, run)
    desk.clear(run, "approve")
    assert desk.ended(run) == "failed"
    assert "not before the audit" in why_failed(desk.stack, DAG, run)
    assert desk.served == served


def test_too_late_is_a_no_until_it_is_asked_again(desk: Desk) -> None:
    """The scheduler ends the wait, the report says so; cleared, the task asks again, and a yes in time counts."""
    served = desk.served or 0
    run = desk.stack.api.trigger(DAG, desk.candidate("r-late", 0.8))
    desk.question(run)
    assert desk.ended(run) == "failed"
    assert "nobody said yes in time" in why_failed(desk.stack, DAG, run)
    decided = desk.decision("r-late")
    assert decided is not None
    assert decided.decision == "timed_out"
    assert desk.answer(run, "admin", "Approve") == 200  # nobody waits for it any more
    assert (desk.served or 0) == served
    desk.clear(run, "approve")
    desk.question(run)
    assert desk.answer(run, "admin", "Approve") == 200
    assert desk.ended(run) == "success", why_failed(desk.stack, DAG, run)
    assert desk.served == served + 1


def test_nobody_approves_by_an_earlier_card(desk: Desk) -> None:
    """The run is judged again while somebody reads: Airflow still shows the old card, so nobody is asked by it."""
    served = desk.served
    run = desk.stack.api.trigger(DAG, desk.candidate("r-again", 0.7))
    desk.question(run)
    report = read_gate_report(desk.store, find_gate_report(desk.store, "r-again"))
    later = report.model_copy(update={"at": "2026-03-01T12:00:00+00:00"})
    keep_report(desk.store, later, kind="verdict", at=datetime.now(UTC))
    desk.clear(run, "judge")
    assert desk.ended(run) == "failed"
    assert "it would show the card of an earlier report" in why_failed(desk.stack, DAG, run)
    assert desk.decision("r-again") is None
    assert desk.served == served
