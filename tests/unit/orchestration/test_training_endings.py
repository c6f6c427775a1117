"""However the task ``train`` is ended, its job is stopped or taken up, and nothing is billed unseen."""

from typing import Any

import pytest
from airflow.sdk.bases.operator import TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferralError
from botocore.exceptions import EndpointConnectionError
from support.job_service import JobService
from support.paid_runs import RUN_ID, PaidRun, complete
from support.paid_task import PaidTask, reach, service, task

from safety_tasks.errors import BudgetExceeded, CloudError, JobFailed

__all__ = ["service", "task"]
NETWORK_GONE = EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")


def test_a_job_that_takes_too_long_is_stopped(task: PaidTask, service: JobService) -> None:
    """Past all that it may take, the job is stopped before the task goes red: nothing is billed unseen."""
    task.deferred()
    (name,) = service.created
    with pytest.raises(JobFailed, match="It is stopped"):
        task.resume({"name": name, "status": "Overdue", "reason": ""})
    assert service.stopped == [name]


def test_a_job_that_cannot_be_stopped_is_not_given_up(task: PaidTask, service: JobService) -> None:
    """Where the stop does not go through, the error is one that is tried again, not the last word."""
    task.deferred()
    (name,) = service.created
    service.faults["stop"] = [NETWORK_GONE]
    with pytest.raises(CloudError) as caught:
        task.resume({"name": name, "status": "Overdue", "reason": ""})
    assert type(caught.value) is CloudError


def test_a_wait_without_a_triggerer_is_looked_at(task: PaidTask, service: JobService) -> None:
    """When Airflow ends the wait, a job that has ended is collected, and one that has not is stopped."""
    task.deferred()
    (name,) = service.created
    gone = {"error": TriggerFailureReason.TRIGGER_TIMEOUT}
    with pytest.raises(JobFailed):
        task.operator().resume_execution("__fail__", gone, task.context)
    assert service.stopped == [name]
    complete(service, task.run.store)
    assert task.operator().resume_execution("__fail__", gone, task.context)["run_id"] == RUN_ID


def test_a_broken_trigger_is_a_failed_try(task: PaidTask, service: JobService) -> None:
    """A trigger that cannot run fails the try, which may be repeated; the job goes on and is taken up."""
    task.deferred()
    broken = {"error": TriggerFailureReason.TRIGGER_FAILURE, "traceback": ["ImportError"]}
    with pytest.raises(TaskDeferralError):
        task.operator().resume_execution("__fail__", broken, task.context)
    assert service.stopped == []
    task.deferred()
    assert len(service.created) == 1


def test_killing_the_task_stops_the_job(
    task: PaidTask, service: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended in the worker the task stops its job, also when the kill came before the job was there."""
    from safety_tasks.train.sagemaker import verb

    task.deferred()
    task.operator().on_kill()
    (name,) = service.created
    assert service.stopped == [name]

    early = PaidTask(task.run)
    service.jobs.clear()
    operator = early.operator()
    start = verb.start_or_attach

    def killed_before(client: Any, request: Any) -> Any:
        operator.on_kill()
        return start(client, request)

    monkeypatch.setattr(verb, "start_or_attach", killed_before)
    with pytest.raises(JobFailed, match="its task was ended"):
        operator.execute(early.context)
    assert service.stopped == [name, name]


def test_a_kill_that_cannot_stop_the_job_says_so(
    task: PaidTask, service: JobService, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network the task's log says that the job may be billed; the kill itself goes through."""
    task.deferred()
    service.faults["describe"] = [NETWORK_GONE]
    task.operator().on_kill()
    assert service.stopped == []
    assert "may be billed" in capsys.readouterr().out


def test_the_budget_comes_first(
    task: PaidTask, service: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the cap the task is red before anything is uploaded or started."""
    paid = task.run.settings.sagemaker.model_copy(update={"max_cost_usd": 0.01})
    poor = PaidRun(
        task.run.store,
        task.run.version,
        task.run.validation,
        task.run.settings.model_copy(update={"sagemaker": paid}),
    )
    reach(monkeypatch, poor, service, None)
    with pytest.raises(BudgetExceeded):
        task.execute()
    assert service.created == []
    assert list(task.run.store.keys("runs/")) == []
