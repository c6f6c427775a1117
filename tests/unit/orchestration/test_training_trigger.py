"""A paid job is waited for whatever the network does, and stopped only when a person ends its task."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from support.job_service import JobService, job_request, service_error

from safety_tasks.orchestration import training_trigger
from safety_tasks.orchestration.training_trigger import TrainingJobTrigger

NETWORK_GONE = EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")
TASK = SimpleNamespace(
    **{"id": None, "dag_id": "d", "task_id": "train", "run_id": "r", "map_index": -1},
    **{"try_number": 1, "task": None, "context_carrier": {}},
)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> JobService:
    """Give a service that runs one job, which is what the trigger's client reaches."""
    service = JobService()
    service.create_training_job(**job_request())
    monkeypatch.setattr(training_trigger, "aws_client", lambda name: service)
    return service


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Take no time between two looks; give the pauses that would have been made."""
    taken: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float, *rest: Any) -> None:
        taken.append(seconds)
        await sleep(0)

    monkeypatch.setattr(training_trigger.asyncio, "sleep", note)
    return taken


@pytest.fixture
def task_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Give a setter of the state that Airflow tells of the task."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    def tell(state: str | None) -> None:
        answer = {"r": {"train": state}}
        monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", lambda **asked: answer)

    return tell


def _trigger(wait_s: float = 3600) -> TrainingJobTrigger:
    until = datetime.now(UTC) + timedelta(seconds=wait_s)
    trigger = TrainingJobTrigger("run-1", until.isoformat())
    trigger._task_instance = TASK  # type: ignore[assignment]
    return trigger


def _fired(trigger: TrainingJobTrigger) -> dict[str, str]:
    async def first() -> Any:
        return [event.payload async for event in trigger.run()]

    (payload,) = asyncio.run(asyncio.wait_for(first(), 30))
    return dict(payload)


def _ended_after(service: JobService, looks: int, status: str) -> None:
    """Let the job end at a look."""
    describe = service.describe_training_job

    def watched(TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        if service.calls.count("describe") == looks:
            service.end("run-1", status)
        return describe(TrainingJobName)

    service.describe_training_job = watched  # type: ignore[method-assign]


def test_it_is_made_again_from_what_it_says() -> None:
    """A triggerer that takes over gets the same trigger, from plain values."""
    import json

    from airflow.sdk._shared.module_loading import import_string

    where, values = _trigger().serialize()
    again = import_string(where)(**json.loads(json.dumps(values)))
    assert again.serialize() == (where, values)


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_it_fires_once_when_the_job_has_ended(
    service: JobService, pauses: list[float], status: str
) -> None:
    """Each end fires one event with the status, after as many looks as it took."""
    _ended_after(service, 3, status)
    assert _fired(_trigger()) == {"name": "run-1", "status": status, "reason": ""}
    assert pauses == [30.0] * 3


def test_hours_without_a_network_change_nothing(service: JobService, pauses: list[float]) -> None:
    """Errors of every kind are waited out, longer and longer, and the first good look starts afresh."""
    unknown = [RuntimeError("the connection cannot be read"), service_error("AccessDenied", "no")]
    busy = [service_error("ThrottlingException", "Rate exceeded")] * 8
    service.faults["describe"] = [NETWORK_GONE, *unknown, *busy]
    _ended_after(service, 12, "Completed")
    assert _fired(_trigger())["status"] == "Completed"
    assert pauses[:5] == [60.0, 120.0, 240.0, 480.0, 600.0]
    assert pauses[5:11] == [600.0] * 6
    assert pauses[11:] == [30.0]


def test_a_job_that_takes_too_long_is_said(service: JobService, pauses: list[float]) -> None:
    """Past its time the wait ends with a word of its own, seen or not, and nothing is stopped here."""
    assert _fired(_trigger(0))["status"] == "Overdue"
    service.faults["describe"] = [NETWORK_GONE]
    assert _fired(_trigger(0))["status"] == "Overdue"
    assert service.stopped == []
    assert pauses == []


def test_a_job_that_is_not_there_is_said(service: JobService) -> None:
    """A job of another account ends the wait at once."""
    service.jobs.clear()
    fired = _fired(_trigger())
    assert fired["status"] == "Absent"
    assert "account and region" in fired["reason"]


def _cancelled(trigger: TrainingJobTrigger, *message: str) -> None:
    """Run a trigger as Airflow's triggerer does, and cancel it with a message once it has looked."""
    from airflow.jobs.triggerer_job_runner import TriggerRunner

    async def run() -> None:
        runner = TriggerRunner()
        task = asyncio.create_task(runner.run_trigger(1, trigger))
        details = {"task": task, "is_watcher": False, "name": "train", "events": 0}
        runner.triggers[1] = details  # type: ignore[assignment]
        while not trigger._client and not task.done():
            await asyncio.sleep(0.01)
        task.cancel(*message)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("state", ["failed", "success", "running", None])
def test_a_person_who_ends_the_task_stops_the_job(
    service: JobService, task_is: Callable[[str | None], None], state: str | None
) -> None:
    """Marked or cleared, the task no longer waits: Airflow's own triggerer lets the trigger stop the job."""
    from airflow.jobs.triggerer_job_runner import _USER_ACTION_CANCEL_MSG

    task_is(state)
    _cancelled(_trigger(), _USER_ACTION_CANCEL_MSG)
    assert service.stopped == ["run-1"]


@pytest.mark.parametrize("message", [(), ("EOF - shutting down",)])
def test_a_triggerer_that_restarts_stops_nothing(
    service: JobService, task_is: Callable[[str | None], None], message: tuple[str, ...]
) -> None:
    """A shutdown cancels the wait and leaves the job alone, whatever the task's state."""
    task_is("failed")
    _cancelled(_trigger(), *message)
    assert service.stopped == []


def test_a_triggerer_that_lost_its_trigger_stops_nothing(
    service: JobService, task_is: Callable[[str | None], None]
) -> None:
    """Where another triggerer has taken the trigger over, the task still waits and the job goes on."""
    from airflow.jobs.triggerer_job_runner import _USER_ACTION_CANCEL_MSG

    task_is("deferred")
    _cancelled(_trigger(), _USER_ACTION_CANCEL_MSG)
    assert service.stopped == []


def test_stopping_is_tried_again(
    service: JobService, pauses: list[float], task_is: Callable[[str | None], None]
) -> None:
    """Two refusals in a row still end with a stopped job; a third is only said, since Airflow waits no longer."""
    task_is("failed")
    service.faults["stop"] = [service_error("ThrottlingException", "Rate exceeded")] * 2
    asyncio.run(_trigger().on_kill())
    assert service.stopped == ["run-1"]
    assert pauses == [1.0, 3.0]
    service.jobs["run-1"]["TrainingJobStatus"] = "InProgress"
    service.faults["stop"] = [service_error("ThrottlingException", "Rate exceeded")] * 3
    asyncio.run(_trigger().on_kill())
    assert service.stopped == ["run-1"]


def test_an_unknown_state_stops_the_job(
    service: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Airflow cannot tell the task's state, its word that a person ended it counts."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    def fail(**asked: Any) -> Any:
        raise OSError("no answer")

    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", fail)
    asyncio.run(_trigger().on_kill())
    assert service.stopped == ["run-1"]
