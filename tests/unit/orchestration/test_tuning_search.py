"""The paid search as Airflow waits for it: submitted once, waited for long enough, stopped where it must be."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferred
from support.job_service import service_error
from support.made_searches import TINY, made_plan
from support.made_versions import report_of
from support.toy_runs import toy_dataset
from support.tuning_service import TuningService

from safety_tasks.errors import JobFailed
from safety_tasks.orchestration import training_trigger, tuning_search, tuning_trigger
from safety_tasks.orchestration.tuning_search import SearchOperator
from safety_tasks.orchestration.tuning_trigger import OVERDUE, SearchTrigger
from safety_tasks.records.base import Artifact
from safety_tasks.settings import Settings
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.tuning.results import read_record

VALUES = {"lr0": "0.001", "batch": "4", "optimizer": '"SGD"'}
PAID = {
    "role_arn": "arn:aws:iam::123456789012:role/training",
    "image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
}


class Notes:
    """What a task pushes for its link."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep a note."""
        self.pushed[key] = value


@pytest.fixture
def service(
    monkeypatch: pytest.MonkeyPatch, s3_store: S3Store, settings: Settings, tmp_path: Path
) -> TuningService:
    """Put a service without jobs behind the task and its trigger."""
    made = TuningService()
    paid = settings.model_copy(update={"sagemaker": settings.sagemaker.model_copy(update=PAID)})
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path))
    monkeypatch.setattr(tuning_search, "runtime", lambda: (paid, s3_store))
    for module in (tuning_search, tuning_trigger):
        monkeypatch.setattr(module, "aws_client", lambda service: made)
    return made


@pytest.fixture
def task(s3_store: S3Store) -> SearchOperator:
    """Give the task of a paid search over the drawn dataset."""
    version = toy_dataset(s3_store)
    plan = made_plan(
        TINY.bound_to(version.classes), backend="sagemaker", dataset_version=version.version_id
    )
    return SearchOperator(
        task_id="search",
        plan=plan.to_dict(),
        validation=report_of(version).to_dict(),
        preflight={"lines": ["epoch 1 of 1"], "found": {}},
        poll_s=0.01,
    )


def context() -> dict[str, Any]:
    """Return a task's context, as far as it is used."""
    return {"ti": Notes(), "run_id": "r"}


def submitted(task: SearchOperator) -> TaskDeferred:
    """Submit; return what the task waits for."""
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context())
    return caught.value


def fired(trigger: SearchTrigger) -> dict[str, Any]:
    """Return what the trigger says."""

    async def first() -> Any:
        async for event in trigger.run():
            return event.payload
        return None

    payload: dict[str, Any] = asyncio.run(asyncio.wait_for(first(), 20))
    return payload


def test_it_waits_as_long_as_the_search_may_take(
    task: SearchOperator, service: TuningService
) -> None:
    """The wait is the search's limit and a margin, and Airflow's own end of it comes later still."""
    notes = context()
    with pytest.raises(TaskDeferred) as caught:
        task.execute(notes)
    (job,) = service.created
    assert notes["ti"].pushed["tuning_job"] == {"name": job, "region": "us-east-1"}
    trigger = caught.value.trigger
    assert isinstance(trigger, SearchTrigger)
    left = datetime.fromisoformat(trigger.until) - datetime.now(UTC)
    assert timedelta(seconds=600) < left <= timedelta(seconds=600 + 1800)
    assert caught.value.timeout > left
    where, arguments = trigger.serialize()
    assert where == "safety_tasks.orchestration.tuning_trigger.SearchTrigger"
    assert SearchTrigger(**arguments).serialize() == trigger.serialize()


