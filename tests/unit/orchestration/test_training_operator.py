"""The task ``train``: here, or as a paid job that is waited for without a worker, once, and stopped with its task."""

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from airflow.sdk.exceptions import TaskDeferred
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from support.job_service import JobService
from support.paid_runs import RUN_ID, complete
from support.paid_task import Notes, PaidTask, reach, service, task

from safety_tasks.cloud.links import log_url
from safety_tasks.errors import CloudError, JobFailed
from safety_tasks.orchestration import stages, training
from safety_tasks.orchestration.training import TrainOperator

__all__ = ["service", "task"]
GROUP = "/aws/sagemaker/TrainingJobs"
NETWORK_GONE = EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")


def test_a_paid_job_is_waited_for_and_collected(task: PaidTask, service: JobService) -> None:
    """Submit, wait, collect: the result is the finished run, and the page of the job is linked meanwhile."""
    deferral = task.deferred()
    assert deferral.timeout is not None
    assert deferral.timeout.total_seconds() > task.run.settings.sagemaker.max_wait_s
    (name,) = service.created
    assert service.jobs[name]["StoppingCondition"]["MaxWaitTimeInSeconds"] == 7200
    link = training.TrainingJobLink()
    assert name in link.get_link(task.operator(), ti_key=task.notes)
    assert link.get_link(task.operator(), ti_key=Notes()) == ""
    complete(service, task.run.store)
    found = task.waited(deferral)
    assert (found["run_id"], found["backend"], found["job"]["name"]) == (RUN_ID, "sagemaker", name)


def test_every_later_try_takes_up_the_job(task: PaidTask, service: JobService) -> None:
    """A retry while it runs waits on; one after its end collects at once; one after that pays and calls nothing."""
    first, second = task.deferred(), task.deferred()
    assert first.trigger.serialize()[1]["name"] == second.trigger.serialize()[1]["name"]
    complete(service, task.run.store)
    found = task.execute()
    calls = list(service.calls)
    assert task.execute() == found
    assert service.calls == calls
    assert len(service.created) == 1


def test_a_local_run_stays_in_the_worker(
    task: PaidTask, service: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same task with backend local calls the stage with what it was given, and no service."""
    asked: list[Any] = []

    def train(*given: Any) -> dict[str, str]:
        asked.append(given)
        return {"run_id": "here"}

    monkeypatch.setattr(stages, "train", train)
    operator = task.operator()
    operator.plan = {**operator.plan, "backend": "local"}
    assert operator.execute(task.context) == {"run_id": "here"}
    assert asked == [(task.context, operator.plan, operator.validation)]
    operator.on_kill()
    assert service.calls == []


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_without_a_result_is_red_with_its_reason_and_last_lines(
    task: PaidTask,
    service: JobService,
    status: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Failed and Stopped are red, with the service's reason in the error; the log has the last lines and their page."""
    with mock_aws():
        logs = boto3.client("logs", region_name="us-east-1")
        reach(monkeypatch, task.run, service, logs)
        deferral = task.deferred()
        (name,) = service.created
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"{name}/algo-1")
        line = {"timestamp": 1_760_000_000_000, "message": "RuntimeError: CUDA is gone"}
        monkeypatch.setattr(
            logs,
            "get_log_events",
            lambda **asked: {"events": [line] if asked["logStreamName"].startswith(name) else []},
        )
        service.end(name, status, FailureReason="AlgorithmError: exit code 1")
        for again in (lambda: task.waited(deferral), task.execute):
            capsys.readouterr()
            with pytest.raises(JobFailed, match=f"{status}: AlgorithmError: exit code 1.*new run"):
                again()
            said = capsys.readouterr().out
            assert f"{name} | RuntimeError: CUDA is gone" in said
            assert f"all of it: {log_url('training', name, 'us-east-1')}" in said
    assert service.created == [name]
    assert not task.run.store.exists(f"runs/{RUN_ID}/training.json")


def test_a_resumption_that_came_early_waits_on(task: PaidTask) -> None:
    """An event of a job that is still at work defers again, for as long as at first."""
    deferral = task.deferred()
    with pytest.raises(TaskDeferred) as caught:
        task.resume(None)
    assert caught.value.timeout == deferral.timeout


def test_a_network_that_is_gone_at_collection_costs_nothing(
    task: PaidTask, service: JobService
) -> None:
    """An error while collecting is one that is tried again, and the next try has the result."""
    deferral = task.deferred()
    complete(service, task.run.store)
    service.faults["describe"] = [NETWORK_GONE]
    with pytest.raises(CloudError) as caught:
        task.resume({"status": "Completed"})
    assert type(caught.value) is CloudError
    assert task.waited(deferral)["run_id"] == RUN_ID


def test_the_same_dag_trains_here_and_there() -> None:
    """What the task is given are templates, so that results of earlier tasks reach it; the job is linked."""
    assert set(TrainOperator.template_fields) == {"plan", "validation"}
    operator = TrainOperator(task_id="t", plan=SimpleNamespace(), validation=SimpleNamespace())
    assert [link.name for link in operator.operator_extra_links] == ["SageMaker training job"]
