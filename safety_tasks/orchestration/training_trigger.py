"""Wait for a paid training job without a worker.

Rules: the wait ends when the job has ended, or when it should have long ago; nothing else ends it, since a job goes on
and is billed whether or not anybody can see it; the job is stopped when a person ends or clears the task, and never
because a triggerer restarts or another one takes over.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

from airflow.triggers.base import BaseTrigger, TriggerEvent

from safety_tasks.errors import JobFailed
from safety_tasks.orchestration.clients import aws_client
from safety_tasks.train.sagemaker.job import describe, stop

OVERDUE: Final = "Overdue"
_MAX_PAUSE_S: Final = 600.0
_STOP_PAUSES_S: Final = (1.0, 3.0)


class TrainingJobTrigger(BaseTrigger):
    """Fires once, with the job's name and its last status, or ``Overdue``.

    Args:
        name: the job.
        until: when to stop waiting, ISO 8601 with an offset.
        poll_s: seconds between two looks; longer after one that failed.
    """

    def __init__(self, name: str, until: str, poll_s: float = 30.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.name, self.until, self.poll_s = name, until, poll_s
        self._client: Any = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes this trigger again, on another triggerer too."""
        where = f"{type(self).__module__}.{type(self).__qualname__}"
        return where, {"name": self.name, "until": self.until, "poll_s": self.poll_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something to say."""
        last, pause_s = "", self.poll_s
        while True:
            try:
                state = await asyncio.to_thread(self._look)
            except JobFailed as problem:
                yield self._event("Absent", str(problem))
                return
            except Exception as problem:  # throttled, no network, no connection: the job goes on
                self._client = None
                pause_s = min(pause_s * 2, _MAX_PAUSE_S)
                self.log.warning("%s; looking again in %.0f s", problem, pause_s)
            else:
                pause_s = self.poll_s
                if state.line() != last:
                    last = state.line()
                    self.log.info("%s", last)
                if state.ended:
                    yield self._event(state.status)
                    return
            if datetime.now(UTC) >= datetime.fromisoformat(self.until):
                yield self._event(OVERDUE)
                return
            await asyncio.sleep(pause_s)

    async def on_kill(self) -> None:
        """Stop the job, unless the task still waits: then another triggerer has taken the trigger over."""
        try:
            if await asyncio.to_thread(self._task_waits):
                self.log.info("job %s goes on: its task waits in another triggerer", self.name)
                return
        except Exception as problem:  # not known: Airflow calls this when a person ended the task
            self.log.warning("the state of job %s's task is not known: %s", self.name, problem)
        for pause_s in (*_STOP_PAUSES_S, None):
            try:
                await asyncio.to_thread(self._stop)
            except Exception as problem:
                self.log.error(
                    "job %s is not stopped and may be billed until its limit: %s. Stop it on its console page.",
                    self.name,
                    problem,
                )
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
            else:
                self.log.info("job %s is stopped, since its task was ended by hand", self.name)
                return

    def _look(self) -> Any:
        self._client = self._client or aws_client("sagemaker")
        return describe(self._client, self.name)

    def _stop(self) -> None:
        stop(aws_client("sagemaker"), self.name)

    def _task_waits(self) -> bool:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        mine: Any = self.task_instance
        states = RuntimeTaskInstance.get_task_states(
            dag_id=mine.dag_id,
            task_ids=[mine.task_id],
            run_ids=[mine.run_id],
            map_index=mine.map_index,
        )
        return bool(states[mine.run_id][mine.task_id] == "deferred")

    def _event(self, status: str, reason: str = "") -> TriggerEvent:
        payload = {"name": self.name, "status": status, "reason": reason}
        return TriggerEvent(payload)  # type: ignore[no-untyped-call]