def test_a_finished_search_is_taken_in(
    task: SearchOperator, service: TuningService, s3_store: S3Store
) -> None:
    """The trigger sees the end through a silence of the service; the result is the record in the store."""
    trigger = submitted(task).trigger
    (job,) = service.created
    service.add_trial(job, VALUES, "Completed", 0.5)
    service.end(job, "Completed", 90, Completed=1)
    service.faults["describe"] = [service_error("ThrottlingException", "slow down")]
    event = fired(trigger)  # type: ignore[arg-type]
    assert event["status"] == "Completed"
    record = Artifact.model_validate(task.collect(context(), event))
    result = read_record(s3_store, record)
    assert [trial.objective for trial in result.trials] == [0.5]
    # A task that was killed after the end finds the same, and pays nothing.
    assert task.execute(context()) == record.to_dict()
    assert service.created == [job]


def test_stopped_by_hand_is_no_success(task: SearchOperator, service: TuningService) -> None:
    """A job that somebody stopped on its page makes the task red, in the wait and when it is tried again."""
    submitted(task)
    (job,) = service.created
    service.end(job, "Stopped", 10, Completed=1)
    with pytest.raises(JobFailed, match="found Stopped"):
        task.collect(context(), {"status": "Stopped"})
    with pytest.raises(JobFailed, match="found Stopped"):
        task.execute(context())
    assert service.created == [job]


def test_an_overdue_search_is_stopped_and_still_has_a_result(
    task: SearchOperator, service: TuningService, s3_store: S3Store
) -> None:
    """A job that outlives its limit is stopped, waited for, and its completed trials are the result."""
    submitted(task)
    (job,) = service.created
    service.add_trial(job, VALUES, "Completed", 0.5)
    late = SearchTrigger(job, datetime.now(UTC).isoformat(), 0.01)
    assert fired(late)["status"] == OVERDUE
    with pytest.raises(TaskDeferred):
        task.collect(context(), {"status": OVERDUE})
    assert service.stopped == [job]
    with pytest.raises(JobFailed, match="expected it to stop"):
        task.collect(context(), {"status": OVERDUE})
    service.end(job, "Stopped", 2500, Completed=1)
    record = Artifact.model_validate(task.collect(context(), {"status": "Stopped"}))
    assert read_record(s3_store, record).stopped_by_time is True


def test_where_no_triggerer_runs(task: SearchOperator, service: TuningService) -> None:
    """When Airflow ends the wait, the task looks by itself: a job that still runs is stopped."""
    submitted(task)
    with pytest.raises(TaskDeferred):
        task.resume_execution(
            TRIGGER_FAIL_REPR, {"error": TriggerFailureReason.TRIGGER_TIMEOUT}, context()
        )
    assert service.stopped == service.created


def test_killing_the_task_stops_the_job(task: SearchOperator, service: TuningService) -> None:
    """Ended by hand while it submits, or before it could: the job is stopped."""
    task.on_kill()
    with pytest.raises(JobFailed, match="since its task was ended"):
        task.execute(context())
    assert service.stopped == service.created != []


@pytest.mark.parametrize("waits", [True, False])
def test_killing_the_wait_stops_the_job(
    task: SearchOperator, service: TuningService, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended by hand during the wait, the job is stopped; handed to another triggerer, it goes on."""
    trigger = submitted(task).trigger
    monkeypatch.setattr(SearchTrigger, "_task_waits", lambda self: waits)
    monkeypatch.setattr(training_trigger, "_STOP_PAUSES_S", (0.0,))
    service.faults["stop"] = [service_error("ThrottlingException", "slow down")]
    asyncio.run(trigger.on_kill())
    assert service.stopped == ([] if waits else service.created)


def test_a_task_in_the_worker_has_nothing_to_stop(
    task: SearchOperator, service: TuningService
) -> None:
    """Ending a local search asks the service for nothing."""
    task.plan = {**task.plan, "backend": "local"}
    service.faults["describe"] = [AssertionError("asked")]
    task.on_kill()
    assert service.stopped == []
    link = tuning_search.TuningJobLink()
    noted = SimpleNamespace(xcom_pull=lambda task_ids, key: None)
    assert link.get_link(task, ti_key=noted) == ""
    noted = SimpleNamespace(
        xcom_pull=lambda task_ids, key: {"name": "tune-1", "region": "us-east-1"}
    )
    assert link.get_link(task, ti_key=noted).endswith("#/hyper-tuning-jobs/tune-1")
