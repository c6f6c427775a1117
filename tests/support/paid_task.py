"""The task ``train`` of a paid run, run as workers and triggerers run it; fixtures ``service`` and ``task``.

Import the fixtures in a test module: ``from support.paid_task import service, task``.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from support.job_service import JobService
from support.paid_runs import PaidRun, paid_run

from safety_tasks.errors import CloudError
from safety_tasks.orchestration import training, training_trigger
from safety_tasks.orchestration.training import TrainOperator
from safety_tasks.settings import Settings
from safety_tasks.store.s3 import S3Store


class Notes:
    """The XComs of one task instance."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep a value."""
        self.values[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        """Return a value of this task."""
        return self.values.get(key)


class PaidTask:
    """The task, run as a worker runs it: a new operator at each try and at each resumption."""

    def __init__(self, run: PaidRun) -> None:
        self.run = run
        self.notes = Notes()
        self.context = {"ti": self.notes, "run_id": "manual__1"}

    def operator(self) -> TrainOperator:
        """Make the task's operator."""
        return TrainOperator(
            task_id="train",
            plan=self.run.plan.to_dict(),
            validation=self.run.validation.to_dict(),
            poll_s=0.01,
        )

    def execute(self) -> Any:
        """Run a try."""
        return self.operator().execute(self.context)

    def deferred(self) -> TaskDeferred:
        """Run a try that waits; return what it hands over."""
        with pytest.raises(TaskDeferred) as caught:
            self.execute()
        return caught.value

    def resume(self, event: dict[str, Any] | None, method: str = "collect") -> Any:
        """Go on after an event."""
        return self.operator().resume_execution(method, event and {"event": event}, self.context)

    def waited(self, deferral: TaskDeferred) -> Any:
        """Wait as a triggerer does, from what is stored of the trigger, then resume."""
        _, values = deferral.trigger.serialize()

        async def first() -> Any:
            return await anext(training_trigger.TrainingJobTrigger(**values).run())

        return self.resume(asyncio.run(asyncio.wait_for(first(), 20)).payload, deferral.method_name)


@pytest.fixture
def service() -> JobService:
    """Give a service without jobs."""
    return JobService()


@pytest.fixture
def task(
    s3_store: S3Store,
    settings: Settings,
    service: JobService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> PaidTask:
    """Give the task of a run over the drawn dataset; there are no logs but in tests that make some."""
    run = paid_run(s3_store, settings)
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    reach(monkeypatch, run, service, None)
    return PaidTask(run)


def reach(patch: pytest.MonkeyPatch, run: PaidRun, service: JobService, logs: Any) -> None:
    """Let the task reach a store and services; ``logs`` None: no logs service."""

    def client(name: str) -> Any:
        if name == "logs" and logs is None:
            raise CloudError("no logs here")
        return {"sagemaker": service, "logs": logs}[name]

    patch.setattr(training, "runtime", lambda: (run.settings, run.store))
    for module in (training, training_trigger):
        patch.setattr(module, "aws_client", client)
